"""Puts the public tables where readers are: a file of its own, replaced in one step."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from duckdb import DuckDBPyConnection

from recs_py.database import SCHEMAS_OF_DUCKDB, attach, called_like, connect, has_table
from recs_py.distribution import ROOT
from recs_py.errors import RecsError, UsageError
from recs_py.publishing.erasure import erase_absent
from recs_py.publishing.fresh_file import attach_fresh, beside
from recs_py.publishing.lists import LISTS, add_weeks, keep_weeks, leave_out_broken, unchanged_weeks
from recs_py.publishing.published_file import check_replaceable, of_last_run, published_dataset
from recs_py.publishing.versions import check_folders, kept_versions, publishing
from recs_py.publishing.versions import replace as put_in_place
from recs_py.settings import versions_to_keep
from recs_py.sql_text import identifier, literal

# Tables that are copied, each with its sort order: sorted by customer, a customer's list is one short read. The schema
# `internal` holds the lists in the form that takes least space; `VIEWS` read them.
INTERNAL = {
    "recommendation_buckets": "target_week, customer_id, rank",
    "recommendation_parts": "target_week, number",
    "recommendation_points": "points",
}
TABLES = INTERNAL | {
    "similar_articles": "article_id, method, rank",
    "popular_articles": "segment, rank",
    "article_details": "article_id",
    "article_embeddings": "article_id, method",
    "bought_together": "article_id, unit, other_article_id",
    "weekly_popularity": "week, segment, rank",
    "customer_preferences": "customer_id, attribute, purchases_decayed desc, value",
    "signals": "number, signal",
    "blend_weights": "signal",
    "blend_shapes": "signal, bucket",
    "blend_pairs": "signal, other_signal, bucket, other_bucket",
    "blends": "blend_id",
    "rules": "line",
    "removed_by_rules": "target_week, customer_id, rank_without_rules",
    "runs": "started_at, run_id",
    "evaluation": "target_week, system, segment, metric, k",
    "comparisons": "target_week, other_system, segment, metric, k",
    "candidate_recall": "target_week, source, within",
    "department_sales": "department, week",
    "sample_customers": "segment, customer_id",
    "sample_purchases": "customer_id, day, article_id",
}

# Table macros: questions that take a customer, an article or a basket.
WHAT_IF = ROOT / "sql" / "what_if" / "duckdb.sql"

# Condition for the runs whose lists are in the file: the last run of each week.
IS_LIVE_MEANS = "Whether the lists of its week in this file are those of this run."
IS_LIVE = "row_number() over (partition by target_week order by finished_at desc, run_id desc) = 1 as is_live"

# Views over the copied tables, defined as in the work database, in the order of creation.
VIEWS = ("recommendations", "recommendations_explained", "contributions")

# Tables for other engines, which cannot look up points.
FOR_OTHER_ENGINES = {"recommendations_explained": TABLES["recommendation_buckets"]} | {
    table: order for table, order in TABLES.items() if table not in INTERNAL
}


def in_schema(table: str) -> str:
    """Return the name of a table of `TABLES` with its schema."""
    return f"{'internal' if table in INTERNAL else 'recs'}.{table}"


def publish(
    *,
    database: Path,
    published: Path,
    on_table: Callable[[str], None] | None = None,
    only: Iterable[str] = TABLES,
    replace: bool = False,
) -> dict[str, int]:
    """Copy the public schema `recs` of the work database into the published file.

    The new file is built beside the old one, checked, closed and renamed over it: a reader sees the old or the new
    data, never a mixture, and a crash leaves the old file. It begins as a copy of the old one where weeks before the
    last one are published as they are: most of the file, once many weeks are kept.

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
    replace
        Publish also where the lists of another data set are.

    Returns
    -------
    dict
        Rows per table that was copied.

    Raises
    ------
    UsageError
        If nothing is built yet, or what is built belongs to another week than the last lists, or to other data than
        those that are published, or if recs has not published the file.
    RecsError
        If no list was made, or every list of a week has a gap or an article twice; the published file is then as it
        was.
    """
    if not _is_built(database):
        raise UsageError(
            "There is nothing to publish yet: type `recs score`, which builds the lists and publishes them."
        )
    everything = set(only) >= set(TABLES)
    if everything:
        check_place(database=database, published=published, replace=replace)
        _check_week(database)
    else:
        has_lists_of_same_data(database=database, published=published)
    with publishing(published), beside(published) as fresh:
        rows = _fill(fresh, database=database, published=published, on_table=on_table, only=set(only))
        # the evaluation of weeks past changes no list: what it replaces is no version to go back to
        put_in_place(published, fresh=fresh, keep=versions_to_keep() if everything else None)
        if everything:
            erase_absent(published, kept_versions(published))
    return rows


def check_place(*, database: Path, published: Path, replace: bool) -> None:
    """Refuse, before anything is built, a file into which the lists of the loaded data set may not be published.

    Raises
    ------
    UsageError
        If the file cannot be called so or lie there, recs has not published it, or, unless `replace`, it holds the
        lists of another data set.
    """
    if called_like(published, ("recs", "internal", *SCHEMAS_OF_DUCKDB)):
        raise UsageError(
            f"The published file cannot be called {published.name}, since a schema in it has this name: set "
            "RECS_PUBLISHED to another name"
        )
    check_folders(published)
    check_replaceable(published, database=database, dataset=_loaded_dataset(database), replace=replace)


def has_lists_of_same_data(*, database: Path, published: Path) -> bool:
    """Whether there are published lists beside which a part, such as the evaluation, may be put.

    Raises
    ------
    UsageError
        If they are of another data set than the one that is loaded, or for a reason of `check_place`.
    """
    check_place(database=database, published=published, replace=True)
    listed, loaded = published_dataset(published), _loaded_dataset(database)
    if listed not in (None, loaded):
        raise UsageError(
            f"The published lists are of the data set {listed}, but what is loaded is {loaded}: "
            "type `recs score --replace`, which publishes lists of it in their place."
        )
    return listed is not None


def _loaded_dataset(database: Path) -> str:
    with connect(database, read_only=True) as connection:
        return connection.execute("select name from raw.dataset").fetchone()[0]


def _fill(
    fresh: Path, *, database: Path, published: Path, on_table: Callable[[str], None] | None, only: set[str]
) -> dict[str, int]:
    everything = only >= set(TABLES)
    # names of our own for the databases: the name of a file may be anything
    with connect(None) as connection:
        attach(connection, database, name="built")
        unchanged = unchanged_weeks(connection, published) if everything else []
        if unchanged or not everything:
            shutil.copyfile(published, fresh)
        attach_fresh(connection, fresh)
        for schema in ("recs", "internal"):
            connection.execute(f"create schema if not exists fresh.{schema}")
        # the views of the work database name no database: they are read from inside it
        connection.execute("use built")
        if everything:
            _clear(connection)
            keep_weeks(connection, unchanged)
        else:
            _check_version(connection)
        for table, order in TABLES.items():
            if table not in only:
                continue
            if on_table:
                on_table(table)
            if in_schema(table) == LISTS:
                add_weeks(connection, unchanged)
            else:
                columns = f"*, {IS_LIVE}" if table == "runs" else "*"
                query = f"select {columns} from {in_schema(table)} order by {order}"
                connection.execute(f"create or replace table fresh.{in_schema(table)} as {query}")
        connection.execute("use fresh")
        if everything:
            leave_out_broken(connection, unchanged)
            for view in VIEWS:
                connection.execute(_definition(connection, view))
            connection.execute(WHAT_IF.read_text(encoding="utf-8"))
        _copy_comments(connection)
        if "runs" in only:
            connection.execute(f"comment on column recs.runs.is_live is {literal(IS_LIVE_MEANS)}")
        rows = {
            table: connection.execute(
                f"select count(*) from {in_schema(table) if table in TABLES else LISTS}"
            ).fetchone()[0]
            for table in FOR_OTHER_ENGINES
            if everything or table in only
        }
        # after a checkpoint the whole file is on disk
        connection.execute("checkpoint fresh")
        connection.execute("use memory")
        connection.execute("detach fresh")
    return rows


def _clear(connection: DuckDBPyConnection) -> None:
    """Leave nothing in the new file but lists."""
    others = connection.execute(
        f"""
        select 'view', schema_name, view_name
        from duckdb_views()
        where database_name = 'fresh' and schema_name = 'recs'
        union all
        select 'macro table', schema_name, function_name
        from duckdb_functions()
        where database_name = 'fresh'
        union all
        select 'table', schema_name, table_name
        from duckdb_tables()
        where database_name = 'fresh' and schema_name || '.' || table_name != '{LISTS}'
        """
    ).fetchall()
    for kind, schema, name in others:
        connection.execute(f'drop {kind} fresh.{schema}."{name}"')


def _check_version(connection: DuckDBPyConnection) -> None:
    views = connection.execute(
        "select view_name from duckdb_views() where database_name = 'fresh' and schema_name = 'recs'"
    ).fetchall()
    for view in VIEWS:
        if (view,) not in views:
            raise RecsError(
                f"recs.{view} was published by an earlier version of recs: "
                "type `recs score`, which builds all of it again."
            )


def _check_week(database: Path) -> None:
    """Refuse tables of another week than the last lists: two weeks would be published as one."""
    with connect(database, read_only=True) as connection:
        if has_table(connection, "staging.unfinished_build"):
            raise UsageError(
                "The last build of lists failed or was stopped, so that what is built is not of one piece: "
                "type `recs score`."
            )
        built, listed = connection.execute(
            f"select (select target_week from staging.target_week), ({of_last_run('target_week', runs='recs.runs')})"
        ).fetchone()
    if built != listed:
        raise UsageError(
            f"The work database stands at the week of {built}, left there by a backtest, a training or a failed build, "
            f"but the last lists are of {listed}: type `recs score --week {listed}`, which builds both again."
        )


def _is_built(database: Path) -> bool:
    if not database.exists():
        return False
    with connect(database, read_only=True) as connection:
        return bool(
            connection.execute(
                "select 1 from duckdb_views() where schema_name = 'recs' and view_name = 'recommendations_explained'"
            ).fetchone()
        )


def _definition(connection: DuckDBPyConnection, view: str) -> str:
    """The view as the work database has it: it names no database, and so works in any."""
    (definition,) = connection.execute(
        "select sql from duckdb_views() where database_name = 'built' and schema_name = 'recs' and view_name = ?",
        [view],
    ).fetchone()
    return definition


def comments(connection: DuckDBPyConnection, *, database: str) -> list[tuple[str, str | None, str]]:
    """Return the comments on published tables, views and columns of a database: name, column or None, text."""
    return connection.execute(
        """
        with comments as (

            select database_name, schema_name, table_name as name, null as column_name, comment from duckdb_tables()
            union all
            select database_name, schema_name, view_name, null, comment from duckdb_views()
            union all
            select database_name, schema_name, table_name, column_name, comment from duckdb_columns()

        )

        select name, column_name, comment
        from comments
        where database_name = ? and schema_name in ('recs', 'internal') and comment is not null
        """,
        [database],
    ).fetchall()


def _copy_comments(connection: DuckDBPyConnection) -> None:
    kinds = dict(
        connection.execute(
            """
            select table_name, 'table' from duckdb_tables() where database_name = 'fresh'
            union all
            select view_name, 'view' from duckdb_views() where database_name = 'fresh' and schema_name = 'recs'
            """
        ).fetchall()
    )
    for name, column, comment in comments(connection, database="built"):
        if name in kinds:
            place = in_schema(name)
            target = f"column {place}.{identifier(column)}" if column else f"{kinds[name]} {place}"
            connection.execute(f"comment on {target} is {literal(comment)}")
