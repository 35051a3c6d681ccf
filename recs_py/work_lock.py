"""One long command at a time on a work database, and patience with other programs that open it meanwhile.

DuckDB's own lock is let go whenever a command closes the file, as one does between two builds: another program may then
open it. So a command also holds a lock of its own, for as long as it works.
"""

import contextlib
import datetime as dt
import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from recs_py import terminal
from recs_py.errors import DatabaseInUse, UsageError

Opened = TypeVar("Opened")

# Seconds: how long a command waits for another one, and how long one that is at work waits for any other program.
WAIT = 10
PATIENCE = 600
BETWEEN_TRIES = 0.2

_held: set[Path] = set()

# Set with each Ctrl-C: a library may make another error of it, such as a database that cannot be opened.
interrupted = threading.Event()


@contextlib.contextmanager
def held(database: Path, *, command: str) -> Iterator[None]:
    """Keep other commands from the work database; the system lets the lock go when the process ends, however it ends.

    A command that is part of another one of this process takes no lock of its own.

    Parameters
    ----------
    database
        The work database; it may be missing yet.
    command
        What a person typed, such as `recs train`.

    Raises
    ------
    DatabaseInUse
        If another command holds it, and does not end soon.
    UsageError
        If the file of that lock is somebody else's, or cannot be written.
    """
    path = database.resolve()
    # opening the database reports a folder that does not exist
    if path in _held or not path.parent.is_dir():
        yield
        return
    descriptor = _acquire(path)
    if os.fstat(descriptor).st_size and _written(descriptor) is None:
        os.close(descriptor)
        raise UsageError(f"{_file(path)} is no file that recs has written, and recs needs that name: move it away")
    try:
        holder = {"command": command, "process": os.getpid(), "since": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC"}
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)
        _held.add(path)
        yield
    finally:
        _held.discard(path)
        # before the lock is let go: a command that waits for this file sees that it is gone, and makes another
        _file(path).unlink(missing_ok=True)
        os.close(descriptor)


def holder(database: Path) -> str | None:
    """The command that holds the database, its process and since when; None if no command does."""
    try:
        descriptor = os.open(_file(database.resolve()), os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _written(descriptor) or f"another program, which holds {_file(database.resolve())},"
    finally:
        os.close(descriptor)
    return None


def patiently(database: Path, attempt: Callable[[], Opened]) -> Opened:
    """Return the result of `attempt`, repeated while another program has a database open that this command holds.

    Raises
    ------
    DatabaseInUse
        If the database stays in use, at once where no command of this process holds it.
    KeyboardInterrupt
        After Ctrl-C, instead of another attempt.
    """
    deadline = time.monotonic() + PATIENCE
    waits = False
    while True:
        try:
            return attempt()
        except DatabaseInUse as error:
            if interrupted.is_set():
                raise KeyboardInterrupt from error
            if database.resolve() not in _held or time.monotonic() > deadline:
                raise
            if not waits:
                terminal.note(f"{error} This command waits for it, up to {PATIENCE // 60} minutes.")
                waits = True
            time.sleep(BETWEEN_TRIES)


def _acquire(path: Path) -> int:
    """Open and lock the file beside the database."""
    deadline = time.monotonic() + WAIT
    waits = False
    while True:
        try:
            descriptor = os.open(_file(path), os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise UsageError(
                f"The folder {path.parent} of the work database cannot be written to ({error.strerror}): set "
                "RECS_DUCKDB to a file in another one"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # the command before may have removed the file after it was opened here
            if os.path.samestat(os.fstat(descriptor), _file(path).stat()):
                return descriptor
        except FileNotFoundError:
            pass
        except BlockingIOError:
            by = holder(path) or "another command"
            if time.monotonic() > deadline:
                os.close(descriptor)
                raise DatabaseInUse(f"{by} is at work on {path}: wait until it has finished, then try again.") from None
            if not waits:
                terminal.note(f"{by} is at work on {path}: this command waits a little.")
                waits = True
        os.close(descriptor)
        time.sleep(BETWEEN_TRIES)


def _written(descriptor: int) -> str | None:
    """Return the holder of the lock, as `held` has written it; None if the file has other content, or none yet."""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        found = json.loads(os.pread(descriptor, 1000, 0))
        return f"`{found['command']}` (process {found['process']}, since {found['since']})"
    return None


def _file(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")
