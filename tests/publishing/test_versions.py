"""The published file changes in one step, and the versions before it can be gone back to."""

import datetime as dt
import fcntl
import os
import shutil

import duckdb
import pytest
from click.testing import CliRunner

from recs_py.cli import main
from recs_py.errors import RecsError, UsageError
from recs_py.evaluation.backtest import PUBLIC, backtest
from recs_py.publishing import fresh_file, versions
from recs_py.publishing import publish as publish_module
from recs_py.publishing.publish import publish
from recs_py.publishing.versions import kept_versions, roll_back, versions_folder

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(toy_shop, tmp_path):
    return toy_shop.copy(tmp_path / "shop")


def change(shop, statement: str, *values) -> None:
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute(statement, list(values))


def mark(shop, text: str) -> None:
    """Writes a text into the work database that is then published."""
    change(shop, "update recs.runs set versions = map {'mark': ?}", text)


def publish_marked(shop, text: str) -> None:
    mark(shop, text)
    publish(database=shop.database, published=shop.published)


def published_mark(shop) -> str:
    return shop.published_rows("select versions['mark'] from recs.runs")[0][0]


def test_four_versions_before_are_kept_and_gone_back_to(shop):
    for number in range(7):
        publish_marked(shop, str(number))
    assert published_mark(shop) == "6"
    assert len(kept_versions(shop.published)) == 4
    for number in (5, 4, 3, 2):
        roll_back(shop.published)
        assert published_mark(shop) == str(number)
    with pytest.raises(UsageError, match="no version before"):
        roll_back(shop.published)
    assert published_mark(shop) == "2"


def test_what_was_withdrawn_is_not_gone_back_to(shop):
    publish_marked(shop, "good")
    publish_marked(shop, "bad")
    roll_back(shop.published)
    publish_marked(shop, "better")
    roll_back(shop.published)
    assert published_mark(shop) == "good"


def test_a_file_of_an_earlier_version_is_replaced_or_left_alone(shop):
    with duckdb.connect(str(shop.published)) as connection:
        connection.execute("create table recs.lists as from recs.recommendations_explained")
        connection.execute("drop view recs.recommendations_explained")
        connection.execute("alter table recs.lists rename to recommendations_explained")
    before = shop.published.read_bytes()
    with pytest.raises(RecsError, match="published by an earlier version of recs: type `recs score`"):
        publish(database=shop.database, published=shop.published, only={"evaluation"})
    assert shop.published.read_bytes() == before
    publish(database=shop.database, published=shop.published)
    assert shop.published_rows("select count(*) > 0 from recs.contributions") == [(True,)]


def test_who_may_read_the_published_file_stays(shop):
    publish_marked(shop, "0")
    shop.published.chmod(0o640)
    publish_marked(shop, "1")
    assert shop.published.stat().st_mode & 0o777 == 0o640
    shop.published.chmod(0o600)
    roll_back(shop.published)
    assert shop.published.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("number", "kept"), [("0", 0), ("1", 1), ("2", 2)])
def test_a_setting_says_how_many_are_kept(shop, monkeypatch, number, kept):
    monkeypatch.setenv("RECS_VERSIONS", number)
    for text in "abcd":
        publish_marked(shop, text)
    assert len(kept_versions(shop.published)) == kept


@pytest.mark.parametrize("text", ["-1", "many", "1.5", "1; drop"])
def test_a_setting_that_is_no_number_is_named(shop, monkeypatch, text):
    monkeypatch.setenv("RECS_VERSIONS", text)
    with pytest.raises(UsageError, match="RECS_VERSIONS"):
        publish(database=shop.database, published=shop.published)


@pytest.mark.slow
def test_runs_say_which_is_live(shop):
    shop.score("2020-09-16")
    shop.score("2020-09-16")
    live = shop.published_rows("select target_week::varchar, is_live from recs.runs order by finished_at, run_id")
    assert sorted(week for week, is_live in live if is_live) == ["2020-09-16", "2020-09-23"]
    assert len(live) == 3
    roll_back(shop.published)
    roll_back(shop.published)
    assert shop.published_rows("select target_week::varchar, is_live from recs.runs") == [("2020-09-23", True)]


def test_a_crash_between_keeping_and_replacing_is_no_version(shop, monkeypatch):
    publish_marked(shop, "old")

    def crash(path):
        raise KeyboardInterrupt

    monkeypatch.setattr(versions, "_sync", crash)
    with pytest.raises(KeyboardInterrupt):
        publish_marked(shop, "never seen")
    monkeypatch.undo()
    assert published_mark(shop) == "old"
    publish_marked(shop, "new")
    roll_back(shop.published)
    assert published_mark(shop) == "old"


