"""Only what recs has published is replaced: files, folders, and the lists of another data set."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from recs_py.distribution import ROOT
from recs_py.errors import UsageError
from recs_py.evaluation.backtest import backtest
from recs_py.pipeline import dbt_build
from recs_py.publishing.kaggle import export_kaggle
from recs_py.publishing.parquet.publish import CURRENT, publish_to_parquet, roll_back_parquet
from recs_py.publishing.publish import publish
from recs_py.publishing.versions import kept_versions, roll_back, versions_folder
from recs_py.reading.report import write_report
from recs_py.scoring.score import score


@pytest.fixture
def shop(toy_shop, tmp_path):
    return toy_shop.copy(tmp_path / "shop")


def of_another_shop(shop) -> None:
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("update raw.dataset set name = 'another'")


def a_database(path):
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table sales as select 1 as a")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (a_database, r"holds main\.sales, which recs has not published"),
        (lambda path: path.write_text("my notes"), "is no file that recs has published"),
        (lambda path: path.mkdir(), "is a folder"),
    ],
    ids=["a database", "a text file", "a folder"],
)
def test_a_file_that_recs_has_not_published_is_not_replaced(shop, make, sentence):
    place = shop.folder / "mine.duckdb"
    make(place)
    before = place.is_dir() or place.read_bytes()
    with pytest.raises(UsageError, match=sentence):
        publish(database=shop.database, published=place)
    with pytest.raises(UsageError, match=sentence):
        score(database=shop.database, published=place, week=None)
    with pytest.raises(UsageError, match=sentence):
        roll_back(place)
    assert (place.is_dir() or place.read_bytes()) == before
    assert not versions_folder(place).exists()


def test_a_published_file_with_a_table_of_somebody_else_is_not_replaced(shop):
    with duckdb.connect(str(shop.published)) as connection:
        connection.execute("create table notes as select 1 as a")
    with pytest.raises(UsageError, match=r"holds main\.notes, which recs has not published"):
        publish(database=shop.database, published=shop.published)
    assert shop.published_rows("from notes") == [(1,)]


@pytest.mark.parametrize("kind", ["table", "view"])
def test_nor_is_one_where_it_stands_beside_the_lists(shop, kind):
    with duckdb.connect(str(shop.published)) as connection:
        connection.execute(f"create {kind} recs.opt_outs as select 'anna' as customer_id")
    with pytest.raises(UsageError, match=r"holds recs\.opt_outs, which recs has not published"):
        publish(database=shop.database, published=shop.published)
    assert shop.published_rows("from recs.opt_outs") == [("anna",)]


@pytest.mark.parametrize("name", ["warehouse.duckdb", "link.duckdb"])
def test_the_work_database_is_not_replaced(shop, name):
    place = shop.folder / name
    if not place.exists():
        place.symlink_to(shop.database)
    with pytest.raises(UsageError, match="is the work database: set RECS_PUBLISHED to another file"):
        publish(database=shop.database, published=place)
    assert shop.rows("select count(*) > 0 from raw.transactions") == [(True,)]


def test_an_empty_file_is_published_into(shop):
    place = shop.folder / "made_by_mktemp.duckdb"
    place.touch()
    publish(database=shop.database, published=place)
    assert place.stat().st_size
    assert not kept_versions(place)


def test_a_reader_that_could_write_keeps_nobody_from_publishing(shop):
    program = f"import duckdb; c = duckdb.connect({str(shop.published)!r}); print('open', flush=True); input()"
    reader = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert reader.stdout.readline() == "open\n"
    try:
        publish(database=shop.database, published=shop.published)
    finally:
        reader.communicate("\n", timeout=30)


@pytest.mark.slow
def test_lists_of_another_data_set_are_replaced_only_if_that_is_said(shop):
    of_another_shop(shop)
    before = shop.published.read_bytes()
    sentence = "holds the lists of the data set hm, but those of another would be published there.*--replace"
    with pytest.raises(UsageError, match=sentence):
        publish(database=shop.database, published=shop.published)
    with pytest.raises(UsageError, match=sentence):
        score(database=shop.database, published=shop.published, week=None)
    assert shop.published.read_bytes() == before
    score(database=shop.database, published=shop.published, week=None, replace=True)
    assert shop.published_rows("select dataset from recs.runs where is_live") == [("another",)]
    # a rollback restores the file that was there before
    roll_back(shop.published)
    assert shop.published_rows("select dataset from recs.runs where is_live") == [("hm",)]


def test_lists_that_another_data_set_has_replaced_are_whole_after_a_rollback(shop, tmp_path):
    folder = tmp_path / "parquet"
    lists = shop.published_rows("from recs.recommendations order by all")
    publish_to_parquet(published=shop.published, folder=folder, keep=1)
    of_another_shop(shop)
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("update recs.runs set dataset = 'another'")
        connection.execute("update staging.customers set customer_id = 'of another shop: ' || customer_id")
    publish(database=shop.database, published=shop.published, replace=True)
    publish_to_parquet(published=shop.published, folder=folder, keep=1, replace=True)
    assert not set(lists) & set(shop.published_rows("from recs.recommendations"))
    roll_back(shop.published)
    roll_back_parquet(folder=folder)
    assert shop.published_rows("from recs.recommendations order by all") == lists
    with duckdb.connect() as connection:
        files = f"read_parquet('{folder}/current/recommendations_explained/**/*.parquet')"
        assert connection.execute(f"select count(*) from {files}").fetchone() == (len(lists),)


def test_files_that_differ_in_their_suffix_alone_keep_their_own_versions(shop):
    folders = {versions_folder(shop.folder / name) for name in ("a.duckdb", "a.db", "a", "a.db.duckdb")}
    assert len(folders) == 4
    one, other = shop.folder / "a.duckdb", shop.folder / "a.db"
    for place in (one, one, other):
        publish(database=shop.database, published=place)
    assert (len(kept_versions(one)), len(kept_versions(other))) == (1, 0)


def test_files_beside_the_versions_stay(shop, monkeypatch):
    monkeypatch.setenv("RECS_VERSIONS", "1")
    mine = versions_folder(shop.published) / "before_the_move.duckdb"
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine")
    for _ in range(3):
        publish(database=shop.database, published=shop.published)
    assert mine.read_text() == "mine"
    assert len(kept_versions(shop.published)) == 1


def test_a_file_in_the_place_of_the_versions_is_named(shop):
    shutil.rmtree(versions_folder(shop.published), ignore_errors=True)
    versions_folder(shop.published).write_text("mine")
    with pytest.raises(UsageError, match=r"recommendations\.versions is a file"):
        publish(database=shop.database, published=shop.published)


@pytest.mark.parametrize("name", ["missing/recommendations.duckdb", "recs.duckdb", "taken.duckdb"])
def test_a_place_that_nothing_can_be_published_to_costs_no_build(shop, monkeypatch, name):
    monkeypatch.setattr(dbt_build, "build", lambda **_: pytest.fail("built"))
    (shop.folder / "taken.versions").write_text("mine")
    with pytest.raises(UsageError, match=r"does not exist: make it|cannot be called|is a file"):
        score(database=shop.database, published=shop.folder / name, week=None)


def test_a_read_only_folder_costs_no_build(shop, monkeypatch):
    monkeypatch.setattr(dbt_build, "build", lambda **_: pytest.fail("built"))
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(UsageError, match="cannot be written to: set RECS_PUBLISHED to a file in another one"):
        score(database=shop.database, published=shop.published, week=None)


def test_a_backtest_of_another_data_set_than_the_published_one_costs_no_build(shop, monkeypatch):
    monkeypatch.setattr(dbt_build, "build", lambda **_: pytest.fail("built"))
    of_another_shop(shop)
    asked = {"weeks": 1, "first": None, "last": None, "segment": "all", "without": (), "again": False}
    with pytest.raises(UsageError, match=r"are of the data set hm, but what is loaded is another.*--replace"):
        backtest(database=shop.database, published=shop.published, **asked)


def test_folders_beside_the_parquet_versions_stay(shop, tmp_path):
    folder = tmp_path / "parquet"
    mine = [folder / "version-1.0", folder / ".version-control"]
    for path in mine:
        (path / "notes").mkdir(parents=True)
    for _ in range(3):
        publish_to_parquet(published=shop.published, folder=folder, keep=0)
    assert all((path / "notes").is_dir() for path in mine)
    with pytest.raises(UsageError, match="no version before"):
        roll_back_parquet(folder=folder)


def test_a_version_is_not_published_into(shop, tmp_path):
    folder = tmp_path / "parquet"
    publish_to_parquet(published=shop.published, folder=folder, keep=1)
    before = sorted(folder.rglob("*"))
    for place in (folder / CURRENT, folder / (folder / CURRENT).readlink()):
        for refused in (
            lambda place=place: publish_to_parquet(published=shop.published, folder=place, keep=1),
            lambda place=place: roll_back_parquet(folder=place),
        ):
            with pytest.raises(UsageError, match=f"was published into {folder}: name that folder"):
                refused()
    assert sorted(folder.rglob("*")) == before


def test_a_link_of_somebody_else_is_not_moved(shop, tmp_path):
    folder, releases = tmp_path / "parquet", tmp_path / "releases"
    folder.mkdir()
    releases.mkdir()
    (folder / CURRENT).symlink_to(releases)
    for refused in (
        lambda: publish_to_parquet(published=shop.published, folder=folder, keep=0),
        lambda: roll_back_parquet(folder=folder),
    ):
        with pytest.raises(UsageError, match="has not written: name another folder"):
            refused()
    assert (folder / CURRENT).readlink() == releases


def test_parquet_of_another_data_set_is_replaced_only_if_that_is_said(shop, tmp_path):
    folder = tmp_path / "parquet"
    publish_to_parquet(published=shop.published, folder=folder, keep=1)
    with duckdb.connect(str(shop.published)) as connection:
        connection.execute("update recs.runs set dataset = 'another'")
    version = (folder / CURRENT).readlink()
    with pytest.raises(UsageError, match=r"lists of the data set hm, but those of another.*--replace"):
        publish_to_parquet(published=shop.published, folder=folder, keep=1)
    assert (folder / CURRENT).readlink() == version
    publish_to_parquet(published=shop.published, folder=folder, keep=1, replace=True)
    publish_to_parquet(published=shop.published, folder=folder, keep=1)


@pytest.mark.slow
def test_an_export_or_a_report_replaces_only_its_own(shop, tmp_path):
    mine = tmp_path / "customers.csv"
    mine.write_text("customer_id,email\n1,x\n")
    for write in (
        lambda file: export_kaggle(published=shop.published, file=file, week=None),
        lambda file: write_report(published=shop.published, path=file),
    ):
        for file in (mine, shop.database, shop.published):
            before = file.read_bytes()
            with pytest.raises(UsageError, match=r"holds something else.*name another file"):
                write(file)
            assert file.read_bytes() == before
    for name in ("lists.csv", "lists.csv.gz"):
        for _ in range(2):
            export_kaggle(published=shop.published, file=tmp_path / name, week=None)
    for _ in range(2):
        write_report(published=shop.published, path=tmp_path / "report.html")


def test_a_device_or_a_pipe_is_not_replaced_by_a_file(shop, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="pipe is no file: name one with --out"):
        export_kaggle(published=shop.published, file=pipe, week=None)
    with pytest.raises(UsageError, match="pipe is no file: set RECS_PUBLISHED to one"):
        publish(database=shop.database, published=pipe)
    assert pipe.is_fifo()
    with pytest.raises(UsageError, match="--out is empty"):
        export_kaggle(published=shop.published, file=Path(), week=None)


def test_make_clean_keeps_databases_and_clean_data_asks(tmp_path):
    ours = {"warehouse.duckdb", "recommendations.duckdb", "recommendations.versions"}
    kept = ours | {"sales.duckdb", "sales.versions", "report.html"}

    def make(target: str, answer: str = "") -> set[str]:
        subprocess.run(
            ["make", "-f", ROOT / "Makefile", target],
            cwd=tmp_path,
            input=answer,
            text=True,
            capture_output=True,
            check=False,
        )
        return {path.name for path in tmp_path.iterdir()}

    for name in (*kept, "site"):
        (tmp_path / name).touch()
    assert make("clean") == kept
    assert make("clean-data", "\n") == kept
    assert make("clean-data", "yes\n") == kept - ours
