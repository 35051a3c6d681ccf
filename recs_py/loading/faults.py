"""Why a loader failed: DuckDB's error as one sentence that names file, line and column, and the way out."""

import re

import duckdb

from recs_py.database import connect
from recs_py.errors import RecsError, UsageError, did_you_mean, first_line, shortened
from recs_py.loading.raw_tables import UnfitValue
from recs_py.loading.sources.csv_records import is_gzip
from recs_py.loading.sources.encodings import not_in_encoding
from recs_py.loading.sources.files import SourceFile, cannot_be_read
from recs_py.loading.sources.loader_script import LoaderScript, Statement
from recs_py.loading.value_search import Probe, find_value

LONGEST_VALUE = 60
_MALFORMED = re.compile(r"CSV Error on Line: (\d+)|CSV Parser state machine|Maximum line size")
_MISSING_COLUMN = re.compile(
    r'Referenced column "(.+?)" (?:was )?not found'
    r'|does not have a column named "(.+?)"'
    # `x as x`: the result has the name that the file should have.
    r'|Column "(.+?)" referenced that exists in the SELECT clause'
)
_ABOUT_A_VALUE = (duckdb.ConversionException, duckdb.OutOfRangeException, duckdb.InvalidInputException)
_ABOUT_THE_SQL = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


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
    # A statement that reads no file has its rows from one before it.
    read = [sources[stem.lower()] for stem in statement.stems or script.stems]
    if isinstance(error, duckdb.OutOfMemoryException):
        return RecsError(
            f"{script.path.name} line {statement.first_line} needs more memory or disk than there is"
            f" ({first_line(message)}): raise RECS_MEMORY, or name a larger disk with RECS_TEMP"
        )
    if isinstance(error, _ABOUT_THE_SQL):
        found = _missing_column(message, statement=statement, script=script, read=read)
    else:
        found = _malformed(message, sources=sources) or _unreadable(message, read=read)
    if not found and isinstance(error, _ABOUT_A_VALUE):
        probe = Probe((*_needed(script, statement.raw_tables, before=statement), statement.sql), type(error))
        stems = tuple(dict.fromkeys([*statement.stems, *script.stems]))
        found = _unfit(
            probe,
            wanted=_wanted(message),
            message=message,
            stems=stems,
            sources=sources,
            way_out=f"convert it in {script.path.name} line {statement.first_line} (try_cast and try_strptime make "
            "null of what does not fit)",
        )
    return found or UsageError(f"{script.path.name} line {_line_in_script(message, statement)}: {first_line(message)}")


def explain_unfit_value(unfit: UnfitValue, *, script: LoaderScript, sources: dict[str, SourceFile]) -> UsageError:
    """Return the error to raise when a loader made a value that its raw table cannot hold."""
    line = next(made.first_line for made in script.statements if unfit.table in made.raw_tables)
    probe = Probe((*_needed(script, frozenset([unfit.table])), unfit.check_sql), duckdb.InvalidInputException)
    stems = tuple(dict.fromkeys([*script.stems_of(unfit.table), *script.stems]))
    way_out = f"convert it in {script.path.name} line {line}"
    if unfit.has_two_digit_year:
        way_out += ", such as strptime({column}, '%y-%m-%d')::date, in the order that the file has"
    elif unfit.wanted == "a date":
        way_out += ", such as strptime({column}, '%d/%m/%Y')::date, in the order that the file has"
    found = _unfit(
        probe,
        wanted=unfit.wanted,
        # as the file may have it
        message=f'"{unfit.value}" "{unfit.value.removeprefix("00")}"',
        stems=stems,
        sources=sources,
        way_out=way_out,
    )
    return found or UsageError(
        f"{script.path.name} line {line} puts {shortened(unfit.value, LONGEST_VALUE)!r}"
        f" into raw.{unfit.table}.{unfit.column}, which is not {unfit.wanted}:"
        f" {way_out.replace('{column}', 'the text')}"
    )