def test_where_links_are_unknown_a_version_is_a_copy(shop, monkeypatch):
    def refuse(*_):
        raise OSError("not supported")

    monkeypatch.setattr(os, "link", refuse)
    publish_marked(shop, "old")
    publish_marked(shop, "new")
    roll_back(shop.published)
    assert published_mark(shop) == "old"


def test_two_publishes_at_once_are_refused(shop):
    folder = versions_folder(shop.published)
    folder.mkdir(exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with pytest.raises(RecsError, match="being published by another program") as caught:
            publish(database=shop.database, published=shop.published)
        assert caught.value.exit_code == 1
    finally:
        os.close(descriptor)
    publish(database=shop.database, published=shop.published)


def test_one_broken_list_is_left_out_and_named_and_the_others_are_published(shop, monkeypatch):
    change(shop, "delete from recommendations.rankings where rank = 5 and customer_key = 1")
    [(broken,)] = shop.rows("select customer_id from staging.customers where customer_key = 1")
    monkeypatch.setenv("RECS_DUCKDB", str(shop.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(shop.published))
    outcome = CliRunner().invoke(main, ["publish"])
    assert outcome.exit_code == 0, outcome.output
    assert f"customer {broken}" in " ".join(outcome.stderr.split())
    listed = "select customer_id, count(*) from recs.recommendations group by 1"
    assert dict(shop.published_rows(listed)) == {
        customer: 12 for (customer,) in shop.rows("select customer_id from staging.customers") if customer != broken
    }


def test_where_every_list_has_a_gap_nothing_is_published(shop):
    before = shop.published.read_bytes()
    change(shop, "delete from recommendations.rankings where rank = 5")
    with pytest.raises(RecsError, match="has a gap"):
        publish(database=shop.database, published=shop.published)
    assert shop.published.read_bytes() == before
    assert not list(shop.folder.glob("*unfinished*"))


def test_what_a_killed_publish_left_is_removed_and_files_of_others_are_not(shop):
    others = [shop.folder / f"{shop.published.name}{ending}" for ending in (".new", ".new.wal")]
    for path in others:
        path.write_text("somebody's own")
    with fresh_file.beside(shop.published) as fresh:
        left = [fresh, fresh.with_name(f"{fresh.name}.wal")]
    for path in left:
        path.write_text("half")
    publish_marked(shop, "whole")
    assert published_mark(shop) == "whole"
    assert not [path for path in left if path.exists()]
    left[0].write_text("half")
    versions.remove_leftovers(shop.published)
    assert not left[0].exists()
    assert [path.read_text() for path in others] == ["somebody's own"] * 2


def published_lists(path) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(
            "from recs.recommendations_explained order by target_week, customer_id, rank"
        ).fetchall()


@pytest.mark.slow
def test_lists_of_weeks_before_stay_where_they_are_unless_they_changed(shop, monkeypatch):
    fresh = shop.folder / "fresh.duckdb"
    shop.score("2020-09-16")
    shop.score("2020-09-23")
    added = []
    monkeypatch.setattr(publish_module, "leave_out_broken", lambda _, unchanged: added.append(unchanged))

    def equals_a_first_publish() -> bool:
        publish(database=shop.database, published=shop.published)
        fresh.unlink(missing_ok=True)
        publish(database=shop.database, published=fresh)
        return published_lists(shop.published) == published_lists(fresh)

    assert equals_a_first_publish()
    with duckdb.connect(str(shop.published)) as connection:
        connection.execute("alter table internal.recommendation_buckets add column of_an_earlier_version integer")
    assert equals_a_first_publish()
    change(shop, "update recommendations.rankings set score = score + 1 where target_week = '2020-09-16' and rank = 1")
    assert equals_a_first_publish()
    change(shop, "delete from recommendations.rankings where target_week = '2020-09-16'")
    assert equals_a_first_publish()
    first = [dt.date(2020, 9, 16)]
    # into the published file, and into a new one, which keeps nothing
    assert added == [first, [], [], [], [], [], [], []]
    assert {row[0] for row in published_lists(fresh)} == {dt.date(2020, 9, 23)}


@pytest.mark.slow
def test_what_a_backtest_left_is_not_published(shop):
    backtest(
        database=shop.database, published=shop.published, weeks=1, first=None, last="2020-09-09", segment="all",
        without=(), again=False,
    )  # fmt: skip
    # its figures are, and the lists beside them stay those of the week that was scored
    assert shop.published_rows("select count(*) > 0 from recs.evaluation") == [(True,)]
    assert shop.published_rows("select distinct target_week from recs.popular_articles") == [(dt.date(2020, 9, 23),)]
    with pytest.raises(UsageError, match=r"stands at the week of 2020-09-09.*recs score --week 2020-09-23"):
        publish(database=shop.database, published=shop.published)
    shop.score()
    publish(database=shop.database, published=shop.published)


def test_an_evaluation_of_other_data_is_not_put_beside_the_lists(shop):
    change(shop, "update raw.dataset set name = 'another shop'")
    with pytest.raises(UsageError, match="lists are of the data set hm, but what is loaded is another shop"):
        publish(database=shop.database, published=shop.published, only=PUBLIC)


def test_a_backtest_is_no_version_to_go_back_to(shop):
    publish_marked(shop, "old")
    publish_marked(shop, "new")
    publish(database=shop.database, published=shop.published, only=("evaluation",))
    roll_back(shop.published)
    assert published_mark(shop) == "old"


@pytest.mark.parametrize(
    "name", ["built.duckdb", "live.duckdb", "fresh.duckdb", "memory.duckdb", "it's.duckdb", "a b;--.duckdb"]
)
def test_the_published_file_may_have_any_name(shop, name):
    odd = shop.folder / name
    publish(database=shop.database, published=odd)
    with duckdb.connect(str(odd), read_only=True) as connection:
        assert connection.execute("select count(*) from recs.recommendations").fetchone() == (72,)
    shutil.rmtree(versions_folder(odd))


@pytest.mark.parametrize(
    "name", ["recs.duckdb", "Internal.duckdb", "recs.of.2024.duckdb", "information_schema.duckdb", "pg_catalog.db"]
)
def test_a_name_that_would_confuse_readers_is_refused(shop, name):
    with pytest.raises(UsageError, match=rf"cannot be called {name}, since a schema in it has this name"):
        publish(database=shop.database, published=shop.folder / name)


def test_the_file_that_a_link_names_is_published_and_the_link_stays(shop, tmp_path, monkeypatch):
    disk = tmp_path / "disk"
    disk.mkdir()
    shop.published.rename(disk / "lists.duckdb")
    link = shop.folder / "recommendations.duckdb"
    # as links are made by hand, relative
    link.symlink_to("../disk/lists.duckdb")
    monkeypatch.setenv("RECS_DUCKDB", str(shop.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(link))
    for text in ("one", "two"):
        mark(shop, text)
        outcome = CliRunner().invoke(main, ["publish"])
        assert outcome.exit_code == 0, outcome.output
        assert link.is_symlink()
        assert published_mark(shop) == text
    assert len(kept_versions(disk / "lists.duckdb")) == 2
    assert CliRunner().invoke(main, ["publish", "--rollback"]).exit_code == 0
    assert published_mark(shop) == "one"
    assert {path.name for path in shop.folder.iterdir()} == {"warehouse.duckdb", "recommendations.duckdb"}


def test_a_file_of_a_version_that_showed_the_packed_tables_is_replaced_and_forgets(shop):
    shop.score("2020-09-23")
    with duckdb.connect(str(shop.published)) as connection:
        # as the definitions of views are written
        connection.execute("set lambda_syntax = 'ENABLE_SINGLE_ARROW'")
        for table in publish_module.INTERNAL:
            connection.execute(f"create table recs.{table} as from internal.{table}")
        for view in publish_module.VIEWS:
            (definition,) = connection.execute(
                "select sql from duckdb_views() where schema_name = 'recs' and view_name = ?", [view]
            ).fetchone()
            connection.execute(f"drop view recs.{view} cascade")
            connection.execute(definition.replace("internal.", "recs."))
        connection.execute("drop schema internal cascade")
        connection.execute("insert into recs.recommendation_buckets by name select 'gone' as customer_id")
    publish(database=shop.database, published=shop.published)
    places = "select distinct schema_name from duckdb_tables() where table_name like 'recommendation%'"
    assert shop.published_rows(places) == [("internal",)]
    assert shop.published_rows("select count(*) > 0 from recs.contributions") == [(True,)]
    with duckdb.connect(str(kept_versions(shop.published)[-1]), read_only=True) as connection:
        gone = connection.execute("select count(*) from recs.recommendations where customer_id = 'gone'").fetchone()
    assert gone == (0,)
