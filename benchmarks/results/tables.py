"""A run as tables: what was measured (ours bold), our seconds divided by a peer's, and the calibration."""

from rich.text import Text

from benchmarks.measure import Measurement
from benchmarks.peers import PEERS
from benchmarks.run import Run
from benchmarks.steps import STEPS
from recs_py.terminal import Column, Table


def tables(run: Run) -> list[Table]:
    """The tables of a run; the calibration only where there is one."""
    found = [_measured(run.scale.name, run.measurements), _notes(run.measurements)]
    return [*found, _calibration(run)] if run.figures else found


def _measured(scale: str, measurements: list[Measurement]) -> Table:
    seconds = {measurement.step: measurement.seconds for measurement in measurements}
    peers_of = {step.name: step.peers for step in STEPS}
    rows = [
        {
            **vars(measurement),
            **{
                f"per_{peer.name}": _ratio(measurement.seconds, seconds.get(peer.name))
                if peer.name in peers_of.get(measurement.step, ())
                else None
                for peer in PEERS
            },
        }
        for measurement in measurements
    ]
    return Table(
        name="steps",
        title=f"Seconds, memory and rows ({scale})",
        rows=rows,
        columns=(
            Column("step", "{step}"),
            Column("rows", "{rows:,}", number=True),
            Column("seconds", lambda row: _seconds(row["seconds"]), number=True),
            Column("peak GB", "{peak_gb:.2f}", number=True),
            *(Column(f"/ {peer.name}", f"{{per_{peer.name}:.2f}}", number=True) for peer in PEERS),
        ),
        emphasised=lambda row: row["step"] in peers_of,
    )


def _notes(measurements: list[Measurement]) -> Table:
    return Table(
        name="notes",
        title="Remarks",
        rows=[{"step": measurement.step, "note": measurement.note} for measurement in measurements],
        columns=(Column("step", "{step}"), Column("", "{note}")),
    )


def _calibration(run: Run) -> Table:
    return Table(
        name="calibration",
        title="H&M's week of 2020-09-16 as published, and the simulated shop's",
        rows=[{**figure._asdict(), "is_close": figure.is_close} for figure in run.figures],
        columns=(
            Column("figure", "{name}"),
            Column("published", lambda row: _number(row["published"]), number=True),
            Column("simulated", lambda row: _number(row["simulated"]), number=True),
            Column("ratio", "{ratio:.2f}", number=True),
            Column("within 25 %", lambda row: Text("yes" if row["is_close"] else "no")),
        ),
    )


def _ratio(ours: float | None, theirs: float | None) -> float | None:
    return ours / theirs if ours is not None and theirs else None


def _seconds(seconds: float | None) -> Text:
    if seconds is None:
        return Text("")
    return Text(f"{seconds:.1f}" if seconds >= 1 else f"{seconds:.4f}")


def _number(value: float) -> Text:
    return Text(f"{value:,.0f}" if value >= 100 else f"{value:.3g}")
