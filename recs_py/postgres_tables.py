"""The tables of one version in PostgreSQL, copied from the published file, and the views that read them."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from recs_py.postgres_session import Server
from recs_py.publish import TABLES

# DuckDB's types and PostgreSQL's; what PostgreSQL has none for, and lists and maps, become jsonb.
TYPES = {
    # sorted as DuckDB sorts it, byte by byte, which also makes the indexes of long ids cheap
    "VARCHAR": 'text collate "C"',
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "numeric(38, 0)",
    "UTINYINT": "smallint",
    "USMALLINT": "integer",
    "UINTEGER": "bigint",
    "UBIGINT": "numeric(20, 0)",
    "UHUGEINT": "numeric(38, 0)",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "INTERVAL": "interval",
    "BLOB": "bytea",
    "UUID": "uuid",
}
# The type in which a column travels, where it is not its own.
TRAVELS_AS = {
    "TINYINT": "smallint",
    "HUGEINT": "decimal(38, 0)",
    "UTINYINT": "smallint",
    "USMALLINT": "integer",
    "UINTEGER": "bigint",
    "UBIGINT": "decimal(20, 0)",
    "UHUGEINT": "decimal(38, 0)",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
}

# What a point query looks for; a customer's list is one short read. Ranks are left out of the index of the lists: the
# dozen rows of a list then share one entry.
INDEXES = {
    "recommendation_buckets": "customer_id, target_week",
    "recommendation_points": "points_before, width",
    "removed_by_rules": "customer_id",
    "similar_articles": "article_id, method, rank",
    "popular_articles": "segment, rank",
    "article_details": "article_id",
}

# Points in stretches that a row of PostgreSQL holds: one for each first bucket of a part, an element for each second.
STRETCHES = """
    with starts as (

        select distinct
            points_before,
            width,
            unnest(range(case when first_place = 0 then 1 else width end)) as first_bucket
        from recs.recommendation_parts

    ),

    places as (

        select
            points_before + width * first_bucket as points_before,
            width,
            unnest(range(width)) as second_bucket
        from starts

    ),

    numbered as (

        select
            unnest(points) as points,
            generate_subscripts(points, 1) as number
        from recs.recommendation_points

    )

    select
        places.points_before,
        places.width,
        list(numbered.points order by places.second_bucket) as points
    from places
    inner join numbered on places.points_before + places.second_bucket + 1 = numbered.number
    group by places.points_before, places.width
    order by places.points_before, places.width
"""

# What follows from the tables is computed as it is read, as in the published file.
VIEWS = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).resolve().parent.parent / "sql" / "postgresql").glob("*.sql"))
}

# Tables that nobody but these views reads.
INTERNAL = tuple(table for table in TABLES if table.startswith("recommendation_"))
PUBLIC = ("recommendations_explained", *(table for table in TABLES if table not in INTERNAL))


def copy_tables(
    server: Server, source: DuckDBPyConnection, *, version: int, on_table: Callable[[str], None] | None
) -> dict[str, int]:
    """Copies every table of the published file, indexes and analyzes it, and makes the views of this version.

    Returns
    -------
    dict
        Rows per public table; those of `recommendations_explained` are the lists'.
    """
    rows = {}
    for table in TABLES:
        if on_table:
            on_table(table)
        rows[table] = _copy(server, source, table=table, version=version)
    for view, query in VIEWS.items():
        of_version = re.sub(r"(recs_versions\.\w+)_version\b", rf"\1_{version}", query)
        server.run(f"create view recs_versions.{view}_{version} as {of_version}")
    rows["recommendations_explained"] = rows["recommendation_buckets"]
    return {table: rows[table] for table in PUBLIC}


def _copy(server: Server, source: DuckDBPyConnection, *, table: str, version: int) -> int:
    columns = source.execute(
        "select column_name, data_type from duckdb_columns() where schema_name = 'recs' and table_name = ? "
        "order by column_index",
        [table],
    ).fetchall()
    if table == "recommendation_points":
        query = STRETCHES
        types = {"points_before": "bigint", "width": "integer", "points": "double precision[]"}
    else:
        query = f"select {', '.join(_selected(name, data_type) for name, data_type in columns)} from recs.{table}"
        types = {name: postgres_type(data_type) for name, data_type in columns}
    batches = source.sql(query).to_arrow_reader(100_000)
    if table == "recommendation_buckets":
        types["packed_buckets"] = "bytea"
        batches = _unpacked(batches)
    target = f"{table}_{version}"
    definitions = ", ".join(f'"{name}" {data_type}' for name, data_type in types.items())
    server.run(f"create table recs_versions.{target} ({definitions})")
    server.ingest(target, batches)
    if table in INDEXES:
        server.run(f"create index on recs_versions.{target} ({INDEXES[table]})")
    server.run(f"analyze recs_versions.{target}")
    return server.value(f"select count(*) from recs_versions.{target}")


def postgres_type(data_type: str) -> str:
    """PostgreSQL's type for one of DuckDB's; `json` where it has none."""
    if re.fullmatch(r"DECIMAL\(\d+,\d+\)", data_type):
        return data_type.replace("DECIMAL", "numeric")
    if data_type.startswith("ENUM("):
        return TYPES["VARCHAR"]
    return TYPES.get(data_type, "json")


def _selected(name: str, data_type: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    if name == "packed_buckets":
        return column
    if data_type == "UUID":
        # binary, as PostgreSQL takes it
        return f"unhex(replace(cast({column} as varchar), '-', '')) as {column}"
    if data_type in TRAVELS_AS:
        return f"cast({column} as {TRAVELS_AS[data_type]}) as {column}"
    if data_type.startswith("ENUM("):
        return f"cast({column} as varchar) as {column}"
    return column if postgres_type(data_type) != "json" else f"cast(to_json({column}) as varchar) as {column}"


def _unpacked(batches: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """The same rows with the buckets as bytes, a byte for each."""
    place = batches.schema.get_field_index("packed_buckets")
    schema = batches.schema.set(place, pa.field("packed_buckets", pa.binary()))

    def unpacked() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            columns = batch.columns
            columns[place] = bytes_of(columns[place])
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, unpacked())


def bytes_of(numbers: pa.ListArray) -> pa.BinaryArray:
    """The bytes of each list's numbers, the lowest first: they lie so in memory, and are not copied.

    Parameters
    ----------
    numbers
        Lists of unsigned numbers of eight bytes.
    """
    values = numbers.values.to_numpy(zero_copy_only=False).astype("<u8", copy=False)
    offsets = (np.asarray(numbers.offsets) * 8).astype(np.int32)
    validity = pc.is_valid(numbers).buffers()[1] if numbers.null_count else None
    return pa.Array.from_buffers(
        pa.binary(), len(numbers), [validity, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(values))]
    )
