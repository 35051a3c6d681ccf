"""The figures that are kept, the page and the picture that are made of them."""

import re
from dataclasses import replace

import pytest

from benchmarks.measure import Measurement
from benchmarks.peers import PEERS
from benchmarks.results import page, record
from benchmarks.results.growth import PICTURE, growth
from benchmarks.results.tables import tables
from recs_py.distribution import ROOT
from tests.benchmarks.made_up import FIGURES, HUNDREDTH, made_up

MEASURED = (
    Measurement("load", seconds=30.0, peak_gb=1.25, rows=12_000, note="2 MB"),
    Measurement("duckdb", seconds=20.0, peak_gb=1.0, rows=12_000),
    Measurement("implicit", note="skipped: implicit is not installed"),
)
TENTH = replace(HUNDREDTH, name="tenth", transactions=120_000)
FULL = replace(HUNDREDTH, name="full", transactions=1_200_000)


def scores(**seconds: float) -> list[Measurement]:
    return [Measurement(step, value, peak_gb=1.0, rows=12) for step, value in seconds.items()]


def test_ratios_are_ours_by_the_peers():
    run = made_up(*MEASURED, *scores(score=8.0, pandas=2.0))
    [ratios] = [table for table in tables(run) if table.name == "ratios"]
    empty = dict.fromkeys(peer.name for peer in PEERS)
    assert ratios.rows == [empty | {"step": "load", "duckdb": 1.5}, empty | {"step": "score", "pandas": 4.0}]


def test_tables_without_rows_are_left_out():
    run = replace(made_up(*scores(score=8.0)), figures=[])
    assert [table.name for table in tables(run)] == ["steps", "notes"]


def test_a_run_is_kept_to_four_decimals(tmp_path):
    run = made_up(*MEASURED)
    assert record.write(tmp_path, run) == record.read(tmp_path) == {"hundredth": run}
    [kept] = record.write(tmp_path, made_up(Measurement("load", 1.23456, 0.5, 12))).values()
    assert kept.measurements == [Measurement("load", 1.2346, 0.5, 12)]


def test_a_run_replaces_that_of_its_scale_alone(tmp_path):
    for scale, machine in ((HUNDREDTH, "first"), (FULL, "second"), (HUNDREDTH, "third")):
        page.write(tmp_path, made_up(*MEASURED, scale=scale, machine=machine))
    text = (tmp_path / page.PAGE).read_text()
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## Growth", "## full", "## hundredth"]
    assert "first." not in text
    assert "second." in text.split("## hundredth")[0]
    assert "third." in text.split("## hundredth")[1]
    assert "| load | 12,000 | 30.0 | 1.25 |" in text
    assert "| load | 1.50 |  |" in text
    assert "| implicit | skipped: implicit is not installed |" in text


def test_what_the_simulation_does_not_meet_is_said(tmp_path):
    run = made_up(*MEASURED)
    page.write(tmp_path, run)
    assert "beyond 25 %: lines per article." in (tmp_path / page.PAGE).read_text()
    page.write(tmp_path, replace(run, figures=FIGURES[:1]))
    assert "All figures are met at once, within 25 %." in (tmp_path / page.PAGE).read_text()


def test_growth_is_the_ratio_of_seconds_by_that_of_transactions():
    runs = {
        "hundredth": made_up(*scores(score=4.0, implicit=1.0, pandas=1.0)),
        "tenth": made_up(*scores(score=20.0, implicit=15.0), scale=TENTH),
        "full": made_up(*scores(score=200.0), scale=FULL),
    }
    rows = {row["step"]: row for row in growth(runs).rows}
    assert rows.keys() == {"score", "implicit"}
    assert rows["score"] == {"step": "score", "hundredth_tenth": 0.5, "tenth_full": pytest.approx(1.0)}
    assert rows["implicit"] == {"step": "implicit", "hundredth_tenth": pytest.approx(1.5), "tenth_full": None}


def test_one_scale_has_no_growth():
    assert growth({"hundredth": made_up(*MEASURED)}).rows == []


def test_the_picture_shows_scores_and_peers_and_is_the_same_for_the_same_figures(tmp_path):
    run = made_up(*MEASURED, *scores(score=4.0, score_learned=9.0, lenskit=60.0))
    pictures = []
    for folder in (tmp_path / "first", tmp_path / "second"):
        folder.mkdir()
        page.write(folder, run)
        pictures.append((folder / PICTURE).read_text())
    assert pictures[0] == pictures[1]
    assert [f">{name}<" in pictures[0] for name in ("score", "score_learned", "lenskit")] == 3 * [True]
    assert [f">{name}<" in pictures[0] for name in ("load", "duckdb", "implicit")] == 3 * [False]


def test_the_page_and_the_picture_are_those_of_the_figures_that_are_kept(tmp_path):
    kept = record.read(ROOT)
    for run in kept.values():
        page.write(tmp_path, run)
    for file in (page.PAGE, record.FILE):
        assert (tmp_path / file).read_text() == (ROOT / file).read_text(), f"{file} is not what `make bench` writes"
    # where its words stand depends on the machine's fonts
    drawn, committed = (re.findall(r">([^<]+)</text>", (root / PICTURE).read_text()) for root in (tmp_path, ROOT))
    assert drawn == committed
