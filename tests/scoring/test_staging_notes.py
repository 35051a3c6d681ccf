"""Notes of `recs score` on the data, printed beside its result."""

import datetime as dt

import duckdb
import pytest

from recs_py.loading.history import resolve_week
from recs_py.pipeline import dbt_build
from recs_py.scoring.staging_notes import staging_notes
from tests.cli.test_commands import run
from tests.models.test_returns import add_lines


def notes_about(shop, *changes: str) -> str:
    """The notes after changes of the raw tables."""
    with duckdb.connect(str(shop.database)) as connection:
        for change in changes:
            connection.execute(change).fetchall()
    dbt_build.build(database=shop.database, select=["path:dbt_project/models/staging"], command="run")
    return "\n".join(staging_notes(shop.database))


def test_a_few_unknown_ids_are_counted(toy_shop):
    assert staging_notes(toy_shop.database) == [
        "1 line of raw.customers: age is impossible, taken as unknown.",
        "raw.articles lacks 1 of the 15 articles of the transactions (1 of 30 lines).",
    ]


def test_ids_that_match_nothing_are_told_with_examples_of_either_side(toy_shop, tmp_path):
    notes = notes_about(
        toy_shop.copy(tmp_path / "shop"),
        "update raw.customers set customer_id = 'C-' || customer_id",
        "update raw.articles set article_id = ltrim(article_id, '0')",
    )
    assert "raw.customers lacks 5 of the 5 customers of the transactions (30 of 30 lines)" in notes
    assert "The lines have anna, bert, cleo; raw.customers has C-anna, C-bert, C-cleo." in notes
    assert "raw.articles lacks 15 of the 15 articles of the transactions (30 of 30 lines)" in notes
    assert "The lines have 0000000101, 0000000201, 0000000301; raw.articles has 1001, 101, 1101." in notes


def test_a_shop_without_a_catalogue_lacks_nothing_in_it(toy_shop, tmp_path):
    notes = notes_about(toy_shop.copy(tmp_path / "shop"), "delete from raw.customers", "delete from raw.articles")
    assert "lacks" not in notes


@pytest.mark.parametrize("entity", ["customer", "article"])
def test_an_id_with_an_absurd_share_is_named(toy_shop, tmp_path, entity):
    other = {"customer": "article", "article": "customer"}[entity]
    sold_with_everything = f"""
        insert into raw.transactions (transaction_date, {entity}_id, {other}_id)
        select distinct transaction_date, 'UNKNOWN', {other}_id from raw.transactions
    """
    notes = notes_about(toy_shop.copy(tmp_path / "shop"), sold_with_everything)
    assert f"of all purchases are of {entity} UNKNOWN, more than of the next 3 together" in notes
    assert f"of all purchases are of {other}" not in notes


def test_what_is_left_out_is_counted_by_reason_whatever_the_table(toy_shop, tmp_path):
    notes = notes_about(
        toy_shop.copy(tmp_path / "shop"),
        "insert into raw.articles (article_id, name) values (null, 'no id'), (' ', 'neither')",
        "insert into raw.promotions (article_id, kind, valid_from, valid_to) "
        "values ('nowhere', 'mailer', '2020-09-20', '2020-09-30')",
        "insert into raw.transactions (transaction_date, customer_id, article_id, quantity)"
        " values ('2020-09-20', 'anna', '1', 0)",
    )
    assert "1 of 31 transactions are left out: 1 quantity is zero." in notes
    assert "2 of 16 articles are left out: 2 no article id." in notes
    assert "1 of 1 promotions are left out: 1 no such article." in notes


def test_lines_that_repeat_an_id_of_a_catalogue_are_counted(toy_shop, tmp_path):
    notes = notes_about(
        toy_shop.copy(tmp_path / "shop"),
        "insert into raw.articles select * replace ('again' as name) from raw.articles",
        "insert into raw.customers from raw.customers limit 2",
    )
    assert "14 of 28 lines of raw.articles repeat an id" in notes
    assert "2 of 8 lines of raw.customers repeat an id" in notes


@pytest.mark.slow
def test_a_score_says_what_is_left_out_and_what_lies_far_after_the_rest(toy_shop, tmp_path, monkeypatch):
    shop = toy_shop.copy(tmp_path / "shop")
    add_lines(
        shop,
        ("2020-09-01", "fritz", "0000000101", 1),
        ("2020-09-02", "fritz", "0000000101", -1),
        ("2021-11-24", "cleo", "0000001301", 1),
    )
    monkeypatch.setenv("RECS_DUCKDB", str(shop.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(shop.published))
    outcome = run("score")
    assert outcome.exit_code == 0, outcome.output
    assert "Published the week of 2020-09-23" in outcome.output
    assert (
        "1 transaction lies far after all others, which end on 2020-09-22; the last one is of 2021-11-24"
        in outcome.output
    )
    assert "type `recs score --week 2021-12-01` if they are right" in outcome.output
    assert "2 of 33 transactions are left out: 1 bought and returned, 1 returned." in outcome.output
    # lines after the target week have no effect on the lists
    assert not shop.published_rows(
        "select 1 from recs.recommendations_explained where target_week = '2020-09-23' and customer_id = 'fritz' "
        "and main_signal = 'repurchase'"
    )


def test_lists_are_for_the_last_week_itself_where_the_data_were_cut_in_it(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    notes = notes_about(
        shop,
        "insert into raw.transactions (transaction_date, customer_id, article_id, quantity)"
        " values ('2020-09-23', 'anna', '0000000101', 1)",
    )
    assert shop.rows("select target_week from staging.target_week") == [(dt.date(2020, 9, 23),)]
    assert resolve_week(database=shop.database, week=None) == dt.date(2020, 9, 23)
    assert "for that week, from 2020-09-23, and know none of its purchases." in notes
    assert "For the next one, type `recs score --week 2020-09-30`." in notes
    dbt_build.build(database=shop.database, variables={"target_week": "2020-09-30"}, select=["+target_week"])
    assert "For the next one" not in "".join(staging_notes(shop.database))


def test_a_last_week_with_few_lines_is_told(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    notes = notes_about(
        shop,
        # everybody buys it every day of the four weeks before
        "insert into raw.transactions (transaction_date, customer_id, article_id, quantity)"
        " select date '2020-09-15' - days::int, customer_id, '0000000101', 1"
        " from range(28) as gap (days), (select distinct customer_id from raw.transactions)",
    )
    [(week, lines)] = shop.rows("select week, lines from staging.weeks order by week desc limit 1")
    assert week == dt.date(2020, 9, 16)
    assert f"The week of 2020-09-16 has {lines:,} lines, where a usual one has" in notes
    assert "The week of" not in "".join(staging_notes(toy_shop.database))
    # another note reports a week of stray lines
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute(
            "insert into raw.transactions (transaction_date, customer_id, article_id, quantity)"
            " values ('2021-11-24', 'anna', '0000000101', 1)"
        )
    variables = {"target_week": "2021-12-01"}
    dbt_build.build(
        database=shop.database, variables=variables, select=["path:dbt_project/models/staging"], command="run"
    )
    notes = "\n".join(staging_notes(shop.database))
    assert "1 transaction lies far after all others" in notes
    assert "The week of" not in notes
