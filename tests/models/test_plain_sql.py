"""dbt as others use it: compiled SQL that a client runs, selections, empty builds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from recs_py.database import connect
from recs_py.distribution import ROOT
from recs_py.pipeline import dbt_build
from recs_py.weeks import parse_week


@pytest.fixture(scope="module")
def shop(whole_toy_shop, tmp_path_factory):
    return whole_toy_shop.copy(tmp_path_factory.mktemp("plain") / "shop")


def dbt(shop, *arguments: str, target: Path) -> None:
    outcome = subprocess.run(
        [Path(sys.executable).parent / "dbt", "--quiet", *arguments, "--target-path", target],
        cwd=ROOT,
        env={**os.environ, "RECS_DUCKDB": str(shop.database)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.slow
def test_the_compiled_sql_of_every_model_runs_in_a_client(shop, tmp_path):
    dbt(shop, "compile", target=tmp_path)
    compiled = list((tmp_path / "compiled/recs/dbt_project/models").glob("*/*.sql"))
    assert len(compiled) > 100
    with connect(shop.database, read_only=True) as connection:
        for path in compiled:
            connection.execute(f"select count(*) from ({path.read_text()}\n)").fetchall()
        view = next(path.read_text() for path in compiled if path.name == "live_lists.sql")
        table = "from recommendations.target_week_lists"
        for one, other in ((view, table), (table, view)):
            assert connection.execute(f"select * from ({one}) except select * from ({other})").fetchall() == []


@pytest.mark.slow
def test_a_selection_and_an_empty_build_work(shop, tmp_path):
    dbt(shop, "show", "--select", "live_lists", "--limit", "2", target=tmp_path)
    # a build without a selection, in tests/cli/test_commands.py, has the unit tests
    dbt(shop, "build", "--select", "+recommendations", "--exclude-resource-type", "unit_test", target=tmp_path)
    empty = shop.copy(tmp_path / "empty")
    dbt(empty, "build", "--empty", "--exclude-resource-type", "unit_test", target=tmp_path)


@pytest.mark.slow
def test_dbt_and_the_command_line_mean_the_same_by_an_iso_week(shop):
    for text in ("2020-W38", "2020w38", "2020-09-18"):
        dbt_build.build(database=shop.database, variables={"target_week": text}, select=["target_week"], command="run")
        [(week,)] = shop.rows("select target_week from staging.target_week")
        assert week == parse_week(text.upper(), week_starts_on="Wednesday")
