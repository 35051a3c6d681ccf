"""The slow, exact CSV reader: it tells on which line a record begins, and the first line that is malformed.

DuckDB reads the data. It counts records where an editor counts lines, and with some faults it names no line
at all; so a file that it refused is read once more here. The header is read here too, to tell DuckDB the
dialect.
"""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# DuckDB's own limit: a "line" longer than this is a quote that was never closed.
LONGEST_LINE = 2_097_152


@dataclass
class MalformedLine(Exception):
    """A line that is no CSV record: its number in the file (1 is the header), and a clause that says why."""

    line: int
    reason: str
    is_encoding: bool = False

    def __str__(self) -> str:
        return f"line {self.line} {self.reason}"


def records(*, path: Path, delimiter: str, encoding: str, width: int | None = None) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record begins, and its fields; the header comes first, blank lines do not.

    Parameters
    ----------
    path
        The file, plain or compressed (`.gz`).
    delimiter
        One character.
    encoding
        `utf-8`, `latin-1` or `utf-16`.
    width
        The number of fields that every record must have; None: any.

    Raises
    ------
    MalformedLine
        At the first record that is no CSV, or has another number of fields.
    """
    with _text_lines(path, encoding) as lines:
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


def malformed_line(*, path: Path, delimiter: str, encoding: str, width: int) -> MalformedLine | None:
    """Return the first line of a file that is malformed, or None if this reader finds nothing wrong."""
    try:
        for _ in records(path=path, delimiter=delimiter, encoding=encoding, width=width):
            pass
    except MalformedLine as malformed:
        return malformed
    return _other_line_end(path, encoding)


def _other_line_end(path: Path, encoding: str) -> MalformedLine | None:
    """Return the first line that ends otherwise than the header, which DuckDB's strict reader refuses."""
    with _text_lines(path, encoding) as lines:
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
def _text_lines(path: Path, encoding: str) -> Iterator[Iterator[str]]:
    """Open a file as lines that keep their ends, refusing what is not in the encoding."""
    # A byte order mark is no part of the first column's name.
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    previous_limit = csv.field_size_limit(LONGEST_LINE)
    try:
        # Invalid bytes become lone surrogates, so that the line they are on can be told.
        with opener(path, "rt", encoding=codec, errors="surrogateescape", newline="") as file:
            yield _checked(file, encoding)
    finally:
        csv.field_size_limit(previous_limit)


def _checked(lines: Iterator[str], encoding: str) -> Iterator[str]:
    number = 0
    try:
        for line in lines:
            number += 1
            if not line.isascii() and re.search("[\udc80-\udcff]", line):
                raise MalformedLine(number, f"is not {encoding.upper()}", is_encoding=True)
            yield line
    except UnicodeError as error:
        raise MalformedLine(number + 1, f"is not {encoding.upper()}", is_encoding=True) from error
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
