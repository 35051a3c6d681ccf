"""`make bench`: its own code on a small shop, judged by rows and never by seconds."""

from dataclasses import replace

import pytest

from benchmarks import page
from benchmarks.calibration import Figure
from benchmarks.measure import Measurement, measure
from benchmarks.peers import CANDIDATES, PEERS
from benchmarks.run import NAMES, Run, in_order, run
from benchmarks.scales import Scale
from benchmarks.step import Step
from benchmarks.steps import STEPS
from benchmarks.tables import tables
from benchmarks.workplace import Workplace
from recs_py.distribution import install_command
from recs_py.errors import UsageError

SMALL = Scale("hundredth", customers=600, articles=300, transactions=12_000)
MEASURED = [
    Measurement("load", seconds=30.0, peak_gb=1.25, rows=12_000, note="2 MB"),
    Measurement("duckdb", seconds=20.0, peak_gb=1.0, rows=12_000),
    Measurement("implicit", note="skipped: implicit is not installed"),
]
FIGURES = [Figure("customers who buy", 0.05, 0.06, 1.2), Figure("lines per article", 65, 16, 0.25)]


def last_of(place: Workplace, chosen: tuple[str, ...]) -> Run:
    *_, last = run(scale=SMALL, place=place, chosen=chosen, on_step=lambda *_: None)
    return last


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory) -> Run:
    return last_of(Workplace(tmp_path_factory.mktemp("bench")), NAMES)


@pytest.fixture
def made_up() -> Run:
    return Run(SMALL, csv_bytes=1_500_000, machine="2 cores", measurements=MEASURED, figures=FIGURES)


@pytest.mark.slow
def test_every_step_and_every_peer_comes_out_with_its_rows(whole_run):
    pytest.importorskip("implicit", reason=f"the peer comes with `{install_command('bench')}`")
    rows = {measurement.step: measurement.rows for measurement in whole_run.measurements}
    assert [measurement.note for measurement in whole_run.measurements if measurement.has_failed] == []
    assert [*rows, "calibration"] == list(NAMES)
    assert rows["load"] == rows["duckdb"] == SMALL.transactions
    lists = 12 * SMALL.customers
    assert [rows[name] for name in ("score", "score_learned", "publish", "pandas")] == 4 * [lists]
    assert rows["one_list"] == 12
    assert rows["thousand_lists"] == lists  # a smaller shop has no thousand
    assert rows["what_if"] == 12
    assert 0 < rows["implicit"] <= CANDIDATES * SMALL.customers  # who never bought has none
    assert rows["train"] > 0
    assert rows["evaluate"] > 0
    assert rows["next_week"] == 2 * lists  # the first week's lists are kept


@pytest.mark.slow
def test_memory_is_that_of_the_step(whole_run):
    assert all(0.02 < measurement.peak_gb < 8 for measurement in whole_run.measurements)


@pytest.mark.slow
def test_the_page_has_a_line_of_each(whole_run, tmp_path):
    file = tmp_path / "BENCHMARKS.md"
    page.write(file, whole_run)
    text = file.read_text()
    for line in (*NAMES[:-1], *(figure.name for figure in whole_run.figures)):
        assert f"\n| {line} |" in text


def test_a_step_that_fails_says_why(tmp_path):
    duckdb, score = last_of(Workplace(tmp_path), ("score", "duckdb")).measurements
    assert duckdb.rows == SMALL.transactions
    assert score.has_failed
    assert "type `recs load" in score.note


def test_the_shop_is_made_once(tmp_path):
    place = Workplace(tmp_path)
    place.make_world(SMALL, lambda done, total: None)
    place.make_world(SMALL, lambda done, total: pytest.fail("made again"))
    assert {file.name for file in place.world.iterdir()} == {
        "articles.csv",
        "customers.csv",
        "transactions_train.csv",
    }


def test_what_is_not_installed_is_skipped_by_name(tmp_path):
    step = Step("unheard_of", work=lambda place: pytest.fail("not called"), package="unheard_of")
    assert measure(step, Workplace(tmp_path)) == Measurement("unheard_of", note="skipped: unheard_of is not installed")


def test_an_unknown_step_is_refused(tmp_path):
    with pytest.raises(UsageError, match="There is no step 'lood'"):
        last_of(Workplace(tmp_path), ("lood",))


def test_every_peer_runs_right_after_a_step_that_is_compared_with_it():
    assert [step.name for step in in_order()][:5] == ["load", "duckdb", "score", "implicit", "pandas"]
    assert {peer for step in STEPS for peer in step.peers} == {peer.name for peer in PEERS}


def test_ratios_are_ours_by_the_peers(made_up):
    load, duckdb, implicit = tables(made_up)[0].rows
    assert load["per_duckdb"] == 1.5
    assert load["per_implicit"] is duckdb["per_duckdb"] is implicit["per_duckdb"] is None


def test_a_run_replaces_the_section_of_its_scale_alone(made_up, tmp_path):
    file = tmp_path / "BENCHMARKS.md"
    for scale, machine in (("hundredth", "first"), ("full", "second"), ("hundredth", "third")):
        page.write(file, replace(made_up, scale=replace(SMALL, name=scale), machine=machine))
    text = file.read_text()
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## full", "## hundredth"]
    assert "first." not in text
    assert "second." in text.split("## hundredth")[0]
    assert "third." in text.split("## hundredth")[1]
    assert "| load | 12,000 | 30.0 | 1.25 | 1.50 |  |  |" in text
    assert "| implicit | skipped: implicit is not installed |" in text
    again = tmp_path / "again.md"
    again.write_text(text)
    page.write(again, replace(made_up, machine="third"))
    assert again.read_text() == text


def test_what_the_simulation_does_not_meet_is_said(made_up, tmp_path):
    file = tmp_path / "BENCHMARKS.md"
    page.write(file, made_up)
    assert "beyond 25 %: lines per article." in file.read_text()
    page.write(file, replace(made_up, figures=FIGURES[:1]))
    assert "All figures are met at once, within 25 %." in file.read_text()
