"""One connection to PostgreSQL for a whole publish, which no other publish shares, and errors in one sentence."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa

from recs_py.errors import RecsError, UsageError


class Server:
    """A connection whose statements are committed one by one, unless they say otherwise."""

    def __init__(self, connection):
        self.connection = connection

    def rows(self, statement: str, *values) -> list[tuple]:
        """The rows of a query, whose parameters are $1, $2, ..."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall()

    def value(self, statement: str, *values) -> Any:
        """The first column of its first row."""
        return self.rows(statement, *values)[0][0]

    def run(self, statement: str, *values) -> None:
        """A statement without rows."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values or None)

    def ingest(self, table: str, batches: pa.RecordBatchReader) -> None:
        """Appends rows to a table of `recs_versions`."""
        with self.connection.cursor() as cursor:
            cursor.adbc_ingest(table, batches, mode="append", db_schema_name="recs_versions")


@contextmanager
def session(address: str) -> Iterator[Server]:
    """The database at `postgresql://user@host:port/database`, held by this publish alone.

    Raises
    ------
    UsageError
        If the address holds a password or is none, the driver is not installed, or another program is publishing.
    RecsError
        If PostgreSQL cannot be reached, or refuses a statement within.
    """
    try:
        from adbc_driver_postgresql import dbapi
    except ModuleNotFoundError as error:
        raise UsageError(
            "Publishing to PostgreSQL needs a driver: type `pip install 'recs[postgres]'` (or `make install`)."
        ) from error
    where = _without_password(address)
    try:
        connection = dbapi.connect(address, autocommit=True)
    except dbapi.Error as error:
        raise RecsError(f"PostgreSQL at {where} cannot be reached: {_reason(error)}") from error
    try:
        server = Server(connection)
        if not server.value("select pg_try_advisory_lock(hashtext('recs publish'))"):
            raise UsageError(f"Another program is publishing to {where}: wait until it is done.")
        yield server
    except dbapi.Error as error:
        raise RecsError(f"PostgreSQL at {where} refuses: {_reason(error)}; readers see what they saw.") from error
    finally:
        connection.close()


def _without_password(address: str) -> str:
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
    message = re.sub(r"\s+", " ", str(error)).strip()
    told = re.search(
        r"(?:ERROR|FATAL): +(.+?)(?: (?:LINE \d|DETAIL|HINT|CONTEXT|SQLSTATE|Query|Vendor)\b|\. |$)", message
    )
    return (told[1] if told else message[:300]).rstrip(".")
