"""The slow, exact CSV reader: it finds the line on which a record begins, and the first malformed line.

DuckDB reads the data. It counts records where an editor counts lines, and with some faults it names no line
at all; so a file that it refused is read once more here. The header is read here too, to tell DuckDB the
dialect.
"""

import csv
import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# DuckDB's own limit: a "line" longer than this is a quote that was never closed.
LONGEST_LINE = 2_097_152


@dataclass
class MalformedLine(Exception):
    """A line that is no CSV record: its number in the file (1 is the header), and a clause with the reason."""

    line: int
    reason: str
    is_encoding: bool = False

    def __str__(self) -> str:
        return f"line {self.line} {self.reason}"


def is_gzip(path: Path) -> bool:
    """Return whether a file is compressed with gzip, whatever its name."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def records(*, path: Path, delimiter: str, width: int | None = None) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record begins, and its fields; the header comes first, blank lines do not.

    Parameters
    ----------
    path
        The file, in UTF-8, plain or compressed with gzip.
    delimiter
        One character.
    width
        The number of fields that every record must have; None: any.

    Raises
    ------
    MalformedLine
        At the first record that is no CSV, or has another number of fields.
    """
    with _text_lines(path) as lines:
        yield from records_of(lines, delimiter=delimiter, width=width)


def records_of(lines: Iterable[str], *, delimiter: str, width: int | None = None) -> Iterator[tuple[int, list[str]]]:
    """Yield the records of a text as `records` does those of a file; the lines keep their ends."""
    previous_limit = csv.field_size_limit(LONGEST_LINE)
    try:
        reader = csv.reader(lines, delimiter=delimiter, quotechar='"', doublequote=True, strict=True)
        line = 1
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise MalformedLine(line, _reason(str(error))) from error
            # One empty field too many at the end of a line is forgiven by DuckDB as well.
            if width is not None and fields and len(fields) != width and fields[width:] != [""]:
                fields_found = "1 field" if len(fields) == 1 else f"{len(fields)} fields"
                raise MalformedLine(line, f"has {fields_found} where the header has {width}")
            if fields:
                yield line, fields
            line = reader.line_num + 1
    finally:
        csv.field_size_limit(previous_limit)


def malformed_line(*, path: Path, delimiter: str, width: int) -> MalformedLine | None:
    """Return the first line of a file that is malformed, or None if this reader finds nothing wrong."""
    try:
        for _ in records(path=path, delimiter=delimiter, width=width):
            pass
    except MalformedLine as malformed:
        return malformed
    return _other_line_end(path)


def _other_line_end(path: Path) -> MalformedLine | None:
    """Return the first line that ends otherwise than the header, which DuckDB's strict reader refuses."""
    with _text_lines(path) as lines:
        first_end = None
        for number, line in enumerate(lines, start=1):
            end = line[len(line.rstrip("\r\n")) :]
            first_end = first_end or end
            if end and end != first_end:
                return MalformedLine(
                    number, "ends otherwise than the lines before (Windows and Unix line ends are mixed)"
                )
    return None


@contextmanager
def _text_lines(path: Path) -> Iterator[Iterator[str]]:
    """Open a file as lines that keep their ends, refusing what is not UTF-8."""
    opener = gzip.open if is_gzip(path) else open
    # Invalid bytes become lone surrogates, so that their line can be found.
    # A byte order mark is no part of the first column's name.
    with opener(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        yield _checked(file)


def _checked(lines: Iterator[str]) -> Iterator[str]:
    number = 0
    try:
        for line in lines:
            number += 1
            if not line.isascii() and re.search("[\udc80-\udcff]", line):
                raise MalformedLine(number, "is not UTF-8", is_encoding=True)
            yield line
    except UnicodeError as error:
        raise MalformedLine(number + 1, "is not UTF-8", is_encoding=True) from error
    except (EOFError, OSError, zlib.error) as error:
        raise MalformedLine(number + 1, f"cannot be unpacked ({error})") from error


def _reason(message: str) -> str:
    if "unexpected end of data" in message:
        return "opens a quote that is never closed"
    if "field limit" in message:
        return "holds a text of more than 2 MB (perhaps a quote that is never closed)"
    if "expected after" in message:
        return "has text after a closing quote (a quote within a quoted text is written twice)"
    return f"is malformed ({message})"
