"""The toy shop, built by dbt on DuckDB and on Spark: the same rows in every table and view."""

import json
from pathlib import Path

import duckdb
import pytest

from recs_py.distribution import ROOT
from recs_py.loading.load import load
from recs_py.pipeline import dbt_build
from tests.conftest import write_toy_shop

pytestmark = pytest.mark.slow

WEEK = {"target_week": "2020-09-16"}


@pytest.fixture(scope="module")
def dbt(spark, tmp_path_factory):
    from dbt.cli.main import dbtRunner

    target = str(tmp_path_factory.mktemp("target"))

    def run(command: str, *options: str) -> None:
        folders = ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--target-path", target]
        outcome = dbtRunner().invoke(
            ["--quiet", command, *folders, "--target", "spark", "--vars", json.dumps(WEEK), *options]
        )
        assert outcome.success, outcome.exception or [result.message for result in outcome.result]

    return run


@pytest.fixture(scope="module")
def built(dbt, tmp_path_factory) -> Path:
    """The toy shop for a week that is over, so that there is something to evaluate."""
    from recs_py.spark.load import load_into_spark

    folder = tmp_path_factory.mktemp("toy")
    database = folder / "warehouse.duckdb"
    load(name="hm", directory=write_toy_shop(folder / "source"), database=database)
    dbt_build.build(database=database, variables=WEEK)
    load_into_spark(database=database)
    dbt("build", "--exclude-resource-type", "unit_test")
    return database


def test_every_table_and_view_has_the_same_rows(built, spark):
    from tests.spark.parity import differences

    with duckdb.connect(str(built), read_only=True) as connection:
        compared = list(differences(connection, spark))
    assert len(compared) > 100
    assert [each for each in compared if each.only_duckdb or each.only_spark] == []
    # nothing is learned, promoted, returned or ruled, and nobody is trained on
    assert sum(each.rows_spark == 0 for each in compared) < 25


def test_incremental_tables_have_a_week_once(built, dbt, spark):
    tables = ("staging.article_keys", "recommendations.rankings", "evaluation.metrics")
    before = {table: spark.table(table).count() for table in tables}
    dbt("run", "--select", "article_keys", "rankings", "metrics")
    assert before == {table: spark.table(table).count() for table in tables}
    assert min(before.values()) > 0


def test_a_build_before_any_load_says_what_to_type(dbt, spark):
    spark.sql("alter table raw.dataset rename to raw.dataset__away")
    try:
        with pytest.raises(AssertionError, match="Nothing is loaded"):
            dbt("run", "--select", "weeks")
    finally:
        spark.sql("alter table raw.dataset__away rename to raw.dataset")
