"""A run as tables: what was measured (ours bold), our seconds divided by a peer's, and the calibration."""

from dataclasses import fields

from rich.text import Text

from benchmarks.measure import Measurement
from benchmarks.peers import PEERS
from benchmarks.run import Run
from benchmarks.spark import Cost
from benchmarks.steps import STEPS
from recs_py.terminal import Column, Table


def tables(run: Run) -> list[Table]:
    """The tables of a run; ratios and the calibration only where there are some."""
    found = [
        steps_table(run.scale.name, run.measurements),
        _ratios(run.scale.name, run.measurements),
        _notes(run.measurements),
        _calibration(run),
    ]
    return [table for table in found if table.rows]


def steps_table(scale: str, measurements: list[Measurement]) -> Table:
    """Seconds, memory and rows of each step, ours bold."""
    ours = {step.name for step in STEPS}
    return Table(
        name="steps",
        title=f"Seconds, memory and rows ({scale})",
        rows=[vars(measurement) for measurement in measurements],
        columns=(
            Column("step", "{step}"),
            Column("rows", "{rows:,}", number=True),
            Column("seconds", lambda row: _seconds(row["seconds"]), number=True),
            Column("peak GB", "{peak_gb:.2f}", number=True),
        ),
        emphasised=lambda row: row["step"] in ours,
    )


def _ratios(scale: str, measurements: list[Measurement]) -> Table:
    seconds = {measurement.step: measurement.seconds for measurement in measurements}
    rows = []
    for step in STEPS:
        ratios = {peer: divided(seconds.get(step.name), seconds.get(peer)) for peer in step.peers}
        if any(ratio is not None for ratio in ratios.values()):
            rows.append({"step": step.name, **{peer.name: ratios.get(peer.name) for peer in PEERS}})
    return Table(
        name="ratios",
        title=f"Seconds divided by those of a peer ({scale})",
        rows=rows,
        columns=(
            Column("step", "{step}"),
            *(Column(peer.name, f"{{{peer.name}:.2f}}", number=True) for peer in PEERS),
        ),
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


def costs_table(step: str, costs: dict[str, Cost]) -> Table:
    """The costs of each model on Spark, and their sum."""
    names = [field.name for field in fields(Cost)]
    total = {"model": "sum", **{name: sum(getattr(cost, name) for cost in costs.values()) for name in names}}
    return Table(
        name=step,
        title=f"Spark's costs by model ({step})",
        rows=[*({"model": name, **vars(cost)} for name, cost in costs.items()), total],
        columns=(
            Column("model", "{model}"),
            Column("seconds", "{seconds:.1f}", number=True),
            Column("tasks", "{tasks:,}", number=True),
            Column("task seconds", "{task_seconds:.1f}", number=True),
            *(
                Column(f"{kind} MB", lambda row, kind=kind: Text(f"{row[f'{kind}_bytes'] / 1e6:,.1f}"), number=True)
                for kind in ("shuffled", "spilled", "written")
            ),
        ),
        emphasised=lambda row: row["model"] == "sum",
    )


def divided(ours: float | None, theirs: float | None) -> float | None:
    """Return our figure divided by a peer's; None if either is missing or the peer's is 0."""
    return ours / theirs if ours is not None and theirs else None


def _seconds(seconds: float | None) -> Text:
    if seconds is None:
        return Text("")
    return Text(f"{seconds:.1f}" if seconds >= 1 else f"{seconds:.4f}")


def _number(value: float) -> Text:
    return Text(f"{value:,.0f}" if value >= 100 else f"{value:.3g}")
