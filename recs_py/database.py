"""Opens DuckDB files with the settings of this machine; the error for a file that cannot be opened is one sentence."""

import re
from collections.abc import Collection
from pathlib import Path

import duckdb

from recs_py import work_lock
from recs_py.errors import DatabaseInUse, RecsError, UsageError, first_line
from recs_py.settings import memory_limit, published_database, temp_directory, threads
from recs_py.sql_text import identifier, literal

# Files written by DuckDB 2 must open in today's 1.5 command line and Node clients.
STORAGE_VERSION = "v1.0.0"
# How DuckDB's message begins where another process has the file open.
LOCKED = "IO Error: Could not set lock on file"
# Schemas that are in every database.
SCHEMAS_OF_DUCKDB = ("information_schema", "pg_catalog")


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
            f"There is no database {path}: `recs load` makes the work database, `recs score` the published one"
        )
    if path.is_dir():
        raise UsageError(f"{path} is a folder: set {_setting(path)} to a file")
    if not path.absolute().parent.is_dir():
        raise UsageError(
            f"The folder {path.absolute().parent} of the database does not exist: make it, or set {_setting(path)} to a"
            " file in another one"
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
        If nothing is published yet, or recs has not published the file, or it cannot be opened.
    """
    if not path.exists():
        raise UsageError(f"There is no published file {path}: type `recs score` first.")
    connection = connect(path, read_only=True)
    if not has_table(connection, "recs.runs"):
        connection.close()
        raise UsageError(f"{path} is no file that recs has published: set RECS_PUBLISHED to another file")
    return connection


def called_like(path: Path, names: Collection[str]) -> bool:
    """Return whether DuckDB calls the database of this file by one of these names, so that `name.x` is ambiguous."""
    return path.name.lstrip(".").split(".")[0].lower() in names


def has_table(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Return whether there is a table or a view, named `schema.table`: what Spark has built is views here."""
    return kind(connection, name) is not None


def kind(connection: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """Return what `schema.table` is: `table`, `view`, or None where there is nothing of that name."""
    schema, table = name.split(".")
    # all rows: a result that is not read to its end keeps the connection busy
    found = connection.execute(
        """
        select 'table' as kind from duckdb_tables() where schema_name = $schema and table_name = $name
        union all
        select 'view' as kind from duckdb_views() where schema_name = $schema and view_name = $name
        """,
        {"schema": schema, "name": table},
    ).fetchall()
    return found[0][0] if found else None


def drop(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Drop the table or view `schema.table`, if there is one."""
    if found := kind(connection, name):
        schema, table = name.split(".")
        connection.execute(f"drop {found} {schema}.{identifier(table)}")


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
        return UsageError(
            f"{path} is not a DuckDB database: set {_setting(path)} to another file, or move this one away"
        )
    return RecsError(f"{path} cannot be opened: {first_line(message)}")


def _setting(path: Path) -> str:
    return "RECS_PUBLISHED" if path.absolute() == published_database().absolute() else "RECS_DUCKDB"


def in_use(path: Path, message: str) -> DatabaseInUse:
    """Return the error for a database that another command of recs or another program has open, by DuckDB's message."""
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
