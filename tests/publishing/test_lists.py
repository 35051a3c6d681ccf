"""The weeks whose lists are published as they are."""

import datetime as dt

import duckdb
import pytest

from recs_py.database import attach, connect
from recs_py.publishing.lists import unchanged_weeks


@pytest.mark.parametrize(
    ("change", "kept"), [("", [dt.date(2020, 9, 16)]), ("set score = 2", []), ("set rank = 3", [])]
)
def test_a_week_is_kept_only_if_no_column_of_its_lists_has_changed(tmp_path, change, kept):
    for name in ("built", "live"):
        with duckdb.connect(str(tmp_path / f"{name}.duckdb")) as connection:
            connection.execute(
                """
                create schema staging;
                create table staging.target_week as select date '2020-09-23' as target_week;
                create schema internal;
                create table internal.recommendation_buckets as
                select
                    date '2020-09-16' as target_week, 'anna' as customer_id, 1 as rank, '01' as article_id,
                    1.0 as score;
                """
            )
            if name == "live" and change:
                connection.execute(f"update internal.recommendation_buckets {change}")
    with connect(None) as connection:
        attach(connection, tmp_path / "built.duckdb", name="built")
        assert unchanged_weeks(connection, tmp_path / "live.duckdb") == kept
