"""`recs weekly`: the steps of a week in one command, and again after a failure."""

import datetime as dt
import json
import shutil

import duckdb
import pytest
from click.testing import CliRunner

import recs_py
from recs_py.api import weekly
from recs_py.api.weekly import Step, WeeklyRun
from recs_py.cli import main
from tests.conftest import write_toy_shop

WEEK = dt.date(2020, 9, 23)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A project's folder with a delivery of the toy shop, after its first run."""
    folder = tmp_path_factory.mktemp("weekly")
    write_toy_shop(folder / "files")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("RECS_DUCKDB", raising=False)
        patch.delenv("RECS_PUBLISHED", raising=False)
        outcome = CliRunner().invoke(main, ["weekly", "hm", "--from", "files", "--to", "lists", "--json"])
    assert outcome.exit_code == 0, outcome.output
    (folder / "first.json").write_text(outcome.stdout)
    return folder


@pytest.mark.slow
def test_the_first_run_loads_all_and_says_why_it_does_not_train(folder):
    told = json.loads((folder / "first.json").read_text())
    assert [step["step"] for step in told["steps"]] == ["load", "train", "score", "publish"]
    load, train, score, publish = (step["what"] for step in told["steps"])
    assert load == "30 transactions"
    assert train.startswith("not yet: Training needs 3 whole weeks")
    assert score == f"published the week of {WEEK}"
    assert publish == "72 rows to lists"
    [outcome] = told["run"]
    assert (outcome["week"], outcome["alarm"]) == (str(WEEK), None)
    assert "1 line of raw.customers: age is impossible, taken as unknown." in outcome["notes"]
    assert (folder / "lists" / "current").exists()


@pytest.mark.slow
def test_a_second_run_adds_what_is_new(folder, tmp_path):
    shop = shutil.copytree(folder, tmp_path / "shop", symlinks=True)
    project = recs_py.Project(shop)
    clean = "select transactions from recs.runs where is_live"
    [before] = project.query(clean).to_pylist()
    with (shop / "files" / "transactions_train.csv").open("a") as file:
        file.write("2020-09-22,fritz,0000000101,0.05,1\r\n")
    run = project.weekly("hm", "files", train_every=0)
    assert [(step.step, step.what) for step in run.steps] == [
        ("load", "1 new transaction"), ("score", f"published the week of {WEEK}"),
    ]  # fmt: skip
    assert project.query(clean).to_pylist() == [{"transactions": before["transactions"] + 1}]


def test_it_trains_when_the_newest_blend_is_old(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    assert weekly._is_due(shop.database, 4)
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("create schema if not exists learned")
        connection.execute("create or replace table learned.blends as select date '2020-09-02' as trained_for")
    assert weekly._is_due(shop.database, 3)
    assert not weekly._is_due(shop.database, 4)


def test_an_alarm_is_told_and_is_an_exit_code(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    run = WeeklyRun(WEEK, [Step("score", "published", 1.0)], notes=["A note."], alarm="The lists were worse.")
    monkeypatch.setattr(weekly, "run_week", lambda *_, **__: run)
    outcome = CliRunner().invoke(main, ["weekly", "hm"])
    assert outcome.exit_code == 1
    assert "A note." in outcome.output and "The lists were worse." in outcome.output
