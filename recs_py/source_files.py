"""The files of a source folder: how each is written, the view that reads it, and where a malformed line is.

A view over a CSV file reads every column as text (ids keep leading zeros and letters) in a dialect that is stated, never
guessed from the content: DuckDB's sniffer may skip lines, or choose another delimiter, without a word.
"""

import csv
import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from recs_py.errors import UsageError

SUFFIXES = (".csv", ".csv.gz", ".parquet")
DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8", "latin-1", "utf-16")
# DuckDB's own limit: a "line" longer than this is a quote that was never closed.
LONGEST_LINE = 2_097_152


class MalformedLine(Exception):
    """A line that is no CSV record: `line` is its number in the file (1 is the header), `reason` a clause."""

    def __init__(self, line: int, reason: str):
        super().__init__(f"line {line} {reason}")
        self.line = line
        self.reason = reason


@dataclass(frozen=True)
class SourceFile:
    """One file that a loader reads as `source.<stem>`; the last three are None for Parquet."""

    path: Path
    stem: str
    columns: tuple[str, ...] | None = None
    delimiter: str | None = None
    encoding: str | None = None

    @property
    def is_csv(self) -> bool:
        return self.columns is not None

    def view_sql(self) -> str:
        """Return the query of the view that reads this file."""
        if not self.is_csv:
            return f"select * from read_parquet({_literal(self.path)})"
        columns = ", ".join(f"{_literal(column)}: 'varchar'" for column in self.columns)
        compression = "gzip" if self.path.suffix == ".gz" else "none"
        return (
            f"select * from read_csv({_literal(self.path)}, auto_detect = false, header = true, skip = 0,"
            f" columns = {{{columns}}}, delim = {_literal(self.delimiter)}, quote = '\"', escape = '\"', comment = '',"
            f" encoding = '{self.encoding}', compression = '{compression}',"
            " strict_mode = true, null_padding = false, ignore_errors = false)"
        )


def find_source_file(*, directory: Path, stem: str, encoding: str) -> SourceFile:
    """Find the one file of a folder that holds a table, and read its header.

    Parameters
    ----------
    directory
        An existing folder.
    stem
        The name of the file without its suffix; capitals do not matter.
    encoding
        How CSV files are encoded, one of `ENCODINGS`.

    Raises
    ------
    UsageError
        If there is no such file, or more than one, or it is empty or unreadable or its header is.
    """
    wanted = {f"{stem}{suffix}".lower() for suffix in SUFFIXES}
    found = sorted(path for path in directory.iterdir() if path.name.lower() in wanted and path.is_file())
    if not found:
        raise UsageError(
            f"{directory} has no {stem}.csv, {stem}.csv.gz or {stem}.parquet: add it, or name another folder"
        )
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        raise UsageError(
            f"{directory} has {names}, which would be the same table: leave only one of them there"
        )
    path = found[0]
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    if not start:
        raise UsageError(f"{path} is empty (0 bytes): export it again")
    if path.suffix.lower() == ".parquet":
        return SourceFile(path=path, stem=stem)
    if encoding != "utf-16" and start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UsageError(
            f"{path} is encoded in UTF-16: save it as UTF-8, or put `-- encoding: utf-16` at the top of the loader"
        )
    return _csv_file(path=path, stem=stem, encoding=encoding)


