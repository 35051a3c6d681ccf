"""Two programs at one work database: a command at work is not disturbed, and the error names the other program."""

import datetime as dt
import fcntl
import os
import subprocess
import sys
import threading
import time

import duckdb
import pytest
from click.testing import CliRunner

from recs_py import work_lock
from recs_py.cli import main
from recs_py.database import attach, connect
from recs_py.errors import DatabaseInUse
from recs_py.pipeline import dbt_build
from recs_py.training import weeks as training_weeks
from recs_py.training.weeks import build_training_rows
from tests.conftest import write_toy_shop

# A second process that holds a lock or file until the test releases it.
HOLD_LOCK = """
import sys
from pathlib import Path
from recs_py import work_lock
with work_lock.held(Path(sys.argv[1]), command="recs train"):
    print("held", flush=True)
    input()
"""
HOLD_FILE = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
input()
"""


class Other:
    """Another process that holds the work database."""

    def __init__(self, script: str, database):
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout.readline() == "held\n"

    def let_go(self) -> None:
        self.process.communicate("\n", timeout=60)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def shop(toy_shop, tmp_path, monkeypatch):
    shop = toy_shop.copy(tmp_path / "shop")
    monkeypatch.setenv("RECS_DUCKDB", str(shop.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(shop.published))
    monkeypatch.setattr(work_lock, "WAIT", 0.5)
    monkeypatch.setattr(work_lock, "PATIENCE", 60)
    return shop


def run(*arguments: str):
    return CliRunner().invoke(main, arguments)


@pytest.mark.slow
def test_every_long_command_says_who_is_at_work(shop, tmp_path):
    source = write_toy_shop(tmp_path / "source")
    rules = tmp_path / "rules.csv"
    rules.write_text("action,attribute,value\nexclude,article_id,0000000101\n")
    other = Other(HOLD_LOCK, shop.database)
    try:
        for command in (
            ("load", "hm", "--from", str(source)),
            ("score",),
            ("publish",),
            ("train",),
            ("train", "--rollback"),
            ("train", "--use", "1"),
            ("backtest", "--weeks", "1"),
            ("forget", "anna"),
            ("rules", "--from", str(rules)),
        ):
            outcome = run(*command)
            assert outcome.exit_code == 1, (command, outcome.output)
            said = outcome.output.replace("\n", " ")
            assert f"`recs train` (process {other.process.pid}, since {dt.datetime.now(dt.UTC):%Y-}" in said, command
            assert "wait until it has finished" in said
        # a command that only reads is not blocked while the file is free
        assert run("status").exit_code == 0
    finally:
        other.let_go()
    assert not (shop.folder / "warehouse.duckdb.lock").exists()


def test_a_command_that_was_killed_holds_nothing(shop):
    other = Other(HOLD_LOCK, shop.database)
    other.kill()
    assert work_lock.holder(shop.database) is None
    assert run("publish").exit_code == 0
    assert not (shop.folder / "warehouse.duckdb.lock").exists()


def test_a_lock_file_of_somebody_else_stays(shop):
    mine = shop.folder / "warehouse.duckdb.lock"
    for text in ("my notes", '{"mine": 1}', "7"):
        mine.write_text(text)
        outcome = run("publish")
        assert outcome.exit_code == 2, outcome.output
        assert "warehouse.duckdb.lock is no file that recs has written" in outcome.output.replace("\n", " ")
        assert mine.read_text() == text
    # as `flock warehouse.duckdb.lock recs publish` holds it
    mine.write_text("")
    with mine.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        said = " ".join(run("publish").output.split())
    assert "another program, which holds" in said


def test_a_command_waits_a_little_for_another(shop, monkeypatch):
    monkeypatch.setattr(work_lock, "WAIT", 60)
    other = Other(HOLD_LOCK, shop.database)
    threading.Timer(1, other.let_go).start()
    outcome = run("publish")
    assert outcome.exit_code == 0, outcome.output
    assert "this command waits a little" in outcome.output


def test_who_only_looks_is_told_at_once_who_has_the_file(shop):
    with work_lock.held(shop.database, command="recs score"), duckdb.connect(str(shop.database)):
        started = time.monotonic()
        outcome = subprocess.run(
            [sys.executable, "-m", "recs_py.cli", "status"], env=os.environ, capture_output=True, text=True
        )
        assert time.monotonic() - started < 30
    assert outcome.returncode == 1
    assert f"is in use by `recs score` (process {os.getpid()}, since" in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.slow
def test_a_command_at_work_waits_until_another_program_closes_the_file(shop):
    other = Other(HOLD_FILE, shop.database)
    with pytest.raises(DatabaseInUse, match=f"another program .process {other.process.pid}."):
        connect(shop.database)
    threading.Timer(3, other.let_go).start()
    with work_lock.held(shop.database, command="recs train"):
        connect(shop.database).close()
    # as a publish reads it
    other = Other(HOLD_FILE, shop.database)
    threading.Timer(1, other.let_go).start()
    with work_lock.held(shop.database, command="recs publish"), connect(None) as connection:
        attach(connection, shop.database, name="built")
        assert connection.execute("select count(*) > 0 from built.raw.transactions").fetchone() == (True,)
    other = Other(HOLD_FILE, shop.database)
    with pytest.raises(DatabaseInUse, match="another program"):
        dbt_build.build(database=shop.database, select=["target_week"], command="run")
    threading.Timer(3, other.let_go).start()
    # dbt opens the file by itself
    with work_lock.held(shop.database, command="recs train"):
        dbt_build.build(database=shop.database, select=["target_week"], command="run")


@pytest.mark.slow
def test_a_training_that_was_stopped_goes_on_where_it_was(fashion, tmp_path, monkeypatch):
    shop = fashion.copy(tmp_path / "shop")
    weeks = [dt.date(2020, 9, 9), dt.date(2020, 9, 2), dt.date(2020, 8, 26)]
    built = []
    build = dbt_build.build

    def stop_at(number: int | None):
        def build_or_stop(**arguments):
            if len(built) == number:
                raise DatabaseInUse("stopped")
            built.append(arguments["variables"]["as_of"])
            return build(**arguments)

        monkeypatch.setattr(training_weeks.dbt_build, "build", build_or_stop)

    told = []

    def make(asked=weeks):
        built.clear()
        told.clear()
        build_training_rows(
            database=shop.database, weeks=asked, judge=True, tell=lambda step, *_: told.append(step), steps=5
        )

    def rows():
        return shop.rows(
            "select target_week, count(*), bit_xor(hash(r)) from training.training_buckets as r group by 1 order by 1"
        )

    stop_at(2)
    with pytest.raises(DatabaseInUse):
        make()
    stop_at(None)
    make()
    assert built == ["2020-08-26", "2020-08-26"]
    assert told[0] == "training rows of 2020-09-09 are there already"
    went_on, baselines = rows(), shop.rows("select count(*), round(sum(value), 9) from training.training_baselines")
    # other data are another training
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("update raw.dataset set loaded_at = loaded_at + interval 1 second")
    make()
    assert built == ["2020-09-09", "2020-09-02", "2020-08-26", "2020-08-26"]
    assert rows() == went_on
    assert shop.rows("select count(*), round(sum(value), 9) from training.training_baselines") == baselines
    assert baselines[0][0] > 0
    # weeks that are not asked for have no part in it
    make(weeks[:2])
    assert [week for week, *_ in rows()] == sorted(weeks[:2])


def test_a_command_that_was_interrupted_makes_no_other_attempt(tmp_path, monkeypatch):
    """A library may turn Ctrl-C into another error, such as that of a database in use."""
    database = tmp_path / "warehouse.duckdb"
    attempts = []
    monkeypatch.setattr(work_lock, "BETWEEN_TRIES", 0)

    def attempt() -> str:
        attempts.append(1)
        if len(attempts) > 1:
            return "opened"
        work_lock.interrupted.set()
        raise DatabaseInUse("in use")

    try:
        with work_lock.held(database, command="recs score"), pytest.raises(KeyboardInterrupt):
            work_lock.patiently(database, attempt)
    finally:
        work_lock.interrupted.clear()
    assert len(attempts) == 1


def test_a_build_that_lost_a_ctrl_c_is_interrupted_at_its_end(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    try:
        with pytest.raises(KeyboardInterrupt):
            dbt_build.build(
                database=shop.database,
                select=["target_week"],
                command="run",
                on_step=lambda _: work_lock.interrupted.set(),
            )
    finally:
        work_lock.interrupted.clear()