def _unfit(
    probe: Probe,
    *,
    wanted: str,
    message: str,
    stems: tuple[str, ...],
    sources: dict[str, SourceFile],
    way_out: str,
) -> UsageError | None:
    try:
        place = find_value(probe=probe, message=message, stems=stems, sources=sources)
    except duckdb.Error as error:
        # The search reads every column, the loader perhaps did not: another fault comes to light.
        return _malformed(str(error), sources=sources)
    if place is None:
        return None
    return UsageError(
        f"{place}: {shortened(place.value, LONGEST_VALUE)!r} is not {wanted}: correct it, or "
        + way_out.replace("{column}", place.column)
    )


def _malformed(message: str, *, sources: dict[str, SourceFile]) -> UsageError | None:
    said = _MALFORMED.search(message)
    if not said or "converting column" in message:
        return None
    source = next((source for source in sources.values() if f"file = {source.text}\n" in message), None)
    if not source:
        return None
    malformed = source.malformed_line()
    if malformed and malformed.is_encoding:
        return not_in_encoding(source.path, malformed, "utf-8")
    if malformed:
        return UsageError(f"{source.path} {malformed}: correct it, or export the file again")
    # The two readers disagree: DuckDB's word for it, with its own count of lines.
    at = f" near line {said[1]}" if said[1] else ""
    return UsageError(f"{source.path} is malformed{at}: correct it, or export the file again")


def _unreadable(message: str, *, read: list[SourceFile]) -> UsageError | None:
    for source in read:
        damaged = (not source.is_csv or is_gzip(source.text)) and not _can_be_read(source)
        if str(source.text or source.path) in message or damaged:
            return cannot_be_read(source, message)
    return None


def _can_be_read(source: SourceFile) -> bool:
    with connect(None) as scratch:
        try:
            scratch.execute(f"select bit_xor(hash(file)) from ({source.view_sql()}) as file").fetchall()
        except duckdb.Error:
            return False
    return True


def _missing_column(
    message: str, *, statement: Statement, script: LoaderScript, read: list[SourceFile]
) -> UsageError | None:
    missing = _MISSING_COLUMN.search(message)
    if not missing or not read:
        return None
    name = next(filter(None, missing.groups())).split(".")[-1]
    columns = [column for source in read for column in _columns(source)]
    if name.lower() in {column.lower() for column in columns}:
        return None
    files = " and ".join(str(source.path) for source in read)
    there_are = f"there is {', '.join(columns[:12])}{', ...' * (len(columns) > 12)}"
    return UsageError(
        f"{files} {'has' if len(read) == 1 else 'have'} no column {name}, which {script.path.name}"
        f" line {_line_in_script(message, statement)} reads ({did_you_mean(name, columns, otherwise=there_are)}):"
        " name another folder, or correct the loader"
    )


def _columns(source: SourceFile) -> tuple[str, ...]:
    if source.is_csv:
        return source.columns
    with connect(None) as scratch:
        return tuple(name for name, *_ in scratch.execute(f"describe {source.view_sql()}").fetchall())


def _needed(script: LoaderScript, raw_tables: frozenset[str], *, before: Statement | None = None) -> list[str]:
    """Return what a failing statement needs to be repeated: nothing about other raw tables."""
    needed = []
    for statement in script.statements:
        if statement is before:
            break
        if not statement.raw_tables or statement.raw_tables & raw_tables:
            needed.append(statement.sql)
    return needed


def _wanted(message: str) -> str:
    message = message.lower()
    if "date" in message or "timestamp" in message or "format specifier" in message:
        return "a date"
    if re.search(r"\b(u?int\d*|u?(big|small|tiny|huge)?int(eger)?|double|float|decimal)\b", message):
        return "a number"
    return f"what the loader needs ({first_line(message)})"


def _line_in_script(message: str, statement: Statement) -> int:
    line = re.search(r"^LINE (\d+):", message, flags=re.MULTILINE)
    return statement.line + int(line[1]) - 1 if line else statement.first_line
