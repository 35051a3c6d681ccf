"""The Spark session of this process, and a cursor that runs statements in DuckDB's SQL on it."""

import contextlib
import functools
import os
import re
import signal
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import duckdb
import sqlglot
from dbt_common.exceptions import DbtRuntimeError
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from sqlglot import exp

from recs_py.errors import UsageError
from recs_py.loading.ownership import DERIVED
from recs_py.settings import machine_memory
from recs_py.spark.statements import FRESH, statements

# Schemas of recs; a catalogue may have others.
SCHEMAS = (*DERIVED, "raw", "shop", "default")

LOGGING = Path(__file__).with_name("log4j2.properties")

# The model or test in dbt's comment.
NODE = re.compile(r'"node_id": "([^"]+)"')

# Statements that dbt-spark writes in Spark's own SQL, after dbt's comment.
SPARKS_OWN = re.compile(r"\s*(/\*.*?\*/\s*)*(show|describe|alter)\b", flags=re.IGNORECASE | re.DOTALL)


def warehouse_folder() -> Path:
    """Where Spark keeps its tables and its catalogue: `RECS_SPARK`, default `warehouse.spark`.

    Raises
    ------
    UsageError
        If the path has a character that Spark's catalogue does not take.
    """
    folder = Path(os.environ.get("RECS_SPARK") or "warehouse.spark").absolute()
    if set(str(folder)) & set(';"'):
        raise UsageError(f'The folder {folder} has a ; or a " in its path: set RECS_SPARK to another one')
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@functools.cache
def session() -> SparkSession:
    """The session of this process; the first call starts it, and finishes what a killed process has left."""
    folder = warehouse_folder()
    # the tests pass with the two versions of constraints.txt
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
    # Spark's own default, 1 GB, is too little for most shops; `spark-defaults.conf` overrides this
    os.environ.setdefault("SPARK_DRIVER_MEMORY", f"{machine_memory() // 3 // 2**20}m")
    builder = (
        SparkSession.builder.enableHiveSupport()
        .config("spark.sql.warehouse.dir", str(folder / "tables"))
        .config(
            "spark.hadoop.javax.jdo.option.ConnectionURL", f"jdbc:derby:;databaseName={folder}/catalogue;create=true"
        )
        .config(
            "spark.driver.defaultJavaOptions",
            f'"-Dderby.stream.error.file={folder}/derby.log" "-Dlog4j2.configurationFile={_logging().as_uri()}"',
        )
        # as in DuckDB, a value that does not fit is an error, and a timestamp has no time zone
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.sql.timestampType", "TIMESTAMP_NTZ")
        .config("spark.sql.session.timeZone", "UTC")
        # files of a table that a killed process never finished are overwritten
        .config("spark.sql.legacy.allowNonEmptyLocationInCTAS", "true")
        .config("spark.ui.enabled", "false")
    )
    with _same_answer_to_interrupts():
        spark = builder.getOrCreate()
    _refuse_moved_tables(spark, folder)
    finish_rewrites(spark)
    return spark


def _logging() -> Path:
    own = Path(os.environ.get("SPARK_CONF_DIR", "")) / "log4j2.properties"
    return own.resolve() if own.is_file() else LOGGING


@contextlib.contextmanager
def _same_answer_to_interrupts() -> Iterator[None]:
    """Pyspark takes over Ctrl-C, and the program would not learn of it."""
    before = signal.getsignal(signal.SIGINT)
    yield
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, before)


def _refuse_moved_tables(spark: SparkSession, folder: Path) -> None:
    """The catalogue has absolute paths, and Spark reads a folder that is not there as no rows."""
    made_in = Path(url2pathname(urlsplit(spark.catalog.getDatabase("default").locationUri).path))
    tables = folder / "tables"
    if made_in != tables and not (made_in.exists() and tables.exists() and made_in.samefile(tables)):
        raise UsageError(
            f"The tables of {folder} were made in {made_in.parent}, and cannot be moved: move them back and set "
            "RECS_SPARK to that folder; or set it to a new one and RECS_DUCKDB to a new file, and load the shop again"
        )


