"""`recs forget` leaves no byte of an id in any place, and changes nothing of the others."""

import shutil

import duckdb
import pytest
from click.testing import CliRunner

from recs_py.cli import main
from recs_py.errors import RecsError, UsageError
from recs_py.loading.load import load
from recs_py.loading.sources import loader_script
from recs_py.publishing.forget import forget
from recs_py.publishing.parquet.publish import publish_to_parquet, roll_back_parquet
from recs_py.publishing.postgresql.publish import publish_to_postgres, roll_back_postgres
from recs_py.publishing.publish import publish
from recs_py.publishing.versions import kept_versions, roll_back
from tests import postgres_server
from tests.conftest import TOY_CUSTOMERS, TOY_LINES, Warehouse, write_toy_shop

pytestmark = pytest.mark.slow

# Longer than what DuckDB and Parquet keep of a text beside it, and found nowhere else.
ID = "customer-who-will-be-forgotten-7261"


@pytest.fixture(scope="module")
def one_server(tmp_path_factory):
    pytest.importorskip("adbc_driver_postgresql")
    yield from postgres_server.start(tmp_path_factory.mktemp("postgres"))


@pytest.fixture
def server(one_server, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", postgres_server.PASSWORD)
    outcome = one_server.psql("drop schema if exists recs, recs_versions cascade")
    assert outcome.returncode == 0, outcome.stderr
    return one_server


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """The toy shop with a customer of that id, anna; two versions before the published file."""
    folder = tmp_path_factory.mktemp("forget")
    shop = Warehouse(folder)
    load(name="hm", directory=with_id(folder / "source"), database=shop.database)
    with duckdb.connect(str(shop.database)) as connection:
        # as sources write ids
        connection.execute(
            "update raw.transactions set customer_id = '  ' || customer_id || ' ' "
            "where customer_id = ? and transaction_date = '2020-09-08'",
            [ID],
        )
    shop.score("2020-09-16")
    shop.score()
    publish(database=shop.database, published=shop.published)
    return shop


@pytest.fixture
def shop(scored, tmp_path):
    return copy(scored, tmp_path / "shop")


def copy(shop, folder):
    other = shop.copy(folder)
    shutil.copytree(shop.folder / "recommendations.versions", folder / "recommendations.versions")
    return other


def with_id(folder):
    write_toy_shop(folder, lines=TOY_LINES.replace("anna", ID))
    path = folder / "customers.csv"
    path.write_text(path.read_text().replace("anna", ID))
    return folder


def without_id(folder):
    write_toy_shop(folder, lines="\n".join(line for line in TOY_LINES.splitlines() if "anna" not in line))
    path = folder / "customers.csv"
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if "anna" not in line))
    return folder


def files_with(folder, text: str) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file() and "source" not in path.parts]
    return sorted(path.name for path in files if text.encode() in path.read_bytes())


def lists(shop) -> list[tuple]:
    return shop.published_rows("from recs.recommendations_explained where customer_id != ? order by all", ID)


def test_no_byte_of_the_id_stays_and_the_others_keep_their_lists(shop, tmp_path):
    parquet = tmp_path / "parquet"
    for _ in range(2):
        publish_to_parquet(published=shop.published, folder=parquet, keep=4)
    assert files_with(shop.folder, ID)
    before = lists(shop)
    made = [path.stat().st_mtime_ns for path in kept_versions(shop.published)]
    comments = "select table_name, comment from duckdb_tables() order by all"
    described = shop.rows(comments), shop.published_rows(comments)
    key = shop.rows("select customer_key from staging.customers where customer_id = ?", ID)[0][0]
    erased = forget(customers=[ID], database=shop.database, published=shop.published, folders=[parquet])
    assert all(place.rows for place in erased)
    assert len(erased) == 5
    assert files_with(shop.folder, ID) == []
    assert lists(shop) == before
    assert [path.stat().st_mtime_ns for path in kept_versions(shop.published)] == made
    assert (shop.rows(comments), shop.published_rows(comments)) == described
    # the work database has no row of the key either
    tables = shop.rows(
        "select schema_name || '.' || table_name from duckdb_columns() where column_name = 'customer_key' "
        "and table_name in (select table_name from duckdb_tables()) and table_name != 'customer_keys'"
    )
    assert not [table for (table,) in tables if shop.rows(f"select 1 from {table} where customer_key = ? limit 1", key)]
    with duckdb.connect() as connection:
        customers = f"select distinct customer_id from '{parquet}/current/recommendations_explained/**/*.parquet'"
        assert set(connection.execute(customers).fetchall()) == {(name,) for name in TOY_CUSTOMERS if name != "anna"}
    # the id is in none of the versions
    roll_back(shop.published)
    roll_back_parquet(folder=parquet)
    assert files_with(tmp_path, ID) == []


