"""From the work database to Spark: the raw tables, and the tables that the shop edits."""

import tempfile
from pathlib import Path

import duckdb
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from recs_py.database import connect, has_table
from recs_py.errors import RecsError, UsageError
from recs_py.spark.session import session, warehouse_folder
from recs_py.spark.statements import FRESH
from recs_py.sql_text import literal

# `raw.dataset` is last: without it, after a copy that was killed, a build refuses to begin
TABLES = (
    "shop.rules", "shop.labels", "raw.promotions", "raw.customers", "raw.articles", "raw.transactions", "raw.dataset",
)  # fmt: skip


def load_into_spark(*, database: Path) -> dict[str, int]:
    """Replace Spark's raw tables, rules and labels by those of the work database, which has checked them.

    The rows go by way of Parquet files beside Spark's own tables, so that neither side holds all of them in memory.
    After another data set, all that was built from the one before is dropped.

    Parameters
    ----------
    database
        The work database.

    Returns
    -------
    dict
        Rows of each table.

    Raises
    ------
    UsageError
        If nothing is loaded in the work database.
    RecsError
        If Spark fails.
    """
    try:
        return _load(database)
    except (PySparkException, Py4JError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise RecsError(
            f"{database} is loaded, but its tables did not reach Spark: {reason}. Type the same command again, with "
            "--skip-known if it had --add."
        ) from error


def _load(database: Path) -> dict[str, int]:
    spark = session()
    with connect(database, read_only=True) as connection, tempfile.TemporaryDirectory(dir=warehouse_folder()) as folder:
        if not has_table(connection, "raw.dataset"):
            raise UsageError(f"{database} holds nothing yet: load it first, with `recs load`")
        present = [table for table in TABLES if has_table(connection, table)]
        rows = {table: _copy(connection, table, Path(folder) / table) for table in present}
        [(dataset,)] = connection.execute("select name from raw.dataset").fetchall()
    if spark.catalog.tableExists("raw.dataset"):
        if {row.name for row in spark.table("raw.dataset").collect()} != {dataset}:
            _drop_what_was_built()
        spark.sql("drop table raw.dataset")
    for table in rows:
        spark.sql(f"drop table if exists {table}")
        spark.sql(f"alter table {table}{FRESH} rename to {table}")
    return rows


def _copy(connection: duckdb.DuckDBPyConnection, table: str, folder: Path) -> int:
    [(rows,)] = connection.execute(
        f"copy {table} to {literal(folder)} (format parquet, per_thread_output true)"
    ).fetchall()
    spark = session()
    spark.sql(f"create schema if not exists {table.split('.')[0]}")
    spark.sql(f"drop table if exists {table}{FRESH}")
    spark.read.parquet(str(folder)).write.format("parquet").saveAsTable(f"{table}{FRESH}")
    return rows


def _drop_what_was_built() -> None:
    """As a load into DuckDB does: keys, kept weeks and lists are of the other shop's customers and articles."""
    for schema in session().catalog.listDatabases():
        if schema.name not in ("default", "raw", "shop"):
            session().sql(f"drop schema {schema.name} cascade")
