"""Folders for copies of files that a load reads; those of a load that was killed are removed by the next command."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from recs_py.settings import temp_directory

# Only recs makes folders called so.
PREFIX = "recs-load-"


@contextmanager
def room_for_copies(database: Path) -> Iterator[Path]:
    """A folder for copies of files, where DuckDB spills: they need as much room as the database.

    Its caller is alone at work on the database, since what other loads have left is removed first.
    """
    remove_leftovers(database)
    place = _place(database)
    is_made = not place.exists() and place.parent.is_dir()
    if is_made:
        place.mkdir()
    try:
        with tempfile.TemporaryDirectory(prefix=PREFIX, dir=place if place.is_dir() else None) as folder:
            yield Path(folder)
    finally:
        if is_made:
            _remove_empty(place)


def remove_leftovers(database: Path) -> None:
    """Remove the copies of loads into a database that were killed; other files in the same folder stay."""
    place = _place(database)
    left_over = [path for path in place.glob(f"{PREFIX}*") if path.is_dir() and not path.is_symlink()]
    for path in left_over:
        shutil.rmtree(path)
    if left_over:
        _remove_empty(place)


def _place(database: Path) -> Path:
    # by the file that a link names: a load by either name finds what the other one left
    target = database.resolve()
    if not os.environ.get("RECS_TEMP"):
        return temp_directory(target)
    # loads into other databases may be at work in the same folder
    return temp_directory() / f"{target.name}.{hashlib.sha256(os.fsencode(target)).hexdigest()[:12]}.tmp"


def _remove_empty(folder: Path) -> None:
    # not empty, or gone with the connection already
    with suppress(OSError):
        folder.rmdir()
