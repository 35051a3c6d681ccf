"""`recs_py.Project`: the work of the commands from Python, and the notebook of the documentation."""

import contextlib
import datetime as dt
import json
import os
import threading
import time
from pathlib import Path

import pytest

import recs_py
from recs_py import work_lock
from recs_py.distribution import ROOT
from tests.conftest import write_toy_shop

WEEK = dt.date(2020, 9, 23)


@pytest.fixture
def project(toy_shop) -> recs_py.Project:
    return recs_py.Project(toy_shop.folder, database=toy_shop.database, published=toy_shop.published)


def test_lists_are_those_that_are_published(project, toy_shop):
    lists = project.recommendations()
    assert lists.select(["customer_id", "rank", "article_id"]).to_pylist() == [
        {"customer_id": customer, "rank": rank, "article_id": article}
        for customer, rank, article in toy_shop.published_rows(
            "select customer_id, rank, article_id from recs.recommendations order by customer_id, rank"
        )
    ]
    [first, *_] = project.recommendations(WEEK, customers=["anna"], explained=True).to_pylist()
    assert (first["customer_id"], first["rank"], first["target_week"]) == ("anna", 1, WEEK)
    assert first["reason"] and first["contributions"]
    assert project.recommendations(customers=[]).num_rows == 0
    assert project.recommendations("2020-W39").equals(lists)
    assert list(lists.to_pandas()["rank"][:12]) == list(range(1, 13))


def test_days_and_ids_are_texts_of_any_kind(project):
    noon = dt.datetime(2020, 9, 23, 12)
    assert project.recommendations(noon).equals(project.recommendations(WEEK))
    assert project.recommendations(customers=[17, "it's"]).num_rows == 0
    ids = project.query("select distinct customer_id from recs.recommendations order by 1 limit 2")["customer_id"]
    assert project.recommendations(customers=ids).num_rows == 24


def test_a_link_to_the_published_file_stays(project, tmp_path):
    (tmp_path / "link.duckdb").symlink_to(project.published)
    assert recs_py.Project(tmp_path, published="link.duckdb").published == project.published


def test_what_tell_raises_is_raised_after_the_work(toy_shop, tmp_path):
    def refuse(step: str) -> None:
        raise LookupError(step)

    shop = recs_py.Project(tmp_path, database=toy_shop.database, published=toy_shop.published, tell=refuse)
    with pytest.raises(LookupError):
        shop.publish("lists")
    assert (tmp_path / "lists" / "current").exists()
    # and no later method raises it again
    assert shop.recommendations().num_rows == 72


