"""A value falls into the bucket whose points are shown beside it: between its lower and its upper edge."""

import duckdb
import pytest

from recs_py.macros import macros

BLEND = macros("blend", buckets=4)
RANGE = "1.0::double as price_lower, 16.0::double as price_upper, 4 / ln(16) as price_buckets_per_ln"


@pytest.mark.parametrize(
    ("value", "bucket"),
    [
        ("null", 0), (-1, 0), (0, 0),
        # outside of the range
        (0.01, 1), (1, 1), (16, 4), (1000, 4),
        # the edges are 1, 2, 4, 8 and 16
        (1.01, 1), (1.99, 1), (2.01, 2), (3.99, 2), (4.01, 3), (7.99, 3), (8.01, 4), (15.99, 4),
    ],
)  # fmt: skip
def test_a_value_lies_in_its_bucket(value, bucket):
    found = duckdb.sql(f"select {BLEND.bucket_of('price')} from (select {value}::double as price, {RANGE})").fetchall()
    assert found == [(bucket,)]


def test_the_edges_of_buckets_are_equally_far_apart_in_the_logarithm():
    edges = [
        duckdb.sql(f"select {BLEND.bucket_edge(step)} from (select 1.0 as lower, 16.0 as upper) as ranges").fetchall()[
            0
        ][0]
        for step in range(5)
    ]
    assert edges == pytest.approx([1, 2, 4, 8, 16])
