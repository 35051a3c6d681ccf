"""`recs load --target spark`: the raw tables of the work database, on Spark."""

import importlib.util

import duckdb
import pytest
from click.testing import CliRunner

from recs_py.cli import main
from tests.conftest import write_toy_shop


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.setenv("RECS_DUCKDB", str(tmp_path / "warehouse.duckdb"))
    source = write_toy_shop(tmp_path / "source")
    return lambda: CliRunner().invoke(main, ["load", "hm", "--from", str(source), "--target", "spark"])


@pytest.mark.slow
def test_spark_gets_the_rows_of_the_work_database(load, spark, tmp_path):
    for _ in range(2):  # the second load replaces the first
        outcome = load()
        assert outcome.exit_code == 0, outcome.output
    assert "recs score --target spark" in outcome.stderr
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        for table in ("transactions", "articles", "customers", "promotions", "dataset"):
            [(rows,)] = connection.execute(f"select count(*) from raw.{table}").fetchall()
            assert spark.table(f"raw.{table}").count() == rows
    assert not spark.sql("show tables in raw like '*fresh*'").collect()


@pytest.mark.slow
def test_spark_gets_the_rules_and_loses_what_another_data_set_has_built(load, spark, tmp_path):
    load()
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("insert into shop.rules (rule, action) values ('no belts', 'exclude')")
        connection.execute("update raw.dataset set name = 'another'")
    spark.sql("create schema if not exists staging")
    spark.sql("create table staging.leftover using parquet as select 1 as a")
    from recs_py.spark.work_database import send

    send(tmp_path / "warehouse.duckdb")
    assert spark.table("shop.rules").count() == 1
    assert not spark.catalog.tableExists("staging.leftover")
    spark.sql("drop table shop.rules")


@pytest.fixture
def half_copied(load, spark, monkeypatch):
    """Spark after a load whose copy was killed, where an earlier one had succeeded and something was built."""
    from recs_py.spark import work_database

    load()
    spark.sql("create schema if not exists staging")
    spark.sql("drop table if exists staging.built")
    spark.sql("create table staging.built using parquet as select 1 as a")
    copy = work_database._copy

    def killed(connection, table, folder):
        if table == "raw.transactions":
            raise KeyboardInterrupt
        copy(connection, table, folder)

    with monkeypatch.context() as patch:
        patch.setattr(work_database, "_copy", killed)
        load()
    # a build would refuse to begin
    assert not spark.catalog.tableExists("raw.dataset")
    return spark


@pytest.mark.slow
def test_a_copy_that_was_killed_is_made_again(half_copied, tmp_path):
    from recs_py.spark.work_database import send

    send(tmp_path / "warehouse.duckdb")
    assert half_copied.table("raw.dataset").count() == 1
    assert half_copied.catalog.tableExists("staging.built")


@pytest.mark.slow
def test_after_a_killed_copy_another_data_set_is_still_another_one(half_copied, tmp_path):
    from recs_py.spark.work_database import send

    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("update raw.dataset set name = 'another'")
    send(tmp_path / "warehouse.duckdb")
    assert not half_copied.catalog.tableExists("staging.built")


@pytest.mark.slow
def test_tables_that_were_moved_are_refused(spark, tmp_path):
    from recs_py.errors import UsageError
    from recs_py.spark.session import _refuse_moved_tables

    with pytest.raises(UsageError, match="cannot be moved"):
        _refuse_moved_tables(spark, tmp_path)


@pytest.mark.slow
def test_what_a_training_stores_reaches_spark(load, spark, tmp_path):
    from recs_py.loading.ownership import refuse_others
    from recs_py.spark.work_database import send

    load()
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("create schema learned")
        connection.execute("create table learned.blends as select 1 as blend_id, true as is_promoted")
        # nobody else's
        refuse_others(connection)
    send(tmp_path / "warehouse.duckdb")
    assert spark.table("learned.blends").count() == 1


@pytest.mark.slow
def test_what_was_copied_is_not_copied_again(load, spark, tmp_path, monkeypatch):
    from recs_py.spark import work_database

    load()
    copied = []
    monkeypatch.setattr(work_database, "_copy", lambda connection, table, folder: copied.append(table))
    work_database.send(tmp_path / "warehouse.duckdb")
    assert copied == ["shop.rules", "shop.labels"]


def test_without_pyspark_it_says_what_to_install(load, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    outcome = load()
    assert outcome.exit_code == 2
    assert "pip install -e '.[spark]'" in outcome.stderr


def test_without_java_it_says_what_to_install(load, monkeypatch, tmp_path):
    pytest.importorskip("pyspark")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    outcome = load()
    assert outcome.exit_code == 2
    assert "Spark needs Java 17 or newer" in outcome.stderr
