"""A few lines far after the rest are dates gone wrong, and move no target week; a shop that opens again does."""

import datetime as dt

import duckdb
import pytest

from recs_py.errors import UsageError
from recs_py.loading.add import add
from recs_py.loading.history import loaded, loaded_history, resolve_week
from recs_py.pipeline import dbt_build
from tests.conftest import write_toy_shop
from tests.models.test_returns import add_lines

FIRST_DAY = dt.date(2010, 1, 1)


def days_of(shop: list[tuple[int, int, int]]) -> dict[dt.date, int]:
    """Lines by day of stretches of trade: the day of the year on which it begins, days, lines a day."""
    return {FIRST_DAY + dt.timedelta(days=begin + day): lines for begin, length, lines in shop for day in range(length)}


def stray_days(shop: list[tuple[int, int, int]]) -> list[int]:
    """Days since the first one of those that are stray."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("create schema raw")
        connection.execute(
            "create table raw.dataset as select 'Monday' as week_starts_on, date '1970-01-01' as earliest_date, "
            "date '2026-01-01' as loaded_on"
        )
        connection.execute(
            "create table raw.transactions (transaction_date date, customer_id varchar, article_id"
            " varchar, quantity bigint, price double)"
        )
        connection.executemany(
            "insert into raw.transactions select ?, 'c', 'a', 1, 1 from range(?)", list(days_of(shop).items())
        )
        history = loaded_history(connection)
    assert sorted(history.days + history.stray_days) == sorted(days_of(shop))
    return [(day - FIRST_DAY).days for day in history.stray_days]


@pytest.mark.parametrize(
    ("shop", "stray"),
    [
        pytest.param([(0, 84, 7), (517, 1, 1)], [517], id="one line fourteen months later"),
        pytest.param([(0, 4, 1000), (2560, 1, 2)], [2560], id="two lines years after a week"),
        pytest.param([(0, 60, 1), (400, 1, 1)], [400], id="a small shop"),
        pytest.param([(0, 100, 100), (140, 1, 1)], [140], id="one line weeks after thousands"),
        pytest.param(
            [(0, 100, 10), (300, 1, 1), (900, 1, 2), (901, 1, 1)], [300, 900, 901], id="several, here and there"
        ),
        pytest.param([(0, 1, 1), (500, 100, 10), (900, 1, 1)], [900], id="and one long before"),
    ],
)
def test_a_few_lines_far_after_the_rest_are_stray(shop, stray):
    assert stray_days(shop) == stray


@pytest.mark.parametrize(
    "shop",
    [
        pytest.param([(0, 84, 7)], id="no gap"),
        pytest.param([(0, 84, 1000), (84, 1, 1)], id="a week that has just begun"),
        pytest.param([(0, 84, 1000), (98, 1, 1)], id="after a fortnight's holiday"),
        pytest.param([(0, 100, 3), (135, 1, 1)], id="a small shop's first line after a month"),
        pytest.param([(0, 100, 1000), (135, 1, 100)], id="a large shop's first hours after a month"),
        pytest.param([(0, 100, 1000), (283, 2, 1000)], id="after half a year"),
        pytest.param([(0, 100, 10), (4000, 30, 10)], id="after ten years"),
        pytest.param([(day * 60, 1, 1) for day in range(10)], id="a line now and then"),
        pytest.param([(0, 1, 5)], id="a single day"),
    ],
)
def test_a_shop_that_opens_again_is_not(shop):
    assert stray_days(shop) == []


@pytest.fixture(scope="module")
def stray_shop(toy_shop, tmp_path_factory):
    """The toy shop with two lines of the year after."""
    shop = toy_shop.copy(tmp_path_factory.mktemp("stray"))
    add_lines(shop, ("2021-11-23", "cleo", "0000001301", 1), ("2021-11-24", "cleo", "0000001301", 1))
    return shop


def test_they_move_neither_the_week_of_a_score_nor_that_of_a_bare_build(stray_shop):
    assert resolve_week(database=stray_shop.database, week=None) == dt.date(2020, 9, 23)
    dbt_build.build(database=stray_shop.database, select=["+target_week"])
    assert stray_shop.rows(
        "select target_week, last_day, week_after_last_day, last_stray_day, stray_lines from staging.target_week"
    ) == [(dt.date(2020, 9, 23), dt.date(2020, 9, 22), dt.date(2020, 9, 23), dt.date(2021, 11, 24), 2)]


def test_they_make_no_week_to_judge_or_to_learn_from(stray_shop):
    assert loaded(stray_shop.database).days[-1] == dt.date(2020, 9, 22)


def test_the_week_after_them_can_be_asked_for(stray_shop):
    assert resolve_week(database=stray_shop.database, week="2021-12-01") == dt.date(2021, 12, 1)
    with pytest.raises(UsageError, match="choose a week from 2020-08-26 to 2021-12-01"):
        resolve_week(database=stray_shop.database, week="2021-12-08")
    dbt_build.build(database=stray_shop.database, variables={"target_week": "2021-12-01"}, select=["+target_week"])


def test_they_make_no_later_file_late(stray_shop, tmp_path):
    shop = stray_shop.copy(tmp_path / "shop")
    week39 = write_toy_shop(tmp_path / "week39", lines="2020-09-24 anna 0000000101")
    report = add(name="hm", directory=week39, database=shop.database)
    assert not any("not later than" in warning for warning in report.warnings)


def test_they_make_no_week_of_sales_that_a_report_takes_for_the_last_one(stray_shop, tmp_path):
    shop = stray_shop.copy(tmp_path / "shop")
    dbt_build.build(database=shop.database, select=["+department_sales"], command="run")
    assert shop.rows("select max(week) from recs.department_sales") == [(dt.date(2020, 9, 16),)]
