"""`recs load --add`: the next build rebuilds only changed weeks, and gives the rows of a build from scratch."""

import csv
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from recs_py.cli import main
from recs_py.errors import UsageError
from recs_py.loading.add import add
from recs_py.loading.load import load
from recs_py.pipeline import dbt_build
from recs_py.scratch import room_for_copies
from tests.conftest import TOY_LINES, Warehouse, write_toy_shop

PUBLIC = (
    "recommendations_explained", "similar_articles", "popular_articles", "blend_shapes", "department_sales",
    "bought_together", "weekly_popularity", "customer_preferences",
)  # fmt: skip
# late lines too: one of August, and a customer and an article that the first delivery did not know
LATE = ("2020-08-25 anna 0000000201", "2020-08-28 emil 0000000401", "2020-08-26 bert 0000000101")


def toy_lines(*, of_last_week: bool) -> str:
    lines = [line for line in TOY_LINES.strip().splitlines() if line not in LATE]
    chosen = [line for line in lines if (line >= "2020-09-16") == of_last_week]
    return "\n".join(chosen + (list(LATE) if of_last_week else []))


def leave_out(folder: Path, stem: str, *ids: str) -> None:
    path = folder / f"{stem}.csv"
    with path.open(newline="") as file:
        header, *rows = list(csv.reader(file))
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *(row for row in rows if row[0] not in ids)])


def public_rows(warehouse: Warehouse, week: str) -> dict[str, list[tuple]]:
    with duckdb.connect(str(warehouse.published), read_only=True) as connection:
        return {
            view: connection.execute(
                f"from recs.{view}"
                + (
                    f" where target_week = '{week}'"
                    if view in ("recommendations_explained", "popular_articles")
                    else ""
                )
                + " order by all"
            ).fetchall()
            for view in PUBLIC
        }


@pytest.fixture
def deliveries(tmp_path) -> tuple[Path, Path]:
    """The toy shop without its last week, some lines, a customer and an article; and these."""
    first = write_toy_shop(tmp_path / "first", lines=toy_lines(of_last_week=False))
    leave_out(first, "customers", "cleo", "fritz")
    leave_out(first, "articles", "0000001201", "0000000701")
    return first, write_toy_shop(tmp_path / "second", lines=toy_lines(of_last_week=True))


@pytest.mark.slow
def test_an_added_week_with_late_lines_gives_the_rows_of_a_build_from_scratch(deliveries, toy_shop, tmp_path):
    first, second = deliveries
    shop = Warehouse(tmp_path)
    load(name="hm", directory=first, database=shop.database)
    shop.score()
    report = add(name="hm", directory=second, database=shop.database)
    assert report.rows["transactions"] == 15
    unknown, late = report.warnings
    assert unknown == "raw.articles lacks 1 of the 13 articles of the transactions (1 of 15 lines)"
    assert late.startswith("3 of 15 lines are not later than 2020-09-15")
    shop.score()
    assert public_rows(shop, "2020-09-23") == public_rows(toy_shop, "2020-09-23")
    keyless = (
        "select transaction_date, customer_id, article_id, quantity, price, week from staging.transactions"
        " join staging.customer_keys using (customer_key) join staging.article_keys using (article_key) order by all"
    )
    assert shop.rows(keyless) == toy_shop.rows(keyless)
    weekly = (
        "select week, article_id, units, buyers, week_version from features.weekly_sales"
        " join staging.article_keys using (article_key) order by all"
    )
    assert shop.rows(weekly) == toy_shop.rows(weekly)


def test_a_date_in_the_future_makes_no_line_late(deliveries, tmp_path):
    first, second = deliveries
    database = tmp_path / "warehouse.duckdb"
    load(name="hm", directory=first, database=database)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "insert into raw.transactions by name"
            " select '2099-01-01'::date as transaction_date, 'anna' as customer_id, '0000000101' as article_id"
        )
    _, late = add(name="hm", directory=second, database=database).warnings
    assert late.startswith("3 of 15 lines are not later than 2020-09-15")


