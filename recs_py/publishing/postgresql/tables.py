"""The tables of one version in PostgreSQL, copied from the published file, and the views that read them."""

import re
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from recs_py.distribution import ROOT
from recs_py.publishing.postgresql.session import Server
from recs_py.publishing.postgresql.types import TYPES, postgres_type, selected
from recs_py.publishing.publish import INTERNAL as PACKED
from recs_py.publishing.publish import TABLES, in_schema
from recs_py.sql_text import identifier

# Columns that a point query looks for. Without ranks, rows that share the rest share an entry of the index.
INDEXES = {
    "recommendation_lists": "customer_id, target_week",
    "recommendation_points": "points_before, width",
    "removed_by_rules": "customer_id",
    "similar_articles": "article_id, method",
    "popular_articles": "segment, rank",
    "article_details": "article_id",
    "article_embeddings": "article_id",
    "bought_together": "article_id",
    "weekly_popularity": "article_id",
    "customer_preferences": "customer_id",
}

# A row of PostgreSQL has 36 bytes besides its values, so that a list is one row. Ranks are the places in it.
LISTS = """
    select
        target_week,
        customer_id,
        list(article_id order by rank) as article_id,
        list(score order by rank) as score,
        list(main_signal order by rank) as main_signal,
        list(second_signal order by rank) as second_signal,
        list(third_signal order by rank) as third_signal,
        list(because_of_article_id order by rank) as because_of_article_id,
        case when count(times_bought) > 0 then list(times_bought order by rank) end as times_bought,
        case when count(last_bought) > 0 then list(last_bought order by rank) end as last_bought,
        case when count(usual_gap) > 0 then list(usual_gap order by rank) end as usual_gap,
        list(packed_buckets order by rank) as packed_buckets,
        case when count_if(boost != 0) > 0 then list(boost order by rank) end as boost,
        case when count(boosted_by) > 0 then list(boosted_by order by rank) end as boosted_by,
        case when count(rules) > 0 then list(rules order by rank) end as rules
    from internal.recommendation_buckets
    group by target_week, customer_id
    order by target_week, customer_id
"""

# Points in stretches that a row of PostgreSQL holds: one for each first bucket of a part, an element for each second.
STRETCHES = """
    with starts as (

        select distinct
            points_before,
            width,
            unnest(range(case when first_place = 0 then 1 else width end)) as first_bucket
        from internal.recommendation_parts

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
        from internal.recommendation_points

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

# Tables of PostgreSQL that are no copies: the table, the query of its rows and its columns.
TEXTS = 'text[] collate "C"'
REARRANGED = {
    "recommendation_buckets": (
        "recommendation_lists",
        LISTS,
        {
            "target_week": "date",
            "customer_id": TYPES["VARCHAR"],
            "article_id": TEXTS,
            "score": "double precision[]",
            "main_signal": TEXTS,
            "second_signal": TEXTS,
            "third_signal": TEXTS,
            "because_of_article_id": TEXTS,
            "times_bought": "smallint[]",
            "last_bought": "date[]",
            "usual_gap": "smallint[]",
            "packed_buckets": "bytea[]",
            "boost": "double precision[]",
            "boosted_by": TEXTS,
            "rules": TEXTS,
        },
    ),
    "recommendation_points": (
        "recommendation_points",
        STRETCHES,
        {"points_before": "bigint", "width": "integer", "points": "double precision[]"},
    ),
}

# Views over the tables, as in the published file; the other views read the first one.
VIEWS = {
    view: (ROOT / "sql" / "postgresql" / f"{view}.sql").read_text(encoding="utf-8")
    for view in ("recommendation_buckets", "recommendations", "recommendations_explained", "contributions")
}

# Relations that only these views read, relations that every role may read, and all of them.
INTERNAL = ("recommendation_lists", *PACKED)
PUBLIC = ("recommendations_explained", *(table for table in TABLES if table not in INTERNAL))
RELATIONS = tuple(sorted({*TABLES, *INTERNAL, *VIEWS}))


def copy_tables(
    server: Server, source: DuckDBPyConnection, *, version: int, on_table: Callable[[str], None] | None
) -> dict[str, int]:
    """Copy, index and analyze every table of the published file, and make the views of this version.

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
    if table in REARRANGED:
        target, query, types = REARRANGED[table]
    else:
        columns = source.execute(
            "select column_name, data_type from duckdb_columns() where schema_name || '.' || table_name = ? "
            "order by column_index",
            [in_schema(table)],
        ).fetchall()
        target = table
        query = f"select {', '.join(selected(name, data_type) for name, data_type in columns)} from {in_schema(table)}"
        types = {name: postgres_type(data_type) for name, data_type in columns}
    batches = source.sql(query).to_arrow_reader(100_000)
    if target == "recommendation_lists":
        batches = _with_bytes(batches)
    definitions = ", ".join(f"{identifier(name)} {data_type}" for name, data_type in types.items())
    server.run(f"create table recs_versions.{target}_{version} ({definitions})")
    server.ingest(f"{target}_{version}", batches)
    if target in INDEXES:
        server.run(f"create index on recs_versions.{target}_{version} ({INDEXES[target]})")
    server.run(f"analyze recs_versions.{target}_{version}")
    [(rows,)] = source.execute(f"select count(*) from {in_schema(table)}").fetchall()
    return rows


def _with_bytes(batches: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """Return the lists with the buckets of each article as bytes, a byte for each signal."""
    place = batches.schema.get_field_index("packed_buckets")
    schema = batches.schema.set(place, pa.field("packed_buckets", pa.list_(pa.binary())))

    def converted() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            columns = batch.columns
            columns[place] = pa.ListArray.from_arrays(columns[place].offsets, bytes_of(columns[place].values))
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, converted())


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
