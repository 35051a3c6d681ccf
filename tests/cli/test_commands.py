"""Every command, typed as a user types it."""

import datetime as dt
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from click.testing import CliRunner

from recs_py.cli import looking, main
from recs_py.distribution import ROOT
from tests.conftest import write_toy_shop


def run(*arguments: str):
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def shop(toy_shop, monkeypatch):
    monkeypatch.setenv("RECS_DUCKDB", str(toy_shop.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(toy_shop.published))
    monkeypatch.setenv("COLUMNS", "200")
    return toy_shop


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.setenv("RECS_DUCKDB", str(tmp_path / "warehouse.duckdb"))
    monkeypatch.setenv("RECS_PUBLISHED", str(tmp_path / "recommendations.duckdb"))
    return tmp_path


def test_every_command_has_help_that_ends_in_an_example():
    for name, command in main.commands.items():
        outcome = run(name, "--help")
        assert outcome.exit_code == 0
        assert f"recs {name}" in command.help.rsplit("Example:", 1)[1], f"{name} shows no example"


@pytest.mark.slow
def test_load_score_and_show(empty):
    source = write_toy_shop(empty / "source")
    outcome = run("load", "hm", "--from", str(source))
    assert outcome.exit_code == 0, outcome.output
    assert "raw.transactions" in outcome.output
    outcome = run("score", "--week", "2020-W39")
    assert outcome.exit_code == 0, outcome.output
    assert "2020-09-23" in outcome.output
    outcome = run("show", "anna")
    assert outcome.exit_code == 0, outcome.output
    assert "0000000101" in outcome.output


def test_show_prints_history_list_and_reason(shop):
    outcome = run("show", "anna")
    assert outcome.exit_code == 0, outcome.output
    for text in (
        "last purchases",
        "2020-09-22",
        "Blue trousers",
        "Recommended for the week of 2020-09-23",
        "Bought 3 times, last on 22 September",
        "Bought on 15 September  repurchase",
        "Bestseller of last week",
    ):
        assert text in outcome.output
    assert "+1.000" not in outcome.output
    assert "repurchase +1.000" in run("show", "anna", "--signals").output


@pytest.mark.parametrize(
    ("bought", "until", "title", "columns"),
    [
        (["1", "2"], None, "Bought in that week: 2 articles, 1 of them recommended; the others", 3),
        (["1"], None, "Bought in that week: 1 article, 1 of them recommended", 0),
        ([], None, "Bought in that week: nothing", 0),
        ([], dt.date(2018, 1, 1), "Bought in that week up to 2018-01-01: nothing", 0),
    ],
)
def test_a_week_without_other_purchases_shows_no_table_of_them(bought, until, title, columns):
    page = SimpleNamespace(
        bought=[{"article_id": id} for id in bought], bought_until=until, recommendations=[{"article_id": "1"}]
    )
    [table] = looking._bought_besides(page)
    assert (table.title, len(table.columns)) == (title, columns)


def test_an_article_without_a_name_is_shown_by_its_product_type(shop, tmp_path, monkeypatch):
    copy = shop.copy(tmp_path / "shop")
    monkeypatch.setenv("RECS_DUCKDB", str(copy.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(copy.published))
    nameless = "where article_id = '0000000201'"
    with duckdb.connect(str(copy.database)) as connection:
        connection.execute(f"update staging.articles set name = null {nameless}")
    with duckdb.connect(str(copy.published)) as connection:
        connection.execute(f"update recs.article_details set name = null, display_name = product_type {nameless}")
        connection.execute(
            "update internal.recommendation_buckets set main_signal = 'item_cf', because_of_article_id = '0000000201' "
            "where rank = 4"
        )
    shown = run("show", "anna").output
    assert "Blue trousers" not in shown
    assert shown.count("0000000201  trousers\n") + shown.count("0000000201  trousers ") == 3
    assert "Bought by customers who also bought trousers" in shown
    similar = run("similar", "0000000101").output
    assert "trousers" in similar
    assert "Blue trousers" not in similar


@pytest.mark.slow
def test_a_label_without_effect_is_named(shop, tmp_path, monkeypatch):
    copy = shop.copy(tmp_path / "shop")
    monkeypatch.setenv("RECS_DUCKDB", str(copy.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(copy.published))
    with duckdb.connect(str(copy.database)) as connection:
        connection.execute(
            "insert into shop.labels values ('popularty', 'beliebt', null), ('popularity', 'beliebt', '{')"
        )
    outcome = run("publish")
    assert "2 lines of shop.labels without effect, such as 'popularty': there is no such signal." in outcome.output
    outcome = run("score", "--week", "2020-W39")
    assert "2 lines of shop.labels without effect, such as 'popularty': there is no such signal." in outcome.output


def test_show_names_the_weeks_that_are_published(shop):
    assert run("show", "anna", "--week", "2020-09-25").exit_code == 0
    assert run("show", "anna", "--week", "2020-W39").exit_code == 0
    outcome = run("show", "anna", "--week", "2020-W38")
    assert outcome.exit_code == 2
    assert "there are lists for 2020-09-23" in outcome.output


def test_show_without_a_customer_chooses_one(shop):
    assert "Recommended for the week" in run("show").output


def test_similar_shows_every_method(shop):
    outcome = run("similar", "0000000101")
    assert outcome.exit_code == 0, outcome.output
    assert "Customers who bought the same (item_cf)" in outcome.output
    assert "0000000201" in outcome.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["show", "nobody"], "There is no customer 'nobody'"),
        (["show", "x' or 1=1 --"], "There is no customer"),
        (["similar", "999"], "There is no article '999'"),
        (["score", "--week", "soon"], "'soon' is not a week"),
        (["score", "--week", "2018-01-01"], "before the weeks that can be scored"),
        (["score", "--week", "2031-W01"], "after the weeks that can be scored"),
        (["load", "nosuch", "--from", "."], "nosuch"),
        (["load", "synthetic", "--from", "."], "leave --from out"),
        (["load", "synthetic", "--customers", "0"], "--customers"),
        (["load", "hm", "--from", ".", "--seed", "3"], "hm has its own seed: leave --seed out"),
        (["train", "--rollback", "--week", "2020-W39"], "--rollback learns nothing: leave --week out"),
        (["train", "--use", "1", "--promote"], "--use learns nothing: leave --promote out"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(shop, arguments, sentence):
    outcome = run(*arguments)
    assert outcome.exit_code == 2, outcome.output
    assert sentence in outcome.output
    assert "Traceback" not in outcome.output


@pytest.mark.parametrize("arguments", [["score"], ["show", "anna"], ["similar", "1"], ["publish"]])
def test_with_nothing_loaded_every_command_says_what_to_type(empty, arguments):
    outcome = run(*arguments)
    assert outcome.exit_code == 2, outcome.output
    assert "recs load" in outcome.output or "recs score" in outcome.output


@pytest.mark.slow
def test_a_bare_dbt_build_with_nothing_loaded_says_what_to_type(empty):
    outcome = subprocess.run(
        [Path(sys.executable).parent / "dbt", "build"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert outcome.returncode != 0
    assert " yet: type `recs load complete-journey` (real groceries)" in outcome.stdout
    assert "Catalog Error" not in outcome.stdout


@pytest.mark.slow
def test_a_bare_dbt_build_makes_the_same_lists_as_score(toy_shop, tmp_path, monkeypatch):
    shop = toy_shop.copy(tmp_path / "shop")
    monkeypatch.setenv("RECS_DUCKDB", str(shop.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(shop.published))
    lists = "select count(*), bit_xor(hash(r)) from recs.recommendations as r"
    before = shop.published_rows(lists)
    outcome = subprocess.run(
        [Path(sys.executable).parent / "dbt", "build"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stdout
    assert "WARN" not in outcome.stdout.replace("WARN=0", "")
    assert run("publish").exit_code == 0
    assert shop.published_rows(lists) == before


@pytest.mark.slow
def test_what_fails_prints_one_sentence_nothing_where_json_is_read_and_is_no_run(toy_shop, tmp_path, monkeypatch):
    shop = toy_shop.copy(tmp_path / "shop")
    monkeypatch.setenv("RECS_DUCKDB", str(shop.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(shop.published))
    file = tmp_path / "rules.csv"
    file.write_text("action,attribute,value\nonly,article_id,0000000101\n")
    assert run("rules", "--from", str(file)).exit_code == 0
    runs = shop.rows("from recs.runs")
    outcome = run("score", "--json")
    assert outcome.exit_code == 1
    assert shop.rows("from recs.runs") == runs
    assert outcome.stdout == ""
    assert "The rules of the shop leave 1 of the 12 articles that a list needs to the segment" in outcome.stderr
    assert ": take lines of `only`, `exclude` or `limit` back" in outcome.stderr
    assert "\x1b" not in outcome.stderr
