"""What the machine and the environment say: where the databases are and how much DuckDB may take."""

import math
import os
import re
from pathlib import Path

import duckdb

from recs_py import work_lock
from recs_py.errors import DatabaseInUse, RecsError, UsageError
from recs_py.sql_text import literal

# Files written by DuckDB 2 must open in today's 1.5 command line and Node clients.
STORAGE_VERSION = "v1.0.0"
# How DuckDB's message begins where another process has the file open.
LOCKED = "IO Error: Could not set lock on file"
# What DuckDB may hold of the machine's memory: the kernels' matrices lie beside it in the same process.
SHARE_OF_MEMORY = 0.25


def work_database() -> Path:
    """Return the database that is built in: `RECS_DUCKDB`, default `warehouse.duckdb`."""
    return Path(os.environ.get("RECS_DUCKDB") or "warehouse.duckdb")


def published_database() -> Path:
    """Return the database that readers open: `RECS_PUBLISHED`, default `recommendations.duckdb`.

    Where that is a link, it is the file that the link names: a publish replaces this one, and the link stays.
    """
    published = Path(os.environ.get("RECS_PUBLISHED") or "recommendations.duckdb")
    return published.resolve() if published.is_symlink() else published


def threads() -> int:
    """Return how many threads DuckDB may use: `RECS_THREADS`, default the cores that this process may use.

    Raises
    ------
    UsageError
        If `RECS_THREADS` is not a whole number of at least 1.
    """
    text = os.environ.get("RECS_THREADS")
    if not text:
        return _cores()
    if not re.fullmatch(r"[1-9]\d{0,3}", text.strip()):
        raise UsageError(f"RECS_THREADS is {text!r}: set it to a whole number from 1, such as 2, or unset it")
    return int(text)


def memory_limit() -> str:
    """Return DuckDB's memory limit: `RECS_MEMORY`, default 25% of what the machine or container has.

    Raises
    ------
    UsageError
        If `RECS_MEMORY` is not a size as DuckDB writes it.
    """
    text = os.environ.get("RECS_MEMORY")
    if not text:
        return f"{int(_memory_bytes() * SHARE_OF_MEMORY) // 2**20}MiB"
    size = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]i?B)", text.strip(), flags=re.IGNORECASE)
    if not size or float(size[1]) == 0:
        raise UsageError(f"RECS_MEMORY is {text!r}: set it to a size such as 3GB or 500MB, or unset it")
    return text.strip()


def temp_directory(path: Path | None = None) -> Path:
    """Return where DuckDB may spill: `RECS_TEMP`, default a folder beside the database.

    Raises
    ------
    UsageError
        If `RECS_TEMP` cannot be made or written to.
    """
    text = os.environ.get("RECS_TEMP")
    if not text:
        return Path(f"{path or work_database()}.tmp")
    folder = Path(text)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"RECS_TEMP is {text!r}, which cannot be used as a folder: {error.strerror}") from error
    if not os.access(folder, os.W_OK):
        raise UsageError(f"RECS_TEMP is {text!r}, where this user may not write: choose another folder")
    return folder


def scratch_folder() -> Path | None:
    """Return where files go that only this process needs: `RECS_TEMP`, or None for the machine's own place."""
    return temp_directory() if os.environ.get("RECS_TEMP") else None


def versions_to_keep() -> int:
    """Return how many versions before the published one are kept: `RECS_VERSIONS`, default 4.

    Raises
    ------
    UsageError
        If `RECS_VERSIONS` is not a whole number.
    """
    text = (os.environ.get("RECS_VERSIONS") or "4").strip()
    if not re.fullmatch(r"\d{1,3}", text):
        raise UsageError(f"RECS_VERSIONS is {text!r}: set it to a whole number from 0, such as 4, or unset it")
    return int(text)


