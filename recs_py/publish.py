"""Puts the public tables where readers are: a file of its own, replaced in one step."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from duckdb import DuckDBPyConnection

from recs_py.errors import RecsError, UsageError
from recs_py.settings import connect

# What is copied, in the order in which it lies in the file: a customer's list is then one short read.
TABLES = {
    "recommendations_explained": "target_week, customer_id, rank",
    "similar_articles": "article_id, method, rank",
    "popular_articles": "segment, rank",
    "article_details": "article_id",
    "blend_weights": "signal",
    "blend_shapes": "signal, bucket",
    "blend_pairs": "signal, other_signal, bucket, other_bucket",
    "blends": "blend_id",
    "runs": "started_at, run_id",
    "evaluation": "target_week, system, segment, metric, k",
    "comparisons": "target_week, other_system, segment, metric, k",
    "candidate_recall": "target_week, source, within",
    "department_sales": "department, week",
    "sample_customers": "segment, customer_id",
    "sample_purchases": "customer_id, day, article_id",
}

# What follows from a copied table stays a view; no database name in it, so that the file may be renamed.
VIEWS = {
    "recommendations": "select target_week, customer_id, rank, article_id, score from recs.recommendations_explained",
    "contributions": """
        select
            target_week,
            customer_id,
            rank,
            article_id,
            contribution.signal,
            contribution.points
        from (
            select target_week, customer_id, rank, article_id, unnest(contributions) as contribution
            from recs.recommendations_explained
        )
    """,
}


def publish(
    *,
    database: Path,
    published: Path,
    on_table: Callable[[str], None] | None = None,
    only: Iterable[str] = TABLES,
) -> dict[str, int]:
    """Copies the public schema `recs` of the work database into the published file.

    The new file is built beside the old one, checked, closed and renamed over it: a reader sees the old or the new
    data, never a mixture, and a crash leaves the old file.

    Parameters
    ----------
    database
        The work database, built.
    published
        The file that readers open.
    on_table
        Called with the name of each table before it is copied.
    only
        The tables to copy; the others stay as they are published.

    Returns
    -------
    dict
        Rows per table.

    Raises
    ------
    UsageError
        If nothing is built yet.
    RecsError
        If a customer's list has a gap or comes short; the published file is then as it was.
    """
    if not _is_built(database):
        raise UsageError(
            "There is nothing to publish yet: type `recs score`, which builds the lists and publishes them."
        )
    fresh = published.with_name(f"{published.name}.new-{os.getpid()}")
    for leftover in published.parent.glob(f"{published.name}.new-*"):
        leftover.unlink()
    try:
        with connect(fresh) as connection:
            connection.execute("create schema recs")
            (name,) = connection.execute("select current_database()").fetchone()
            connection.execute(f"attach '{_quoted(database)}' as work (read_only)")
            kept = set() if set(only) >= set(TABLES) else _attach_published(connection, published) - set(only)
            rows = {}
            for table, order in TABLES.items():
                if table not in kept and table not in only:
                    continue
                if on_table:
                    on_table(table)
                # the views of the work database name no database: they are read from inside it
                connection.execute(f"use {'published' if table in kept else 'work'}")
                query = f'create table "{name}".recs.{table} as select * from recs.{table} order by {order}'
                connection.execute(query)
                connection.execute(f'use "{name}"')
                rows[table] = connection.execute(f"select count(*) from recs.{table}").fetchone()[0]
            _copy_comments(connection, tables=rows)
            _check_lists(connection)
            for view, query in VIEWS.items():
                connection.execute(f"create view recs.{view} as {query}")
            connection.execute("detach work")
            if kept:
                connection.execute("detach published")
            connection.execute("checkpoint")
        fresh.replace(published)
    finally:
        for leftover in (fresh, fresh.with_name(f"{fresh.name}.wal")):
            leftover.unlink(missing_ok=True)
    return rows


def _is_built(database: Path) -> bool:
    if not database.exists():
        return False
    with connect(database, read_only=True) as connection:
        return bool(
            connection.execute(
                "select 1 from duckdb_views() where schema_name = 'recs' and view_name = 'recommendations_explained'"
            ).fetchone()
        )


def _attach_published(connection: DuckDBPyConnection, published: Path) -> set[str]:
    """Makes the published file readable beside the new one; gives the names of its tables."""
    connection.execute(f"attach '{_quoted(published)}' as published (read_only)")
    tables = connection.execute("select table_name from duckdb_tables() where database_name = 'published'").fetchall()
    return {table for (table,) in tables}


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _copy_comments(connection: DuckDBPyConnection, *, tables: Iterable[str]) -> None:
    comments = connection.execute(
        """
        select table_name, null, comment from duckdb_tables() where schema_name = 'recs' and database_name = 'work'
        union all
        select view_name, null, comment from duckdb_views() where schema_name = 'recs' and database_name = 'work'
        union all
        select table_name, column_name, comment from duckdb_columns()
        where schema_name = 'recs' and database_name = 'work'
        """
    ).fetchall()
    for table, column, comment in comments:
        if comment and table in tables:
            text = comment.replace("'", "''")
            target = f'column recs.{table}."{column}"' if column else f"table recs.{table}"
            connection.execute(f"comment on {target} is '{text}'")


def _check_lists(connection: DuckDBPyConnection) -> None:
    broken = connection.execute(
        """
        select target_week, customer_id
        from recs.recommendations_explained
        group by target_week, customer_id
        having count(*) != max(rank) or count(distinct rank) != count(*) or count(distinct article_id) != count(*)
        order by target_week, customer_id
        limit 1
        """
    ).fetchone()
    if broken:
        raise RecsError(
            f"The list of customer {broken[1]} for {broken[0]} has a gap or an article twice: "
            "score the week again; the published file is as it was."
        )
