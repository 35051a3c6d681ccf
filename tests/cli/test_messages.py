"""Error messages of the commands: the fault, its place, and a way out that loses nothing."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from recs_py.cli import main
from recs_py.database import connect
from recs_py.errors import DatabaseInUse, RecsError, UsageError
from recs_py.publishing.places import is_postgres
from recs_py.reading import status as status_module

RECS = str(Path(sys.executable).parent / "recs")


def run(*arguments: str):
    return CliRunner().invoke(main, arguments, prog_name="recs")


@pytest.fixture
def shop(toy_shop, monkeypatch):
    monkeypatch.setenv("RECS_DUCKDB", str(toy_shop.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(toy_shop.published))
    return toy_shop


@pytest.fixture
def blocked(tmp_path) -> Path:
    """A folder whose name has the word that DuckDB's message on a lock has."""
    folder = tmp_path / "blocks not a valid DuckDB different configuration"
    folder.mkdir()
    return folder


def opened(path: Path) -> RecsError:
    with pytest.raises(RecsError) as caught:
        connect(path, read_only=True)
    return caught.value


def test_a_folder_is_no_database_and_the_setting_that_names_it_is_told(blocked, monkeypatch):
    assert str(opened(blocked)) == f"{blocked} is a folder: set RECS_DUCKDB to a file"
    monkeypatch.setenv("RECS_PUBLISHED", str(blocked))
    assert str(opened(blocked)) == f"{blocked} is a folder: set RECS_PUBLISHED to a file"


def test_a_database_that_recs_has_not_published_is_not_taken_for_one_of_an_earlier_version(shop, blocked, monkeypatch):
    monkeypatch.setenv("RECS_PUBLISHED", str(blocked / "mine.duckdb"))
    duckdb.connect(str(blocked / "mine.duckdb")).close()
    for command in (["show", "anna"], ["similar", "0000000101"], ["report"], ["export", "kaggle"], ["status"]):
        outcome = CliRunner().invoke(main, command)
        assert outcome.exit_code == 2
        assert "mine.duckdb is no file that recs has published: set RECS_PUBLISHED to another file." in outcome.stderr


def test_a_work_database_in_a_read_only_folder_is_wrong_use(shop, monkeypatch):
    monkeypatch.setenv("RECS_DUCKDB", "/proc/warehouse.duckdb")
    outcome = CliRunner().invoke(main, ["score"])
    assert outcome.exit_code == 2
    assert "The folder /proc of the work database cannot be written to (" in outcome.stderr


def test_a_file_that_is_no_database_is_told_by_its_contents(blocked):
    (blocked / "text.duckdb").write_text("day,article")
    error = opened(blocked / "text.duckdb")
    assert isinstance(error, UsageError)
    assert "is not a DuckDB database" in str(error)
    with duckdb.connect(str(blocked / "cut.duckdb")) as connection:
        connection.execute("create table numbers as from range(100000)")
    os.truncate(blocked / "cut.duckdb", 20_000)
    error = opened(blocked / "cut.duckdb")
    assert "cannot be opened: " in str(error)
    assert error.exit_code == 1


def test_too_little_memory_is_no_lock(blocked, monkeypatch):
    with duckdb.connect(str(blocked / "numbers.duckdb")) as connection:
        connection.execute("create table numbers as from range(100000)")
    monkeypatch.setenv("RECS_MEMORY", "1kb")
    error = opened(blocked / "numbers.duckdb")
    assert isinstance(error, UsageError)
    assert "set RECS_MEMORY to more" in str(error)


def test_a_database_in_use_is_a_failure_not_wrong_use(blocked):
    path = blocked / "held.duckdb"
    hold = "import duckdb, sys; connection = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        error = opened(path)
        holder.communicate()
    assert isinstance(error, DatabaseInUse)
    assert error.exit_code == 1
    assert f"is in use by another program (process {holder.pid})" in str(error)