def test_threads_take_turns(project):
    order = []

    def work(name: str) -> None:
        with project._at_work():
            order.append(name)
            time.sleep(0.05)
            order.append(name)

    before = Path.cwd()
    threads = [threading.Thread(target=work, args=(name,)) for name in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert order in (2 * ["first"] + 2 * ["second"], 2 * ["second"] + 2 * ["first"])
    assert Path.cwd() == before


def test_any_view_can_be_asked(project):
    [row] = project.query(
        "select count(*) as lists from recs.recommendations where customer_id = ?", ["anna"]
    ).to_pylist()
    assert row == {"lists": 12}


def test_lists_are_copied_to_a_folder_of_the_project(project, toy_shop, tmp_path):
    folder = Path(os.path.relpath(tmp_path / "lists", toy_shop.folder))
    rows = project.publish(folder)
    assert rows["recommendations_explained"] == project.recommendations().num_rows
    assert (tmp_path / "lists" / "current").exists()


def test_paths_of_the_environment_lie_in_the_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("RECS_DUCKDB", raising=False)
    monkeypatch.setenv("RECS_PUBLISHED", "lists.duckdb")
    before = Path.cwd()
    shop = recs_py.Project(tmp_path)
    assert (shop.database, shop.published) == (tmp_path / "warehouse.duckdb", tmp_path / "lists.duckdb")
    assert Path.cwd() == before


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (lambda shop: shop.recommendations("2019-W01"), "No list is published for the week 2019-W01"),
        (lambda shop: shop.score("2020-W39", as_of=WEEK), "give one of them"),
        (lambda shop: shop.load("hm", "nowhere"), "There is no folder nowhere"),
        (lambda shop: shop.load("hm", add=True, replace=True), "leave replace out"),
        (lambda shop: shop.load("hm", skip_known=True), "skip_known is for add"),
        (lambda shop: shop.backtest(weeks=1, first=WEEK), "leave one out"),
        (lambda shop: shop.publish("server:5432/shop"), "write postgresql://"),
        (lambda shop: shop.weekly("hm", "files", places=["server:5432/shop"]), "write postgresql://"),
        (lambda shop: shop.weekly("hm", "files", places=["postgresql://me:secret@db/shop"]), "password"),
        (lambda shop: shop.weekly("ta-feng"), "hm is loaded: name its loader"),
        (lambda shop: shop.load("synthetic"), "recs load synthetic"),
        (lambda shop: shop.train(weeks=0), "choose a number from 1 to 26"),
        (lambda shop: shop.backtest(weeks=0), "choose a number from 1"),
        (lambda shop: shop.backtest(without="copurchase"), "give a list"),
        (lambda shop: shop.recommendations(customers="anna"), "give a list of ids"),
        (lambda shop: shop.query("from recs.nothing"), "cannot be answered"),
        (lambda shop: shop.query("from recs.runs where run_id = ?"), "cannot be answered"),
        (lambda shop: shop.query(""), "asks for no rows"),
        (lambda shop: recs_py.Project(shop.folder / "nowhere"), "There is no folder"),
        (lambda shop: recs_py.Project(shop.folder, database=":memory:"), "nothing would be kept"),
    ],
)
def test_faults_are_the_sentences_of_the_commands(project, asked, sentence):
    before = Path.cwd()
    with pytest.raises(recs_py.UsageError, match=sentence):
        asked(project)
    assert Path.cwd() == before


def test_nothing_published_is_told(tmp_path):
    with pytest.raises(recs_py.UsageError, match="There is no published file"):
        recs_py.Project(tmp_path).recommendations()


def test_it_holds_the_work_database_as_a_command_does(project, monkeypatch):
    told = []

    def hold(database: Path, *, command: str):
        told.append((database, command))
        return contextlib.nullcontext()

    monkeypatch.setattr(work_lock, "held", hold)
    with pytest.raises(recs_py.UsageError):
        project.load("hm", "nowhere")
    assert told == [(project.database, "Project.load")]


@pytest.mark.slow
def test_a_shop_is_loaded_scored_and_judged(tmp_path):
    write_toy_shop(tmp_path / "files")
    steps = []
    shop = recs_py.Project(tmp_path, database="shop_work.duckdb", published="lists.duckdb", tell=steps.append)
    assert shop.load("hm", "files").rows["transactions"] == 30
    assert shop.score() == WEEK
    assert "rankings" in steps and "publish" in steps
    assert shop.recommendations().num_rows == 72
    assert shop.publish()["recommendations_explained"] == 72
    judged = shop.backtest(weeks=1)
    assert [week.week for week in judged.weeks] == [dt.date(2020, 9, 16)]
    with pytest.raises(recs_py.UsageError, match="Training needs 3 whole weeks"):
        shop.train()


@pytest.mark.slow
def test_the_notebook_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("RECS_DUCKDB", "RECS_PUBLISHED"):
        monkeypatch.delenv(name, raising=False)
    write_toy_shop(tmp_path / "files")
    toys = {'"complete-journey"': '"hm", "files"', "2017-12-18": "2020-09-23", "1019": "anna"}
    cells = json.loads((ROOT / "docs" / "how-to" / "notebook.ipynb").read_text())["cells"]
    names: dict = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            for real, toy in toys.items():
                source = source.replace(real, toy)
            exec(source, names)
    assert len(names["lists"]) == 12
    assert names["judged"].mean.customers > 0
