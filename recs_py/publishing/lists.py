"""The lists of all weeks, by far the largest published table: weeks that have not changed are not copied again.

Databases are attached as `built` (the work database), `live` (what is published) and `fresh` (what takes its place).
"""

import datetime as dt
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from recs_py.database import attach, connect
from recs_py.errors import RecsError
from recs_py.sql_text import literal

LISTS = "internal.recommendation_buckets"


def unchanged_weeks(connection: DuckDBPyConnection, published: Path) -> list[dt.date]:
    """The weeks before the one just built whose lists are published as the work database has them."""
    try:
        connection.execute(f"attach {literal(published)} as live (read_only)")
    except duckdb.Error:
        # there is none, or none that can be read
        return []
    same_columns = connection.execute(
        """
        with tables as (

            select list((column_name, data_type) order by column_index) as columns
            from duckdb_columns()
            where database_name in ('built', 'live') and schema_name || '.' || table_name = ?
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
    """Every week with the number of its rows and a hash of them, the same in any order."""
    # the views of the work database name no database: they are read from inside it
    connection.execute(f"use {place}")
    return set(
        connection.execute(
            f"""
            select target_week, count(*), sum(hash(lists))
            from {LISTS} as lists
            where target_week != (select target_week from built.staging.target_week)
            group by target_week
            """
        ).fetchall()
    )


def keep_weeks(connection: DuckDBPyConnection, weeks: list[dt.date]) -> None:
    """Delete all other weeks from the new file, which is a copy of the published one if there are weeks to keep."""
    if weeks:
        connection.execute(f"delete from fresh.{LISTS} where not list_contains(?, target_week)", [weeks])
        # frees the space of the deleted rows for new ones
        connection.execute("checkpoint fresh")
    else:
        connection.execute(f"create table fresh.{LISTS} as from {LISTS} limit 0")


def add_weeks(connection: DuckDBPyConnection, unchanged: list[dt.date]) -> None:
    """Add the other weeks of the work database, so that a customer's list is one short read."""
    # ids are long, and numbers of the same order are sorted in half the time
    connection.execute(
        f"""
        insert into fresh.{LISTS}
        select lists.*
        from {LISTS} as lists
        inner join staging.customers as customers on lists.customer_id = customers.customer_id
        where not list_contains(?, lists.target_week)
        order by lists.target_week, customers.customer_order, lists.rank
        """,
        [unchanged],
    )


def leave_out_broken(connection: DuckDBPyConnection, unchanged: list[dt.date]) -> None:
    """Remove added lists that have a gap or an article twice; all others are published.

    The tests of a build find such lists; a build without tests does not.

    Raises
    ------
    RecsError
        If no list of a week is left, or none was made for the week that was built last.
    """
    (target_week,) = connection.execute("select target_week from built.staging.target_week").fetchone()
    if not connection.execute(f"select 1 from fresh.{LISTS} where target_week = ? limit 1", [target_week]).fetchone():
        raise RecsError(
            f"There is no list for the week of {target_week}, since no article may be shown to anybody: see the shop's "
            "rules, `eligible_days` and `hide_bought_days`; the published file is as it was."
        )
    connection.execute(
        f"""
        create or replace temp table broken as
        select target_week, customer_id
        from fresh.{LISTS}
        where not list_contains(?, target_week)
        group by target_week, customer_id
        having
            min(rank) != 1
            or max(rank) != count(*)
            or list_unique(list(rank)) != count(*)
            or list_unique(list(article_id)) != count(*)
        """,
        [unchanged],
    )
    week = connection.execute(
        f"""
        select min(target_week) from broken
        where target_week not in (
            select lists.target_week from fresh.{LISTS} as lists anti join broken using (target_week, customer_id)
        )
        """
    ).fetchone()[0]
    if week:
        raise RecsError(
            f"Every list for {week} has a gap or an article twice: type `recs score --week {week}`, which makes them "
            "again; the published file is as it was."
        )
    if connection.execute("select 1 from broken limit 1").fetchone():
        connection.execute(
            f"""
            delete from fresh.{LISTS} as lists using broken
            where lists.target_week = broken.target_week and lists.customer_id = broken.customer_id
            """
        )


def lists_left_out(*, database: Path, published: Path) -> list[str]:
    """The customers, by id, whose list of the week built last was left out as broken."""
    with connect(None) as connection:
        attach(connection, database, name="built")
        attach(connection, published, name="live")
        connection.execute("use built")
        (week,) = connection.execute("select target_week from staging.target_week").fetchone()
        # usually the numbers of rows are equal, and counting is fast
        built, live = (
            connection.execute(f"select count(*) from {lists} where target_week = ?", [week]).fetchone()
            for lists in ("recommendations.rankings", f"live.{LISTS}")
        )
        if built == live:
            return []
        left_out = connection.execute(
            f"""
            select customers.customer_id
            from (select distinct customer_key from recommendations.rankings where target_week = $week) as lists
            inner join staging.customers as customers on lists.customer_key = customers.customer_key
            anti join (select customer_id from live.{LISTS} where target_week = $week) as published
                on customers.customer_id = published.customer_id
            order by customers.customer_id
            """,
            {"week": week},
        ).fetchall()
        return [customer for (customer,) in left_out]