def finish_rewrites(spark: SparkSession) -> None:
    """Give a rewritten table its name where a process was killed before it had; remove what is left over otherwise."""
    for schema in spark.catalog.listDatabases():
        if schema.name not in SCHEMAS:
            continue
        # `listTables` would read the description of every table
        names = {table.tableName for table in spark.sql(f"show tables in {schema.name}").collect()}
        for fresh in sorted(name for name in names if name.endswith(FRESH)):
            name = fresh.removesuffix(FRESH)
            # it is in the catalogue only once all its rows are written
            if name in names:
                spark.sql(f"drop table {schema.name}.{fresh}")
            else:
                spark.sql(f"alter table {schema.name}.{fresh} rename to {schema.name}.{name}")


def describe_jobs(node: str) -> None:
    """Name in Spark's event log what the next jobs are for, such as `model.recs.transactions`."""
    session().sparkContext.setJobDescription(node)


class Connection:
    """A connection as dbt-spark's session has it, whose cursors translate."""

    def cursor(self) -> "Cursor":  # noqa: D102
        return Cursor()


class Cursor:
    """Runs statements one after the other; the rows of the last one are fetched."""

    def __init__(self):
        self._names_and_types: list[tuple[str, str]] = []
        self._rows: list[tuple] = []

    @property
    def description(self) -> list[tuple]:
        """Name and type of each column, as in the database API of Python."""
        return [(name, kind, None, None, None, None, True) for name, kind in self._names_and_types]

    def execute(self, sql: str) -> None:
        """Run one or several statements in DuckDB's SQL; those of `SPARKS_OWN` run as they are.

        Raises
        ------
        DbtRuntimeError
            If Spark does not understand a statement, such as one about a table that is missing.
        sqlglot.errors.SqlglotError
            If a statement cannot be translated.
        """
        if node := NODE.search(sql):
            describe_jobs(node[1])
        if SPARKS_OWN.match(sql):
            self._run(sql)
            return
        for tree in sqlglot.parse(sql, read="duckdb"):
            if isinstance(tree, exp.Query) and not _reads_tables(tree) and not _asks_for_types(tree):
                self._compute(tree)
            elif tree is not None:
                for statement in statements(tree, schema_of=lambda name: session().table(name).schema):
                    self._run(statement)

    def _run(self, sql: str) -> None:
        try:
            frame = session().sql(sql)
        except AnalysisException as error:
            # dbt looks into the message: a schema that is missing is no error to it
            raise DbtRuntimeError(str(error)) from error
        self._names_and_types = [(field.name, field.dataType.simpleString()) for field in frame.schema.fields]
        self._rows = frame.collect()

    def _compute(self, query: exp.Query) -> None:
        """DuckDB computes a query that reads no table: macros ask so which name is near, or what a file holds."""
        with duckdb.connect() as connection:
            connection.execute(query.sql(dialect="duckdb"))
            self._names_and_types = [(column[0], str(column[1])) for column in connection.description]
            self._rows = connection.fetchall()

    def fetchall(self) -> list[tuple]:  # noqa: D102
        return self._rows

    def fetchone(self) -> tuple | None:  # noqa: D102
        return self._rows.pop(0) if self._rows else None

    def close(self) -> None:  # noqa: D102
        self._rows = []


def _reads_tables(query: exp.Query) -> bool:
    ctes = {cte.alias for cte in query.find_all(exp.CTE)}
    tables = list(query.find_all(exp.Table))
    for table in tables:
        if table.name.lower().startswith("duckdb_") or table.this.name.lower().startswith("duckdb_"):
            raise DbtRuntimeError(f"{table.sql('duckdb')} is of DuckDB's catalogue, which Spark's tables are not in")
    # a function in the place of a table has no name
    return any(table.db or (isinstance(table.this, exp.Identifier) and table.name not in ctes) for table in tables)


def _asks_for_types(query: exp.Query) -> bool:
    """Whether it ends in `limit 0`: dbt asks so how the types of a contract are called here."""
    limit = query.args.get("limit")
    return limit is not None and limit.expression.name == "0"
