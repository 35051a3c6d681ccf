"""Finds the value that made the statements of a loader fail.

DuckDB's error has the value that it could not convert, but not its place, and the loader may have changed the value
before. So the statements are repeated on a scratch database, with half of the rows, then half of these, until
one row is left; the column is the one without whose value they do not fail.
"""

import re
from dataclasses import dataclass
from itertools import islice

import duckdb

from recs_py.database import connect
from recs_py.loading.sources.csv_records import MalformedLine
from recs_py.loading.sources.files import SourceFile, make_view, open_sources
from recs_py.sql_text import identifier, literal

_EVERY_ROW = "true"


@dataclass(frozen=True)
class Place:
    """A value in a file; `row` counts the rows after the header from 1."""

    source: SourceFile
    row: int
    column: str
    value: str

    def __str__(self) -> str:
        return f"{self.source.path} {self._line()}, column {self.column}"

    def _line(self) -> str:
        if self.source.is_csv:
            try:
                # The header is record 0.
                for line, _ in islice(self.source.records(), self.row, None):
                    return f"line {line}"
            except MalformedLine:
                pass
        return f"row {self.row}"


@dataclass(frozen=True)
class Probe:
    """Statements that fail, in their order, and the error with which the last one does."""

    statements: tuple[str, ...]
    error: type[duckdb.Error]

    def fails(self, scratch: duckdb.DuckDBPyConnection) -> bool:
        """Return whether they fail in this way; the scratch database is as before afterwards."""
        scratch.execute("begin")
        try:
            scratch.execute("create schema raw")
            for statement in self.statements:
                scratch.execute(statement).fetchall()
        except self.error:
            return True
        except duckdb.Error:
            return False
        finally:
            scratch.execute("rollback")
        return False


def find_value(*, probe: Probe, message: str, stems: tuple[str, ...], sources: dict[str, SourceFile]) -> Place | None:
    """Find the value without which the statements would not fail.

    Parameters
    ----------
    probe
        What fails.
    message
        DuckDB's message; it quotes the value, unless the loader has changed it.
    stems
        The files to search, the likeliest first.
    sources
        Every file that the statements may read, by stem in lower case.

    Returns
    -------
    Place | None
        None if no single value is to blame.
    """
    quoted = [double or single for double, single in re.findall(r'"([^"]+)"|\'([^\']+)\'', message)]
    places = []
    with connect(None) as scratch:
        open_sources(scratch, sources=sources)
        scratch.execute("set preserve_insertion_order = true")
        for stem in stems:
            source = sources[stem.lower()]
            described = scratch.execute(f"describe {source.view_sql()}").fetchall()
            columns = {name: data_type for name, data_type, *_ in described}
            # Few rows hold the value as it was quoted; all are tried only if none of these is to blame.
            for rows_with in (_holding(quoted, columns), _EVERY_ROW):
                place = _find_in(scratch, source=source, columns=columns, rows_with=rows_with, probe=probe)
                if place and place.value in quoted:
                    return place
                if place:
                    places.append(place)
                    break
            make_view(scratch, stem=source.stem, query=source.view_sql())
    # In a join, leaving out a row of either side has the same effect: a quoted value comes first.
    return places[0] if places else None


def _find_in(
    scratch: duckdb.DuckDBPyConnection,
    *,
    source: SourceFile,
    columns: dict[str, str],
    rows_with: str,
    probe: Probe,
) -> Place | None:
    numbered = f"select row_number() over () as file_row, cells from ({source.view_sql()}) as cells"
    scratch.execute(f"create or replace temp table suspects as select * from ({numbered}) where {rows_with}")
    rows = [row for (row,) in scratch.execute("select file_row from suspects order by file_row").fetchall()]

    def fails_with(query: str) -> bool:
        make_view(scratch, stem=source.stem, query=query)
        return probe.fails(scratch)

    def fails_with_rows(first: int, last: int) -> bool:
        return fails_with(f"select unnest(cells) from suspects where file_row between {rows[first]} and {rows[last]}")

    low, high = 0, len(rows) - 1
    if not rows or not fails_with_rows(low, high):
        return None
    while low < high:
        middle = (low + high) // 2
        if fails_with_rows(low, middle):
            high = middle
        else:
            low = middle + 1
    texts = ", ".join(f"cells.{identifier(column)}::varchar" for column in columns)
    [values] = scratch.execute(f"select {texts} from suspects where file_row = {rows[low]}").fetchall()
    for column, value in zip(columns, values, strict=True):
        cells = ", ".join(
            f"null::{data_type} as {identifier(name)}" if name == column else f"cells.{identifier(name)}"
            for name, data_type in columns.items()
        )
        if value is not None and not fails_with(f"select {cells} from suspects where file_row = {rows[low]}"):
            return Place(source=source, row=rows[low], column=column, value=value)
    return None


def _holding(quoted: list[str], columns: dict[str, str]) -> str:
    """Return the condition that a row holds one of these texts in any column."""
    row = ", ".join(f"cells.{identifier(column)}::varchar" for column in columns)
    holds = [f"contains(concat_ws(chr(31), {row}), {literal(value)})" for value in quoted]
    return " or ".join(holds) or _EVERY_ROW
