"""Segments of customers that cannot be used: they are named before anything is counted by them."""

import duckdb
import pytest

from recs_py.errors import RecsError
from recs_py.pipeline import dbt_build


@pytest.mark.parametrize(
    ("membership", "sentence"),
    [
        ("customer_id", r"The column membership gives 1\d\d\d segments, and more than 1,000 are too many"),
        ("'all'", "The column membership gives a segment all, which is the name of the whole shop"),
    ],
)
def test_segments_that_cannot_be_used_are_named(toy_shop, tmp_path, membership, sentence):
    shop = toy_shop.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute(
            "insert into raw.customers by name select 'customer ' || i as customer_id from range(1001) as numbers (i)"
        )
        connection.execute(f"update raw.customers set membership = {membership}")
    with pytest.raises(RecsError, match=sentence):
        dbt_build.build(
            database=shop.database,
            variables={"segment_by": "membership"},
            select=["+customers", "segments_are_usable"],
        )
