"""The published data as Parquet files and as Kaggle takes it."""

import csv
import datetime as dt
import errno
import gzip
import os
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from recs_py.cli import main
from recs_py.errors import RecsError, UsageError
from recs_py.publishing.kaggle import export_kaggle
from recs_py.publishing.parquet.publish import publish_to_parquet, roll_back_parquet
from recs_py.publishing.publish import FOR_OTHER_ENGINES
from recs_py.publishing.versions import alone_in

PREDICTIONS = """
    select customer_id, string_agg(article_id, ' ' order by rank) from recs.recommendations
    where target_week = '2020-09-23' group by customer_id order by customer_id
"""


@pytest.mark.parametrize("name", ["submission.csv", "submission.csv.gz", "it's; drop.csv"])
def test_kaggle_gets_every_customer_once_with_twelve_ids_as_they_are_written(toy_shop, tmp_path, name):
    file = tmp_path / name
    assert export_kaggle(published=toy_shop.published, file=file, week=None) == (dt.date(2020, 9, 23), 6)
    with gzip.open(file, "rt") if name.endswith(".gz") else file.open() as lines:
        header, *rows = csv.reader(lines)
    assert header == ["customer_id", "prediction"]
    assert [tuple(row) for row in rows] == toy_shop.published_rows(PREDICTIONS)
    assert all(len(prediction.split(" ")) == 12 for _, prediction in rows)
    assert any(prediction.startswith("0") for _, prediction in rows)
    assert list(tmp_path.iterdir()) == [file]


def test_kaggle_gets_the_week_that_was_asked_for_or_a_sentence(toy_shop, tmp_path):
    with pytest.raises(UsageError, match="No list is published for the week 2020-09-16: there are lists for 2020-09"):
        export_kaggle(published=toy_shop.published, file=tmp_path / "out.csv", week="2020-09-16")
    named = export_kaggle(published=toy_shop.published, file=tmp_path / "out.csv", week="2020-W39")
    assert named == (dt.date(2020, 9, 23), 6)
    with pytest.raises(UsageError, match=r"There is no folder .*nowhere: name a file in another one with --out"):
        export_kaggle(published=toy_shop.published, file=tmp_path / "nowhere" / "out.csv", week=None)


def test_only_the_file_that_was_named_is_written(toy_shop, tmp_path, monkeypatch):
    other = tmp_path / "out.csv.new"
    other.write_text("somebody's own")
    file = tmp_path / "out.csv"
    (tmp_path / ".out.csv.recs-unfinished").write_text("of an export that was killed")
    export_kaggle(published=toy_shop.published, file=file, week=None)
    assert other.read_text() == "somebody's own"
    assert {*tmp_path.iterdir()} == {file, other}
    # as any file that this user makes
    assert file.stat().st_mode == other.stat().st_mode

    def refuse(*_):
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    before = file.read_bytes()
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(RecsError, match=r"out\.csv cannot be written \(.*[Qq]uota.*\): name another file with --out"):
        export_kaggle(published=toy_shop.published, file=file, week=None)
    assert file.read_bytes() == before
    assert {*tmp_path.iterdir()} == {file, other}


def test_a_damaged_gzip_file_is_somebody_elses(toy_shop, tmp_path):
    whole = gzip.compress(b"customer_id,prediction\n")
    damaged = {"no_gzip": b"text", "cut_off": whole[:12], "damaged": whole[:10] + b"\xff" * 8, "header": whole[:3]}
    for name, content in damaged.items():
        file = tmp_path / f"{name}.csv.gz"
        file.write_bytes(content)
        with pytest.raises(UsageError, match=r"holds something else than lists for Kaggle: name another file"):
            export_kaggle(published=toy_shop.published, file=file, week=None)
        assert file.read_bytes() == content


def parquet(folder, query: str) -> list[tuple]:
    with duckdb.connect() as connection:
        return connection.execute(query.format(current=str(folder / "current"))).fetchall()


def test_parquet_has_the_rows_of_every_table_partitioned_by_week(toy_shop, tmp_path):
    folder = tmp_path / "it's a place"
    rows = publish_to_parquet(published=toy_shop.published, folder=folder, keep=4)
    assert rows.keys() == FOR_OTHER_ENGINES.keys()
    current = folder / "current"
    assert (current / "recommendations_explained" / "target_week=2020-09-23").is_dir()
    with duckdb.connect() as connection:
        lists = connection.read_parquet(
            str(current / "recommendations_explained" / "**" / "*.parquet"), hive_partitioning=True
        )
        count = lists.count("*").fetchall()
    assert count == [(72,)]


def test_current_moves_in_one_step_and_goes_back(toy_shop, tmp_path):
    versions = []
    for _ in range(4):
        publish_to_parquet(published=toy_shop.published, folder=tmp_path, keep=2)
        versions.append((tmp_path / "current").resolve().name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["current", *versions[1:]]
    assert roll_back_parquet(folder=tmp_path) == versions[2]
    assert roll_back_parquet(folder=tmp_path) == versions[1]
    assert (tmp_path / "current").resolve().name == versions[1]
    with pytest.raises(UsageError, match="no version before"):
        roll_back_parquet(folder=tmp_path)


def test_two_publishes_into_one_folder_are_refused(toy_shop, tmp_path):
    publish_to_parquet(published=toy_shop.published, folder=tmp_path, keep=2)
    publish_to_parquet(published=toy_shop.published, folder=tmp_path, keep=2)
    before = sorted(tmp_path.rglob("*"))
    with alone_in(tmp_path, name=tmp_path):
        with pytest.raises(RecsError, match="is being published by another program"):
            publish_to_parquet(published=toy_shop.published, folder=tmp_path, keep=2)
        with pytest.raises(RecsError, match="is being published by another program"):
            roll_back_parquet(folder=tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_holds_something_else_is_left_alone(toy_shop, tmp_path):
    (tmp_path / "current").mkdir()
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path, tmp_path / "file"):
        with pytest.raises(UsageError, match="name another folder"):
            publish_to_parquet(published=toy_shop.published, folder=folder, keep=4)


def test_the_commands_say_what_they_did(toy_shop, tmp_path, monkeypatch):
    monkeypatch.setenv("RECS_PUBLISHED", str(toy_shop.published))
    monkeypatch.setenv("COLUMNS", "300")
    for arguments, text in (
        (["export", "kaggle", "--out", str(tmp_path / "out.csv")], "2020-09-23"),
        (["publish", "--to", str(tmp_path / "parquet")], "Published"),
        (["publish", "--to", str(tmp_path / "parquet")], "Published"),
        (["publish", "--rollback", "--to", str(tmp_path / "parquet")], "again"),
    ):
        outcome = CliRunner().invoke(main, arguments)
        assert outcome.exit_code == 0, outcome.output
        assert text in outcome.output


def test_articles_come_in_the_order_of_their_ranks_however_they_are_stored(toy_shop, tmp_path):
    shop, file = toy_shop.copy(tmp_path / "shop"), tmp_path / "out.csv"
    with duckdb.connect(str(shop.published)) as connection:
        connection.execute(
            """
            create temp table backwards as from internal.recommendation_buckets order by rank desc;
            delete from internal.recommendation_buckets;
            insert into internal.recommendation_buckets from backwards;
            """
        )
    export_kaggle(published=shop.published, file=file, week=None)
    with file.open() as lines:
        assert [tuple(row) for row in csv.reader(lines)][1:] == toy_shop.published_rows(PREDICTIONS)
