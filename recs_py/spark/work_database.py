"""The work database beside Spark: Spark gets what is loaded and edited in it, and it shows what Spark has built.

Every command reads the work database as always: a table of Spark is a view over its Parquet files there, and a view of
Spark is the same view of DuckDB.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import duckdb
from duckdb import DuckDBPyConnection
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from recs_py.database import connect, drop, has_table, kind
from recs_py.errors import RecsError, UsageError
from recs_py.loading.ownership import (
    DERIVED,
    NO_MODELS,
    RAW,
    UNFINISHED,
    claim,
    mark_unfinished,
    refuse_others,
    relations,
)
from recs_py.macros import macros
from recs_py.spark.session import session, warehouse_folder
from recs_py.spark.statements import FRESH, take_name
from recs_py.sql_text import files_literal, identifier, literal

# Tables that the shop and the commands write, and models read, beside the raw tables.
WRITTEN = tuple(f"{schema}.{table}" for schema, table in NO_MODELS if schema in ("shop", "learned"))
# What `raw.dataset` was before the copy that is under way.
BEFORE = "raw.dataset_before"
# Tables of a training, which a command drops.
OF_TRAININGS = tuple(sorted(f"{schema}.{table}" for schema, table in relations() if schema == "training"))
# Relations that Spark builds.
BUILT = frozenset(f"{schema}.{name}" for schema, name in relations() if schema in DERIVED and schema != "learned") - {
    UNFINISHED
}


@dataclass(frozen=True)
class Model:
    """A model as dbt knows it; `sql` is DuckDB's query of a view, and empty for a table."""

    name: str
    sql: str = ""
    description: str = ""
    columns: dict[str, str] = field(default_factory=dict)


def send(database: Path) -> None:
    """Copy to Spark what has changed: the raw tables after a load, and each time rules, labels and learned blends.

    The raw tables are copied if another load was the last one; after another data set, all that was built from the one
    before is dropped. The rows go by way of Parquet files beside Spark's own tables, so that neither side holds all of
    them in memory.

    Parameters
    ----------
    database
        The work database.

    Raises
    ------
    UsageError
        If nothing is loaded in it, or DuckDB has built it.
    RecsError
        If Spark fails.
    """
    with _told(f"The tables of {database} did not reach Spark; the next build on Spark copies them again"):
        _send(database)


