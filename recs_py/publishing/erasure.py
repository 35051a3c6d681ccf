"""Removes customers from a DuckDB file: it is rewritten, since a deleted row stays readable in it.

The new file takes the place of the old one in one step; a crash leaves the old one.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from recs_py.database import attach, connect
from recs_py.errors import RecsError
from recs_py.loading.ownership import made_by_recs
from recs_py.publishing.fresh_file import attach_fresh, beside
from recs_py.publishing.published_file import last_dataset, of_last_run
from recs_py.sql_text import identifier

IS_THEIRS = "customer_id::varchar in (select customer_id from temp.ids)"
KEYS = ("staging", "customer_keys")
# The macro `forget_absent_customers` writes it too.
NO_ID = "'forgotten ' || customer_key"


@dataclass(frozen=True)
class Erasure:
    """The rows that were removed from a place, and of which customers; tables of others there that hold the ids too."""

    place: str
    rows: int
    customers: frozenset[str] = frozenset()
    others: tuple[str, ...] = ()


def erase(file: Path, customers: list[str], *, read_only: bool) -> Erasure:
    """Rewrite a work database or a published file without the rows of some customers.

    Nothing is written where there is no such row. In the work database, tables that recs has not made stay as they are.

    Parameters
    ----------
    file
        The database.
    customers
        Their ids, as the lists have them.
    read_only
        True for a published file: readers may keep the old one open, and see the change when they open it again.

    Raises
    ------
    DatabaseInUse
        If another program has the file open; of a published file only one that opened it for writing.
    """
    # a link stays, and the file that it names is replaced
    target = file.resolve()
    made = file.stat()
    with connect(None) as connection:
        attach(connection, file, name="old", read_only=read_only)
        connection.execute("use old")
        if not read_only:
            # a log that a crash left beside the file would otherwise be taken for one of the new file
            connection.execute("checkpoint old")
        conditions, others = _conditions(connection, customers, is_published=read_only)
        rows = sum(_count(connection, table, condition) for table, condition in conditions.items())
        found = {
            customer
            for table, condition in conditions.items()
            if condition == IS_THEIRS
            for (customer,) in connection.execute(
                f"select distinct trim(customer_id) from {table} where {condition}"
            ).fetchall()
        }
        if rows:
            with beside(target) as fresh:
                _write_without(connection, fresh=fresh, conditions=conditions)
                shutil.copymode(file, fresh)
                # a version is called by the time at which it was made
                os.utime(fresh, ns=(made.st_atime_ns, made.st_mtime_ns))
                with fresh.open("rb") as written:
                    os.fsync(written.fileno())
                fresh.replace(target)
    return Erasure(str(file), rows, frozenset(found), others)


def _conditions(
    connection: DuckDBPyConnection, customers: list[str], *, is_published: bool
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The condition of their rows in each table of recs, and the tables of somebody else that have such rows."""
    columns = connection.execute(
        """
        select lower(schema_name), lower(table_name), lower(column_name)
        from duckdb_columns()
        where
            database_name = current_database()
            and lower(column_name) in ('customer_id', 'customer_key')
            and (schema_name, table_name) in (
                select (schema_name, table_name) from duckdb_tables() where database_name = current_database()
            )
        order by all
        """
    ).fetchall()
    tables: dict[tuple[str, str], set[str]] = {}
    for schema, table, column in columns:
        tables.setdefault((schema, table), set()).add(column)
    connection.execute("create or replace temp table ids as select unnest(?::varchar[]) as customer_id", [customers])
    connection.execute("create or replace temp table keys (customer_key integer)")
    if KEYS in tables:
        connection.execute(
            """
            insert into keys
            select customer_key from staging.customer_keys where customer_id in (select customer_id from temp.ids)
            """
        )
    # a published file has no list of what recs has made: recs has made all of it
    ours = set(tables) if is_published else made_by_recs(connection)
    conditions, others = {}, []
    for (schema, table), names in tables.items():
        name = f"{identifier(schema)}.{identifier(table)}"
        if "customer_id" in names:
            if schema == "raw":
                _add_spellings(connection, name)
            condition = IS_THEIRS
        else:
            condition = "customer_key in (select customer_key from temp.keys)"
        if (schema, table) in ours:
            conditions[name] = condition
        elif "customer_id" in names:
            others.append((name, condition))
    others = [name for name, condition in others if _count(connection, name, condition)]
    return conditions, tuple(others)


