"""The file that a publish replaces: only one that recs has published, and of the same data set."""

import shutil
import tempfile
from pathlib import Path

import duckdb

from recs_py.database import LOCKED, connect
from recs_py.errors import UsageError
from recs_py.loading.ownership import relations
from recs_py.sql_text import literal

# Names that an earlier version has published: a file with them is still one of ours.
GIVEN_UP = {("recs", f"recommendation_{part}") for part in ("buckets", "parts", "points")}
OTHER_FILE = "set RECS_PUBLISHED to another file, or move this one away"


def check_replaceable(published: Path, *, database: Path, dataset: str, replace: bool) -> None:
    """Refuse to publish over a file of somebody else, or over the lists of another data set.

    Parameters
    ----------
    published
        The file that readers open; it may be missing.
    database
        The work database.
    dataset
        The data set whose lists are published.
    replace
        Replace the lists of another data set too.

    Raises
    ------
    UsageError
        Names the file, what is wrong with it, and the way out.
    """
    if published.exists() and database.exists() and published.samefile(database):
        raise UsageError(f"{published} is the work database: set RECS_PUBLISHED to another file")
    listed = published_dataset(published)
    if not replace:
        refuse_other_dataset(place=str(published), listed=listed, dataset=dataset)


def refuse_other_dataset(*, place: str, listed: str | None, dataset: str) -> None:
    """Refuse to replace the lists of one data set by those of another.

    Raises
    ------
    UsageError
        If they differ.
    """
    if listed not in (None, dataset):
        raise UsageError(
            f"{place} holds the lists of the data set {listed}, but those of {dataset} would be published there: "
            "name another place, or add --replace to replace them"
        )


def of_last_run(value: str, *, runs: str) -> str:
    """The query of a value of the last run, such as `dataset`, among the rows of `recs.runs` of some place."""
    return f"select max_by({value}, (finished_at, run_id)) from {runs}"


def last_dataset(connection: duckdb.DuckDBPyConnection, *, runs: str) -> str | None:
    """The data set of the last run among the rows of `recs.runs` of some place."""
    return connection.execute(of_last_run("dataset", runs=runs)).fetchone()[0]


def published_dataset(published: Path) -> str | None:
    """The data set of the lists in a file; None if there is no file, or an empty one.

    Raises
    ------
    UsageError
        If recs has not published the file.
    """
    if published.is_dir():
        raise UsageError(f"{published} is a folder: set RECS_PUBLISHED to a file")
    if published.exists() and not published.is_file():
        raise UsageError(f"{published} is no file: set RECS_PUBLISHED to one")
    if not published.exists() or not published.stat().st_size:
        return None
    with connect(None) as connection:
        try:
            connection.execute(f"attach {literal(published)} as live (read_only)")
        except duckdb.IOException as error:
            if not str(error).startswith(LOCKED):
                raise UsageError(f"{published} is no file that recs has published: {OTHER_FILE}") from error
            # a reader who opened it for writing keeps nobody from a publish, which does not write into it
            with tempfile.TemporaryDirectory(dir=published.absolute().parent) as folder:
                copy = Path(folder) / "copy.duckdb"
                shutil.copyfile(published, copy)
                connection.execute(f"attach {literal(copy)} as live (read_only)")
                return _dataset(connection, published)
        return _dataset(connection, published)


def _dataset(connection: duckdb.DuckDBPyConnection, published: Path) -> str | None:
    found = connection.execute(
        """
        select schema_name, table_name from duckdb_tables() where database_name = 'live'
        union all
        select schema_name, view_name from duckdb_views() where database_name = 'live' and not internal
        order by all
        """
    ).fetchall()
    others = [
        f"{schema}.{name}"
        for schema, name in found
        if schema not in ("recs", "internal") or (schema, name) not in relations() | GIVEN_UP
    ]
    if others:
        raise UsageError(f"{published} holds {others[0]}, which recs has not published: {OTHER_FILE}")
    if not {("recs", "runs"), ("recs", "recommendations")} <= set(found):
        raise UsageError(f"{published} is no file that recs has published: {OTHER_FILE}")
    return last_dataset(connection, runs="live.recs.runs")
