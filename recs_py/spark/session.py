"""The Spark session of this process, and statements in DuckDB's SQL that run on it."""

import os
from pathlib import Path

import duckdb
import sqlglot
from dbt_common.exceptions import DbtRuntimeError
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from sqlglot import exp

from recs_py.spark.translation import to_spark


def warehouse_folder() -> Path:
    """Where Spark keeps its tables and their names: `RECS_SPARK`, default `warehouse.spark`."""
    folder = Path(os.environ.get("RECS_SPARK") or "warehouse.spark").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def session() -> SparkSession:
    """The session of this process; the first call starts it, on this machine unless `spark.master` says otherwise."""
    folder = warehouse_folder()
    return (
        SparkSession.builder.enableHiveSupport()
        .config("spark.sql.warehouse.dir", str(folder / "tables"))
        .config("spark.hadoop.javax.jdo.option.ConnectionURL", f"jdbc:derby:;databaseName={folder}/names;create=true")
        .config("spark.driver.extraJavaOptions", f"-Dderby.stream.error.file={folder}/derby.log")
        # as in DuckDB, a value that does not fit is an error, and a timestamp has no time zone
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.sql.timestampType", "TIMESTAMP_NTZ")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )


class Connection:
    """A connection as dbt-spark's session has it, whose cursors translate."""

    def cursor(self) -> "Cursor":  # noqa: D102
        return Cursor()


class Cursor:
    """Runs statements one after the other; the last one's rows are fetched."""

    def __init__(self):
        self._names_and_types: list[tuple[str, str]] = []
        self._rows: list[tuple] = []

    @property
    def description(self) -> list[tuple]:
        """Name and type of each column, as in the database API of Python."""
        return [(name, kind, None, None, None, None, True) for name, kind in self._names_and_types]

    def execute(self, sql: str, *parameters) -> None:
        """Run one or several statements in DuckDB's SQL; what is Spark's own (`show`) runs as it is."""
        if sql.lstrip().split(maxsplit=1)[0].lower() in ("show", "describe", "alter"):
            self._run(sql)
            return
        for tree in sqlglot.parse(sql, read="duckdb"):
            if isinstance(tree, exp.Query) and not _reads_tables(tree) and not _asks_for_types(tree):
                self._answer(tree)
            elif tree is not None:
                for statement in _statements(tree):
                    self._run(statement)

    def _run(self, sql: str) -> None:
        try:
            frame = session().sql(sql)
        except AnalysisException as error:
            # dbt looks into the message: a schema that is missing is no error to it
            raise DbtRuntimeError(str(error)) from error
        self._names_and_types = [(field.name, field.dataType.simpleString()) for field in frame.schema.fields]
        self._rows = frame.collect()

    def _answer(self, query: exp.Query) -> None:
        """A query that reads no table is a sum of the project's own, which DuckDB does at once."""
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
    # a function in the place of a table has no name
    return any(
        table.db or (isinstance(table.this, exp.Identifier) and table.name not in ctes)
        for table in query.find_all(exp.Table)
    )


def _asks_for_types(query: exp.Query) -> bool:
    """Whether it ends in `limit 0`: dbt asks so how the types of a contract are called here."""
    limit = query.args.get("limit")
    return limit is not None and limit.expression.name == "0"


def _statements(tree: exp.Expression) -> list[str]:
    """The statements of Spark that do what one of DuckDB does. A table is a folder of Parquet files."""
    if isinstance(tree, exp.Create) and tree.kind == "TABLE":
        return _new_table(tree)
    if isinstance(tree, exp.Delete):
        condition = tree.args["where"].this if tree.args.get("where") else exp.true()
        kept = exp.select("*").from_(tree.this.copy()).where(exp.not_(exp.func("coalesce", condition, exp.false())))
        return _replaced(tree.this, kept)
    if isinstance(tree, exp.Update):
        return _replaced(tree.this, _updated(tree))
    if isinstance(tree, exp.Comment) and tree.args["kind"].lower() == "column":
        return []
    if isinstance(tree, exp.Set):
        return []
    return [to_spark(tree)]


def _new_table(tree: exp.Create) -> list[str]:
    name = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    table, before, after = to_spark(name), [], []
    if tree.args.get("replace"):
        before.append(f"drop table if exists {table}")
    if tree.expression is None:
        return [*before, f"{to_spark(tree)} using parquet"]
    # a materialized CTE is a table for the time being: Spark would plan it anew wherever it is read
    for cte in tree.expression.find_all(exp.CTE):
        if cte.args.get("materialized"):
            rows = exp.to_table(f"{to_spark(name)}__{cte.alias}")
            before += [
                f"drop table if exists {to_spark(rows)}",
                f"create table {to_spark(rows)} using parquet as {to_spark(_with_what_it_reads(cte))}",
            ]
            after.append(f"drop table {to_spark(rows)}")
            cte.set("this", exp.select("*").from_(rows))
    return [*before, f"create table {table} using parquet as {to_spark(tree.expression)}", *after]


def _with_what_it_reads(cte: exp.CTE) -> exp.Query:
    query = exp.select("*").from_(cte.this.copy().subquery(cte.alias))
    for earlier in cte.parent.expressions[: cte.index]:
        query = query.with_(earlier.alias, as_=earlier.this.copy())
    return query


def _replaced(table: exp.Table, rows: exp.Query) -> list[str]:
    """A folder of Parquet files changes no row in place: the new rows are written beside it, and take its name."""
    name, fresh = to_spark(table), f"{to_spark(table)}__fresh"
    return [
        f"drop table if exists {fresh}",
        f"create table {fresh} using parquet as {to_spark(rows)}",
        f"drop table {name}",
        f"alter table {fresh} rename to {name}",
    ]


def _updated(tree: exp.Update) -> exp.Query:
    condition = tree.args["where"].this
    columns = session().table(to_spark(tree.this)).columns
    new = {change.this.name: change.expression for change in tree.expressions}
    return exp.select(
        *(
            exp.alias_(exp.case().when(condition.copy(), new[column]).else_(exp.column(column)), column)
            if column in new
            else exp.column(column)
            for column in columns
        )
    ).from_(tree.this.copy())
