"""The encoding of a CSV file, and a copy of the file in UTF-8, the only encoding that DuckDB reads everywhere.

A byte order mark decides; without one, the loader does. A file with valid UTF-8 beyond ASCII is read as UTF-8 anyway.
"""

import codecs
import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from recs_py.errors import RecsError, UsageError
from recs_py.loading.sources.csv_records import MalformedLine, is_gzip

# UTF-32's mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_CSV = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook: unpack it, or save it as CSV",
    b"PAR1": "a Parquet file: let its name end in .parquet",
    b"\x28\xb5\x2f\xfd": "compressed with zstd: unpack it, or compress it with gzip",
    b"BZh": "compressed with bzip2: unpack it, or compress it with gzip",
    b"\xfd7zX": "compressed with xz: unpack it, or compress it with gzip",
}
_CHUNK = 2**20


def is_encoding(name: str) -> bool:
    """Return whether Python knows an encoding of text of this name."""
    try:
        # `codecs` also knows encodings of bytes, such as base64
        "".encode(name)
    except LookupError:
        return False
    return True


def in_utf_8(path: Path, *, encoding: str, folder: Path, report: Callable[[str], None]) -> Path:
    """Return a CSV file in UTF-8: the file itself, or a copy in a folder.

    Parameters
    ----------
    path
        The file, plain or compressed with gzip.
    encoding
        The encoding that the loader names.
    folder
        Where a copy may be written.
    report
        Called before a copy is written, which may take a while.

    Raises
    ------
    UsageError
        If the file is no text, or is not in its encoding.
    """
    start = _start(path)
    for magic, what in _NO_CSV.items():
        if start.startswith(magic):
            raise UsageError(f"{path} is {what}")
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    encoding = marked or codecs.lookup(encoding).name
    if encoding == "utf-8":
        if b"\0" in start:
            side = "le" if start[1:2] == b"\0" else "be"
            raise UsageError(
                f"{path} seems to be encoded in UTF-16: save it as UTF-8, or put `-- encoding: utf-16-{side}`"
                " at the top of the loader"
            )
        return path
    if not marked and _is_utf_8(path):
        return path
    report(f"copying {path.name} from {encoding} to utf-8")
    copy = folder / f"{path.name.removesuffix('.gz')}.utf-8"
    try:
        with copy.open("w", encoding="utf-8", newline="") as file:
            for text in _decoded(path, encoding):
                file.write(text)
    except MalformedLine as malformed:
        if not malformed.is_encoding:
            raise UsageError(f"{path} {malformed}: export or download it again") from malformed
        raise not_in_encoding(path, malformed, encoding) from malformed
    except OSError as error:
        raise RecsError(
            f"{path} is read from a copy in UTF-8, which cannot be written to {folder} ({error.strerror}): make room,"
            " or name a larger disk with RECS_TEMP"
        ) from error
    return copy


def not_in_encoding(path: Path, malformed: MalformedLine, encoding: str) -> UsageError:
    """Return the error to raise when a CSV file does not have the encoding that the loader names."""
    if encoding in ("utf-8", "iso8859-1"):
        advice = "put `-- encoding: cp1252` (Windows, Western Europe) or another encoding at the top of the loader"
    else:
        advice = "name its encoding at the top of the loader, such as `-- encoding: cp1250`"
    return UsageError(f"{path} {malformed}: save the file as UTF-8, or {advice}")


def _start(path: Path) -> bytes:
    try:
        with gzip.open(path) if is_gzip(path) else path.open("rb") as file:
            return file.read(4)
    except (EOFError, OSError, zlib.error) as error:
        raise UsageError(f"{path} line 1 cannot be unpacked ({error}): export or download it again") from error


def _chunks(path: Path) -> Iterator[bytes]:
    with gzip.open(path) if is_gzip(path) else path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _is_utf_8(path: Path) -> bool:
    """Return whether a file has text beyond ASCII, all of it valid UTF-8: no other encoding looks so by chance."""
    decoder, is_ascii = codecs.getincrementaldecoder("utf-8")(), True
    try:
        for chunk in _chunks(path):
            is_ascii = is_ascii and chunk.isascii()
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except (UnicodeDecodeError, EOFError, OSError, zlib.error):
        return False
    return not is_ascii


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    try:
        for chunk in _with_end(_chunks(path)):
            text = decoder.decode(chunk, final=not chunk)
            # Latin-1 has control characters where Windows has quotes, dashes and the euro sign.
            control = re.search("[\x80-\x9f]", text) if encoding == "iso8859-1" else None
            if control:
                raise MalformedLine(line + text.count("\n", 0, control.start()), "is not LATIN-1", is_encoding=True)
            line += text.count("\n")
            yield text
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(encoding, errors="ignore")
        raise MalformedLine(line + before.count("\n"), f"is not {encoding.upper()}", is_encoding=True) from error
    except (EOFError, OSError, zlib.error) as error:
        raise MalformedLine(line, f"cannot be unpacked ({error})") from error


def _with_end(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield from chunks
    yield b""