def _count(connection: DuckDBPyConnection, table: str, condition: str) -> int:
    return connection.execute(f"select count(*) from {table} where {condition}").fetchone()[0]


def _add_spellings(connection: DuckDBPyConnection, table: str) -> None:
    """The source may write an id with spaces around it."""
    connection.execute(
        f"""
        insert into temp.ids
        select customer_id
        from (select distinct customer_id from {table})
        where trim(customer_id) in (select customer_id from temp.ids)
        except
        select customer_id from temp.ids
        """
    )


def _write_without(connection: DuckDBPyConnection, *, fresh: Path, conditions: dict[str, str]) -> None:
    attach_fresh(connection, fresh)
    # a customer's list stays one short read
    connection.execute("set preserve_insertion_order = true")
    connection.execute("copy from database old to fresh (schema)")
    for schema, table, generated in _tables(connection):
        name = f"{identifier(schema)}.{identifier(table)}"
        columns, condition = "*", conditions.get(name)
        if (schema, table) == KEYS:
            # the key stays, so that no other customer gets it
            columns = f"* replace (case when {condition} then {NO_ID} else customer_id end as customer_id)"
            condition = None
        elif generated:
            # of a table of somebody else: the new table makes them itself
            columns = f"* exclude ({', '.join(map(identifier, generated))})"
        where = f"where not coalesce({condition}, false)" if condition else ""
        connection.execute(f"insert into fresh.{name} select {columns} from {name} {where}")
    if '"raw"."transactions"' in conditions:
        connection.execute(
            """
            update fresh.raw.dataset set
                transactions = (select count(*) from fresh.raw.transactions),
                customers = (select count(distinct customer_id) from fresh.raw.transactions)
            """
        )
    connection.execute("checkpoint fresh")
    connection.execute("detach fresh")


def _tables(connection: DuckDBPyConnection) -> list[tuple[str, str, list[str]]]:
    """Schema, name and generated columns of every table; one that a foreign key names comes before who names it."""
    # a table can only refer to one that is there, and its number is higher
    return connection.execute(
        """
        select
            lower(tables.schema_name),
            lower(tables.table_name),
            (
                select coalesce(list(column_name), []) from information_schema.columns
                where
                    table_catalog = tables.database_name and table_schema = tables.schema_name
                    and columns.table_name = tables.table_name and is_generated = 'ALWAYS'
            )
        from duckdb_tables() as tables
        where tables.database_name = current_database()
        order by tables.table_oid
        """
    ).fetchall()


def erase_absent(published: Path, versions: list[Path]) -> None:
    """Remove customers without a list from earlier versions, or a rollback would bring them back.

    Removes nothing where the last lists are not of all customers. Versions of another data set stay as they are: its
    customers are not missing from this one.

    Parameters
    ----------
    published
        The published file.
    versions
        The versions before it.
    """
    with connect(None) as connection:
        attach(connection, published, name="live")
        if not lists_are_of_all(connection, schema="live.recs"):
            return
        for version in versions:
            try:
                attach(connection, version, name="before")
            except RecsError:
                # a reader opened it for writing while it was the published file, or it is damaged: the next publish
                # looks again, and the lists are published all the same
                continue
            if last_dataset(connection, runs="live.recs.runs") != last_dataset(connection, runs="before.recs.runs"):
                connection.execute("detach before")
                continue
            lists = connection.execute(
                """
                select schema_name || '.' || table_name from duckdb_tables()
                where
                    database_name = 'before'
                    and table_name in ('recommendation_buckets', 'recommendations_explained')
                """
            ).fetchall()
            absent = [
                customer
                for (table,) in lists
                for (customer,) in connection.execute(
                    f"select customer_id from before.{table} except "
                    "select customer_id from live.internal.recommendation_buckets"
                ).fetchall()
            ]
            connection.execute("detach before")
            if absent:
                erase(version, absent, read_only=True)


def lists_are_of_all(connection: DuckDBPyConnection, *, schema: str) -> bool:
    """Whether the last published lists are of all customers: a customer without a list is then not in the last load."""
    (customers,) = connection.execute(of_last_run("settings['customers']", runs=f"{schema}.runs")).fetchone()
    return customers == "all"
