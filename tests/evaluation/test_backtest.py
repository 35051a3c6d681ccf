"""`recs backtest`: the choice of weeks, the rows that it keeps, its table, and errors for wrong requests."""

import datetime as dt
import re
import statistics

import duckdb
import pytest
from click.testing import CliRunner

from recs_py.cli import main
from recs_py.errors import UsageError
from recs_py.evaluation import backtest as backtest_module
from recs_py.evaluation.backtest import backtest, choose_weeks
from recs_py.publishing.publish import publish

WEEKS = [dt.date(2020, 9, 2), dt.date(2020, 9, 9)]


def run(*arguments: str):
    return CliRunner().invoke(main, ["backtest", *arguments])


@pytest.fixture(scope="module")
def tested(fashion, tmp_path_factory):
    """A shop with lists for everybody for one week, of which two earlier weeks are then backtested."""
    shop = fashion.copy(tmp_path_factory.mktemp("tested"))
    shop.lists_before = shop.published_rows(
        "select count(*), bit_xor(hash(r)) from recs.recommendations_explained as r"
    )
    shop.similar_before = shop.published_rows("select count(*), bit_xor(hash(r)) from recs.similar_articles as r")
    shop.steps = []
    shop.outcome = backtest(
        database=shop.database,
        published=shop.published,
        weeks=None,
        first="2020-09-02",
        last="2020-W37",
        segment="all",
        without=("repurchase",),
        again=False,
        on_step=lambda *step: shop.steps.append(step),
    )
    return shop


@pytest.fixture
def shop(tested, monkeypatch):
    monkeypatch.setenv("RECS_DUCKDB", str(tested.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(tested.published))
    monkeypatch.setenv("COLUMNS", "200")
    return tested


def test_the_weeks_asked_for_are_evaluated_and_published(tested):
    assert tested.outcome.evaluated == WEEKS
    assert tested.outcome.kept == []
    # the week that was scored, and evaluated, before is still there
    assert tested.published_rows("select distinct target_week from recs.evaluation order by 1") == [
        (week,) for week in [*WEEKS, dt.date(2020, 9, 16)]
    ]
    assert tested.published_rows("select count(*) > 0 from recs.comparisons") == [(True,)]
    assert tested.published_rows("select count(*) > 0 from recs.candidate_recall") == [(True,)]


def test_lists_for_everybody_stay_as_they_are(tested):
    query = "select count(*), bit_xor(hash(r)) from recs.recommendations_explained as r"
    assert tested.published_rows(query) == tested.lists_before
    assert tested.rows(query) == tested.lists_before
    # nor do readers get articles like others as of a week in the past
    assert (
        tested.published_rows("select count(*), bit_xor(hash(r)) from recs.similar_articles as r")
        == tested.similar_before
    )


def test_a_backtest_scores_buyers_with_the_models_that_score_everybody(tested, fashion, tmp_path):
    scored = fashion.copy(tmp_path / "scored")
    scored.score("2020-09-09")
    # candidates of a customer do not depend on who else is scored
    query = """
        select source, within, recall from evaluation.recall_of_candidates
        where target_week = '2020-09-09' and source != 'union' order by 1, 2
    """
    assert tested.rows(query) == scored.rows(query)
    value = """
        select value from evaluation.metrics
        where target_week = '2020-09-09' and system = ? and segment = 'all' and metric = 'map_kaggle' and k = 12
    """
    for system in ("repurchase", "copurchase", "popularity_7_days"):
        assert tested.rows(value, system) == scored.rows(value, system)


def test_a_published_file_from_before_keeps_its_tables(tested, tmp_path):
    shop = tested.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.published)) as connection:
        for table in ("evaluation", "comparisons", "department_sales"):
            connection.execute(f"drop table recs.{table}")
    publish(database=shop.database, published=shop.published, only=("evaluation",))
    tables = {
        row[0] for row in shop.published_rows("select table_name from duckdb_tables() where schema_name = 'recs'")
    }
    assert "evaluation" in tables
    assert not tables & {"comparisons", "department_sales"}
    assert shop.published_rows("select count(*) > 0 from recs.recommendations") == [(True,)]


def test_progress_counts_up_to_the_end(tested):
    behind = [done / (total or 1) for _, done, total in tested.steps]
    assert behind[0] == 0
    assert max(behind) < 1
    assert any("2020-09-09 metrics" in what for what, *_ in tested.steps)


