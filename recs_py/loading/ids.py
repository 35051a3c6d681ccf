"""Clean ids: the same id is the same text in every raw table.

Ids are compared in every step, so they are cleaned once, when they are loaded. Only distinct ids are looked at, and
only rows whose id changes are written.
"""

import duckdb

from recs_py.loading.raw_values import MISSING, MISSING_WORDS
from recs_py.sql_text import literal

IDS = {
    "transactions": ("customer_id", "article_id"),
    "articles": ("article_id", "product_code"),
    "customers": ("customer_id",),
    "promotions": ("article_id",),
}
# White space and invisible characters: separators, control and format characters (U+200B, U+FEFF, U+202E, ...).
_AROUND = r"^[\s\p{Z}\p{C}]+|[\s\p{Z}\p{C}]+$"
_WITHIN = r"[\p{Cc}\p{Cf}]"
_WHOLE_NUMBER = r"-?\d+\.0+"


def clean_ids(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Clean the ids of all raw tables, and return warnings that count what was changed.

    White space around an id, and invisible characters, are left out; accents are composed (Unicode NFC); texts for a
    missing value become missing; in a column of whole numbers that all end in `.0` the end is left out.
    """
    warnings = []
    for table, columns in IDS.items():
        for column in columns:
            warnings += _clean_column(connection, table=table, column=column)
    return warnings


def counted_ids(table: str, column: str) -> str:
    """Return the temporary table (`id`, `lines`) of the distinct ids of a column that `clean_ids` leaves behind."""
    return f"temp.ids_of_{table}_{column}"


def clean_words(connection: duckdb.DuckDBPyConnection, *, table: str, columns: list[str]) -> None:
    """Clean names and groups of a catalogue: as ids, but `None` and invisible characters within a text stay."""
    for column in columns:
        cleaned = _cleaned(column, within="", missing=MISSING_WORDS)
        connection.execute(f"update raw.{table} set {column} = {cleaned} where {cleaned} is distinct from {column}")


def _clean_column(connection: duckdb.DuckDBPyConnection, *, table: str, column: str) -> list[str]:
    counted = counted_ids(table, column)
    connection.execute(
        f"create or replace temp table {counted} as"
        f" select {column} as id, count(*) as lines from raw.{table} group by {column}"
    )
    cleaned = _cleaned("id", within=_WITHIN, missing=MISSING)
    # Where one id is no number, `7.0` is a text like any other.
    [(are_numbers,)] = connection.execute(
        f"select coalesce(bool_and(regexp_full_match({cleaned}, '{_WHOLE_NUMBER}')), false) from {counted}"
    ).fetchall()
    whole = f"split_part({cleaned}, '.', 1)" if are_numbers else cleaned
    connection.execute(
        f"""create or replace temp table changed_ids as
        select id, lines, {whole} as cleaned
        from {counted}
        where {whole} is distinct from id"""
    )
    [(missing, changed, texts)] = connection.execute(
        """select
            sum(lines) filter (where cleaned is null),
            sum(lines) filter (where cleaned is not null),
            list(id order by id) filter (where cleaned is null)
        from changed_ids"""
    ).fetchall()
    if not missing and not changed:
        return []
    connection.execute(
        f"""update raw.{table} set {column} = changed_ids.cleaned
        from changed_ids
        where raw.{table}.{column} = changed_ids.id"""
    )
    connection.execute(
        f"""create or replace temp table {counted} as
        select if(changed_ids.id is null, counted.id, changed_ids.cleaned) as id, sum(counted.lines)::bigint as lines
        from {counted} as counted
        left join changed_ids on counted.id = changed_ids.id
        group by 1"""
    )
    [(rows,)] = connection.execute(f"select count(*) from raw.{table}").fetchall()
    of = f"of {rows:,} values of raw.{table}.{column}"
    warnings = []
    if missing:
        examples = ", ".join(map(repr, texts[:5]))
        warnings.append(f"{missing:,} {of} are texts for a missing value ({examples}): taken as missing")
    if changed and are_numbers:
        warnings.append(f"{changed:,} {of} are whole numbers that end in .0: the end is left out")
    elif changed:
        warnings.append(f"{changed:,} {of} had white space around, invisible characters or decomposed accents: cleaned")
    return warnings


def _cleaned(column: str, *, within: str, missing: tuple[str, ...]) -> str:
    trimmed = f"regexp_replace({column}, '{_AROUND}', '', 'g')"
    visible = f"regexp_replace({trimmed}, '{within}', '', 'g')" if within else trimmed
    # Most ids are printable ASCII and need none of it.
    cleaned = f"if(regexp_full_match({column}, '[!-~]+'), {column}, nfc_normalize({visible}))"
    missing_texts = ", ".join(map(literal, missing))
    return f"case when {cleaned} not in ('', {missing_texts}) then {cleaned} end"
