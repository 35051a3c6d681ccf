"""`recs forget`: removes customers from everywhere that recs has written them to."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb

from recs_py import scratch
from recs_py.database import connect, kind
from recs_py.errors import RecsError, UsageError, reason
from recs_py.loading.ownership import mark_unfinished
from recs_py.publishing.erasure import Erasure, erase
from recs_py.publishing.fresh_file import remove_unfinished
from recs_py.publishing.parquet.erasure import erase_from_version
from recs_py.publishing.parquet.publish import CURRENT, refuse_what_is_not_ours, versions_in
from recs_py.publishing.postgresql.erasure import erase_from_postgres
from recs_py.publishing.postgresql.ownership import is_ours
from recs_py.publishing.postgresql.session import session
from recs_py.publishing.published_file import published_dataset
from recs_py.publishing.versions import all_versions, alone_in, publishing, remove_leftovers


def forget(
    *,
    customers: list[str],
    database: Path,
    published: Path,
    folders: list[Path] = (),
    addresses: list[str] = (),
    on_place: Callable[[str], None] | None = None,
) -> list[Erasure]:
    """Remove customers from the work database, the published file with its versions, and other places.

    Parameters
    ----------
    customers
        Their ids, as the lists have them.
    database, published
        The work database and the published file; either may be missing.
    folders, addresses
        Folders of Parquet files and addresses of PostgreSQL, as for a publish.
    on_place
        Called with the name of each place.

    Returns
    -------
    list
        What was removed from each place.

    Raises
    ------
    UsageError
        If no place holds any of them, or a place is none of recs's, cannot be reached or is in use. All places are
        looked at before anything is removed; where one fails after that, those before it are done.
    RecsError
        If a place cannot be written.
    """
    tell = on_place or (lambda _: None)
    erased = []
    is_published = published_dataset(published) is not None
    for folder in folders:
        _check_parquet(folder)
    for address in addresses:
        with session(address) as server:
            is_ours(server)
    # of commands that were killed: copies of the customers' lines, and a work database that took no place
    scratch.remove_leftovers(database)
    remove_unfinished(database.resolve())
    if database.exists():
        tell(str(database))
        erased.append(erase(database, customers, read_only=False))
        with connect(database) as connection:
            # Spark's tables still have them, until the next score
            if erased[-1].rows and kind(connection, "staging.transactions") == "view":
                mark_unfinished(connection, by="forget")
    if is_published:
        with publishing(published):
            remove_leftovers(published)
            for file in (published, *all_versions(published)):
                tell(str(file))
                erased.append(erase(file, customers, read_only=True))
    for folder in folders:
        tell(str(folder))
        erased.append(_erase_parquet(folder, customers))
    for address in addresses:
        tell(address)
        erased.append(_erase_postgres(address, customers))
    if not any(place.rows for place in erased):
        raise UsageError(
            f"No place holds a customer {', '.join(customers)}: write the id as the lists have it, and name places "
            "that were published to with --to"
        )
    return erased


def _check_parquet(folder: Path) -> None:
    refuse_what_is_not_ours(folder)
    if not (folder / CURRENT).is_symlink():
        raise UsageError(f"Nothing is published in {folder}: name a folder that was published to")


def _erase_parquet(folder: Path, customers: list[str]) -> Erasure:
    try:
        with alone_in(folder, name=folder):
            rows = sum((erase_from_version(version, customers) for version in versions_in(folder)), Counter())
    except (OSError, duckdb.IOException) as error:
        raise RecsError(f"{folder} cannot be written ({reason(error)}): when it can, type the same again") from error
    return Erasure(str(folder), rows.total(), frozenset(rows))


def _erase_postgres(address: str, customers: list[str]) -> Erasure:
    with session(address) as server:
        rows = erase_from_postgres(server, customers)
    return Erasure(address, rows.total(), frozenset(rows))
