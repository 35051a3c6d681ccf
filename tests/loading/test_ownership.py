"""recs never replaces, drops or empties tables, files and folders that it has not made."""

import duckdb
import pytest

from recs_py.errors import RecsError, UsageError
from recs_py.loading.load import load
from recs_py.loading.ownership import MODELS, relations
from recs_py.pipeline import dbt_build
from recs_py.training.weeks import TABLES, drop_training_rows
from tests.conftest import write_toy_shop


@pytest.fixture
def source(tmp_path):
    return write_toy_shop(tmp_path / "source")


@pytest.fixture
def database(tmp_path):
    return tmp_path / "warehouse.duckdb"


def run(database, *statements: str) -> None:
    with duckdb.connect(str(database)) as connection:
        for statement in statements:
            connection.execute(statement)


def tables(database) -> list[tuple]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(
            "select table_schema, table_name from information_schema.tables order by all"
        ).fetchall()


OWN = (
    "create schema staging",
    "create table staging.customers as select 1 as a",
    "create table staging.orders as select 1",
)


def test_a_load_refuses_a_database_whose_tables_a_build_would_replace(source, database):
    run(database, *OWN)
    with pytest.raises(UsageError, match=r"table staging\.customers that recs has not made.*set RECS_DUCKDB"):
        load(name="hm", directory=source, database=database)
    assert tables(database) == [("staging", "customers"), ("staging", "orders")]


def test_a_build_refuses_a_table_that_came_after_the_load(source, database):
    load(name="hm", directory=source, database=database)
    run(database, *OWN)
    before = tables(database)
    with pytest.raises(RecsError, match=r"table staging\.customers that recs has not made.*set RECS_DUCKDB"):
        dbt_build.build(database=database, select=["+article_keys"], command="run")
    assert tables(database) == before


def test_a_table_in_a_schema_of_recs_stays(source, database):
    load(name="hm", directory=source, database=database)
    run(database, OWN[0], OWN[2])
    dbt_build.build(database=database, select=["+article_keys"], command="run")
    assert ("staging", "article_keys") in tables(database)
    report = load(name="hm", directory=source, database=database, dataset_name="another")
    assert ("staging", "orders") in tables(database)
    assert ("staging", "article_keys") not in tables(database)
    assert any("evaluations of hm are removed" in warning for warning in report.warnings)


def test_a_table_in_raw_stays(source, database):
    load(name="hm", directory=source, database=database)
    run(database, "create table raw.notes as select 1 as a", "create sequence raw.numbers")
    with pytest.raises(UsageError, match="with notes in it, which recs has not made"):
        load(name="hm", directory=source, database=database)
    run(database, "drop table raw.notes")
    load(name="hm", directory=source, database=database)
    run(database, "select nextval('raw.numbers')")


def test_a_training_drops_only_what_a_build_has_made(source, database):
    load(name="hm", directory=source, database=database)
    run(database, "create schema training", "create table training.training_rows as select 1 as a")
    with duckdb.connect(str(database)) as connection, pytest.raises(UsageError, match=r"training\.training_rows"):
        drop_training_rows(connection)
    assert ("training", "training_rows") in tables(database)


@pytest.mark.slow
def test_a_database_of_an_earlier_version_goes_on(toy_shop, source, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    run(shop.database, "drop table shop.made_by_recs")
    dbt_build.build(database=shop.database, select=["+article_keys"], command="run")
    run(shop.database, "drop table shop.made_by_recs")
    load(name="hm", directory=source, database=shop.database)
    dbt_build.build(database=shop.database, select=["+article_keys"], command="run")
    load(name="hm", directory=source, database=shop.database, dataset_name="another")
    left = {schema for schema, _ in tables(shop.database)}
    assert left == {"raw", "shop"}


def test_learned_blends_are_lost_only_if_that_is_said(source, database):
    load(name="hm", directory=source, database=database)
    dbt_build.build(database=database, select=["+article_keys"], command="run")
    run(database, "create schema learned", "create table learned.blends as select 1 as blend_id, 'hm' as dataset")
    load(name="hm", directory=source, database=database)
    with pytest.raises(UsageError, match=r"holds hm, whose learned blends \(1\) a load of another removes.*--replace"):
        load(name="hm", directory=source, database=database, dataset_name="another")
    assert ("learned", "blends") in tables(database)
    load(name="hm", directory=source, database=database, dataset_name="another", replace=True)
    assert ("learned", "blends") not in tables(database)


def test_what_a_build_makes_is_what_is_known_to_be_made(toy_shop):
    # a training alone makes its tables
    training = {("training", table) for table in TABLES}
    assert set(toy_shop.rows("select schema_name, relation_name from shop.made_by_recs")) == relations() - training
    made = set(toy_shop.rows("select table_schema, table_name from information_schema.tables"))
    assert made <= relations() | {("shop", "made_by_recs")}
    assert {path.name for path in MODELS.iterdir()} < {schema for schema, _ in relations()}
