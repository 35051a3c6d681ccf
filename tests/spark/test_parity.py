"""The toy shop, built by dbt on DuckDB and on Spark: the same rows in every table and view."""

from pathlib import Path

import duckdb
import pytest

from recs_py.distribution import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dbt(spark, tmp_path_factory):
    from dbt.cli.main import dbtRunner

    target = str(tmp_path_factory.mktemp("target"))

    def run(command: str, *options: str) -> None:
        folders = ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--target-path", target]
        outcome = dbtRunner().invoke(["--quiet", command, *folders, "--target", "spark", *options])
        assert outcome.success, outcome.exception or [result.message for result in outcome.result]

    return run


@pytest.fixture(scope="module")
def built(dbt, whole_toy_shop) -> Path:
    from recs_py.spark.load import load_into_spark

    load_into_spark(database=whole_toy_shop.database)
    dbt("build", "--exclude-resource-type", "unit_test")
    return whole_toy_shop.database


def test_every_table_and_view_has_the_same_rows(built, spark):
    from tests.spark.parity import differences

    with duckdb.connect(str(built), read_only=True) as connection:
        compared = list(differences(connection, spark))
    assert len(compared) > 100
    assert [each for each in compared if each.only_duckdb or each.only_spark] == []
    # without rules and promotions, and nothing learned
    assert sum(each.rows_spark == 0 for each in compared) < 20


def test_incremental_tables_have_a_week_once(built, dbt, spark):
    before = {table: spark.table(table).count() for table in ("staging.article_keys", "recommendations.rankings")}
    dbt("run", "--select", "article_keys", "rankings")
    assert before == {table: spark.table(table).count() for table in before}
    assert before == {"staging.article_keys": 15, "recommendations.rankings": 72}


def test_a_build_before_any_load_says_what_to_type(dbt, spark, monkeypatch):
    spark.sql("alter table raw.dataset rename to raw.dataset__away")
    try:
        with pytest.raises(AssertionError, match="Nothing is loaded"):
            dbt("run", "--select", "weeks")
    finally:
        spark.sql("alter table raw.dataset__away rename to raw.dataset")
