"""From the raw tables of the work database to those of Spark."""

import tempfile
from pathlib import Path

import duckdb

from recs_py.database import connect
from recs_py.errors import UsageError
from recs_py.spark.session import session, warehouse_folder


def load_into_spark(*, database: Path) -> dict[str, int]:
    """Replace Spark's raw tables by those of the work database, which has checked them.

    The rows go by way of Parquet files beside Spark's own tables, so that neither side holds all of them in memory.

    Parameters
    ----------
    database
        The work database.

    Returns
    -------
    dict
        Rows of each raw table.

    Raises
    ------
    UsageError
        If nothing is loaded in the work database.
    """
    spark = session()
    spark.sql("create schema if not exists raw")
    with connect(database, read_only=True) as connection, tempfile.TemporaryDirectory(dir=warehouse_folder()) as folder:
        tables = connection.execute("select table_name from duckdb_tables() where schema_name = 'raw' order by all")
        rows = {name: _copy(connection, name, Path(folder)) for (name,) in tables.fetchall()}
        if not rows:
            raise UsageError(f"{database} holds nothing yet: load it first, with `recs load`")
        # all are written before the first takes its place
        for name in rows:
            spark.sql(f"drop table if exists raw.{name}")
            spark.sql(f"alter table raw.{name}__fresh rename to raw.{name}")
    return rows


def _copy(connection: duckdb.DuckDBPyConnection, name: str, folder: Path) -> int:
    files = folder / name
    [(rows,)] = connection.execute(
        f"copy raw.{name} to '{files}' (format parquet, per_thread_output true, overwrite true)"
    ).fetchall()
    session().sql(f"drop table if exists raw.{name}__fresh")
    session().read.parquet(str(files)).write.format("parquet").saveAsTable(f"raw.{name}__fresh")
    return rows
