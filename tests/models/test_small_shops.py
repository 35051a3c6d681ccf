"""Special cases: a shop of few articles, and a published file beside another data set's database."""

import json

import duckdb
import pytest
from click.testing import CliRunner

from recs_py.cli import main
from recs_py.errors import RecsError
from recs_py.pipeline import dbt_build
from recs_py.publishing.publish import publish
from recs_py.scoring.staging_notes import staging_notes


@pytest.fixture
def shop(toy_shop, tmp_path, monkeypatch):
    copy = toy_shop.copy(tmp_path / "shop")
    monkeypatch.setenv("RECS_DUCKDB", str(copy.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(copy.published))
    return copy


def change(shop, *statements: str) -> None:
    with duckdb.connect(str(shop.database)) as connection:
        for statement in statements:
            connection.execute(statement).fetchall()


def test_a_file_without_a_single_list_is_not_published(shop):
    before = shop.published_rows("from recs.recommendations order by all")
    change(
        shop,
        "delete from recommendations.rankings where target_week = (select target_week from staging.target_week)",
    )
    with pytest.raises(RecsError, match="no list for the week of 2020-09-23, since no article may be shown to anybody"):
        publish(database=shop.database, published=shop.published)
    assert shop.published_rows("from recs.recommendations order by all") == before


def test_the_list_is_shown_without_a_history_where_the_work_database_holds_other_data(shop):
    assert json.loads(CliRunner().invoke(main, ["show", "anna", "--json"]).stdout)["history"]
    for other, reason in (
        ("update raw.dataset set name = 'other'", "holds the data set other, and the list is of hm."),
        ("drop table staging.transactions cascade", "is not built: type `recs score`."),
    ):
        change(shop, other)
        outcome = CliRunner().invoke(main, ["show", "anna", "--json"])
        assert outcome.exit_code == 0, outcome.output
        assert list(json.loads(outcome.stdout)) == ["recommendations"]
        assert f"The last purchases are not shown: {shop.database} {reason}" in outcome.stderr


def test_where_everything_was_returned_a_sentence_says_so(shop):
    change(shop, "insert into raw.transactions by name select * replace (-1 as quantity) from raw.transactions")
    with pytest.raises(RecsError, match="Nobody can get a list: 0 articles were sold, and not returned"):
        dbt_build.build(database=shop.database, select=["+eligible_articles", "some_article_may_be_recommended"])


def test_an_article_beside_a_larger_one_has_no_absurd_share(shop):
    # seven articles of 40, 40, 8, 4, 3, 3 and 2 purchases: the second has more than the next three together
    shares = {"101": 40, "201": 40, "301": 8, "401": 4, "501": 3, "601": 3, "701": 2}
    change(
        shop,
        "delete from raw.transactions",
        *(
            f"insert into raw.transactions (transaction_date, customer_id, article_id) "
            f"select date '2020-09-22' - range::integer, 'c' || range % 9, '0000000{article}' from range({count})"
            for article, count in shares.items()
        ),
    )
    dbt_build.build(database=shop.database, select=["path:dbt_project/models/staging"], command="run")
    assert not [note for note in staging_notes(shop.database) if "of all purchases are of article" in note]


def test_what_is_said_of_an_article_that_is_like_no_other_is_true(shop):
    with duckdb.connect(str(shop.published)) as connection:
        connection.execute("delete from recs.similar_articles")
    # it has a buyer and a text
    outcome = CliRunner().invoke(main, ["similar", "0000001301"])
    assert outcome.exit_code == 2
    assert "it has too few buyers and words in common with any other." in outcome.stderr


def test_a_score_without_a_line_says_so(shop):
    change(shop, "delete from raw.transactions")
    outcome = CliRunner().invoke(main, ["score"])
    assert outcome.exit_code == 2
    assert "There are no transactions: load other files." in outcome.stderr


@pytest.mark.slow
def test_no_customer_needs_to_be_in_the_report(shop):
    dbt_build.build(
        database=shop.database,
        variables=shop.variables("2020-09-23") | {"report_customers": 0},
        select=["sample_customers", "sample_purchases"],
    )
    assert shop.rows("select count(*) from recs.sample_purchases") == [(0,)]
