"""Rows of the same models on DuckDB and on Spark, compared."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import duckdb
from pyspark.sql import SparkSession

# Hashes are compared with those of the same engine alone; a run has its own id and times.
OF_AN_ENGINE = {"version", "week_version", "line_hash", "evaluated_at"}
NOT_COMPARED = {"recs.runs", "staging.unfinished_build"}


@dataclass(frozen=True)
class Difference:
    """The rows of a table that only one engine has; numbers are equal if they differ by less than 1e-9 of them."""

    table: str
    rows_duckdb: int
    rows_spark: int
    only_duckdb: int
    only_spark: int
    example: str = ""


def differences(duckdb_rows: duckdb.DuckDBPyConnection, spark: SparkSession) -> Iterator[Difference]:
    """Compare every table and view that both engines have, in the order of their names."""
    tables = duckdb_rows.execute(
        """
        select schema_name || '.' || table_name from duckdb_tables() where schema_name not in ('raw', 'shop', 'learned')
        union
        select schema_name || '.' || view_name from duckdb_views() where not internal and schema_name != 'main'
        order by all
        """
    ).fetchall()
    for (table,) in tables:
        if table not in NOT_COMPARED:
            yield _compared(table, duckdb_rows, spark)


def _compared(table: str, duckdb_rows: duckdb.DuckDBPyConnection, spark: SparkSession) -> Difference:
    columns = [row[0] for row in duckdb_rows.execute(f"describe {table}").fetchall()]
    frame = spark.table(table)
    assert frame.columns == columns, f"{table} has other columns on Spark: {frame.columns}"
    columns = [column for column in columns if column not in OF_AN_ENGINE]
    ours = duckdb_rows.execute(f"select {', '.join(columns)} from {table}").fetchall()
    theirs = frame.select(*columns).collect()
    left = Counter(_comparable(row) for row in ours)
    right = Counter(_comparable(row) for row in theirs)
    only_left, only_right = _without_neighbours(left - right, right - left)
    example = f"{next(iter(only_left), None)} <> {next(iter(only_right), None)}" if only_left or only_right else ""
    return Difference(table, len(ours), len(theirs), len(only_left), len(only_right), example)


def _without_neighbours(left: Counter, right: Counter) -> tuple[list, list]:
    """The rows that remain of both when those are paired that a rounding has parted."""
    ours, theirs = sorted(left.elements(), key=repr), sorted(right.elements(), key=repr)
    remaining = []
    for row in ours:
        match = next((other for other in theirs if _is_near(row, other)), None)
        if match is None:
            remaining.append(row)
        else:
            theirs.remove(match)
    return remaining, theirs


def _is_near(value, other) -> bool:
    if isinstance(value, float) and isinstance(other, float):
        return math.isclose(value, other, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(value, tuple) and isinstance(other, tuple):
        return len(value) == len(other) and all(map(_is_near, value, other))
    return value == other


def _comparable(value):
    """A value as both engines have it: fractions to nine digits, structs and lists as tuples."""
    if isinstance(value, dict):
        return tuple(_comparable(part) for part in value.values())
    if isinstance(value, (list, tuple)):
        return tuple(_comparable(part) for part in value)
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return float(f"{float(value):.9g}")
