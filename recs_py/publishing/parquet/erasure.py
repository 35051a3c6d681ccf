"""Removes customers from the Parquet files of a version: each file that has them is rewritten."""

from collections import Counter
from pathlib import Path

from duckdb import DuckDBPyConnection

from recs_py.database import connect
from recs_py.publishing.erasure import lists_are_of_all
from recs_py.publishing.fresh_file import beside
from recs_py.publishing.published_file import last_dataset
from recs_py.sql_text import files_literal, literal


def erase_from_version(version: Path, customers: list[str]) -> Counter[str]:
    """Rewrite the files of a version without the rows of some customers.

    Returns
    -------
    Counter
        How many rows that were of each customer.
    """
    with connect(None) as connection:
        connection.execute("set preserve_insertion_order = true")
        connection.execute("create temp table ids as select unnest(?::varchar[]) as id", [customers])
        return sum((_erase_from_file(connection, file) for file in sorted(version.rglob("*.parquet"))), Counter())


def erase_absent_from_versions(source: DuckDBPyConnection, versions: list[Path]) -> None:
    """Remove customers without a published list from earlier versions.

    Parameters
    ----------
    source
        The published file, opened. Where its last lists are not of all customers, nothing is removed.
    versions
        The versions before; those of another data set stay as they are.
    """
    if not lists_are_of_all(source, schema="recs"):
        return
    dataset = last_dataset(source, runs="recs.runs")
    for version in versions:
        if dataset_of_version(source, version) != dataset:
            continue
        lists = files_literal(version / "recommendations_explained", pattern="**/*.parquet")
        absent = source.execute(
            f"select customer_id from read_parquet({lists}) except select customer_id from recs.recommendations"
        ).fetchall()
        if absent:
            erase_from_version(version, [customer for (customer,) in absent])


def dataset_of_version(connection: DuckDBPyConnection, version: Path) -> str | None:
    """The data set of the lists in a version."""
    runs = files_literal(version / "runs", pattern="**/*.parquet")
    return last_dataset(connection, runs=f"read_parquet({runs})")


def _erase_from_file(connection: DuckDBPyConnection, file: Path) -> Counter[str]:
    lines = f"read_parquet({files_literal(file)}, hive_partitioning = false)"
    columns = {row[0] for row in connection.execute(f"describe from {lines}").fetchall()}
    if "customer_id" not in columns:
        return Counter()
    counts = f"select customer_id, count(*) from {lines} where customer_id in (from temp.ids) group by customer_id"
    rows = Counter(dict(connection.execute(counts).fetchall()))
    if rows:
        with beside(file) as fresh:
            connection.execute(
                f"copy (from {lines} where customer_id not in (from temp.ids)) "
                f"to {literal(fresh)} (format parquet, compression zstd)"
            )
            fresh.replace(file)
    return rows
