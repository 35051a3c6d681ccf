"""Terminal output: tables or JSON, colours only where they belong, status, completion."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from rich.progress import Progress

from recs_py import terminal
from recs_py.cli import main
from recs_py.loading.load import load
from recs_py.terminal import TimeLeft, printable
from tests.conftest import write_toy_shop

RECS = str(Path(sys.executable).parent / "recs")


def run(*arguments: str):
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def shop(toy_shop, monkeypatch):
    monkeypatch.setenv("RECS_DUCKDB", str(toy_shop.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(toy_shop.published))
    return toy_shop


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.setenv("RECS_DUCKDB", str(tmp_path / "warehouse.duckdb"))
    monkeypatch.setenv("RECS_PUBLISHED", str(tmp_path / "recommendations.duckdb"))
    return tmp_path


def what_a_terminal_gets(*arguments: str, **environment: str) -> str:
    """Everything that a command writes when it talks to a terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(RECS, ["recs", *arguments], {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", **environment})
    text = b""
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # the command has ended
            break
        if not piece:
            break
        text += piece
    os.waitpid(pid, 0)
    return text.decode()


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_prints_json_for_scripts(command):
    assert "--json" in {name for option in main.commands[command].params for name in option.opts}


def test_json_has_every_value_and_nothing_else_on_standard_output(shop):
    outcome = run("show", "anna", "--json")
    printed = json.loads(outcome.stdout)
    assert list(printed) == ["history", "recommendations"]
    assert [(row["article_id"], row["score"]) for row in printed["recommendations"]] == shop.published_rows(
        "select article_id, score from recs.recommendations where customer_id = 'anna' order by rank"
    )
    first = printed["recommendations"][0]
    assert sum(part["points"] for part in first["contributions"]) == first["score"]
    similar = json.loads(run("similar", "0000000101", "--json").stdout)
    assert similar["item_cf"][0]["article_id"] == "0000000201"


def test_lists_are_readable_in_eighty_columns(shop, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = subprocess.run([RECS, "show", "anna"], capture_output=True, text=True, check=True).stdout.splitlines()
    recommended = lines[next(i for i, line in enumerate(lines) if line.startswith("Recommended")) + 2 :]
    assert max(map(len, lines)) <= 80
    assert "…" not in "".join(recommended)
    # two lines an article: its name, and the reason
    assert len(recommended) == 24
    assert all(re.match(r" {18}(Bought|Bestseller|Popular|Many new buyers) ", line) for line in recommended[1::2])


def test_the_help_says_in_eighty_columns_what_each_command_does():
    listed = CliRunner(env={"COLUMNS": "80"}).invoke(main, ["-h"], terminal_width=80).output
    assert all(re.search(rf"^  {command} +[A-Z].+\.$", listed, re.MULTILINE) for command in main.commands)
    assert "..." not in listed.split("Commands:")[1]


def test_no_rules_is_a_sentence(shop):
    assert "no rules of its own yet" in run("rules").stderr
    assert json.loads(run("rules", "--json").stdout) == {"rules": []}


def test_rules_are_checked_as_they_stand_and_act_as_they_stood_at_the_build(shop, tmp_path, monkeypatch):
    copy = shop.copy(tmp_path / "copy")
    monkeypatch.setenv("RECS_DUCKDB", str(copy.database))
    with duckdb.connect(str(copy.database)) as connection:
        connection.execute("insert into shop.rules (action, attribute, value) values ('boost', 'colour', 'Rde')")
    [rule] = json.loads(run("rules", "--json").stdout)["rules"]
    assert rule["problem"] == "unknown colour"
    assert copy.rows("from recs.rules") == []


def test_colours_are_for_terminals_and_not_for_who_wants_none(shop):
    assert "\x1b[31m" in what_a_terminal_gets("show", "nobody", NO_COLOR="")
    assert "\x1b[31m" not in what_a_terminal_gets("show", "nobody", NO_COLOR="1")
    piped = subprocess.run([RECS, "show", "nobody"], capture_output=True, text=True, check=False)
    assert "\x1b" not in piped.stderr
    assert piped.stdout == ""
    assert piped.returncode == 2


def status() -> tuple[dict[str, str], str]:
    printed = json.loads(run("status", "--json").stdout)
    return {step["step"]: step["state"] for step in printed["steps"]}, printed["next"][0]["command"]


def test_status_of_nothing(empty):
    steps, following = status()
    assert steps["loaded"].startswith("nothing")
    assert following == "recs load complete-journey"


def test_status_of_what_is_loaded_only(empty):
    load(name="hm", directory=write_toy_shop(empty / "source"), database=empty / "warehouse.duckdb")
    steps, following = status()
    # a catalogue knows customers who bought nothing
    assert steps["loaded"] == "hm: 30 transactions from 2020-08-25 to 2020-09-22 by 5 customers"
    assert steps["built"] == "nothing yet"
    assert following == "recs score"


def test_status_of_what_is_scored_and_of_what_is_not_published(shop, tmp_path, monkeypatch):
    steps, following = status()
    assert steps["built"].startswith("week of 2020-09-23, 6 customers")
    assert "the latest of 2020-09-23 with 6 lists" in steps["published"]
    assert following == "recs backtest --weeks 4"
    monkeypatch.setenv("RECS_PUBLISHED", str(tmp_path / "elsewhere.duckdb"))
    steps, following = status()
    assert steps["published"].startswith("nothing yet")
    assert following == "recs publish"


def test_status_has_every_figure_by_itself_for_scripts(shop):
    steps = {step["step"]: step for step in json.loads(run("status", "--json").stdout)["steps"]}
    loaded = {"dataset": "hm", "transactions": 30, "customers": 5, "first_day": "2020-08-25", "last_day": "2020-09-22"}
    assert loaded.items() <= steps["loaded"].items()
    assert {"target_week": "2020-09-23", "customers": 6, "recommendations": 72}.items() <= steps["built"].items()
    assert {"target_week": "2020-09-23", "customers": 6, "weeks": 1}.items() <= steps["published"].items()


def test_status_tells_where_a_blend_is_better_by_chance_and_worse_than_a_baseline(empty):
    columns = "1 as blend_id, date '2020-09-23' as trained_for, date '2020-09-16' as held_out_week, true as is_promoted"
    learned = "0.03 as map_learned, 0.002 as difference, {} as ci_low, {} as ci_high, 'own' as best_baseline"
    load(name="hm", directory=write_toy_shop(empty / "source"), database=empty / "warehouse.duckdb")
    said = []
    for low, high, baseline in ((-0.001, 0.009, 0.031), (0.001, 0.009, 0.029), (-0.009, -0.001, 0.029)):
        with duckdb.connect(str(empty / "warehouse.duckdb")) as connection:
            connection.execute("create schema if not exists learned")
            connection.execute(
                f"create or replace table learned.blends as"
                f" select {columns}, {learned.format(low, high)}, {baseline} as map_baseline"
            )
        said.append(status()[0]["learned"])
    assert said == [
        "blend 1: MAP +0.0020 on the week of 2020-09-16, which may be chance (-0.0010 to +0.0090); own has 0.0310 "
        "there, the blend 0.0300",
        "blend 1: MAP +0.0020 on the week of 2020-09-16",
        "blend 1: MAP +0.0020 on the week of 2020-09-16",
    ]


@pytest.mark.parametrize("command", ["status", "show", "similar 0000000101", "rules", "publish", "--help"])
def test_a_command_that_builds_nothing_does_not_wait_for_dbt(shop, tmp_path, command):
    copy = shop.copy(tmp_path / "copy")
    look = (
        "import sys; from recs_py.cli import main; main(sys.argv[1:], standalone_mode=False)\n"
        "print(*{'dbt', 'lightgbm', 'scipy', 'altair'} & set(sys.modules), file=sys.stderr)"
    )
    environment = {**os.environ, "RECS_DUCKDB": str(copy.database), "RECS_PUBLISHED": str(copy.published)}
    outcome = subprocess.run(
        [sys.executable, "-c", look, *command.split()], env=environment, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stderr.splitlines()[-1] == ""


def test_status_of_a_past_week_asks_for_the_next_one(fashion, monkeypatch):
    monkeypatch.setenv("RECS_DUCKDB", str(fashion.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(fashion.published))
    steps, following = status()
    assert steps["judged"].startswith("1 past week")
    assert following == "recs score"


def test_a_shell_completes_commands_and_options():
    completed = subprocess.run(
        [RECS], capture_output=True, text=True, check=True,
        env={**os.environ, "_RECS_COMPLETE": "bash_complete", "COMP_WORDS": "recs sc", "COMP_CWORD": "1"},
    )  # fmt: skip
    assert completed.stdout.strip() == "plain,score"


def test_time_left_is_at_the_pace_of_all_steps_even_if_each_takes_minutes():
    seconds = [0.0]
    bar = Progress(get_time=lambda: seconds[0])
    bar.add_task("train", total=5, seconds=0.0)
    [task] = bar.tasks
    assert TimeLeft().render(task).plain == ""
    bar.update(task.id, completed=2, seconds=200.0)
    seconds[0] = 240.0
    assert TimeLeft().render(task).plain == "0:04:20 left"


def test_a_terminal_obeys_nothing_that_stands_in_a_name():
    assert printable("red\x1b[31m\x07 tab\t\u2028") == "red [31m  tab  "
    # letters of any direction stay; marks that turn the rest of the line around do not
    assert printable("\u202egnp.\u2066קפה\u200f") == "gnp.קפה"


def test_a_log_gets_a_line_for_every_step_of_a_long_command(capsys, monkeypatch):
    with terminal.progress("train", seconds_between_lines=0) as advance:
        advance("training rows of 2020-09-09", 0, 9)
        advance("training rows of 2020-09-09", 0, 9)
        advance("training rows of 2020-09-02", 1, 9)
    assert capsys.readouterr() == (
        "",
        "train: training rows of 2020-09-09 (step 1 of 9)\ntrain: training rows of 2020-09-02 (step 2 of 9)\n",
    )
    seconds = [0.0]
    monkeypatch.setattr(terminal.time, "monotonic", lambda: seconds[0])
    # hundreds of short steps: not a line for each
    with terminal.progress("score") as advance:
        for number in range(40):
            seconds[0] += 0.25
            advance(f"model {number}", number, 40)
    assert capsys.readouterr().err == "score: model 19 (step 20 of 40)\nscore: model 39 (step 40 of 40)\n"
