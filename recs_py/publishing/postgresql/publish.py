"""Copies the published tables into PostgreSQL: versioned tables, and views that move to the new ones in one step."""

import time
from collections.abc import Callable
from pathlib import Path

from duckdb import DuckDBPyConnection

from recs_py.database import open_published
from recs_py.errors import UsageError
from recs_py.publishing.erasure import lists_are_of_all
from recs_py.publishing.postgresql.erasure import erase_absent_from_postgres
from recs_py.publishing.postgresql.functions import functions, make_functions
from recs_py.publishing.postgresql.ownership import is_ours
from recs_py.publishing.postgresql.session import Server, session
from recs_py.publishing.postgresql.tables import INTERNAL, RELATIONS, VIEWS, copy_tables
from recs_py.publishing.postgresql.versions import (
    drop_version,
    live_version,
    new_version,
    open_versions,
    versions_before,
)
from recs_py.publishing.postgresql.views import move_views
from recs_py.publishing.publish import comments
from recs_py.publishing.published_file import published_dataset, refuse_other_dataset
from recs_py.sql_text import identifier, literal

# A statement that began before the new rows were there does not see them, even if it only then looks where the views
# point, as COPY does. Such statements are over in moments; who keeps a transaction open for longer is not waited for.
UNDER_WAY_SECONDS = 5.0


def publish_to_postgres(
    *,
    published: Path,
    address: str,
    keep: int,
    replace: bool = False,
    on_table: Callable[[str], None] | None = None,
) -> dict[str, int]:
    """Copy the published file into a PostgreSQL database as a new version of the schema `recs`.

    Tables go into the schema `recs_versions`, are indexed and analyzed; then the views in `recs` move to them in one
    transaction, which keeps their grants, and old versions are dropped.

    Parameters
    ----------
    published
        The published file.
    address
        `postgresql://user@host:port/database`, without a password: PGPASSWORD or `~/.pgpass` hold it.
    keep
        How many versions before the new one stay.
    on_table
        Called with the name of each table before it is copied.
    replace
        Whether lists of another data set may be replaced.

    Returns
    -------
    dict
        Rows per table.

    Raises
    ------
    UsageError
        If the address holds a password, there is nothing to copy, the database holds lists of another data set,
        somebody else has tables in the schemas `recs` and `recs_versions`, or somebody's view depends on one of ours
        whose columns change.
    RecsError
        If PostgreSQL cannot be reached or refuses; readers then see what they saw before.
    """
    dataset = published_dataset(published)
    with open_published(published) as source, session(address) as server:
        statements = functions()
        objects = [*RELATIONS, *statements]
        open_versions(server, objects=objects)
        live = live_version(server)
        if live and not replace:
            refuse_other_dataset(place=f"PostgreSQL at {server.where}", listed=live.dataset, dataset=dataset)
        server.run("set maintenance_work_mem = '256MB'")
        version = new_version(server, dataset=dataset, objects=objects)
        rows = copy_tables(server, source, version=version, on_table=on_table)
        _comment(server, source, version=version)
        make_functions(server, version=version, statements=statements)
        _let_finish_what_is_under_way(server)
        try:
            move_views(server, version=version)
        except UsageError:
            drop_version(server, version=version)
            raise
        for old in versions_before(server)[keep:]:
            drop_version(server, version=old.number)
        if lists_are_of_all(source, schema="recs"):
            erase_absent_from_postgres(server, version=version)
    return rows


def roll_back_postgres(*, address: str) -> str:
    """Move the views to the version before, and drop the one that was live.

    Returns
    -------
    str
        When the version that is now live was published.

    Raises
    ------
    UsageError
        If there is none, or somebody's view depends on one of ours whose columns change.
    """
    with session(address) as server:
        before = []
        if is_ours(server):
            open_versions(server, objects=[])
            before = versions_before(server)
        if not before:
            raise UsageError("There is no version before the published one to go back to in this database.")
        live = live_version(server)
        move_views(server, version=before[0].number)
        drop_version(server, version=live.number)
    return before[0].published_at


def _comment(server: Server, source: DuckDBPyConnection, *, version: int) -> None:
    """Descriptions, of what PostgreSQL has."""
    [(database,)] = source.execute("select current_database()").fetchall()
    for table, column, comment in comments(source, database=database):
        if table not in INTERNAL and table in RELATIONS:
            name = f"recs_versions.{table}_{version}"
            kind = "view" if table in VIEWS else "table"
            target = f"column {name}.{identifier(column)}" if column else f"{kind} {name}"
            server.run(f"comment on {target} is {literal(comment)}")


def _let_finish_what_is_under_way(server: Server) -> None:
    """Wait, but not for ever, until the transactions of this database that are older than the new rows have ended."""
    under_way = """
        select locks.virtualtransaction from pg_locks as locks
        inner join pg_stat_activity as activity on locks.pid = activity.pid
        where locks.locktype = 'virtualxid' and locks.granted
            and activity.datname = current_database() and locks.pid != pg_backend_pid()
    """
    until = time.monotonic() + UNDER_WAY_SECONDS
    older = set(server.rows(under_way))
    while older and time.monotonic() < until:
        time.sleep(0.02)
        older &= set(server.rows(under_way))
