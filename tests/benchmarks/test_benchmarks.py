"""`make bench`: its own code on a small shop, judged by rows and never by seconds."""

from dataclasses import replace

import pytest

from benchmarks.measure import Measurement, measure
from benchmarks.peers import OTHER_PYTHON, PEERS
from benchmarks.peers.item_item import CANDIDATES
from benchmarks.results import page
from benchmarks.run import NAMES, Run, in_order, run
from benchmarks.scales import Scale
from benchmarks.step import Step
from benchmarks.steps import STEPS
from benchmarks.workplace import Workplace
from recs_py.distribution import install_command
from recs_py.errors import UsageError

SMALL = Scale("hundredth", customers=600, articles=300, transactions=12_000)
OTHERS = {peer.name for peer in PEERS if peer.python == OTHER_PYTHON}


def last_of(place: Workplace, chosen: tuple[str, ...]) -> Run:
    *_, last = run(scale=SMALL, place=place, chosen=chosen, on_step=lambda *_: None)
    return last


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory) -> Run:
    return last_of(Workplace(tmp_path_factory.mktemp("bench")), NAMES)


@pytest.mark.slow
def test_every_step_and_every_peer_comes_out_with_its_rows(whole_run):
    pytest.importorskip("implicit", reason=f"the peer comes with `{install_command('bench')}`")
    rows = {measurement.step: measurement.rows for measurement in whole_run.measurements}
    assert [measurement.note for measurement in whole_run.measurements if measurement.has_failed] == []
    assert [*rows, "calibration"] == list(NAMES)
    assert rows["load"] == rows["duckdb"] == SMALL.transactions
    lists = 12 * SMALL.customers
    assert {rows[name] for name in ("score", "score_learned", "publish", "pandas", "lightgbm")} == {lists}
    assert rows["one_list"] == 12
    assert rows["thousand_lists"] == lists  # a smaller shop has no thousand
    assert rows["what_if"] == 12
    assert 0 < rows["implicit"] <= CANDIDATES * SMALL.customers  # who never bought has none
    for name in OTHERS if OTHER_PYTHON.exists() else ():
        assert rows[name] == pytest.approx(
            rows["implicit"], rel=0.01
        )  # implicit fills short lists with what was bought
    assert rows["train"] > 0
    assert rows["evaluate"] > 0
    assert rows["next_week"] == 2 * lists  # the first week's lists are kept


@pytest.mark.slow
def test_memory_is_that_of_the_step(whole_run):
    measured = [measurement for measurement in whole_run.measurements if measurement.seconds is not None]
    assert {found.step for found in whole_run.measurements} - {found.step for found in measured} <= OTHERS
    assert all(0.02 < measurement.peak_gb < 8 for measurement in measured)


@pytest.mark.slow
def test_the_page_has_a_line_of_each(whole_run, tmp_path):
    page.write(tmp_path, whole_run)
    text = (tmp_path / page.PAGE).read_text()
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


def test_a_step_of_another_environment_is_skipped_where_that_is_missing(tmp_path):
    step = Step("unheard_of", work=lambda place: None, package="lenskit", python=tmp_path / "python")
    assert measure(step, Workplace(tmp_path)).note == "skipped: lenskit is not installed"


@pytest.mark.parametrize(
    ("limit", "value", "reason"),
    [("MOST_SECONDS", 0, "it took more than 0 s"), ("MOST_BYTES", 1e7, "it held more than 0.0 GB")],
)
def test_a_peer_that_does_not_carry_the_size_is_stopped(tmp_path, monkeypatch, limit, value, reason):
    monkeypatch.setattr(f"benchmarks.measure.{limit}", value)
    [duckdb] = [peer for peer in PEERS if peer.name == "duckdb"]
    stopped = measure(replace(duckdb, is_limited=True), Workplace(tmp_path))
    assert stopped.note == f"stopped: {reason}"
    assert stopped.seconds is None
    assert not stopped.has_failed


def test_an_unknown_step_is_refused(tmp_path):
    with pytest.raises(UsageError, match="There is no step 'lood'"):
        last_of(Workplace(tmp_path), ("lood",))


def test_every_peer_runs_right_after_a_step_that_is_compared_with_it():
    peers = ["implicit", "pandas", "lenskit", "rectools", "lightgbm"]
    assert [step.name for step in in_order()][:9] == ["load", "duckdb", "score", *peers, "train"]
    assert {peer for step in STEPS for peer in step.peers} == {peer.name for peer in PEERS}
