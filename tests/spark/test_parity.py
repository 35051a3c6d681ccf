"""The toy shop with rules, built on both engines: the same rows in every table and view, and the same lists."""

from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from recs_py.cli import main
from recs_py.distribution import ROOT
from recs_py.errors import RecsError, UsageError
from recs_py.loading.load import load
from recs_py.loading.ownership import claim, relations
from recs_py.macros import macros
from recs_py.pipeline import dbt_build
from tests.conftest import write_toy_shop
from tests.spark.parity import compare

pytestmark = pytest.mark.slow

# a week that is over, so that there is something to evaluate, with what is off by default
WEEK = {"target_week": "2020-09-16", "explore_slots": 1, "hide_bought_days": 7, "recommend_unsold": True}
RULES = """
    insert into shop.rules (rule, action, attribute, value, number, segment) values
    ('stock', 'exclude', 'article_id', '0000000601', null, null),
    ('reds', 'boost', 'colour', 'Red', 1.3, null),
    ('hero', 'pin', 'article_id', '0000000401', 2, '35-44'),
    ('variety', 'limit', 'colour', null, 4, null),
    ('variety', 'limit', 'product_type', null, 2, null)
"""


@pytest.fixture(scope="module")
def built(spark, tmp_path_factory) -> dict[str, Path]:
    """The folder of each engine, with the work database and the published file."""
    folder = tmp_path_factory.mktemp("shops")
    source = write_toy_shop(folder / "source")
    folders = {target: folder / target for target in ("duckdb", "spark")}
    with pytest.MonkeyPatch.context() as environment:
        for target, place in folders.items():
            place.mkdir()
            environment.setenv("RECS_DUCKDB", str(place / "warehouse.duckdb"))
            environment.setenv("RECS_PUBLISHED", str(place / "recommendations.duckdb"))
            load(name="hm", directory=source, database=place / "warehouse.duckdb")
            with duckdb.connect(str(place / "warehouse.duckdb")) as connection:
                claim(connection, relations())
                connection.execute(str(macros("shop_tables").shop_tables()))
                connection.execute(RULES)
            environment.setenv("RECS_TARGET", target)
            dbt_build.build(database=place / "warehouse.duckdb", variables=WEEK)
            outcome = CliRunner().invoke(main, ["publish"])
            assert outcome.exit_code == 0, outcome.output
    return folders


@pytest.fixture
def on_spark(built, monkeypatch) -> Path:
    monkeypatch.setenv("RECS_TARGET", "spark")
    return built["spark"] / "warehouse.duckdb"


def test_every_table_and_view_has_the_same_rows(built):
    compared = list(compare(*(folder / "warehouse.duckdb" for folder in built.values())))
    assert len(compared) > 100
    assert [each for each in compared if not each.is_equal] == []
    # nothing is learned, promoted or returned, and nobody is trained on
    assert sum(each.rows == 0 for each in compared) < 25


def test_the_published_lists_are_the_same(built):
    lists = []
    for folder in built.values():
        with duckdb.connect(str(folder / "recommendations.duckdb"), read_only=True) as connection:
            lists.append(
                connection.execute(
                    "select customer_id, rank, article_id, round(score, 9), reason from recs.recommendations_explained "
                    "order by all"
                ).fetchall()
            )
            described = connection.execute(
                "select count(*) from duckdb_columns() where comment is not null and schema_name = 'recs'"
            ).fetchone()
            lists[-1].append(described)
    assert lists[0] == lists[1]
    assert len(lists[0]) > 20


def test_commands_read_what_spark_has_built(built, monkeypatch):
    monkeypatch.setenv("RECS_DUCKDB", str(built["spark"] / "warehouse.duckdb"))
    monkeypatch.setenv("RECS_PUBLISHED", str(built["spark"] / "recommendations.duckdb"))
    for command in (["status"], ["show", "anna"], ["rules"]):
        outcome = CliRunner().invoke(main, command)
        assert outcome.exit_code == 0, outcome.output


def test_incremental_tables_have_a_week_once(on_spark):
    query = " union all ".join(
        f"select count(*) from {table}"
        for table in ("staging.article_keys", "recommendations.rankings", "evaluation.metrics")
    )
    before = _rows(on_spark, query)
    dbt_build.build(database=on_spark, variables=WEEK, select=["article_keys", "rankings", "metrics"], command="run")
    assert before == _rows(on_spark, query)
    assert min(before) > (0,)


def test_workers_compute_a_few_customers_at_a_time(on_spark):
    rows = "select * from signals.neighbour_candidates order by all"
    before = _rows(on_spark, rows)
    dbt_build.build(
        database=on_spark, variables={**WEEK, "customers_per_block": 2}, select=["neighbour_candidates"], command="run"
    )
    assert before == _rows(on_spark, rows)
    assert len(before) > 20


def test_tables_of_a_training_that_a_command_removes_are_gone_on_spark(on_spark, spark):
    from recs_py.spark.work_database import send
    from recs_py.training.weeks import drop_training_rows

    spark.sql("create schema if not exists training")
    spark.sql("create table training.training_rows using parquet as select 1 as row")
    with duckdb.connect(str(on_spark)) as connection:
        drop_training_rows(connection)
    send(on_spark)
    assert not spark.catalog.tableExists("training.training_rows")


def test_a_customer_who_is_forgotten_is_gone_on_spark_after_the_next_build(built, on_spark, spark, monkeypatch):
    from recs_py.spark.work_database import send

    monkeypatch.setenv("RECS_DUCKDB", str(on_spark))
    monkeypatch.setenv("RECS_PUBLISHED", str(built["spark"] / "recommendations.duckdb"))
    outcome = CliRunner().invoke(main, ["forget", "emil"])
    assert outcome.exit_code == 0, outcome.output
    # Spark's lists still have the customer
    outcome = CliRunner().invoke(main, ["publish"])
    assert outcome.exit_code == 2
    assert "type `recs score`" in outcome.output
    send(on_spark)
    assert spark.table("raw.transactions").where("customer_id = 'emil'").count() == 0
    assert spark.table("raw.transactions").count() > 0


def test_a_build_of_the_other_engine_is_refused(built, monkeypatch):
    monkeypatch.setenv("RECS_TARGET", "duckdb")
    with pytest.raises(RecsError, match="was built on Spark"):
        dbt_build.build(database=built["spark"] / "warehouse.duckdb", variables=WEEK, select=["weeks"])
    monkeypatch.setenv("RECS_TARGET", "spark")
    with pytest.raises(UsageError, match="was built by DuckDB"):
        dbt_build.build(database=built["duckdb"] / "warehouse.duckdb", variables=WEEK, select=["weeks"])


def test_a_build_by_dbt_before_any_load_says_what_to_type(built, spark, monkeypatch, tmp_path):
    from dbt.cli.main import dbtRunner

    monkeypatch.setenv("RECS_TARGET", "spark")
    spark.sql("alter table raw.dataset rename to raw.dataset__away")
    try:
        folders = ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--target-path", str(tmp_path)]
        outcome = dbtRunner().invoke(["--quiet", "run", *folders, "--select", "weeks"])
        assert "Nothing is loaded" in str(outcome.exception)
    finally:
        spark.sql("alter table raw.dataset__away rename to raw.dataset")


def _rows(database: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(query).fetchall()
