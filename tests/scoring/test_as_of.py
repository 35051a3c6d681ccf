"""Lists as of any day: for the seven days from it on, by what lies before it."""

import datetime as dt

import duckdb
import pytest

from recs_py.errors import RecsError
from recs_py.pipeline import dbt_build
from recs_py.scoring.score import score
from tests.cli.test_commands import run

FRIDAY = "2020-09-18"
LISTS = "from recs.recommendations_explained where target_week = ? order by all"
WEEKS = "select distinct target_week from recs.recommendations order by 1"


@pytest.fixture(scope="module")
def as_of_friday(toy_shop, tmp_path_factory):
    """The toy shop, whose weeks start on Wednesday, scored once more as of a Friday."""
    shop = toy_shop.copy(tmp_path_factory.mktemp("friday"))
    score(database=shop.database, published=shop.published, week=None, as_of=FRIDAY)
    return shop


@pytest.mark.slow
def test_they_are_those_of_a_shop_whose_weeks_start_on_that_weekday(as_of_friday, toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("update raw.dataset set week_starts_on = 'Friday'")
    shop.score(FRIDAY)
    lists = as_of_friday.published_rows(LISTS, FRIDAY)
    assert lists == shop.published_rows(LISTS, FRIDAY)
    assert len(lists) > 20


@pytest.mark.slow
def test_they_know_nothing_of_that_day_and_later_ones(as_of_friday, toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute(f"delete from raw.transactions where transaction_date >= date '{FRIDAY}'")
    score(database=shop.database, published=shop.published, week=None, as_of=FRIDAY)
    query = "select customer_id, rank, article_id, score from recs.recommendations where target_week = ? order by all"
    assert as_of_friday.published_rows(query, FRIDAY) == shop.published_rows(query, FRIDAY)


@pytest.mark.slow
def test_lists_of_weeks_that_start_on_other_days_stay(as_of_friday):
    assert as_of_friday.published_rows(WEEKS) == [(dt.date(2020, 9, 18),), (dt.date(2020, 9, 23),)]


@pytest.mark.slow
@pytest.mark.parametrize(("asked", "shown"), [("2020-09-20", FRIDAY), ("2020-09-23", "2020-09-23")])
def test_a_day_shows_the_lists_of_the_week_that_holds_it(as_of_friday, monkeypatch, asked, shown):
    monkeypatch.setenv("RECS_PUBLISHED", str(as_of_friday.published))
    monkeypatch.setenv("RECS_DUCKDB", str(as_of_friday.database))
    assert f"Recommended for the week of {shown}" in run("show", "anna", "--week", asked).output


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (("--as-of", "2020-W39"), "'2020-W39' is not a day: give a date such as 2020-09-23."),
        (("--as-of", "2020-10-01"), "choose a week from 2020-08-27 to 2020-09-24"),
        (("--as-of", FRIDAY, "--week", FRIDAY), "give one of them"),
    ],
)
def test_what_cannot_be_scored_is_refused(toy_shop, tmp_path, monkeypatch, options, fault):
    # a command holds the work database
    shop = toy_shop.copy(tmp_path)
    monkeypatch.setenv("RECS_DUCKDB", str(shop.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(shop.published))
    outcome = run("score", *options)
    assert outcome.exit_code == 2
    assert fault in " ".join(outcome.output.split())


def test_dbt_alone_takes_the_day_too(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    dbt_build.build(database=shop.database, variables={"as_of": FRIDAY}, select=["+target_week"], command="run")
    assert shop.rows("select target_week, week_starts_on from staging.target_week") == [
        (dt.date.fromisoformat(FRIDAY), "Friday")
    ]
    with pytest.raises(RecsError, match="as_of is 2020-W39: choose a day such as 2020-09-23"):
        dbt_build.build(database=shop.database, variables={"as_of": "2020-W39"}, select=["target_week"])
