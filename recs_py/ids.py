"""Ids as one shop writes them: the same id is the same text in every raw table.

Ids are compared in every step, so they are cleaned once, when they are loaded. Only distinct ids are looked at, and
only rows whose id changes are written.
"""

import duckdb

from recs_py.raw_values import MISSING, MISSING_WORDS
from recs_py.source_files import literal

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


def clean_words(connection: duckdb.DuckDBPyConnection, *, table: str, columns: list[str]) -> None:
    """Do the same for the names and groups of a catalogue, where `None` and what stands within are left as they are."""
    for column in columns:
        cleaned = _cleaned(column, within="", missing=MISSING_WORDS)
        connection.execute(
            f"update raw.{table} set {column} = {cleaned} where {cleaned} is distinct from {column}"
        ).fetchall()


def _clean_column(connection: duckdb.DuckDBPyConnection, *, table: str, column: str) -> list[str]:
    connection.execute(
        f"""create or replace temp table cleaned_ids as
        with ids as (
            select {column} as id, count(*) as lines, {_cleaned(column, within=_WITHIN, missing=MISSING)} as cleaned
            from raw.{table}
            group by {column}
        ),

        judged as (
            -- where one id is no number, `7.0` is a text like any other
            select *, coalesce(bool_and(regexp_full_match(cleaned, '{_WHOLE_NUMBER}')) over (), false) as are_numbers
            from ids
        )

        select
            id,
            lines,
            are_numbers and cleaned is not null as is_number,
            if(are_numbers, split_part(cleaned, '.', 1), cleaned) as cleaned
        from judged
        where id is not null and (are_numbers or cleaned is distinct from id)"""
    ).fetchall()
    [(missing, numbers, others, texts)] = connection.execute(
        """select
            sum(lines) filter (where cleaned is null),
            sum(lines) filter (where is_number),
            sum(lines) filter (where cleaned is not null and not is_number),
            list(distinct id order by id) filter (where cleaned is null)
        from cleaned_ids"""
    ).fetchall()
    if not (missing or numbers or others):
        return []
    connection.execute(
        f"update raw.{table} set {column} = cleaned_ids.cleaned from cleaned_ids where raw.{table}.{column} = id"
    ).fetchall()
    [(rows,)] = connection.execute(f"select count(*) from raw.{table}").fetchall()
    of = f"of {rows:,} values of raw.{table}.{column}"
    warnings = []
    if missing:
        warnings.append(
            f"{missing:,} {of} are texts for a missing value ({', '.join(map(repr, texts[:5]))}): taken as missing"
        )
    if numbers:
        warnings.append(f"{numbers:,} {of} are whole numbers that end in .0: the end is left out")
    if others:
        warnings.append(f"{others:,} {of} had white space around, invisible characters or decomposed accents: cleaned")
    return warnings


def _cleaned(column: str, *, within: str, missing: tuple[str, ...]) -> str:
    trimmed = f"regexp_replace({column}, '{_AROUND}', '', 'g')"
    visible = f"regexp_replace({trimmed}, '{within}', '', 'g')" if within else trimmed
    composed = f"nfc_normalize({visible})"
    # what is printable ASCII throughout, as most is, needs none of it
    plain = f"if(regexp_full_match({column}, '[!-~]+'), {column}, {composed})"
    missing_texts = ", ".join(map(literal, missing))
    return f"case when {plain} not in ('', {missing_texts}) then {plain} end"