def test_no_message_advises_to_delete_what_holds_rules_and_blends(shop, tmp_path, monkeypatch):
    old = shop.copy(tmp_path / "old")
    with duckdb.connect(str(old.database)) as connection:
        connection.execute("insert into shop.rules values ('a,\"b\"', 'boost', 'colour', 'Red', 1.5, null, null, null)")
    with duckdb.connect(str(old.published)) as connection:
        connection.execute("alter table internal.recommendation_buckets drop column rules")
    monkeypatch.setenv("RECS_DUCKDB", str(old.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(old.published))
    outcome = run("report", "--to", str(tmp_path / "report.html"))
    assert outcome.exit_code == 1
    said = " ".join(outcome.stderr.split())
    assert 'does not have a column named "rules"' in said
    assert "delete" not in said
    assert "type `recs score`" in said
    assert "the learned blends, the history of runs and the shop's rules" in said
    # the advice about the rules works
    copied = tmp_path / "rules.csv"
    with duckdb.connect(str(old.database)) as connection:
        connection.execute(f"copy shop.rules to '{copied}'")
        rules = connection.execute("from shop.rules").fetchall()
        connection.execute("delete from shop.rules")
    assert run("rules", "--from", str(copied)).exit_code == 0
    assert old.rows("from shop.rules") == rules


def test_a_published_file_that_is_not_understood_is_made_again_by_a_score(shop, tmp_path, monkeypatch):
    old = shop.copy(tmp_path / "old")
    with duckdb.connect(str(old.published)) as connection:
        connection.execute("alter table internal.recommendation_buckets drop column rules")
    monkeypatch.setenv("RECS_DUCKDB", str(tmp_path / "none.duckdb"))
    monkeypatch.setenv("RECS_PUBLISHED", str(old.published))
    outcome = run("report", "--to", str(tmp_path / "report.html"))
    assert outcome.exit_code == 1
    assert "type `recs score`" in outcome.stderr
    assert "none.duckdb" not in outcome.stderr


@pytest.mark.parametrize("arguments", [["show"], ["show", "--json"], ["similar", "0000000101"], ["status"], ["--help"]])
def test_a_full_disk_is_a_sentence(shop, arguments):
    with Path("/dev/full").open("w") as full:
        outcome = subprocess.run([RECS, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert outcome.returncode == 1
    assert "The output cannot be written: No space left on device" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert "Exception ignored" not in outcome.stderr


@pytest.mark.parametrize("arguments", ["show", "show --json", "status"])
def test_a_pipe_that_closes_early_is_silent(shop, arguments):
    outcome = subprocess.run(f"{RECS} {arguments} | head -1", shell=True, capture_output=True, text=True, check=False)
    assert "Error" not in outcome.stderr
    assert "Broken" not in outcome.stderr


def test_a_terminal_that_lacks_a_letter_gets_its_number(tmp_path):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "RECS_DUCKDB": str(tmp_path / "жук.duckdb")}
    outcome = subprocess.run([RECS, "status"], env=environment, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
    assert "\\u0436" in outcome.stdout


@pytest.mark.slow
def test_ctrl_c_says_so_and_leaves_what_is_published(shop, tmp_path, monkeypatch):
    copy = shop.copy(tmp_path / "copy")
    monkeypatch.setenv("RECS_DUCKDB", str(copy.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(copy.published))
    before = copy.published_rows("from recs.recommendations order by all")

    def obey():
        # a process in the background of a script inherits that Ctrl-C is ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    with subprocess.Popen([RECS, "score"], stderr=subprocess.PIPE, text=True, preexec_fn=obey) as score:
        while not is_held(copy.database):
            assert score.poll() is None, score.stderr.read()
            time.sleep(0.01)
        score.send_signal(signal.SIGINT)
        said = score.stderr.read()
    assert score.returncode == 130, said
    assert "Interrupted" in said
    assert "Traceback" not in said
    assert copy.published_rows("from recs.recommendations order by all") == before


def is_held(database: Path) -> bool:
    try:
        duckdb.connect(str(database), read_only=True).close()
    except duckdb.IOException:
        return True
    return False


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["show", ""], "it is empty"),
        (["show", "  "], "it is empty"),
        (["similar", ""], "it is empty"),
        (["show", "-7"], "comes after --: `recs show -- -7`"),
        (["similar", "-7"], "comes after --: `recs similar -- -7`"),
        (["show", " anna"], "did you mean anna"),
        (["show", "ANNA"], "did you mean anna"),
        (["show", "anne"], "There is no customer 'anne'"),
        (["similar", "101"], "did you mean 0000000101"),
        (["similar", "0000000101", "--limit", "0"], "--limit"),
    ],
)
def test_an_id_that_is_none_is_named_with_what_was_meant(shop, arguments, sentence):
    outcome = run(*arguments)
    assert outcome.exit_code == 2
    assert sentence in " ".join(outcome.output.split())


@pytest.mark.parametrize(
    ("arguments", "is_id"),
    [(["show", "-7"], True), (["forget", "-7"], True), (["load", "hm", "--form", "data"], False)],
)
def test_only_a_command_that_takes_ids_tells_how_to_type_one(arguments, is_id):
    assert ("An id that begins with a dash comes after --" in " ".join(run(*arguments).output.split())) == is_id


def test_an_address_without_its_scheme_is_no_folder(shop, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for address in ("publisher@localhost:5432/shop", "localhost:5432/shop", "db.example.org:5432", "[::1]:5432/shop"):
        outcome = run("publish", "--to", address)
        assert outcome.exit_code == 2
        assert "write postgresql://user@host/database" in outcome.output
        assert not list(tmp_path.iterdir())
    (tmp_path / "localhost:5432").mkdir()
    for folder in ("lists", "./localhost:5432/shop", "/srv/lists:5432/shop", "localhost:5432", "10:30am"):
        assert not is_postgres(folder)


def test_a_check_fails_where_nothing_is_published(shop, tmp_path, monkeypatch):
    assert run("status", "--check").exit_code == 0
    monkeypatch.setenv("RECS_PUBLISHED", str(tmp_path / "none.duckdb"))
    assert run("status").exit_code == 0
    assert run("status", "--check").exit_code == 1


def test_a_check_fails_on_lists_worse_than_a_baseline(shop, monkeypatch):
    found = status_module.status(database=shop.database, published=shop.published)
    monkeypatch.setattr(status_module, "status", lambda **_: replace(found, alarm="The lists were worse."))
    assert run("status").exit_code == 0
    assert run("status", "--check").exit_code == 1
