"""The rows of two work databases compared, table by table: one that DuckDB has built, and one that shows Spark's.

`make parity` builds the same shop on both engines and prints the tables that differ.
"""

import math
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import duckdb
from duckdb.sqltypes import DuckDBPyType

from recs_py.database import attach, connect
from recs_py.settings import TARGETS
from recs_py.sql_text import identifier

# Each engine hashes in its own way, and knows the time.
NOT_COMPARED = {"version", "week_version", "line_hash", "evaluated_at"}
LEFT_OUT = {"recs.runs", "staging.unfinished_build"}
# Relative: one unit of the ten digits to which fractions are compared.
TOLERANCE = 1.1e-9
NUMBER = re.compile(r"(-?\d\.\d{9}e[+-]\d+)")


@dataclass(frozen=True)
class Compared:
    """The rows of a table on both engines, those that only one of them has, and one of these."""

    table: str
    rows: int
    rows_on_spark: int
    only_on_duckdb: int
    only_on_spark: int
    example: str = ""

    @property
    def is_equal(self) -> bool:
        """Whether both engines have the same rows."""
        return self.only_on_duckdb == self.only_on_spark == 0


def compare(on_duckdb: Path, on_spark: Path) -> Iterator[Compared]:
    """Compare every table and view of the models; fractions are equal if they differ by less than 1e-9 of them."""
    with connect(None) as connection:
        attach(connection, on_duckdb, name="ours")
        attach(connection, on_spark, name="theirs")
        tables = connection.execute(
            """
            select distinct schema_name || '.' || table_name
            from duckdb_columns()
            where database_name in ('ours', 'theirs') and schema_name not in ('raw', 'shop', 'learned', 'training')
            order by all
            """
        ).fetchall()
        for (table,) in tables:
            if table not in LEFT_OUT:
                yield _compared(connection, table)


def _compared(connection: duckdb.DuckDBPyConnection, table: str) -> Compared:
    counts, columns = [], []
    for side in ("ours", "theirs"):
        # views name no database
        connection.execute(f"use {side}")
        types = _columns(connection, table)
        query = ", ".join(
            f"{_text(identifier(name), kind)} as {identifier(name)}"
            for name, kind in types.items()
            if name not in NOT_COMPARED
        )
        columns.append(list(types))
        connection.execute(f"create or replace temp table {side}_rows as select {query} from {table}")
        counts.append(connection.execute(f"select count(*) from {side}_rows").fetchone()[0])
    if columns[0] != columns[1]:
        return Compared(table, *counts, 1, 1, f"columns {columns[0]} <> {columns[1]}")
    only = [
        connection.execute(f"from {one}_rows except all from {other}_rows order by all").fetchall()
        for one, other in (("ours", "theirs"), ("theirs", "ours"))
    ]
    ours, theirs = _without_neighbours(*only)
    example = f"{next(iter(ours), None)} <> {next(iter(theirs), None)}" if ours or theirs else ""
    return Compared(table, *counts, len(ours), len(theirs), example)


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, DuckDBPyType]:
    rows = connection.sql(f"from {table} limit 0")
    return dict(zip(rows.columns, rows.types, strict=True))


def _text(value: str, kind: DuckDBPyType, depth: int = 0) -> str:
    """A value of any type as a text, the same for equal values of both engines, whatever they call the type."""
    if kind.id in ("double", "float", "decimal"):
        # zero has no sign
        return f"format('{{:.9e}}', {value}::double + 0)" if _has_fractions(kind) else f"{value}::hugeint::varchar"
    if kind.id in ("list", "array"):
        [(_, entry), *_] = kind.children
        return f"list_transform({value}, lambda e{depth}: {_text(f'e{depth}', entry, depth + 1)})::varchar"
    if kind.id == "struct":
        parts = (f"{identifier(name)} := {_text(f'{value}.{name}', part, depth)}" for name, part in kind.children)
        return f"struct_pack({', '.join(parts)})::varchar"
    if kind.id == "map":
        (_, key), (_, entry) = kind.children
        pair = f"{_text(f'e{depth}.key', key, depth + 1)} || ': ' || {_text(f'e{depth}.value', entry, depth + 1)}"
        return f"list_sort(list_transform(map_entries({value}), lambda e{depth}: {pair}))::varchar"
    return f"{value}::varchar"


def _has_fractions(kind: DuckDBPyType) -> bool:
    return kind.id != "decimal" or dict(kind.children)["scale"] > 0


def _without_neighbours(ours: list[tuple], theirs: list[tuple]) -> tuple[list, list]:
    """The rows that remain of both when those are paired that a rounding has parted."""
    remaining = []
    for row in ours:
        match = next((other for other in theirs if _is_near(row, other)), None)
        if match is None:
            remaining.append(row)
        else:
            theirs.remove(match)
    return remaining, theirs


def _is_near(row: tuple, other: tuple) -> bool:
    # texts and numbers by turns
    pieces, others = (NUMBER.split("\n".join(map(str, values))) for values in (row, other))
    return (
        len(pieces) == len(others)
        and pieces[::2] == others[::2]
        and all(
            math.isclose(float(one), float(two), rel_tol=TOLERANCE, abs_tol=1e-12)
            for one, two in zip(pieces[1::2], others[1::2], strict=True)
        )
    )


def score(folder: Path, target: str, *, shop: str, week: str) -> Path:
    """Load and score a shop on an engine, by the commands that a person types; return the work database."""
    database = folder / f"{target}.duckdb"
    environment = {
        **os.environ,
        "RECS_TARGET": target,
        "RECS_DUCKDB": str(database),
        "RECS_PUBLISHED": str(folder / f"{target}_published.duckdb"),
        "RECS_SPARK": str(folder / "warehouse.spark"),
    }
    for command in (["load", *shop.split()], ["score", "--week", week]):
        started = time.monotonic()
        subprocess.run([sys.executable, "-m", "recs_py.cli", *command], env=environment, check=True, stdout=sys.stderr)
        print(f"recs {command[0]} on {target}: {time.monotonic() - started:.1f} s")
    return database


@click.command()
@click.option("--shop", default="complete-journey", show_default=True, help="What comes after `recs load`.")
@click.option("--week", default="2017-12-18", show_default=True, help="The target week.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path("target/parity"), show_default=True)
def main(shop: str, week: str, folder: Path) -> None:
    """Score a shop on both engines, and print how their tables differ."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    compared = list(compare(*(score(folder, target, shop=shop, week=week) for target in TARGETS)))
    for each in compared:
        print(f"{each.table:45} {each.rows:>12,} rows")
        if not each.is_equal:
            print(
                f"    only on DuckDB {each.only_on_duckdb:,}, only on Spark {each.only_on_spark:,}: {each.example:.400}"
            )
    different = sum(not each.is_equal for each in compared)
    print(f"{len(compared) - different} of {len(compared)} tables and views are equal.")
    sys.exit(bool(different))


if __name__ == "__main__":
    main()
