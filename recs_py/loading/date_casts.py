"""Casts in a loader that cut off a zone, such as `order_time::date`: DuckDB does so in silence.

Without the cast, the raw table gets the day of the instant in the shop's zone. So a loader is refused that casts a text
with a zone.
"""

import re
from collections.abc import Iterator

import duckdb

from recs_py.errors import UsageError
from recs_py.loading.raw_values import has_zone
from recs_py.loading.sources.files import SourceFile
from recs_py.loading.sources.loader_script import LoaderScript
from recs_py.sql_text import identifier

_OPERAND = r"""(?:"(?:[^"]|"")+"|\w+)"""
_COLUMN = rf"(?:{_OPERAND}\s*\.\s*)?({_OPERAND})"
_CASTS = re.compile(
    rf"{_COLUMN}\s*::\s*(?:date|timestamp)\b(?!\s*with\b)"
    rf"|\b(?:try_)?cast\s*\(\s*{_COLUMN}\s+as\s+(?:date|timestamp)\b(?!\s*with\b)"
    rf"|\bdate\s*\(\s*{_COLUMN}\s*\)",
    flags=re.IGNORECASE,
)


def refuse_cut_zones(
    connection: duckdb.DuckDBPyConnection, *, script: LoaderScript, sources: dict[str, SourceFile]
) -> None:
    """Refuse a loader that casts a text with a zone to a date or to a timestamp without one.

    Reads each column that is cast so once more, and nothing where there is none.

    Raises
    ------
    UsageError
        Names the file, the column, a value and the line of the loader.
    """
    for line, cast, column, source in _casts(connection, script=script, sources=sources):
        for (value,) in connection.execute(
            f"select {identifier(column)} from source.{identifier(source.stem)}"
            f" where {has_zone(identifier(column))} limit 1"
        ).fetchall():
            raise UsageError(
                f"{source.path}, column {column}: {value!r} has a zone, which `{cast}` in {script.path.name}"
                f" line {line} cuts off: write {column} without the cast"
            )


def _casts(
    connection: duckdb.DuckDBPyConnection, *, script: LoaderScript, sources: dict[str, SourceFile]
) -> Iterator[tuple[int, str, str, SourceFile]]:
    for statement in script.statements:
        for cast in _CASTS.finditer(statement.code):
            name = next(filter(None, cast.groups())).strip('"').replace('""', '"')
            # a statement that also reads the column as an instant may cut it down to its date afterwards
            if re.search(
                rf"\b{re.escape(name)}\W*(::|\bas\b)\s*timestamp(tz|\s+with\b)", statement.code, re.IGNORECASE
            ):
                continue
            for stem in statement.stems:
                source = sources[stem.lower()]
                described = connection.execute(f"describe source.{identifier(source.stem)}").fetchall()
                for column, data_type, *_ in described:
                    if column.lower() == name.lower() and data_type == "VARCHAR":
                        line = statement.line + statement.code.count("\n", 0, cast.start())
                        yield line, cast[0], column, source