def test_after_it_a_score_is_one_of_a_shop_that_never_had_the_customer(shop, tmp_path):
    forget(customers=[ID], database=shop.database, published=shop.published)
    never = Warehouse(tmp_path)
    load(name="hm", directory=without_id(tmp_path / "source"), database=never.database)
    for each in (shop, never):
        each.score("2020-09-16")
        each.score()
    assert lists(shop) == lists(never)
    assert lists(shop)


def test_the_key_is_given_to_nobody_else(shop, tmp_path):
    last = "zoe-who-has-the-highest-key"
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("insert into raw.customers (customer_id) values (?)", [last])
    shop.score()
    keys = dict(shop.rows("select customer_id, customer_key from staging.customers"))
    forget(customers=[last], database=shop.database, published=shop.published)
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("insert into raw.customers (customer_id) values ('somebody else')")
    shop.score()
    after = dict(shop.rows("select customer_id, customer_key from staging.customers"))
    assert after.pop("somebody else") not in keys.values()
    assert after == {customer: key for customer, key in keys.items() if customer != last}


def test_a_load_without_the_customer_erases_too(shop, tmp_path):
    load(name="hm", directory=without_id(tmp_path / "source"), database=shop.database)
    shop.score()
    tables = "select schema_name || '.' || table_name from duckdb_columns() where column_name = 'customer_id'"
    for rows in (shop.rows, shop.published_rows):
        assert not [table for (table,) in rows(tables) if rows(f"select 1 from {table} where customer_id = ?", ID)]
    assert kept_versions(shop.published)
    assert files_with(shop.folder / "recommendations.versions", ID) == []
    assert files_with(shop.folder, ID) in ([], ["warehouse.duckdb"])
    keys = shop.rows("select customer_key from staging.customer_keys where starts_with(customer_id, 'forgotten ')")
    assert not shop.rows("select 1 from recommendations.rankings where customer_key = ?", keys[0][0])


def test_a_load_without_the_customer_erases_from_parquet_and_postgres(shop, server, tmp_path):
    parquet = tmp_path / "parquet"

    def publish_everywhere() -> None:
        publish_to_parquet(published=shop.published, folder=parquet, keep=4)
        publish_to_postgres(published=shop.published, address=server.address, keep=4)

    publish_everywhere()
    load(name="hm", directory=without_id(tmp_path / "source"), database=shop.database)
    shop.score()
    publish_everywhere()
    assert files_with(parquet, ID) == []
    roll_back_parquet(folder=parquet)
    roll_back_postgres(address=server.address)
    assert server.rows(f"select count(*) from recs.recommendations where customer_id = '{ID}'") == ["0"]
    assert server.rows("select count(distinct customer_id) from recs.recommendations") == ["5"]


def test_postgres_forgets_in_every_version(shop, server):
    for _ in range(2):
        publish_to_postgres(published=shop.published, address=server.address, keep=4)
    lists = "select count(distinct customer_id) from recs.recommendations"
    assert server.rows(lists) == ["6"]
    [*_, place] = forget(
        customers=[ID, "it's"], database=shop.database, published=shop.published, addresses=[server.address]
    )
    assert place.rows
    assert place.customers == {ID}
    assert server.rows(lists) == ["5"]
    roll_back_postgres(address=server.address)
    assert server.rows(lists) == ["5"]


def test_lists_of_some_customers_take_nobody_out_of_earlier_versions(shop):
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("update recs.runs set settings = map {'customers': 'buyers'}")
        connection.execute("delete from recommendations.rankings where customer_key > 3")
    publish(database=shop.database, published=shop.published)
    roll_back(shop.published)
    assert shop.published_rows("select count(distinct customer_id) from recs.recommendations") == [(6,)]


def test_tables_of_others_stay_and_are_named(shop):
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("create table people as select ? as customer_id", [ID])
    [work, *_] = forget(customers=[ID], database=shop.database, published=shop.published)
    assert work.others == ('"main"."people"',)
    assert shop.rows("from people") == [(ID,)]


def test_a_database_that_recs_has_not_loaded_keeps_its_rows(tmp_path):
    database = tmp_path / "shop.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create table people as select ? as customer_id", [ID])
    with pytest.raises(UsageError, match="No place holds a customer"):
        forget(customers=[ID], database=database, published=tmp_path / "recommendations.duckdb")
    with duckdb.connect(str(database)) as connection:
        assert connection.execute("from people").fetchall() == [(ID,)]