def connect(path: Path | None, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open a database with the settings of this machine.

    Parameters
    ----------
    path
        The file, made when it is missing (unless `read_only`); None for a database in memory.
    read_only
        Open as one of many readers.

    Raises
    ------
    DatabaseInUse
        If another process holds the file; a command that is at work on it waits for the other one first.
    UsageError
        If a setting is invalid, or the file is missing or no DuckDB database.
    """
    config = {
        "threads": str(threads()),
        "memory_limit": memory_limit(),
        "temp_directory": str(temp_directory(path)),
        "preserve_insertion_order": "false",
        "storage_compatibility_version": STORAGE_VERSION,
    }
    if path is None:
        return _without_progress_bar(duckdb.connect(":memory:", config=config))
    if read_only and not path.exists():
        raise UsageError(
            f"there is no database {path}: `recs load` makes the work database, `recs score` the published one"
        )
    if not path.absolute().parent.is_dir():
        raise UsageError(
            f"the folder {path.absolute().parent} of the database does not exist: make it, or name another"
        )
    return work_lock.patiently(path, lambda: _without_progress_bar(_open(path, read_only=read_only, config=config)))


def _open(path: Path, *, read_only: bool, config: dict[str, str]) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=read_only, config=config)
    except duckdb.Error as error:
        raise _why_not_open(path, error) from error


def attach(connection: duckdb.DuckDBPyConnection, path: Path, *, name: str, read_only: bool = True) -> None:
    """Attach a database under a name, as patiently as `connect` opens one."""
    mode = "read_only" if read_only else "read_write"

    def attempt() -> None:
        try:
            connection.execute(f"attach {literal(path)} as {name} ({mode})")
        except duckdb.Error as error:
            raise _why_not_open(path, error) from error

    work_lock.patiently(path, attempt)


def _without_progress_bar(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    # it would go to standard output, where `--json` writes, and cannot be part of the `config`
    connection.execute("set enable_progress_bar = false")
    return connection


def open_published(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the published file, as one of many readers.

    Raises
    ------
    UsageError
        If nothing is published yet, or the file cannot be opened.
    """
    if not path.exists():
        raise UsageError(f"There is no published file {path}: type `recs score` first.")
    return connect(path, read_only=True)


def has_table(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Say whether there is a table, named `schema.table`."""
    schema, table = name.split(".")
    known = "select 1 from duckdb_tables() where schema_name = ? and table_name = ?"
    return connection.execute(known, [schema, table]).fetchone() is not None


def _why_not_open(path: Path, error: duckdb.Error) -> RecsError:
    # by how DuckDB's message begins: the rest holds the path, and a path may hold any word
    message = str(error)
    if isinstance(error, duckdb.OutOfMemoryException):
        return UsageError(
            f"{path} cannot be opened with {memory_limit()} of memory: set RECS_MEMORY to more, such as 1GB"
        )
    if message.startswith(LOCKED):
        return in_use(path, message)
    if isinstance(error, duckdb.ConnectionException):
        return RecsError(f"{path} is already open in this program with other settings: close that connection first")
    if path.is_file() and not _is_database(path):
        return UsageError(f"{path} is not a DuckDB database: move it away, or name another file")
    return RecsError(f"{path} cannot be opened: {message.splitlines()[0]}")


def in_use(path: Path, message: str) -> DatabaseInUse:
    """Say who has a database open, by DuckDB's message: a command of recs that is at work on it, or another program."""
    by = work_lock.holder(path)
    if by is None:
        process = re.search(r"\(PID (\d+)\)\. See also", message)
        by = f"another program{f' (process {process[1]})' if process else ''}"
    return DatabaseInUse(f"{path} is in use by {by}: close it or wait until it has finished, then try again.")


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(12)[8:] == b"DUCK"
    except OSError:  # an unreadable file may be one
        return True


def _cores() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # A container's quota, "200000 100000" (microseconds of every period), may be less than the machine has.
    quota = _first_line("/sys/fs/cgroup/cpu.max").split()
    if len(quota) == 2 and quota[0].isdigit() and quota[1].isdigit():
        cores = min(cores, max(1, math.ceil(int(quota[0]) / int(quota[1]))))
    return cores


def _memory_bytes() -> int:
    # A percentage would do, but DuckDB 1.5 knows none.
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [
        _first_line("/sys/fs/cgroup/memory.max"),
        _first_line("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
    ]
    return min([machine, *(int(limit) for limit in limits if limit.isdigit())])


def _first_line(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").split("\n", 1)[0].strip()
    except OSError:
        return ""
