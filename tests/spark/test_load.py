"""`recs load --target spark`: the raw tables of the work database, on Spark."""

import importlib.util
import shutil

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
    assert "dbt build --target spark" in outcome.stderr
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        for table in ("transactions", "articles", "customers", "promotions", "dataset"):
            [(rows,)] = connection.execute(f"select count(*) from raw.{table}").fetchall()
            assert spark.table(f"raw.{table}").count() == rows
    assert not [table.name for table in spark.catalog.listTables("raw") if "fresh" in table.name]


def test_without_pyspark_it_says_what_to_install(load, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    outcome = load()
    assert outcome.exit_code == 2
    assert "pip install -e '.[spark]'" in outcome.stderr


def test_without_java_it_says_what_to_install(load, monkeypatch):
    pytest.importorskip("pyspark")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    outcome = load()
    assert outcome.exit_code == 2
    assert "Spark needs Java 17 or newer" in outcome.stderr
