"""Why a loader failed: DuckDB's error in one sentence that names the file, the line and the column.

DuckDB says which value it could not convert, but not where it stands, and it counts records where an editor counts lines. So
the failing statement is repeated, on a scratch database, over half of the rows, then half of these, until one row is left.
"""

import difflib
import re
from dataclasses import dataclass
from itertools import islice

import duckdb

from recs_py.errors import RecsError, UsageError
from recs_py.loader_script import LoaderScript, Statement
from recs_py.raw_tables import UnfitValue
from recs_py.settings import connect
from recs_py.source_files import MalformedLine, SourceFile, encoding_hint, malformed_line, records

_MALFORMED = re.compile(r"CSV Error on Line: (\d+)|CSV Parser state machine|Maximum line size")
_MISSING_COLUMN = re.compile(
    r"""Referenced column "(.+?)" (?:was )?not found|does not have a column named "(.+?)"|column "(.+?)" not found"""
)
_DATA_ERRORS = (duckdb.ConversionException, duckdb.OutOfRangeException, duckdb.InvalidInputException)
_EVERY_ROW = "true"


@dataclass(frozen=True)
class Place:
    """Where a value stands that cannot be converted."""

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
                for line, _ in islice(records(self.source), self.row, None):
                    return f"line {line}"
            except MalformedLine:
                pass
        return f"row {self.row}"


def explain_statement(
    error: duckdb.Error, *, statement: Statement, script: LoaderScript, sources: dict[str, SourceFile]
) -> RecsError:
    """Return the error to raise when a statement of a loader failed.

    Parameters
    ----------
    error
        What DuckDB raised.
    statement
        The statement that failed, one of the script's.
    script
        The loader.
    sources
        The files that the loader reads, by stem in lower case.
    """
    message = str(error)
    read = [sources[stem.lower()] for stem in statement.stems]
    if isinstance(error, duckdb.OutOfMemoryException):
        return RecsError(
            f"{script.path.name} needs more memory than DuckDB may take: raise RECS_MEMORY or set RECS_TEMP"
        )
    if _MALFORMED.search(message) and "converting column" not in message:
        return _malformed(message, read=read)
    unreadable = _unreadable_file(error, read=read)
    if unreadable:
        return unreadable
    missing = _MISSING_COLUMN.search(message)
    if missing and isinstance(error, duckdb.BinderException):
        found = _missing_column(next(filter(None, missing.groups())), read=read)
        if found:
            return UsageError(
                f"{found} (used in {script.path.name} line {_line_in_script(message, statement)})"
            )
    if isinstance(error, _DATA_ERRORS):
        probe = [*_needed(script, statement.raw_tables, before=statement), statement.sql]
        place = _find(probe, message=message, stems=statement.stems, sources=sources, kind=type(error))
        if place:
            return _unfit(place, wanted=_wanted(message), script=script, line=statement.first_line)
    return UsageError(
        f"{script.path.name} line {_line_in_script(message, statement)}: {_first_line(message)}"
    )


def explain_unfit_value(
    unfit: UnfitValue, *, script: LoaderScript, sources: dict[str, SourceFile]
) -> UsageError:
    """Return the error to raise when a loader left a text in a column that needs a date or a number."""
    makers = [statement for statement in script.statements if unfit.table in statement.raw_tables]
    stems = tuple(dict.fromkeys(stem for maker in makers for stem in maker.stems))
    probe = [*_needed(script, frozenset([unfit.table])), unfit.alter_sql]
    place = _find(
        probe, message=f'"{unfit.value}"', stems=stems, sources=sources, kind=duckdb.ConversionException
    )
    wanted = "a date" if unfit.data_type == "DATE" else "a number"
    if place:
        return _unfit(place, wanted=wanted, script=script, line=makers[0].first_line)
    return UsageError(
        f"{script.path.name} line {makers[0].first_line} puts {unfit.value!r} into raw.{unfit.table}.{unfit.column},"
        f" which is not {wanted}: convert it in the loader"
    )


def explain_view(error: duckdb.Error, *, source: SourceFile) -> UsageError:
    """Return the error to raise when a file could not even be opened by DuckDB."""
    return _cannot_be_read(source, str(error))


