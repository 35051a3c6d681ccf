"""A file that is written beside another one, and then takes its place in one step."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from duckdb import DuckDBPyConnection

from recs_py.database import STORAGE_VERSION
from recs_py.sql_text import literal


@contextlib.contextmanager
def beside(file: Path) -> Iterator[Path]:
    """Yield the path of a new file that is to replace another one.

    An unfinished one is removed before and after, so that a command that was killed leaves none for long.
    """
    remove_unfinished(file)
    try:
        yield _fresh(file)
    finally:
        remove_unfinished(file)


def remove_unfinished(file: Path) -> None:
    """Remove what was written beside a file and has not taken its place."""
    fresh = _fresh(file)
    for leftover in (fresh, fresh.with_name(f"{fresh.name}.wal")):
        leftover.unlink(missing_ok=True)


def attach_fresh(connection: DuckDBPyConnection, fresh: Path) -> None:
    """Attach the file as `fresh`; it is made when it is missing."""
    connection.execute(f"attach {literal(fresh)} as fresh (storage_version '{STORAGE_VERSION}')")
    # DuckDB writes a view's lambdas in the form that it has come to refuse
    connection.execute("set lambda_syntax = 'ENABLE_SINGLE_ARROW'")


def _fresh(file: Path) -> Path:
    # a name that nobody else chooses, since whatever is called so is removed
    return file.with_name(f".{file.name}.recs-unfinished")
