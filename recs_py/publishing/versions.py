"""The published file and the versions before it: each is a whole file, and one step puts it in place."""

import contextlib
import datetime as dt
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from recs_py.errors import RecsError, UsageError
from recs_py.publishing.fresh_file import remove_unfinished
from recs_py.publishing.published_file import published_dataset

# As `_name` writes it: whatever else lies in the folder is left alone.
NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}\.\d{9}Z\.duckdb")


def versions_folder(published: Path) -> Path:
    """Return the folder beside the published file that holds the versions before it."""
    if published.suffix == ".duckdb":
        return published.with_suffix(".versions")
    # no other file's name gives the same folder
    return published.with_name(f"{published.name}-versions")


def kept_versions(published: Path) -> list[Path]:
    """The versions that can be gone back to, the newest last."""
    live = _name(published) if published.exists() else None
    # a crash between keeping a version and replacing it leaves it under both names
    return [path for path in all_versions(published) if path.name != live]


def all_versions(published: Path) -> list[Path]:
    """All files that hold a version, also the published one under a second name."""
    return [path for path in sorted(versions_folder(published).glob("*.duckdb")) if NAME.fullmatch(path.name)]


def remove_leftovers(published: Path) -> None:
    """Remove what a publish left behind that was killed; only while no other is at work."""
    remove_unfinished(published)
    for path in versions_folder(published).glob("*.copy"):
        if NAME.fullmatch(path.with_suffix(".duckdb").name):
            path.unlink()


def check_folders(published: Path) -> None:
    """Refuse a published file whose folder is missing or read-only, or whose versions would have no folder.

    Raises
    ------
    UsageError
        Names the folder.
    """
    if not published.absolute().parent.is_dir():
        raise UsageError(
            f"The folder {published.absolute().parent} of the published file does not exist: make it, or set "
            "RECS_PUBLISHED to a file in another one"
        )
    if not os.access(published.absolute().parent, os.W_OK):
        raise UsageError(
            f"The folder {published.absolute().parent} of the published file cannot be written to: set RECS_PUBLISHED "
            "to a file in another one"
        )
    folder = versions_folder(published)
    if folder.exists() and not folder.is_dir():
        raise UsageError(
            f"{folder} is a file, but versions of {published.name} are kept in a folder of that name: move it"
        )


@contextlib.contextmanager
def publishing(published: Path) -> Iterator[None]:
    """Only one publish of a file at a time.

    Raises
    ------
    UsageError
        If the file cannot be published there.
    RecsError
        If another one is at work.
    """
    check_folders(published)
    folder = versions_folder(published)
    folder.mkdir(exist_ok=True)
    with alone_in(folder, name=published):
        yield


@contextlib.contextmanager
def alone_in(folder: Path, *, name: Path) -> Iterator[None]:
    """Hold a folder; a lock that the system lets go when the process ends, however it ends.

    Parameters
    ----------
    folder
        One that exists.
    name
        The published file or folder, for the message.

    Raises
    ------
    RecsError
        If another program holds it.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RecsError(f"{name} is being published by another program: wait until it is done") from error
        yield
    finally:
        os.close(descriptor)


def replace(published: Path, *, fresh: Path, keep: int | None) -> None:
    """Put a finished file where the published one is, in one step.

    Parameters
    ----------
    published, fresh
        The file that readers open, and the one that takes its place.
    keep
        How many versions before the new one stay, the one that it replaces among them; None: that one is not kept, and
        those before it stay as they are.
    """
    # an empty file is nothing to go back to
    if keep and published.exists() and published.stat().st_size:
        kept = versions_folder(published) / _name(published)
        if not kept.exists():
            _link(published, kept)
    _let_the_same_read(published, fresh)
    _sync(fresh)
    fresh.replace(published)
    _sync(published.absolute().parent)
    if keep is not None:
        for path in kept_versions(published)[: -keep or None]:
            path.unlink()


def roll_back(published: Path) -> dt.datetime:
    """Put the version before the published one in its place, in one step; the one that was published is gone.

    Returns
    -------
    datetime
        When the version that is now in place was made (UTC).

    Raises
    ------
    UsageError
        If no version is kept, or recs has not published the file that would be replaced.
    """
    published_dataset(published)
    with publishing(published):
        versions = kept_versions(published)
        if not versions:
            raise UsageError(
                f"There is no version before {published} to go back to: each publish keeps the one before it."
            )
        withdrawn = versions_folder(published) / _name(published) if published.exists() else None
        _let_the_same_read(published, versions[-1])
        versions[-1].replace(published)
        if withdrawn:
            withdrawn.unlink(missing_ok=True)
        return _made_at(published)


def _let_the_same_read(published: Path, successor: Path) -> None:
    if published.exists():
        shutil.copymode(published, successor)


def _made_at(path: Path) -> dt.datetime:
    return dt.datetime.fromtimestamp(path.stat().st_mtime, tz=dt.UTC)


def _name(path: Path) -> str:
    """The name under which a file is kept: when it was made. A rename or a link does not change it."""
    stamp = path.stat().st_mtime_ns
    moment = dt.datetime.fromtimestamp(stamp // 10**9, tz=dt.UTC)
    return f"{moment:%Y-%m-%dT%H%M%S}.{stamp % 10**9:09}Z.duckdb"


def _link(path: Path, kept: Path) -> None:
    """Give the file a second name, which takes no space; copy it if the file system has no links."""
    try:
        os.link(path, kept)
    except OSError:
        copy = kept.with_suffix(".copy")
        shutil.copy2(path, copy)
        copy.replace(kept)


def _sync(path: Path) -> None:
    # a rename survives a power cut only if it has reached the disk
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