def _malformed(message: str, *, read: list[SourceFile]) -> UsageError:
    files = [source for source in read if source.is_csv]
    named = [source for source in files if f"file = {source.path}" in message] or files
    for source in named:
        fault = malformed_line(source)
        if fault:
            hint = (
                encoding_hint(source)
                if fault.reason.startswith("is not")
                else ": correct it, or export the file again"
            )
            return UsageError(f"{source.path} {fault}{hint}")
    # The two readers disagree: DuckDB's word for it, with its own count of lines.
    line = _MALFORMED.search(message)[1]
    at = f" line {line}" if line else ""
    return UsageError(f"{named[0].path}{at} is malformed: correct it, or export the file again")


def _unreadable_file(error: duckdb.Error, *, read: list[SourceFile]) -> UsageError | None:
    message = str(error)
    for source in read:
        if str(source.path) in message:
            return _cannot_be_read(source, message)
    packed = [source for source in read if not source.is_csv or source.path.suffix == ".gz"]
    damage = re.search(r"parquet|snappy|zstd|gzip|decompress|thrift|corrupt", message, flags=re.IGNORECASE)
    if len(packed) == 1 and damage and not isinstance(error, duckdb.BinderException):
        return _cannot_be_read(packed[0], message)
    return None


def _cannot_be_read(source: SourceFile, message: str) -> UsageError:
    return UsageError(f"{source.path} cannot be read ({_first_line(message)}): export or download it again")


def _missing_column(name: str, *, read: list[SourceFile]) -> str | None:
    columns = {source.path: _columns(source) for source in read}
    bare = name.split(".")[-1]
    everything = [column for names in columns.values() for column in names]
    if not read or bare.lower() in (column.lower() for column in everything):
        return None
    files = " and ".join(str(path) for path in columns)
    near = difflib.get_close_matches(bare.lower(), [column.lower() for column in everything], n=1)
    listed = ", ".join(everything[:20]) + (", ..." if len(everything) > 20 else "")
    hint = f"did you mean {near[0]}, or is it another file" if near else f"there is {listed}"
    return f"{files} {'has' if len(columns) == 1 else 'have'} no column {bare}: {hint}"


def _columns(source: SourceFile) -> tuple[str, ...]:
    if source.is_csv:
        return source.columns
    with duckdb.connect(":memory:") as connection:
        return tuple(row[0] for row in connection.execute(f"describe {source.view_sql()}").fetchall())


def _unfit(place: Place, *, wanted: str, script: LoaderScript, line: int) -> UsageError:
    return UsageError(
        f"{place}: {_shortened(place.value)!r} is not {wanted}: correct it, or convert it in {script.path.name} line {line}"
    )


def _needed(
    script: LoaderScript, raw_tables: frozenset[str], *, before: Statement | None = None
) -> list[str]:
    """Return the statements without which the failing one cannot be repeated: not those of other raw tables."""
    needed = []
    for statement in script.statements:
        if statement is before:
            break
        if not statement.raw_tables or statement.raw_tables & raw_tables:
            needed.append(statement.sql)
    return needed


def _find(
    probe: list[str],
    *,
    message: str,
    stems: tuple[str, ...],
    sources: dict[str, SourceFile],
    kind: type[duckdb.Error],
) -> Place | None:
    """Find the row and column of a source without which the statements of `probe` would not fail."""
    quoted = [double or single for double, single in re.findall(r'"([^"]+)"|\'([^\']+)\'', message)]
    places = []
    with connect(None) as scratch:
        open_sources(scratch, sources=sources)
        scratch.execute("set preserve_insertion_order = true").fetchall()
        for stem in stems:
            source = sources[stem.lower()]
            # Few rows hold the value; all of them are tried only when the loader changed it before it failed.
            for rows_with in (_holding(quoted, _described(scratch, source)), _EVERY_ROW):
                place = _find_in(scratch, source=source, rows_with=rows_with, probe=probe, kind=kind)
                if place:
                    places.append(place)
                    break
            _make_view(scratch, source.stem, source.view_sql())
    # With a join, leaving out a row of either side may cure the failure: the value that DuckDB named decides.
    places.sort(key=lambda place: place.value not in quoted)
    return places[0] if places else None


