"""An installed package, outside of a clone: `recs init` makes a project that has its models as a dbt package."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import pytest

from recs_py.distribution import ROOT
from tests.conftest import write_toy_shop

pytestmark = pytest.mark.slow

WEEK = "2020-09-23"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The wheel alone, unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir"]
    subprocess.run([*build, str(folder), str(ROOT)], check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def recs(site):
    """Run the command of the unpacked wheel in a folder."""

    def run(folder: Path, *arguments: str, exit_code: int = 0) -> subprocess.CompletedProcess:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("RECS_", "DBT_"))}
        outcome = subprocess.run(
            [sys.executable, "-m", "recs_py.cli", *arguments],
            cwd=folder, env=environment | {"PYTHONPATH": str(site)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert outcome.returncode == exit_code, outcome.stderr
        return outcome

    return run


@pytest.fixture(scope="module")
def project(recs, tmp_path_factory) -> Path:
    """A project of its own with the toy shop, a setting and a signal of its own, scored."""
    folder = tmp_path_factory.mktemp("outside")
    write_toy_shop(folder / "files")
    recs(folder, "init", "my-shop")
    project = folder / "my-shop"
    (project / "sql/load/my_shop.sql").write_text((ROOT / "sql/load/hm.sql").read_text())
    settings = project / "dbt_project.yml"
    text = settings.read_text()
    for before, after in {
        "list_length: 12": "list_length: 3",
        "own_signals: []": "own_signals: [{name: lucky, weight: 0.5, keys: [article_key], reason: Lucky}]",
    }.items():
        assert before in text
        text = text.replace(before, after)
    settings.write_text(text)
    (project / "models/signals/lucky.sql").write_text(
        "select distinct article_key, cast(0.5 as real) as lucky from {{ ref('transactions') }} "
        "inner join {{ ref('articles') }} using (article_key) "
        "where article_id = '0000000101' and {{ recs.before_target_week('transaction_date') }}"
    )
    recs(project, "load", "my-shop", "--from", "../files")
    recs(project, "score", "--week", WEEK)
    return project


def query(project: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(project / "recommendations.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_settings_loader_and_signals_are_the_projects_own(project):
    assert query(project, "select max(rank) from recs.recommendations") == [(3,)]
    assert query(project, "select sum(points) > 0 from recs.contributions where signal = 'lucky'") == [(True,)]
    assert query(project, "select reason from recs.signals where signal = 'lucky'") == [("Lucky",)]


def test_dbt_builds_the_project_by_itself(project):
    outcome = subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), "build", "--select", "+lucky"],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout
    for model in ("signals.lucky", "staging.transactions"):
        assert f"model {model}" in outcome.stdout


def test_past_weeks_are_evaluated(project, recs):
    recs(project, "backtest", "--weeks", "2")
    weeks = query(project, "select distinct target_week::varchar from recs.evaluation order by 1")
    assert weeks == [("2020-09-09",), ("2020-09-16",)]


def test_a_setting_that_does_not_exist_is_named(project, recs):
    settings = project / "dbt_project.yml"
    text = settings.read_text()
    try:
        settings.write_text(text.replace("list_length: 3", "list_lenght: 3"))
        outcome = recs(project, "score", "--week", WEEK, exit_code=2)
    finally:
        settings.write_text(text)
    assert "there is no setting list_lenght" in outcome.stderr and "list_length" in outcome.stderr


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("weight: 0.5", "weight: much", "in signals or own_signals, in vars of dbt_project.yml"),
        ("  recs:\n", "  recs: none\n  others:\n", "write `{}` for none"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_with_their_place(project, recs, before, after, told):
    settings = project / "dbt_project.yml"
    text = settings.read_text()
    assert before in text
    try:
        settings.write_text(text.replace(before, after))
        outcome = recs(project, "score", "--week", WEEK, exit_code=2)
    finally:
        settings.write_text(text)
    assert told in outcome.stderr


def test_outside_of_a_project_a_build_says_what_to_type(recs, tmp_path):
    assert "recs init" in recs(tmp_path, "load", "my-shop", "--from", ".", exit_code=2).stderr
    write_toy_shop(tmp_path / "files")
    recs(tmp_path, "load", "hm", "--from", "files")
    assert "recs init" in recs(tmp_path, "score", exit_code=2).stderr


def test_a_folder_with_files_is_left_alone(recs, tmp_path):
    (tmp_path / "my-shop").mkdir()
    (tmp_path / "my-shop/notes.txt").write_text("mine")
    assert "not empty" in recs(tmp_path, "init", "my-shop", exit_code=2).stderr
    assert [path.name for path in (tmp_path / "my-shop").iterdir()] == ["notes.txt"]
    recs(tmp_path, "init", "corner-shop/on")
    (tmp_path / "market/.git").mkdir(parents=True)
    recs(tmp_path, "init", "market")
    for name in ("recs", "1st", "hm", "my shop"):
        assert "cannot be called" in recs(tmp_path, "init", name, exit_code=2).stderr


def test_the_files_are_listed_for_scripts(recs, tmp_path):
    listed = json.loads(recs(tmp_path, "init", "corner-shop", "--json").stdout)["files"]
    assert {"sql/load/corner_shop.sql", "dbt_project.yml", "profiles.yml", ".gitignore"} <= {
        row["file"] for row in listed
    }
    assert all((tmp_path / "corner-shop" / row["file"]).is_file() for row in listed)
