"""Writes the published tables as Parquet files, for readers that open folders."""

import datetime as dt
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb

from recs_py.database import connect, open_published
from recs_py.errors import RecsError, UsageError, reason
from recs_py.publishing.parquet.erasure import dataset_of_version, erase_absent_from_versions
from recs_py.publishing.publish import FOR_OTHER_ENGINES
from recs_py.publishing.published_file import published_dataset, refuse_other_dataset
from recs_py.publishing.versions import alone_in
from recs_py.sql_text import literal

CURRENT = "current"
# As a publish names its versions: other folders beside them, whatever they are called, are left alone.
VERSION = re.compile(r"version-\d{4}-\d\d-\d\dT\d{6}\.\d{6}Z")


def publish_to_parquet(
    *,
    published: Path,
    folder: Path,
    keep: int,
    replace: bool = False,
    on_table: Callable[[str], None] | None = None,
) -> dict[str, int]:
    """Write a version of every published table into a folder, and move the link `current` to it in one step.

    Tables that have a week are partitioned by it: `current/recommendations_explained/target_week=2020-09-23/`.

    Parameters
    ----------
    published
        The published file.
    folder
        Where the versions are; made when it is missing.
    keep
        How many versions before the new one stay.
    replace
        Publish also where the lists of another data set are.
    on_table
        Called with the name of each table before it is written.

    Returns
    -------
    dict
        Rows per table.

    Raises
    ------
    UsageError
        If there is nothing to publish, or the folder holds something else, or the lists of another data set.
    RecsError
        If it cannot be written; `current` is then as it was.
    """
    refuse_what_is_not_ours(folder)
    if (folder / CURRENT).exists() and not replace:
        with connect(None) as connection:
            listed = dataset_of_version(connection, folder / CURRENT)
        refuse_other_dataset(place=str(folder), listed=listed, dataset=published_dataset(published))
    try:
        with open_published(published) as connection:
            folder.mkdir(parents=True, exist_ok=True)
            with alone_in(folder, name=folder):
                rows = _write_version(connection, folder=folder, on_table=on_table)
                for old in _before(folder)[: -keep or None]:
                    shutil.rmtree(old)
                erase_absent_from_versions(connection, _before(folder))
                return rows
    except (OSError, duckdb.IOException) as error:
        raise RecsError(
            f"{folder} cannot be written ({reason(error)}): name another folder with --to; what was there stays"
        ) from error


def _write_version(
    connection: duckdb.DuckDBPyConnection, *, folder: Path, on_table: Callable[[str], None] | None
) -> dict[str, int]:
    # of a publish that was killed
    for leftover in folder.glob(".version-*"):
        if VERSION.fullmatch(leftover.name[1:]):
            shutil.rmtree(leftover)
    version = folder / f"version-{dt.datetime.now(tz=dt.UTC):%Y-%m-%dT%H%M%S.%f}Z"
    unfinished = folder / f".{version.name}"
    rows = {}
    try:
        unfinished.mkdir()
        for table, order in FOR_OTHER_ENGINES.items():
            if on_table:
                on_table(table)
            rows[table] = _write(connection, table=table, order=order, target=unfinished / table)
        unfinished.rename(version)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    _point(folder / CURRENT, to=version.name)
    return rows


def roll_back_parquet(*, folder: Path) -> str:
    """Move `current` to the version before, and remove the one that it pointed to.

    Returns
    -------
    str
        The name of the version that is now current.

    Raises
    ------
    UsageError
        If there is none, or the folder holds something else.
    """
    refuse_what_is_not_ours(folder)
    if not (folder / CURRENT).is_symlink():
        raise UsageError(f"Nothing is published in {folder}, so there is no version before it to go back to.")
    with alone_in(folder, name=folder):
        before = _before(folder)
        if not before:
            raise UsageError(f"There is no version before the published one to go back to in {folder}.")
        withdrawn = (folder / CURRENT).resolve()
        _point(folder / CURRENT, to=before[-1].name)
        shutil.rmtree(withdrawn)
    return before[-1].name


def versions_in(folder: Path) -> list[Path]:
    """The versions that were published into a folder, the newest last."""
    return [
        path for path in sorted(folder.glob("version-*")) if VERSION.fullmatch(path.name) and (path / "runs").is_dir()
    ]


def _before(folder: Path) -> list[Path]:
    current = (folder / CURRENT).resolve()
    return [path for path in versions_in(folder) if path.name < current.name]


def refuse_what_is_not_ours(folder: Path) -> None:
    """Refuse a folder whose `current` no publish has written, and one that is itself a version.

    Raises
    ------
    UsageError
        Names the folder.
    """
    version = folder.resolve()
    if VERSION.fullmatch(version.name) and (version / "runs").is_dir():
        raise UsageError(f"{folder} is a version that was published into {version.parent}: name that folder")
    current = folder / CURRENT
    is_ours = VERSION.fullmatch(str(current.readlink())) if current.is_symlink() else not current.exists()
    if folder.exists() and not (folder.is_dir() and is_ours):
        raise UsageError(f"{folder} holds something that `recs publish` has not written: name another folder.")


def _write(connection: duckdb.DuckDBPyConnection, *, table: str, order: str, target: Path) -> int:
    target.mkdir()
    columns = [row[0] for row in connection.execute(f"describe recs.{table}").fetchall()]
    if "target_week" in columns and connection.execute(f"select 1 from recs.{table} limit 1").fetchone():
        options, place = ", partition_by (target_week)", target
    else:
        options, place = "", target / "data_0.parquet"
    connection.execute(
        f"copy (from recs.{table} order by {order}) to {literal(place)} (format parquet, compression zstd{options})"
    )
    return connection.execute(f"select count(*) from recs.{table}").fetchone()[0]


def _point(link: Path, *, to: str) -> None:
    fresh = link.with_name(f".{link.name}-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(to)
    fresh.replace(link)
