"""Runs dbt's Python models in this process: they read tables of Spark, and write one."""

from collections.abc import Callable

import duckdb
import pyarrow as pa

from recs_py.spark.session import session


class Submission:
    """Takes a compiled Python model from dbt."""

    def __init__(self, parsed_model: dict, credentials):
        self.name = parsed_model["alias"]

    def submit(self, compiled_code: str) -> None:
        """Run it."""
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
    with duckdb.connect() as connection:
        rows = model(dbt_of(lambda table: connection.from_arrow(session().table(table).toArrow())), connection)
        session().createDataFrame(_plain(rows)).write.mode("overwrite").format("parquet").saveAsTable(name)


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