def test_capitals_of_a_loader_hide_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr(loader_script, "FOLDER", tmp_path)
    (tmp_path / "shop.sql").write_text(
        "create table raw.Transactions as select day as T_DAT, who as Customer_ID, what as article_id from source.sales"
    )
    (tmp_path / "sales.csv").write_text(f"day,who,what\n2024-01-01,{ID},x\n2024-01-01,b,x\n")
    database = tmp_path / "warehouse.duckdb"
    load(name="shop", directory=tmp_path, database=database)
    [work] = forget(customers=[ID], database=database, published=tmp_path / "recommendations.duckdb")
    assert work.others == ()
    assert ID.encode() not in database.read_bytes()
    with duckdb.connect(str(database)) as connection:
        assert connection.execute("select transactions, customers from raw.dataset").fetchall() == [(1, 1)]


def test_tables_of_others_may_refer_to_each_other_and_make_columns(shop):
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute(
            """
            create schema crm;
            create table crm.people (id integer primary key, name varchar, "in short" varchar as (left(name, 1)));
            create table crm.notes (person integer references crm.people (id), note varchar);
            create table crm.aliases (person integer references crm.people (id), alias varchar);
            insert into crm.people (id, name) values (1, 'Ann'), (2, 'Bob');
            insert into crm.notes values (1, 'likes hats');
            insert into crm.aliases values (2, 'Robert')
            """
        )
    forget(customers=[ID], database=shop.database, published=shop.published)
    forget(customers=["bert"], database=shop.database, published=shop.published)
    assert shop.rows("from crm.people order by 1") == [(1, "Ann", "A"), (2, "Bob", "B")]
    assert shop.rows("from crm.notes") == [(1, "likes hats")]
    assert shop.rows("from crm.aliases") == [(2, "Robert")]
    assert files_with(shop.folder, ID) == []


def test_the_file_that_a_link_names_is_rewritten(shop, tmp_path):
    elsewhere = tmp_path / "disk" / "warehouse.duckdb"
    elsewhere.parent.mkdir()
    shop.database.rename(elsewhere)
    shop.database.symlink_to(elsewhere)
    forget(customers=[ID], database=shop.database, published=shop.published)
    assert shop.database.is_symlink()
    assert files_with(tmp_path, ID) == []


def test_a_folder_may_have_any_name(shop, tmp_path):
    parquet = tmp_path / "lists [of 2020]*"
    for _ in range(2):
        publish_to_parquet(published=shop.published, folder=parquet, keep=4)
    [*_, place] = forget(customers=[ID], database=shop.database, published=shop.published, folders=[parquet])
    assert place.rows
    assert files_with(parquet, ID) == []


@pytest.mark.parametrize("customer", ["", " ", "\udcff"])
def test_an_id_that_none_can_be_is_refused(shop, monkeypatch, customer):
    monkeypatch.setenv("RECS_DUCKDB", str(shop.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(shop.published))
    outcome = CliRunner().invoke(main, ["forget", customer])
    assert outcome.exit_code == 2
    assert "give an id as the source writes it" in outcome.output


def test_somebody_unknown_is_said(shop):
    before = shop.database.read_bytes(), shop.published.read_bytes()
    with pytest.raises(UsageError, match="No place holds a customer nobody"):
        forget(customers=["nobody"], database=shop.database, published=shop.published)
    assert (shop.database.read_bytes(), shop.published.read_bytes()) == before


@pytest.mark.parametrize("place", ["typo", "postgresql://nobody@127.0.0.1:1/shop"])
def test_a_place_that_is_none_is_said_before_anything_is_removed(shop, tmp_path, place):
    if "://" in place:
        pytest.importorskip("adbc_driver_postgresql")
    parquet = tmp_path / "parquet"
    publish_to_parquet(published=shop.published, folder=parquet, keep=4)
    places = {"addresses": [place]} if "://" in place else {"folders": [parquet, tmp_path / place]}
    before = shop.database.read_bytes(), shop.published.read_bytes(), sorted(parquet.rglob("*"))
    with pytest.raises(RecsError, match=r"typo: name a folder that was published to|cannot be reached"):
        forget(customers=[ID], database=shop.database, published=shop.published, **places)
    assert (shop.database.read_bytes(), shop.published.read_bytes(), sorted(parquet.rglob("*"))) == before


def test_the_command_says_what_is_gone_and_what_stays(shop, monkeypatch):
    # names that fit into the table, however long the name of the folder is
    monkeypatch.chdir(shop.folder)
    monkeypatch.setenv("RECS_DUCKDB", shop.database.name)
    monkeypatch.setenv("RECS_PUBLISHED", shop.published.name)
    outcome = CliRunner().invoke(main, ["forget", ID, "bert", "nobody"])
    assert outcome.exit_code == 0, outcome.output
    assert "warehouse.duckdb" in outcome.output
    assert "the files that were loaded" in outcome.output
    assert "No place holds nobody: write" in outcome.output
    assert files_with(shop.folder, ID) == []
