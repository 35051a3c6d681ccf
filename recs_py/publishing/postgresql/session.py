"""One connection to PostgreSQL for a whole publish, which no other publish shares, and errors in one sentence."""

import contextlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa

from recs_py.distribution import install_command
from recs_py.errors import RecsError, UsageError

# Error codes (SQLSTATE), which do not depend on the language of the server.
LOCK_NOT_AVAILABLE = "55P03"
DEADLOCK_DETECTED = "40P01"
QUERY_CANCELED = "57014"
DEPENDENT_OBJECTS = "2BP01"
INVALID_TABLE_DEFINITION = "42P16"
INVALID_FUNCTION_DEFINITION = "42P13"
LACKS_RIGHT = "42501"


class Server:
    """A connection that commits each statement by itself, outside of an explicit transaction."""

    def __init__(self, connection, *, where: str):
        self.connection = connection
        self.where = where

    def rows(self, statement: str, *values) -> list[tuple]:
        """Return the rows of a query, whose parameters are $1, $2, ..."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall()

    def value(self, statement: str, *values) -> Any:
        """Return the first column of the first row of a query."""
        return self.rows(statement, *values)[0][0]

    def run(self, statement: str, *values) -> None:
        """Run a statement that returns no rows."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values or None)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all statements within, or none of them."""
        self.run("begin")
        try:
            yield
        except BaseException:
            # a lost connection cannot roll back, and needs not: the first error is the one to report
            with contextlib.suppress(Exception):
                self.run("rollback")
            raise
        self.run("commit")

    def ingest(self, table: str, batches: pa.RecordBatchReader) -> None:
        """Append rows to a table of `recs_versions`."""
        with self.connection.cursor() as cursor:
            cursor.adbc_ingest(table, batches, mode="append", db_schema_name="recs_versions")


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's code of an error; None if it is not one of PostgreSQL's."""
    return getattr(error, "sqlstate", None)


@contextmanager
def session(address: str) -> Iterator[Server]:
    """The database at `postgresql://user@host:port/database`, held by this publish alone.

    Raises
    ------
    UsageError
        If the address holds a password or is none, or the driver is not installed.
    RecsError
        If PostgreSQL cannot be reached, refuses a statement within, or another program is publishing.
    """
    try:
        from adbc_driver_postgresql import dbapi
    except ModuleNotFoundError as error:
        raise UsageError(f"Publishing to PostgreSQL needs a driver: type `{install_command('postgres')}`.") from error
    where = without_password(address)
    try:
        connection = dbapi.connect(address, autocommit=True)
    except dbapi.Error as error:
        raise RecsError(
            f"PostgreSQL at {where} cannot be reached ({_reason(error)}): check the address and that it runs"
        ) from error
    try:
        server = Server(connection, where=where)
        # the driver sends UTF-8; the database, the role or PGCLIENTENCODING may have set another encoding
        server.run("set client_encoding = 'UTF8'")
        if not server.value("select pg_try_advisory_lock(hashtext('recs publish'))"):
            raise RecsError(f"Another program is publishing to {where}: wait until it is done.")
        yield server
    except dbapi.Error as error:
        right = " Give the publisher the right, as the page on publishing shows." * (sqlstate(error) == LACKS_RIGHT)
        raise RecsError(
            f"PostgreSQL at {where} refuses: {_reason(error)}; readers see what they saw.{right}"
        ) from error
    finally:
        with contextlib.suppress(dbapi.Error):
            connection.close()


def without_password(address: str) -> str:
    """The address as it may be shown.

    Raises
    ------
    UsageError
        If it holds a password: whoever lists the processes of this machine would see it.
    """
    try:
        parts = urlsplit(address)
        has_password = parts.password is not None or any("password" in name.lower() for name in parse_qs(parts.query))
        where = f"{parts.hostname or 'localhost'}{f':{parts.port}' if parts.port else ''}{parts.path}"
    except ValueError as error:
        raise UsageError("The address of PostgreSQL is not one: write postgresql://user@host:port/database.") from error
    if has_password:
        raise UsageError(
            "Leave the password out of the address, since everybody on this machine can see what is typed: "
            "set PGPASSWORD, or write it into ~/.pgpass."
        )
    return where


def _reason(error: Exception) -> str:
    """The server's own sentence; where it sent none, such as before a connection, the last line of the driver's."""
    for name, text in getattr(error, "details", None) or ():
        if name in ("PG_DIAG_MESSAGE_PRIMARY", b"PG_DIAG_MESSAGE_PRIMARY"):
            return text.decode(errors="replace").rstrip(".")
    message = re.sub(r"^\w+: \[libpq\] (Failed to connect: )?", "", str(error))
    lines = [line.strip() for line in re.split(r"\n|(?<=\s)SQLSTATE", message) if line.strip(" .")]
    # libpq writes the severity, in the server's language, with a colon and two spaces
    told = [re.split(r"\b\w+:  ", line, maxsplit=1)[-1] for line in lines]
    return re.sub(r"\s+", " ", told[0] if told else type(error).__name__)[:300].rstrip(" .")