def records(source: SourceFile) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the line on which each record of a CSV file begins, and its fields; the header comes first.

    This is the slow, exact reader that finds the place of an error: it counts lines as an editor does, also where a
    quoted text holds line breaks.

    Raises
    ------
    MalformedLine
        At the first record that is no CSV.
    """
    width = len(source.columns) if source.is_csv else None
    with _text_lines(source.path, source.encoding) as lines:
        reader = csv.reader(lines, delimiter=source.delimiter, quotechar='"', doublequote=True, strict=True)
        line = 1
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise MalformedLine(line, _reason(str(error))) from error
            # A last empty field too many on a line is what DuckDB forgives as well.
            if fields and width is not None and len(fields) != width and fields[width:] != [""]:
                raise MalformedLine(line, f"has {_count(len(fields), 'field')} where the header has {width}")
            if fields:
                yield line, fields
            line = reader.line_num + 1


def malformed_line(source: SourceFile) -> MalformedLine | None:
    """Return the first line of a CSV file that is malformed, or None if this reader finds nothing wrong."""
    try:
        for _ in records(source):
            pass
    except MalformedLine as malformed:
        return malformed
    return _other_line_end(source)


def _csv_file(*, path: Path, stem: str, encoding: str) -> SourceFile:
    """Read the header: the delimiter is the one that splits it into most columns."""
    headers = []
    for delimiter in DELIMITERS:
        unread = SourceFile(path=path, stem=stem, delimiter=delimiter, encoding=encoding)
        try:
            _, names = next(records(unread))
        except StopIteration:
            raise UsageError(f"{path} holds no line: export it again") from None
        except MalformedLine as malformed:
            if malformed.reason.startswith("is not"):
                raise UsageError(f"{path} {malformed}{_encoding_hint(encoding)}") from malformed
            continue
        except (OSError, EOFError) as error:
            raise UsageError(f"{path} cannot be read: {error}") from error
        headers.append((delimiter, names))
    if not headers:
        raise UsageError(f"{path} line 1, the header, has a quote that is not closed: correct it")
    delimiter, names = max(headers, key=lambda header: len(header[1]))
    # A frame's nameless index column is common in exports; it gets a name that a loader can leave out.
    columns = tuple(name.strip() or f"column{number}" for number, name in enumerate(names, start=1))
    seen = set()
    for column in columns:
        if column.lower() in seen:
            raise UsageError(
                f"{path} line 1 names the column {column} twice (capitals do not matter): rename one"
            )
        seen.add(column.lower())
    return SourceFile(path=path, stem=stem, columns=columns, delimiter=delimiter, encoding=encoding)


@contextmanager
def _text_lines(path: Path, encoding: str):
    """Open a CSV file as lines that keep their ends, refusing what is not in the encoding."""
    # A byte order mark is no part of the first column's name.
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    opener = gzip.open if path.suffix == ".gz" else open
    previous_limit = csv.field_size_limit(LONGEST_LINE)
    try:
        # Invalid bytes become lone surrogates, so that the line they are on can be told.
        with opener(path, "rt", encoding=codec, errors="surrogateescape", newline="") as file:
            yield _checked(file, encoding)
    finally:
        csv.field_size_limit(previous_limit)


def _checked(lines: Iterator[str], encoding: str) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if not line.isascii() and re.search("[\udc80-\udcff]", line):
            raise MalformedLine(number, f"is not {encoding.upper()}")
        yield line


def _other_line_end(source: SourceFile) -> MalformedLine | None:
    """Return the first line that ends otherwise than the header, which DuckDB's strict reader refuses."""
    with _text_lines(source.path, source.encoding) as lines:
        ends = {}
        for number, line in enumerate(lines, start=1):
            end = line[len(line.rstrip("\r\n")) :]
            if end and end not in ends:
                ends[end] = number
            if len(ends) == 2:
                return MalformedLine(
                    number, "ends otherwise than the lines before (Windows and Unix line ends are mixed)"
                )
    return None


def encoding_hint(source: SourceFile) -> str:
    """Return what to do about a file that is not in its encoding."""
    return _encoding_hint(source.encoding)


def _encoding_hint(encoding: str) -> str:
    others = [f"`-- encoding: {other}`" for other in ENCODINGS if other != encoding]
    return f": save the file as UTF-8, or put {' or '.join(others)} at the top of the loader"


def _reason(message: str) -> str:
    if "unexpected end of data" in message or "field limit" in message:
        return "opens a quote that is never closed"
    if "expected after" in message:
        return "has text after a closing quote (a quote within a quoted text is written twice)"
    return f"is malformed ({message})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _literal(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
