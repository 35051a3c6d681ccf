"""The week that has just ended is judged with the score of the next one: no alarm on a good week, one on a bad week."""

import datetime as dt

import duckdb
import pytest
from click.testing import CliRunner

from recs_py.cli import main
from recs_py.evaluation.ended_week import EndedWeek, ended_week
from recs_py.pipeline import dbt_build

WEEK, NEXT = "2020-09-16", "2020-09-23"
JUDGED = "select other_system, value, other_value, difference, ci_low, ci_high from evaluation.ended_week order by 1"


def judge(shop, **variables) -> None:
    dbt_build.build(
        database=shop.database,
        variables=shop.variables(NEXT) | variables,
        select=["target_week", "weekly_sales", "ended_week"],
    )


@pytest.fixture
def ended(fashion, tmp_path, monkeypatch):
    """The fashion shop, which has lists of its last week, and stands at the week after it."""
    shop = fashion.copy(tmp_path / "shop")
    monkeypatch.setenv("RECS_DUCKDB", str(shop.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(shop.published))
    return shop


def run(*arguments: str):
    return CliRunner().invoke(main, arguments)


def test_lists_are_judged_as_a_backtest_of_their_week_judges_them(ended):
    """The fashion shop was scored for a week that was over: its evaluation has the same lists and baselines."""
    judge(ended)
    evaluated = """
        select other_system, blend.value, other.value, difference, paired.ci_low, paired.ci_high
        from evaluation.paired_differences as paired
        inner join evaluation.metrics as blend using (target_week, segment, metric, k)
        inner join evaluation.metrics as other using (target_week, segment, metric, k)
        where
            segment = 'all' and metric = 'map_kaggle' and k = 12 and blend.system = 'blend'
            and other.system = other_system
            and other_system in ('popularity_7_days', 'popularity_28_days', 'repurchase_count', 'repurchase_decayed')
        order by 1
    """
    for found, expected in zip(ended.rows(JUDGED), ended.rows(evaluated), strict=True):
        assert found[0] == expected[0]
        # after a customer's own articles come bestsellers of 28 days here, and decayed ones there
        assert found[1:] == pytest.approx(expected[1:], abs=1e-8 if found[0].startswith("popularity") else 0.01)
    assert run("status", "--check").exit_code == 0


def test_a_bad_week_is_an_alarm(ended):
    """The lists are full of what nobody bought; everybody bought what was bought most in the week before."""
    with duckdb.connect(str(ended.database)) as connection:
        connection.execute(
            """
            create temp table best as
            select article_key from staging.transactions
            where transaction_date between date '2020-09-09' and date '2020-09-15'
            group by 1 order by count(distinct customer_key) desc, article_key limit 3;
            delete from staging.transactions where transaction_date >= date '2020-09-16';
            insert into staging.transactions (transaction_date, customer_key, article_key, quantity, week, week_version)
            select date '2020-09-22', customer_key, article_key, 1, date '2020-09-16',
                (select max(week_version) from staging.transactions)
            from (select customer_key from staging.customers order by 1 limit 300), best;
            update recommendations.rankings set article_key = (
                select min(article_key) from staging.articles where article_key not in (from best)
            );
            """
        )
    judge(ended)
    outcome = run("status", "--check")
    assert outcome.exit_code == 1
    said = " ".join(outcome.output.split())
    assert "last week" in said
    assert "MAP@12 0.0000, popularity_7_days" in said
    assert "worse (-" in said
    assert run("status").exit_code == 0
    assert "rules" not in said
    # the lists are those of the shop's rules, the baseline is not
    with duckdb.connect(str(ended.database)) as connection:
        connection.execute(
            """
            insert into shop.rules (action, attribute, value, valid_from, valid_to) values
            ('exclude', 'article_id', 'bag', null, null), ('exclude', 'article_id', 'card', '2020-09-22', null),
            ('exclude', 'article_id', 'box', '2020-09-23', null), ('exclude', 'article_id', 'cup', null, '2020-09-15')
            """
        )
    said = " ".join(run("status", "--check").output.split())
    assert "The shop's rules, 2 lines of that week, act on the lists and not on the baseline." in said
    # weeks later there were no lists of the week before to judge: the old alarm is over
    with duckdb.connect(str(ended.database)) as connection:
        connection.execute("update recs.runs set target_week = '2020-10-14'")
    assert run("status", "--check").exit_code == 0


def test_what_is_hidden_is_in_no_list_and_no_truth(ended):
    judge(ended)
    usual = {row[0]: row[2] for row in ended.rows(JUDGED)}
    judge(ended, hide_bought_days=5000)
    hidden = {row[0]: row[2] for row in ended.rows(JUDGED)}
    # the own purchases of a customer are hidden: what is left of that baseline is its fill
    assert hidden["repurchase_count"] == hidden["popularity_28_days"]
    assert usual["repurchase_count"] > usual["popularity_28_days"]


def test_without_lists_of_that_week_there_is_nothing_to_judge(ended):
    with duckdb.connect(str(ended.database)) as connection:
        connection.execute(f"delete from recommendations.rankings where target_week = '{WEEK}'")
    judge(ended)
    assert ended.rows(JUDGED) == []
    outcome = run("status", "--check")
    assert outcome.exit_code == 0
    assert "last week" not in outcome.output


def test_what_chance_explains_is_no_alarm():
    figures = {"judged_week": dt.date(2020, 9, 16), "other_system": "popularity_7_days", "k": 12, "customers": 10}
    week = EndedWeek(value=0.1, other_value=0.2, difference=-0.1, ci_low=-0.2, ci_high=0.01, **figures)
    assert week.alarm is None
    worse = EndedWeek(value=0.1, other_value=0.2, difference=-0.1, ci_low=-0.2, ci_high=-0.01, **figures)
    assert "worse (-0.1000, -0.2000 to -0.0100; 10 customers)" in worse.alarm


def test_lists_are_judged_beside_the_best_baseline_of_equals_the_first():
    with duckdb.connect() as connection:
        connection.execute(
            """
            create schema evaluation;
            create table evaluation.ended_week as
            select * from (values
                (date '2020-09-23', date '2020-09-16', 'repurchase_count', 12, 0.2, 0.1, 0.1, 0.05, 0.15, 9),
                (date '2020-09-23', date '2020-09-16', 'popularity_7_days', 12, 0.2, 0.15, 0.05, 0.01, 0.09, 9),
                (date '2020-09-23', date '2020-09-16', 'popularity_28_days', 12, 0.2, 0.15, 0.05, 0.01, 0.09, 9),
                (date '2020-09-16', date '2020-09-09', 'repurchase_count', 12, 0.2, 0.3, -0.1, -0.2, -0.05, 9),
                -- nothing was drawn
                (date '2020-09-09', date '2020-09-02', 'repurchase_count', 12, 0.2, 0.3, -0.1, null, null, 1)
            ) as t (
                target_week, judged_week, other_system, k, value, other_value, difference, ci_low, ci_high, customers
            )
            """
        )
        latest = ended_week(connection)
        assert (latest.judged_week, latest.other_system) == (dt.date(2020, 9, 16), "popularity_28_days")
        assert (latest.is_worse, ended_week(connection, target_week=dt.date(2020, 9, 16)).is_worse) == (False, True)
        assert ended_week(connection, target_week=dt.date(2020, 9, 9)) is None
