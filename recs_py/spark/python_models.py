"""Runs dbt's Python models: they get DuckDB relations over Spark's tables, as on DuckDB, and return one table.

A model runs in this process. One with the config `customers_per_block` runs on Spark's workers, which take so many
customers at a time: it computes each customer by itself.
"""

import os
from collections.abc import Callable

import duckdb
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

from recs_py.settings import threads
from recs_py.spark.session import describe_jobs, session


class Submission:
    """Takes a compiled Python model from dbt."""

    def __init__(self, parsed_model: dict, credentials):
        self.name = parsed_model["alias"]
        self.node = parsed_model["unique_id"]

    def submit(self, compiled_code: str) -> None:
        """Run it."""
        describe_jobs(self.node)
        exec(compile(compiled_code.strip(), self.name, "exec"), {"__name__": self.name})


def write(model: Callable, dbt_of: Callable, name: str) -> None:
    """Call a Python model, and write what it returns as a table.

    Parameters
    ----------
    model
        The function `model(dbt, session)` of the model's file.
    dbt_of
        The class of `dbt`, as dbt has compiled it: it takes the function that loads a table by its name.
    name
        The table, as in `similarities.item_cf_neighbours`.
    """
    block = dbt_of(None).config.meta_get("customers_per_block")
    rows = _in_blocks(model, dbt_of, block) if block else _at_once(model, dbt_of)
    rows.write.mode("overwrite").format("parquet").saveAsTable(name)


def _at_once(model: Callable, dbt_of: Callable) -> DataFrame:
    return session().createDataFrame(_called(model, dbt_of, lambda table: session().table(table).toArrow()))


def _in_blocks(model: Callable, dbt_of: Callable, customers_per_block: int) -> DataFrame:
    """Split the two tables that have customers; all others are sent to every worker."""
    frames: dict[str, DataFrame] = {}

    def without_rows(table: str) -> pa.Table:
        frames[table] = session().table(table)
        return to_arrow_schema(frames[table].schema).empty_table()

    schema = from_arrow_schema(_called(model, dbt_of, without_rows).schema)
    split = [table for table, frame in frames.items() if "customer_key" in frame.columns]
    if len(split) != 2:
        raise ValueError(f"a model with customers_per_block reads two tables with customer_key, not {', '.join(split)}")
    shared = session().sparkContext.broadcast(
        {table: frame.toArrow() for table, frame in frames.items() if table not in split}
    )

    def of_block(one: pa.Table, other: pa.Table) -> pa.Table:
        # a task has one core, and others run beside it
        os.environ["RECS_THREADS"] = "1"
        return _called(model, dbt_of, {**shared.value, **dict(zip(split, (one, other), strict=True))}.__getitem__)

    block = sf.floor(sf.col("customer_key") / customers_per_block)
    one, other = (frames[table].groupBy(block) for table in split)
    return one.cogroup(other).applyInArrow(of_block, schema)


def _called(model: Callable, dbt_of: Callable, load: Callable[[str], pa.Table]) -> pa.Table:
    with duckdb.connect(config={"threads": threads()}) as connection:
        return _plain(model(dbt_of(lambda table: connection.from_arrow(load(table))), connection))


def _plain(table: pa.Table) -> pa.Table:
    """The same rows in one piece, without the types that Spark lacks: dictionaries, and lists of a fixed length."""
    fields = []
    for field in table.schema:
        kind = field.type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        elif pa.types.is_fixed_size_list(kind):
            kind = pa.list_(kind.value_type)
        fields.append(pa.field(field.name, kind))
    # of several pieces Spark 4.3 loses the last ones if one is empty
    return table.cast(pa.schema(fields)).combine_chunks()
