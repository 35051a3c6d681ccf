"""The lists of all weeks, by far the largest table that is published: a week that is published as it is stays.

Databases are attached as `built` (the work database), `live` (what is published) and `fresh` (what takes its place).
"""

import datetime as dt
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from recs_py.errors import RecsError
from recs_py.settings import quoted

LISTS = "recommendation_buckets"


def unchanged_weeks(connection: DuckDBPyConnection, published: Path) -> list[dt.date]:
    """The weeks before the one just built whose lists are published as the work database has them."""
    try:
        connection.execute(f"attach '{quoted(published)}' as live (read_only)")
    except duckdb.Error:
        # there is none, or none that can be read
        return []
    same_columns = connection.execute(
        """
        with tables as (

            select list((column_name, data_type) order by column_index) as columns
            from duckdb_columns()
            where database_name in ('built', 'live') and schema_name = 'recs' and table_name = ?
            group by database_name

        )

        select count(*) = 2 and count(distinct columns) = 1 from tables
        """,
        [LISTS],
    ).fetchone()[0]
    unchanged = _weeks_before(connection, "built") & _weeks_before(connection, "live") if same_columns else set()
    connection.execute("use built")
    connection.execute("detach live")
    return sorted(week for week, _, _ in unchanged)


def _weeks_before(connection: DuckDBPyConnection, place: str) -> set[tuple]:
    """Every week with what its lists come to, in any order."""
    # the views of the work database name no database: they are read from inside it
    connection.execute(f"use {place}")
    return set(
        connection.execute(
            f"""
            select target_week, count(*), sum(hash(lists))
            from recs.{LISTS} as lists
            where target_week != (select target_week from built.staging.target_week)
            group by target_week
            """
        ).fetchall()
    )


def keep_weeks(connection: DuckDBPyConnection, weeks: list[dt.date]) -> None:
    """Leaves none but these weeks in the new file, a copy of the published one if there are any."""
    if weeks:
        connection.execute(f"delete from fresh.recs.{LISTS} where not list_contains(?, target_week)", [weeks])
        # what comes instead finds room
        connection.execute("checkpoint fresh")
    else:
        connection.execute(f"create table fresh.recs.{LISTS} as from recs.{LISTS} limit 0")


def add_weeks(connection: DuckDBPyConnection, unchanged: list[dt.date]) -> None:
    """Adds the other weeks of the work database, so that a customer's list is one short read."""
    # ids are long, and numbers of the same order are sorted in half the time
    connection.execute(
        f"""
        insert into fresh.recs.{LISTS}
        select lists.*
        from recs.{LISTS} as lists
        inner join staging.customers as customers on lists.customer_id = customers.customer_id
        where not list_contains(?, lists.target_week)
        order by lists.target_week, customers.customer_order, lists.rank
        """,
        [unchanged],
    )


def check_weeks(connection: DuckDBPyConnection, unchanged: list[dt.date]) -> None:
    """Looks at every list that was added.

    Raises
    ------
    RecsError
        If one has a gap or an article twice.
    """
    broken = connection.execute(
        f"""
        select target_week, customer_id
        from fresh.recs.{LISTS}
        where not list_contains(?, target_week)
        group by target_week, customer_id
        having
            min(rank) != 1
            or max(rank) != count(*)
            or list_unique(list(rank)) != count(*)
            or list_unique(list(article_id)) != count(*)
        order by target_week, customer_id
        limit 1
        """,
        [unchanged],
    ).fetchone()
    if broken:
        raise RecsError(
            f"The list of customer {broken[1]} for {broken[0]} has a gap or an article twice: "
            "score the week again; the published file is as it was."
        )