@contextmanager
def _told(sentence: str) -> Iterator[None]:
    """Turn a failure of Spark into one sentence."""
    try:
        yield
    except (PySparkException, Py4JError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise RecsError(f"{sentence} ({reason})") from error


def _send(database: Path) -> None:
    spark = session()
    with connect(database) as connection, _folder_for_copies() as folder:
        if not has_table(connection, "raw.dataset"):
            raise UsageError(f"{database} holds nothing yet: load it first, with `recs load`")
        refuse_others(connection)
        if kind(connection, "staging.transactions") == "table":
            raise UsageError(
                f"{database} was built by DuckDB, and holds its lists of earlier weeks: "
                "to build on Spark, set RECS_DUCKDB to another file and load the shop into it"
            )
        # as the start of a build on DuckDB does
        claim(connection, relations())
        connection.execute(str(macros("shop_tables").shop_tables()))
        for table in (*WRITTEN, *OF_TRAININGS):
            if not has_table(connection, table):
                spark.sql(f"drop table if exists {table}")
        copied = [table for table in WRITTEN if has_table(connection, table)]
        dataset, before = connection.execute("select * from raw.dataset").fetchall(), _datasets(spark)
        if before != dataset:
            [(name, *_)] = dataset
            _forget_the_load_before(spark, names=_names_before(spark) - {name})
            # the data set is last: without it, after a copy that was killed, the next one begins again
            copied += [f"raw.{table}" for table in (*RAW[1:], RAW[0])]
        for table in copied:
            _copy(connection, table, Path(folder) / table)


def _folder_for_copies() -> tempfile.TemporaryDirectory:
    place = warehouse_folder()
    for left_over in place.glob("copies-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    return tempfile.TemporaryDirectory(dir=place, prefix="copies-")


def _datasets(spark: SparkSession) -> list[tuple]:
    found = spark.table("raw.dataset").collect() if spark.catalog.tableExists("raw.dataset") else []
    return [tuple(row) for row in found]


def _names_before(spark: SparkSession) -> set[str]:
    """The data set of which the built tables are, also where a copy of the raw tables was killed."""
    for table in ("raw.dataset", BEFORE):
        if spark.catalog.tableExists(table):
            return {row["name"] for row in spark.table(table).collect()}
    return set()


def _forget_the_load_before(spark: SparkSession, *, names: set[str]) -> None:
    """Put the mark of the load before aside; `names` are other data sets that it was of."""
    if names:
        # as a load into DuckDB does: keys, kept weeks and lists are of the other shop's customers and articles
        for schema in spark.catalog.listDatabases():
            if schema.name in DERIVED:
                spark.sql(f"drop schema {schema.name} cascade")
    if spark.catalog.tableExists("raw.dataset"):
        spark.sql(f"drop table if exists {BEFORE}")
        spark.sql(f"alter table raw.dataset rename to {BEFORE}")


def _copy(connection: DuckDBPyConnection, table: str, folder: Path) -> None:
    connection.execute(f"copy {table} to {literal(folder)} (format parquet, per_thread_output true)")
    spark = session()
    spark.sql(f"create schema if not exists {table.split('.')[0]}")
    spark.sql(f"drop table if exists {table}{FRESH}")
    spark.read.parquet(str(folder)).write.format("parquet").saveAsTable(f"{table}{FRESH}")
    for statement in take_name(table):
        spark.sql(statement)


def begin(database: Path) -> bool:
    """Mark the work database as unfinished while Spark replaces the files behind it; return whether it was before."""
    with connect(database) as connection:
        if has_table(connection, UNFINISHED):
            return True
        mark_unfinished(connection, by="spark")
        return False


def finish(database: Path) -> None:
    """Take the mark away."""
    with connect(database) as connection:
        drop(connection, UNFINISHED)


def show_tables(database: Path) -> None:
    """Make each table that Spark has built a view of the work database.

    Raises
    ------
    UsageError
        If a name is taken by a table that recs has not made.
    """
    tables, _ = _built()
    with _changing(database, names=set(tables)) as connection:
        for table, folder in tables.items():
            _replace(connection, table, _rows_of(connection, table, folder))


def show_views(database: Path, models: list[Model]) -> None:
    """Make each view that Spark has built the same view of DuckDB, and describe all models.

    Parameters
    ----------
    database
        The work database, whose tables are shown.
    models
        All models, each after those that it reads.

    Raises
    ------
    UsageError
        If a name is taken by a table that recs has not made.
    """
    _, views = _built()
    with _changing(database, names=views) as connection:
        for model in models:
            # a view of an earlier build may be a table of this one, which was not built
            if model.name in views and model.sql:
                _replace(connection, model.name, model.sql)
            if kind(connection, model.name) == "view":
                _describe(connection, model)


@contextmanager
def _changing(database: Path, *, names: set[str]) -> Iterator[DuckDBPyConnection]:
    """A transaction that makes relations of these names."""
    with connect(database) as connection:
        connection.execute("begin")
        refuse_others(connection)
        for schema in sorted({name.split(".")[0] for name in names}):
            connection.execute(f"create schema if not exists {schema}")
        yield connection
        connection.execute("commit")


def _built() -> tuple[dict[str, str], set[str]]:
    """The tables that Spark has built, each with its folder, and the names of the views."""
    with _told("Spark does not say what it has built"):
        return _in_catalogue(session())


def _in_catalogue(spark: SparkSession) -> tuple[dict[str, str], set[str]]:
    tables, views = {}, set()
    for schema in spark.catalog.listDatabases():
        if schema.name not in DERIVED:
            continue
        views |= BUILT & {
            f"{schema.name}.{row.viewName}" for row in spark.sql(f"show views in {schema.name}").collect()
        }
        # views are among the tables
        for row in spark.sql(f"show tables in {schema.name}").collect():
            name = f"{schema.name}.{row.tableName}"
            if name in BUILT - views:
                tables[name] = f"{schema.locationUri}/{row.tableName}"
    return tables, views


def _rows_of(connection: DuckDBPyConnection, table: str, folder: str) -> str:
    address = urlsplit(folder)
    path = url2pathname(address.path) if address.scheme == "file" else folder
    files = files_literal(Path(path), pattern="*.parquet") if address.scheme == "file" else literal(f"{path}/*.parquet")
    if connection.execute(f"select 1 from glob({files}) limit 1").fetchall():
        # files of before an upgrade may lack a column
        return f"select * from read_parquet({files}, union_by_name => true)"
    # a table without rows may have no file
    with _told(f"Spark does not say which columns {table} has"):
        nobody = connection.from_arrow(session().table(table).toArrow())
    columns = zip(nobody.columns, nobody.types, strict=True)
    return f"select {', '.join(f'cast(null as {type}) as {identifier(name)}' for name, type in columns)} where false"


def _replace(connection: DuckDBPyConnection, name: str, query: str) -> None:
    drop(connection, name)
    try:
        connection.execute(f"create view {name} as {query}")
    except duckdb.Error as error:
        raise RecsError(f"{name} is built on Spark, and DuckDB cannot read it: {error}") from error


def _describe(connection: DuckDBPyConnection, model: Model) -> None:
    if model.description:
        connection.execute(f"comment on view {model.name} is {literal(model.description)}")
    present = [row[0] for row in connection.execute(f"describe {model.name}").fetchall()]
    for column, description in model.columns.items():
        if description and column in present:
            connection.execute(f"comment on column {model.name}.{identifier(column)} is {literal(description)}")
