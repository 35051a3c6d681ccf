"""The files of a source folder, and the views `source.<stem>` in which a loader reads them.

A view over a CSV file reads every column as text (ids keep leading zeros and letters) in a dialect that is
stated: DuckDB's sniffer may skip lines, or choose another delimiter, without a word.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from recs_py.errors import UsageError, first_line
from recs_py.loading.sources import csv_records
from recs_py.loading.sources.csv_records import MalformedLine
from recs_py.loading.sources.encodings import in_utf_8, not_in_encoding
from recs_py.sql_text import files_literal, identifier, literal

SUFFIXES = (".csv", ".csv.gz", ".parquet")
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class SourceFile:
    """One file that a loader reads as `source.<stem>`; the attributes after `stem` apply to CSV files only."""

    path: Path
    stem: str
    # The file in UTF-8: `path` itself, or a copy.
    text: Path | None = None
    columns: tuple[str, ...] | None = None
    delimiter: str | None = None
    blank_lines: int = 0
    # Optional columns that the file lacks: they are added, and empty.
    absent: tuple[str, ...] = ()

    @property
    def is_csv(self) -> bool:
        """Whether it is read as CSV, not as Parquet."""
        return self.columns is not None

    @property
    def lacks(self) -> str:
        """A note on the optional columns that it lacks."""
        return f"{self.path.name} has no column {', '.join(self.absent)}: left empty"

    def view_sql(self) -> str:
        """Return the query of the view that reads this file."""
        absent = "".join(f", null::varchar as {identifier(column)}" for column in self.absent)
        if not self.is_csv:
            return f"select *{absent} from read_parquet({files_literal(self.path)}, binary_as_string = true)"
        columns = ", ".join(f"{literal(column)}: 'varchar'" for column in self.columns)
        compression = "gzip" if csv_records.is_gzip(self.text) else "none"
        return (
            f"select *{absent} from read_csv({files_literal(self.text)}, auto_detect = false, header = true,"
            f" skip = {self.blank_lines},"
            f" columns = {{{columns}}}, delim = {literal(self.delimiter)}, quote = '\"', escape = '\"',"
            f" comment = '', encoding = 'utf-8', compression = '{compression}',"
            " strict_mode = true, null_padding = false, ignore_errors = false)"
        )

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the line and the fields of every record of a CSV file (see `csv_records.records`)."""
        return csv_records.records(path=self.text, delimiter=self.delimiter, width=len(self.columns))

    def malformed_line(self) -> MalformedLine | None:
        """Return the first malformed line of a CSV file (see `csv_records.malformed_line`)."""
        return csv_records.malformed_line(path=self.text, delimiter=self.delimiter, width=len(self.columns))


def files_named(stem: str, *, directory: Path) -> list[Path]:
    """Return the files of a folder that hold a table; capitals do not matter."""
    wanted = {f"{stem}{suffix}".lower() for suffix in SUFFIXES}
    return sorted(path for path in directory.iterdir() if path.name.lower() in wanted and path.is_file())


def find_source_file(
    *,
    directory: Path,
    stem: str,
    encoding: str,
    scratch: Path,
    report: Callable[[str], None],
    optional: tuple[str, ...] = (),
) -> SourceFile:
    """Find the one file of a folder that holds a table, and read its header.

    Parameters
    ----------
    directory
        An existing folder.
    stem
        The name of the file without its suffix; capitals do not matter.
    encoding
        Encoding of CSV files that have no byte order mark and are not valid UTF-8.
    scratch
        A folder for copies of files that are not in UTF-8.
    report
        Called with a line of text before a long step.
    optional
        Columns that the file may lack.

    Raises
    ------
    UsageError
        If there is no such file, or more than one, or it is empty or unreadable or its header is.
    """
    found = files_named(stem, directory=directory)
    if not found:
        raise UsageError(
            f"{directory} has no {stem}.csv, {stem}.csv.gz or {stem}.parquet: add it, or name another folder; "
            "with --add, a folder of transactions alone is added to what is loaded"
        )
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        raise UsageError(f"{directory} has {names}, which would be the same table: leave only one of them there")
    path = found[0]
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    if not start:
        raise UsageError(f"{path} is empty (0 bytes): export it again")
    if path.suffix.lower() == ".parquet":
        source = SourceFile(path=path, stem=stem)
        return replace(source, absent=_absent(_parquet_columns(source), optional)) if optional else source
    text = in_utf_8(path, encoding=encoding, folder=scratch, report=report)
    delimiter, line, columns = _read_header(path=path, text=text)
    return SourceFile(
        path=path,
        stem=stem,
        text=text,
        columns=columns,
        delimiter=delimiter,
        # DuckDB would take the first of them for the header, and the header for data.
        blank_lines=line - 1,
        absent=_absent(columns, optional),
    )