def test_the_summary_is_the_mean_of_the_weeks(tested):
    summary = tested.outcome.summary
    assert [row.week for row in summary.weeks] == WEEKS
    assert summary.mean.blend == pytest.approx(statistics.fmean(row.blend for row in summary.weeks))
    assert summary.mean.difference == pytest.approx(statistics.fmean(row.difference for row in summary.weeks))
    for row in [*summary.weeks, summary.mean]:
        assert row.ci_low <= row.difference <= row.ci_high
        assert row.difference == pytest.approx(row.blend - row.baseline)
    # the best of the baselines, not of all systems
    means = {row.system: row.value for row in summary.systems}
    baselines = ("popularity_7_days", "popularity_28_days", "repurchase_count", "repurchase_decayed")
    assert summary.best_baseline in baselines
    assert means[summary.best_baseline] == max(means[name] for name in baselines)
    assert "without_repurchase" in means


def test_the_interval_of_a_mean_is_narrower_than_those_of_its_weeks(tested):
    summary = tested.outcome.summary
    narrowest = min(row.ci_high - row.ci_low for row in summary.weeks)
    assert summary.mean.ci_high - summary.mean.ci_low < narrowest


def test_a_week_that_is_done_is_not_done_again_unless_asked(shop, tmp_path, monkeypatch):
    copy = shop.copy(tmp_path / "copy")
    monkeypatch.setenv("RECS_DUCKDB", str(copy.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(copy.published))
    built = []
    monkeypatch.setattr(
        backtest_module.dbt_build, "build", lambda **arguments: built.append(arguments["variables"]["target_week"])
    )
    asked = ("--from", "2020-09-02", "--to", "2020-09-09", "--without", "repurchase")
    outcome = run(*asked)
    assert outcome.exit_code == 0, outcome.output
    assert built == []
    assert "2 weeks were evaluated before" in outcome.output
    # a stopped backtest goes on with the week that is missing
    with duckdb.connect(str(copy.database)) as connection:
        connection.execute("delete from evaluation.evaluated_weeks where target_week = '2020-09-09'")
    assert run(*asked).exit_code == 0
    assert built == ["2020-09-09"]
    # other settings, or other data, are another evaluation
    assert run("--from", "2020-09-02", "--to", "2020-09-02").exit_code == 0
    with duckdb.connect(str(copy.database)) as connection:
        connection.execute("update raw.dataset set transactions = transactions + 1")
    assert run("--from", "2020-09-02", "--to", "2020-09-02", "--without", "repurchase").exit_code == 0
    assert built == ["2020-09-09", "2020-09-02", "2020-09-02"]
    assert run(*asked, "--again").exit_code == 0
    assert built[3:] == ["2020-09-02", "2020-09-09"]


def test_the_table_shows_weeks_mean_and_best_baseline(shop):
    outcome = run(
        "--from", "2020-09-02", "--to", "2020-09-09", "--without", "repurchase", "--segment", "recency: 1-7 days"
    )  # fmt: skip
    assert outcome.exit_code == 0, outcome.output
    for text in (
        "MAP@12 of the blend and of the best baseline",
        "recency: 1-7 days",
        "2020-09-02",
        "mean",
        "95% interval",
    ):
        assert text in outcome.output
    assert "without_repurchase" in outcome.output


def test_the_last_weeks_are_whole_weeks_with_purchases(fashion, tmp_path):
    shop = fashion.copy(tmp_path / "shop")
    arguments = {"database": shop.database, "first": None, "last": None}
    assert choose_weeks(weeks=2, **arguments) == [dt.date(2020, 9, 9), dt.date(2020, 9, 16)]
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute(
            "delete from raw.transactions where transaction_date > '2020-09-20'"
            " or transaction_date between '2020-09-02' and '2020-09-08'"
        )
    # the last week has not ended, in the other nobody bought anything
    assert choose_weeks(weeks=2, **arguments) == [dt.date(2020, 8, 26), dt.date(2020, 9, 9)]
    with pytest.raises(UsageError, match="Nobody bought anything in the week of 2020-09-02"):
        choose_weeks(weeks=None, database=shop.database, first="2020-09-02", last=None)


def put_into_use(shop, *blends: tuple[int, str, str | None]) -> None:
    """Blends that were learned: number, the week they were trained for, and where they may not be used any more."""
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("create schema if not exists learned")
        connection.execute(
            "create table learned.blends (blend_id integer, trained_for date, used_before date, is_promoted boolean)"
        )
        connection.executemany("insert into learned.blends values (?, ?, ?, true)", blends)
        connection.execute("create table learned.shapes (blend_id integer, signal varchar, points double)")
        connection.execute(
            "create table learned.interaction_shapes (blend_id integer, signal varchar, other_signal"
            " varchar, points double)"
        )


def test_by_default_weeks_are_judged_that_the_learned_blend_has_not_seen(fashion, tmp_path, monkeypatch):
    arguments = {"weeks": None, "first": None, "last": None}
    shop = fashion.copy(tmp_path / "shop")
    monkeypatch.setenv("RECS_DUCKDB", str(shop.database))
    last_four = choose_weeks(database=shop.database, **arguments)
    assert [str(week) for week in last_four] == ["2020-08-26", "2020-09-02", "2020-09-09", "2020-09-16"]
    put_into_use(shop, (1, "2020-09-23", None))
    outcome = run()
    assert outcome.exit_code == 2
    said = " ".join(outcome.output.split())
    assert "Blend 1 learned from weeks before 2020-09-23, so it judges none of these weeks" in said
    assert "`recs train --week 2020-08-26`, then `recs backtest`" in said
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("insert into learned.blends values (2, '2020-09-09', '2020-09-23', true)")
    assert [str(week) for week in choose_weeks(database=shop.database, **arguments)] == ["2020-09-09", "2020-09-16"]


def test_it_names_the_blend_that_scored_each_week_and_the_one_that_scored_none(shop, tmp_path, monkeypatch):
    copy = shop.copy(tmp_path / "copy")
    monkeypatch.setenv("RECS_DUCKDB", str(copy.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(copy.published))
    monkeypatch.setattr(backtest_module.dbt_build, "build", lambda **_: None)
    asked = ("--from", "2020-09-02", "--to", "2020-09-09")
    first = run(*asked).output
    assert re.search(r"2020-09-09 .* default$", first, flags=re.MULTILINE), first
    put_into_use(copy, (1, "2020-09-23", None), (2, "2020-09-09", "2020-09-23"))
    with duckdb.connect(str(copy.database)) as connection:
        connection.execute("update evaluation.evaluated_weeks set blend_id = 2 where target_week = '2020-09-09'")
        connection.execute(
            """
            create or replace table shop.rules (rule varchar);
            insert into shop.rules values ('stock');
            """
        )
    outcome = run(*asked)
    said = " ".join(outcome.output.split())
    assert "blend 2" in said
    assert "Blend 1 learned from weeks before 2020-09-23, so it judges none of these weeks" in said
    assert "The shop's rules (1 line) do not act in a backtest" in said
    assert "judges none" not in run("--from", "2020-09-09", "--to", "2020-09-09").output


def test_an_unknown_kind_of_segment_is_refused_before_anything_is_built(shop, monkeypatch):
    monkeypatch.setattr(backtest_module.dbt_build, "build", lambda **_: pytest.fail("built"))
    outcome = run("--weeks", "2", "--again", "--segment", "nope")
    assert outcome.exit_code == 2
    assert "There is no segment 'nope': choose 'all' or one of 'recency: ...'" in outcome.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--to", "2020-09-23"], "The week of 2020-09-23 has no whole week of purchases"),
        (["--from", "2031-W05"], "The week of 2031-01-29 has no whole week of purchases"),
        (["--from", "2000-01-01"], "has no history before it"),
        (["--weeks", "5000"], "weeks that can be backtested, not 5000"),
        (["--weeks", "0"], "--weeks"),
        (["--weeks", "2", "--from", "2020-09-02"], "leave one out"),
        (["--from", "2020-09-09", "--to", "2020-09-02"], "swap them"),
        (["--from", "soon"], "'soon' is not a week"),
        (["--without", "magic"], "There is no signal 'magic' to leave out: the signals are repurchase"),
        (["--without", "popularty"], "There is no signal 'popularty' to leave out: did you mean popularity"),
        (
            ["--from", "2020-09-02", "--to", "2020-09-02", "--without", "repurchase", "--segment", "vip"],
            "There is no segment 'vip'",
        ),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(shop, arguments, sentence):
    outcome = run(*arguments)
    assert outcome.exit_code == 2, outcome.output
    assert sentence in outcome.output
    assert "Traceback" not in outcome.output


def test_with_nothing_loaded_it_says_what_to_type(tmp_path, monkeypatch):
    monkeypatch.setenv("RECS_DUCKDB", str(tmp_path / "warehouse.duckdb"))
    outcome = run("--weeks", "2")
    assert outcome.exit_code == 2
    assert "Nothing is loaded in" in outcome.output
