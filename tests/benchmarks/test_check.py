"""`make bench-check`: made-up figures of a release and of today."""

import pytest
from click.testing import CliRunner

import benchmarks.run
from benchmarks.__main__ import main
from benchmarks.measure import Measurement
from benchmarks.results import record
from benchmarks.results.check import compared, comparison, exceeded
from recs_py.errors import RecsError, UsageError
from tests.benchmarks.made_up import made_up

IMPLICIT = Measurement("implicit", seconds=2.0, peak_gb=0.5, rows=10)
RELEASED = made_up(
    Measurement("load", seconds=4.0, peak_gb=1.0, rows=10),
    Measurement("score", seconds=10.0, peak_gb=1.0, rows=10),
    IMPLICIT,
    Measurement("pandas", seconds=1.0, peak_gb=1.0, rows=10),
    Measurement("train", note="failed: a reason", has_failed=True),
)


def today(score: float, *, peak: float = 1.0, machine: float = 1.0):
    """Figures of a machine that takes so many times as long."""
    return made_up(
        Measurement("load", seconds=4.0 * machine, peak_gb=1.0, rows=10),
        Measurement("score", seconds=score * machine, peak_gb=peak, rows=10),
        Measurement("implicit", seconds=2.0 * machine, peak_gb=0.5, rows=10),
    )


def test_what_a_release_has_figures_of_is_run_and_the_peer():
    assert compared(RELEASED) == ("load", "score", "implicit")


def test_a_release_without_the_peer_is_refused():
    with pytest.raises(
        UsageError, match="no figures of implicit for the scale hundredth: `make bench SCALE=hundredth`"
    ):
        compared(made_up(Measurement("load", 4.0, 1.0, 10)))


@pytest.mark.parametrize("machine", [1.0, 0.2, 7.0])
def test_a_machine_of_another_speed_exceeds_nothing(machine):
    assert exceeded(comparison(RELEASED, [today(10.0, machine=machine)])) == []


def test_a_fifth_more_is_allowed_and_no_more():
    assert exceeded(comparison(RELEASED, [today(11.9)])) == []
    assert exceeded(comparison(RELEASED, [today(12.1)])) == ["score, seconds: 6.05 instead of 5.00"]


def test_memory_is_compared_as_well():
    assert exceeded(comparison(RELEASED, [today(10.0, peak=1.5)])) == ["score, peak memory: 3.00 instead of 2.00"]


def test_the_median_of_the_runs_counts():
    assert exceeded(comparison(RELEASED, [today(10.0), today(30.0), today(11.0)])) == []
    assert exceeded(comparison(RELEASED, [today(10.0), today(30.0), today(15.0)])) == [
        "score, seconds: 7.50 instead of 5.00"
    ]


def test_a_step_that_fails_counts_as_exceeded():
    failing = made_up(*today(10.0).measurements[::2], Measurement("score", note="failed: a reason", has_failed=True))
    assert exceeded(comparison(RELEASED, [failing])) == [
        "score, seconds: not measured",
        "score, peak memory: not measured",
    ]


def test_without_the_peer_nothing_is_compared():
    skipped = Measurement("implicit", note="skipped: implicit is not installed")
    with pytest.raises(RecsError, match="implicit skipped: implicit is not installed"):
        comparison(RELEASED, [made_up(*today(10.0).measurements[:2], skipped)])


def checked(monkeypatch, *, released, now):
    monkeypatch.setattr(record, "read", lambda root: released)
    monkeypatch.setattr(benchmarks.run, "run", lambda **_: iter([now]))
    return CliRunner().invoke(main, ["check", "--rounds", "2"])


def test_the_command_passes_where_nothing_is_exceeded(monkeypatch):
    result = checked(monkeypatch, released={"hundredth": RELEASED}, now=today(9.0))
    assert result.exit_code == 0
    assert "-10%" in result.output


def test_the_command_fails_with_the_names_of_the_figures(monkeypatch):
    result = checked(monkeypatch, released={"hundredth": RELEASED}, now=today(13.0))
    assert result.exit_code == 1
    assert "Exceeded by more than 20%: score, seconds: 6.50 instead of 5.00." in " ".join(result.output.split())


def test_the_command_needs_figures_of_the_scale(monkeypatch):
    result = checked(monkeypatch, released={}, now=today(13.0))
    assert result.exit_code == 2
    assert "There are no figures of the scale hundredth" in result.output