def open_sources(connection: duckdb.DuckDBPyConnection, *, sources: dict[str, SourceFile]) -> None:
    """Offer files to a connection as `source.<stem>`.

    The views live in an attached database in memory, so that they are never part of the work database.

    Raises
    ------
    UsageError
        If DuckDB cannot open a file.
    """
    connection.execute("attach ':memory:' as source")
    # The day of an instant must not depend on where this runs; a loader may name the shop's zone.
    connection.execute("set timezone = 'UTC'")
    # DuckDB moves casts into its CSV reader, where `try_cast` fails like `cast`: nothing could be forgiven.
    optimizers = connection.execute("select name from duckdb_optimizers()").fetchall()
    if ("type_pushdown",) in optimizers:
        connection.execute("set disabled_optimizers = 'type_pushdown'")
    for source in sources.values():
        try:
            make_view(connection, stem=source.stem, query=source.view_sql())
        except duckdb.Error as error:
            raise cannot_be_read(source, str(error)) from error


def make_view(connection: duckdb.DuckDBPyConnection, *, stem: str, query: str) -> None:
    """Let `source.<stem>` be a query."""
    connection.execute(f"create or replace view source.{identifier(stem)} as {query}")


def cannot_be_read(source: SourceFile, message: str) -> UsageError:
    """Return the error to raise when DuckDB cannot read a file at all."""
    return UsageError(f"{source.path} cannot be read ({first_line(message)}): export or download it again")


def _parquet_columns(source: SourceFile) -> tuple[str, ...]:
    with duckdb.connect() as connection:
        try:
            described = connection.execute(f"describe {source.view_sql()}").fetchall()
        except duckdb.Error as error:
            raise cannot_be_read(source, str(error)) from error
    return tuple(name for name, *_ in described)


def _absent(columns: tuple[str, ...], optional: tuple[str, ...]) -> tuple[str, ...]:
    there = {column.lower() for column in columns}
    return tuple(column for column in optional if column.lower() not in there)


def _read_header(*, path: Path, text: Path) -> tuple[str, int, tuple[str, ...]]:
    """Return the delimiter (the one that splits the header into most columns), the line, and the columns."""
    headers, fault = [], None
    for delimiter in DELIMITERS:
        try:
            line, names = next(csv_records.records(path=text, delimiter=delimiter))
            headers.append((delimiter, line, names))
        except StopIteration:
            raise UsageError(f"{path} holds nothing but blank lines: export it again") from None
        except MalformedLine as malformed:
            if malformed.is_encoding:
                raise not_in_encoding(path, malformed, "utf-8") from malformed
            fault = malformed
    if not headers:
        raise UsageError(f"{path} {fault}: correct it, or export or download it again") from fault
    delimiter, line, names = max(headers, key=lambda header: len(header[2]))
    # A frame's nameless index column is common in exports; it gets a name, so that a loader can leave it out.
    columns = tuple(name.strip() or f"column{number}" for number, name in enumerate(names, start=1))
    seen = set()
    for column in columns:
        if column.lower() in seen:
            raise UsageError(f"{path} line {line} names the column {column} twice (capitals do not matter): rename one")
        seen.add(column.lower())
    return delimiter, line, columns