def _find_in(
    scratch: duckdb.DuckDBPyConnection,
    *,
    source: SourceFile,
    rows_with: str,
    probe: list[str],
    kind: type[duckdb.Error],
) -> Place | None:
    numbered = (
        f"select row_number() over () as file_row, file_columns from ({source.view_sql()}) as file_columns"
    )
    scratch.execute(
        f"create or replace temp table suspects as select * from ({numbered}) where {rows_with}"
    ).fetchall()
    numbers = [row[0] for row in scratch.execute("select file_row from suspects order by 1").fetchall()]

    def fails(first: int, last: int, instead: str = "") -> bool:
        kept = (
            f"select unnest(file_columns) {instead} from suspects where file_row between {first} and {last}"
        )
        return _fails(scratch, source.stem, kept, probe=probe, kind=kind)

    if not numbers or not fails(numbers[0], numbers[-1]):
        return None
    low, high = 0, len(numbers) - 1
    while low < high:
        middle = (low + high) // 2
        if fails(numbers[low], numbers[middle]):
            high = middle
        else:
            low = middle + 1
    row = numbers[low]
    columns = _described(scratch, source)
    [values] = scratch.execute(
        f"select {', '.join(f'file_columns.{_name(column)}::varchar' for column in columns)} from suspects where file_row = {row}"
    ).fetchall()
    for position, (column, value) in enumerate(zip(columns, values, strict=True)):
        others = ", ".join(
            f"null::{columns[name]} as {_name(name)}" if index == position else f"file_columns.{_name(name)}"
            for index, name in enumerate(columns)
        )
        without = f"select {others} from suspects where file_row = {row}"
        if value is not None and not _fails(scratch, source.stem, without, probe=probe, kind=kind):
            return Place(source=source, row=row, column=column, value=value)
    return None


def _fails(
    scratch: duckdb.DuckDBPyConnection, stem: str, query: str, *, probe: list[str], kind: type[duckdb.Error]
) -> bool:
    """Return whether the statements fail in this way when the file holds only what the query gives."""
    _make_view(scratch, stem, query)
    scratch.execute("begin").fetchall()
    try:
        scratch.execute("create schema raw").fetchall()
        for sql in probe:
            scratch.execute(sql).fetchall()
    except kind:
        return True
    except duckdb.Error:
        return False
    finally:
        scratch.execute("rollback").fetchall()
    return False


def open_sources(connection: duckdb.DuckDBPyConnection, *, sources: dict[str, SourceFile]) -> None:
    """Offer the files to the connection as `source.<stem>`.

    The views live in an attached database in memory, so that they are never part of the work database.

    Raises
    ------
    UsageError
        If DuckDB cannot open a file.
    """
    connection.execute("attach ':memory:' as source").fetchall()
    # DuckDB would move a cast into the CSV reader, where `try_cast` fails like `cast`: a loader that forgives bad values
    # could not be written.
    optimizers = connection.execute("select name from duckdb_optimizers()").fetchall()
    if ("type_pushdown",) in optimizers:
        connection.execute("set disabled_optimizers = 'type_pushdown'").fetchall()
    for source in sources.values():
        try:
            _make_view(connection, source.stem, source.view_sql())
        except duckdb.Error as error:
            raise explain_view(error, source=source) from error


def _make_view(connection: duckdb.DuckDBPyConnection, stem: str, query: str) -> None:
    connection.execute(f"create or replace view source.{_name(stem)} as {query}").fetchall()


def _described(scratch: duckdb.DuckDBPyConnection, source: SourceFile) -> dict[str, str]:
    return {row[0]: row[1] for row in scratch.execute(f"describe {source.view_sql()}").fetchall()}


def _holding(quoted: list[str], columns: dict[str, str]) -> str:
    texts = ", ".join(f"file_columns.{_name(column)}::varchar" for column in columns)
    found = " or ".join(f"contains(row_text, '{value.replace(chr(39), chr(39) * 2)}')" for value in quoted)
    return f"list_contains(list_transform([{texts}], row_text -> {found}), true)" if found else _EVERY_ROW


def _wanted(message: str) -> str:
    message = message.lower()
    if "date" in message or "timestamp" in message or "format specifier" in message:
        return "a date"
    if re.search(r"\b(u?int\d*|u?(big|small|tiny|huge)?int(eger)?|double|float|decimal)\b", message):
        return "a number"
    return "of the type that the loader wants"


def _line_in_script(message: str, statement: Statement) -> int:
    line = re.search(r"^LINE (\d+):", message, flags=re.MULTILINE)
    return statement.line + int(line[1]) - 1 if line else statement.first_line


def _first_line(message: str) -> str:
    return message.strip().splitlines()[0] if message.strip() else "no reason given"


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
