"""Statements of DuckDB that change tables, as statements of Spark: there a table is a folder of Parquet files."""

from collections.abc import Callable

from pyspark.sql.types import StructType
from sqlglot import exp
from sqlglot.errors import UnsupportedError

from recs_py.spark.translation import to_spark

# Ends the name of a table until it takes the place of another.
FRESH = "__fresh"


def statements(tree: exp.Expression, *, schema_of: Callable[[str], StructType]) -> list[str]:
    """Return the statements of Spark that do what one of DuckDB does.

    Parameters
    ----------
    tree
        The statement, as sqlglot reads it.
    schema_of
        The columns of a table of Spark, by its name.

    Raises
    ------
    sqlglot.errors.SqlglotError
        If it cannot be translated.
    """
    if isinstance(tree, exp.Create) and tree.kind == "TABLE":
        return _create(tree)
    if isinstance(tree, exp.Delete):
        return _rewrite(tree.this, _kept_rows(tree))
    if isinstance(tree, exp.Update):
        return _rewrite(tree.this, _updated_rows(tree, schema_of(to_spark(tree.this))))
    if isinstance(tree, exp.Comment) and tree.args["kind"].lower() == "column":
        return []
    if isinstance(tree, exp.Set):
        return []
    return [to_spark(tree)]


def _create(tree: exp.Create) -> list[str]:
    name = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    table, before, after = to_spark(name), [], []
    if tree.args.get("replace"):
        before.append(f"drop table if exists {table}")
    if tree.expression is None:
        return [*before, f"{to_spark(tree)} using parquet"]
    # a materialized CTE is a table for the time being: Spark would plan it again wherever it is read
    for cte in tree.expression.find_all(exp.CTE):
        if cte.args.get("materialized"):
            rows = exp.to_table(f"{table}__{cte.alias}")
            before += [
                f"drop table if exists {to_spark(rows)}",
                f"create table {to_spark(rows)} using parquet as {to_spark(_query_of(cte))}",
            ]
            after.append(f"drop table {to_spark(rows)}")
            cte.set("this", exp.select("*").from_(rows))
    return [*before, f"create table {table} using parquet as {to_spark(tree.expression)}", *after]


def _query_of(cte: exp.CTE) -> exp.Query:
    """The query of a CTE with all CTEs before it, which it may read."""
    query = exp.select("*").from_(cte.this.copy().subquery(cte.alias))
    for earlier in cte.parent.expressions[: cte.index]:
        query = query.with_(earlier.alias, as_=earlier.this.copy())
    return query


def _rewrite(table: exp.Table, rows: exp.Query) -> list[str]:
    """Parquet files change no row: the table's new rows are written beside it, and take its name."""
    name = to_spark(table)
    return [
        f"drop table if exists {name}{FRESH}",
        f"create table {name}{FRESH} using parquet as {to_spark(rows)}",
        *take_name(name),
    ]


def take_name(table: str) -> list[str]:
    """Return the statements by which the rewritten table takes the place of the old one, if there is one.

    A process that is killed between them is finished by the next one (`session.finish_rewrites`).
    """
    return [f"drop table if exists {table}", f"alter table {table}{FRESH} rename to {table}"]


def _kept_rows(tree: exp.Delete) -> exp.Query:
    _refuse(tree, "using", "returning", "limit")
    deleted = tree.args["where"].this if tree.args.get("where") else exp.true()
    # a row of which the condition is null stays
    return exp.select("*").from_(tree.this.copy()).where(exp.not_(exp.func("coalesce", deleted, exp.false())))


def _updated_rows(tree: exp.Update, columns: StructType) -> exp.Query:
    _refuse(tree, "from_", "returning")
    changed = tree.args["where"].this if tree.args.get("where") else exp.true()
    new = {change.this.name.lower(): change.expression for change in tree.expressions}
    if unknown := new.keys() - {column.name.lower() for column in columns}:
        raise UnsupportedError(f"{to_spark(tree.this)} has no column {', '.join(sorted(unknown))}")
    selected = []
    for column in columns:
        value = exp.column(column.name)
        if column.name.lower() in new:
            value = exp.case().when(changed.copy(), new[column.name.lower()]).else_(value)
            value = exp.cast(value, column.dataType.simpleString(), dialect="spark")
        selected.append(exp.alias_(value, column.name))
    return exp.select(*selected).from_(tree.this.copy())


def _refuse(tree: exp.Expression, *parts: str) -> None:
    for part in parts:
        if tree.args.get(part):
            raise UnsupportedError(
                f"{tree.key} with {part.strip('_')} has no counterpart on Spark: {tree.sql('duckdb')}"
            )