@pytest.mark.slow
def test_weeks_without_another_line_are_not_touched(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    week = {"target_week": "2020-09-23"}
    marked = "select distinct week::varchar from staging.transactions where price = 99 order by 1"
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("update staging.transactions set price = 99")
        connection.execute("delete from raw.transactions where transaction_date = '2020-09-08'")
        connection.execute(
            "update raw.transactions set transaction_date = '2020-09-01' where transaction_date = '2020-09-02'"
        )
    before = shop.rows(marked)
    dbt_build.build(database=shop.database, variables=week, select=["transactions", "+transactions"], command="run")
    # of the week of 2020-09-02 a line is left, of the week before it there is one more
    assert before == [("2020-08-19",), ("2020-08-26",), ("2020-09-02",), ("2020-09-09",), ("2020-09-16",)]
    assert shop.rows(marked) == [("2020-08-19",), ("2020-09-09",), ("2020-09-16",)]
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("delete from raw.transactions where transaction_date < '2020-08-26'")
    dbt_build.build(database=shop.database, variables=week, select=["transactions", "+transactions"], command="run")
    # a week that has no line any more is gone
    assert shop.rows("select min(week)::varchar from staging.transactions") == [("2020-08-26",)]


@pytest.mark.slow
def test_another_setting_makes_all_weeks_again(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    baskets = "select max(together) from features.weekly_basket_pairs where article_key != other_article_key"
    largest = {}
    for limit in (100, 1):
        variables = {"target_week": "2020-09-23", "max_basket_size": limit}
        dbt_build.build(database=shop.database, variables=variables, select=["+weekly_basket_pairs"], command="run")
        [(largest[limit],)] = shop.rows(baskets)
    assert largest == {100: 2, 1: None}


def test_pairs_are_kept_for_as_many_weeks_as_co_purchase_looks_at(fashion):
    assert fashion.rows("select count(distinct week), min(week)::varchar from features.weekly_pairs") == [
        (12, "2020-06-24")
    ]


@pytest.mark.slow
def test_lists_of_before_a_column_came_are_kept(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    lists = "select * exclude (boosted_by) from recommendations.rankings where target_week = '2020-09-23' order by all"
    before = shop.rows(lists)
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("alter table recommendations.rankings drop column boosted_by")
    for _ in range(2):
        # a week scored again takes the place of its own rows
        shop.score(week="2020-09-16")
        assert shop.rows(lists) == before
        assert shop.rows(
            "select target_week::varchar, count(boosted_by) from recommendations.rankings group by all order by all"
        ) == [
            ("2020-09-16", 0),
            ("2020-09-23", 0),
        ]
        assert shop.rows(
            "select count(*) - count(distinct (target_week, customer_key, rank)) from recommendations.rankings"
        ) == [(0,)]


def test_entities_are_added_and_replaced(deliveries, tmp_path):
    first, second = deliveries
    database = tmp_path / "warehouse.duckdb"
    load(name="hm", directory=first, database=database)
    text = (second / "customers.csv").read_text()
    (second / "customers.csv").write_text(text.replace("anna,,,ACTIVE,NONE,34", "anna,,,ACTIVE,NONE,35"))
    report = add(name="hm", directory=second, database=database)
    with duckdb.connect(str(database), read_only=True) as connection:
        customers = dict(connection.execute("select customer_id, age from raw.customers").fetchall())
        [counted] = connection.execute("select transactions, articles, customers, source from raw.dataset").fetchall()
    assert customers == {"anna": 35, "bert": 35, "cleo": None, "dora": 199, "emil": 61, "fritz": 20}
    assert counted == (30, 14, 5, str(second.resolve()))
    assert report.rows == {"transactions": 15, "articles": 14, "customers": 6, "promotions": 0}


def test_an_id_by_itself_replaces_nothing(deliveries, tmp_path):
    first, second = deliveries
    database = tmp_path / "warehouse.duckdb"
    load(name="hm", directory=first, database=database)
    header = (second / "customers.csv").read_text().splitlines()[0]
    (second / "customers.csv").write_text(f"{header}\nanna,,,,,,\ngina,,,,,,\n")
    assert add(name="hm", directory=second, database=database).rows["customers"] == 1
    with duckdb.connect(str(database), read_only=True) as connection:
        known = "select customer_id, age from raw.customers where customer_id in ('anna', 'gina') order by 1"
        assert connection.execute(known).fetchall() == [("anna", 34), ("gina", None)]


def test_what_a_delivery_leaves_empty_stays(deliveries, tmp_path):
    first, second = deliveries
    database = tmp_path / "warehouse.duckdb"
    load(name="hm", directory=first, database=database)
    header = (second / "customers.csv").read_text().splitlines()[0]
    (second / "customers.csv").write_text(f"{header}\nanna,,,LEFT,NONE,,\nbert,,,,,40,\nbert,,,ACTIVE,,,\n")
    customers = (
        "select customer_id, membership, age from raw.customers where customer_id in ('anna', 'bert') order by all"
    )
    with duckdb.connect(str(database), read_only=True) as connection:
        assert connection.execute(customers).fetchall() == [("anna", "ACTIVE", 34), ("bert", "ACTIVE", 35)]
    add(name="hm", directory=second, database=database)
    with duckdb.connect(str(database), read_only=True) as connection:
        # of two lines of a delivery neither is filled from what was known before
        assert connection.execute(customers).fetchall() == [
            ("anna", "LEFT", 34),
            ("bert", "ACTIVE", None),
            ("bert", None, 40),
        ]


def test_what_cannot_be_added_is_refused_and_changes_nothing(deliveries, tmp_path):
    first, second = deliveries
    database = tmp_path / "warehouse.duckdb"
    with pytest.raises(UsageError, match="Nothing is loaded in"):
        add(name="hm", directory=first, database=database)
    assert not database.exists()
    load(name="hm", directory=first, database=database)
    before = database.read_bytes()
    with pytest.raises(UsageError, match="All 15 lines are loaded already"):
        add(name="hm", directory=first, database=database)
    with pytest.raises(UsageError, match="hm is loaded, to which other cannot be added"):
        add(name="hm", directory=second, database=database, dataset_name="other")
    (second / "transactions_train.csv").unlink()
    with pytest.raises(UsageError, match=r"has no transactions_train\.csv"):
        add(name="hm", directory=second, database=database)
    assert database.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "second", "warehouse.duckdb"]


def test_a_delivery_may_come_without_the_catalogue(deliveries, tmp_path):
    first, second = deliveries
    database = tmp_path / "warehouse.duckdb"
    load(name="hm", directory=first, database=database)
    with duckdb.connect(str(database), read_only=True) as connection:
        before = connection.execute("from raw.articles order by all").fetchall()
    (second / "articles.csv").unlink()
    report = add(name="hm", directory=second, database=database)
    assert report.rows == {"transactions": 15, "articles": 0, "customers": 6, "promotions": 0}
    assert f"{second} has no articles.csv: nothing is added from it" in report.warnings
    assert [warning for warning in report.warnings if warning.startswith("raw.articles lacks 3 of the 13 articles")]
    with duckdb.connect(str(database), read_only=True) as connection:
        assert connection.execute("from raw.articles order by all").fetchall() == before


def test_lines_that_are_there_already_are_told(deliveries, tmp_path):
    first, second = deliveries
    database = tmp_path / "warehouse.duckdb"
    load(name="hm", directory=first, database=database)
    with (second / "transactions_train.csv").open("a", newline="") as file:
        file.write("2020-09-14,emil,0000000501,0.05,1\r\n")
    warnings = add(name="hm", directory=second, database=database).warnings
    assert [warning for warning in warnings if warning.startswith("1 of 16 lines were loaded already")]


def test_lines_are_the_same_purchases_though_the_loader_has_gained_a_column(tmp_path, toy_shop):
    shop = toy_shop.copy(tmp_path / "shop")
    source = write_toy_shop(tmp_path / "source")
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("update raw.transactions set channel = null, price = price * 2").fetchall()
    with pytest.raises(UsageError, match="lines are loaded already"):
        add(name="hm", directory=source, database=shop.database)


@pytest.mark.parametrize("temp", [None, "elsewhere"])
@pytest.mark.parametrize("command", ["load", "add", "forget"])
def test_copies_that_a_killed_load_left_are_removed_and_other_files_stay(
    toy_shop, tmp_path, monkeypatch, command, temp
):
    shop = toy_shop.copy(tmp_path / "shop")
    monkeypatch.setenv("RECS_DUCKDB", str(shop.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(shop.published))
    if temp:
        monkeypatch.setenv("RECS_TEMP", str(tmp_path / temp))
    # where a load has them
    with room_for_copies(shop.database) as folder:
        place = folder.parent
    place.mkdir(parents=True, exist_ok=True)
    mine = (place / "recs-notes.txt", place.parent / "recs-load-mine.txt", shop.folder / "added" / "notes.txt")
    if temp:
        # that of a load into another database may be at work
        mine += (tmp_path / temp / "warehouse.duckdb.0123456789ab.tmp" / "recs-load-x" / "copy.csv",)
    for path in mine:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    for name in ("recs-load-1a2b", "recs-load-3c4d/addition.duckdb.tmp/recs-load-5e6f"):
        (place / name).mkdir(parents=True)
        (place / name / "order_lines.csv.utf-8").write_text("anna")
    # of a forget that was killed
    unfinished = shop.database.with_name(".warehouse.duckdb.recs-unfinished")
    unfinished.write_text("anna")
    week39 = write_toy_shop(tmp_path / "week39", lines="2020-09-24 anna 0000000101")
    arguments = {
        "load": ("load", "hm", "--replace", "--from", str(week39)),
        "add": ("load", "hm", "--add", "--from", str(week39)),
        "forget": ("forget", "anna"),
    }
    outcome = CliRunner().invoke(main, arguments[command])
    assert outcome.exit_code == 0, outcome.output
    assert not list(place.glob("recs-load-*"))
    assert unfinished.exists() == (command != "forget")
    assert [path.read_text() for path in mine] == ["mine"] * len(mine)


def test_an_addition_is_made_where_the_next_load_would_find_what_it_left(toy_shop, tmp_path, monkeypatch):
    shop = toy_shop.copy(tmp_path / "shop")
    week39 = write_toy_shop(tmp_path / "week39", lines="2020-09-24 anna 0000000101")
    monkeypatch.setenv("RECS_TEMP", str(tmp_path / "elsewhere"))
    found = []
    add(
        name="hm",
        directory=week39,
        database=shop.database,
        progress=lambda _: found.extend([*tmp_path.rglob("addition.duckdb"), *tmp_path.rglob("recs-load-*")]),
    )
    with room_for_copies(shop.database) as folder:
        place = folder.parent
    assert {path.name for path in found} >= {"addition.duckdb"}
    assert all(path.is_relative_to(place) for path in found)
    assert not place.exists()
