"""Compares runs with the figures of the last release, both divided by those of `implicit` beside them."""

from statistics import median

from benchmarks.measure import Measurement
from benchmarks.results.tables import divided
from benchmarks.run import Run
from benchmarks.steps import STEPS
from recs_py.errors import RecsError, UsageError
from recs_py.terminal import Column, Table

PEER = "implicit"
TOLERANCE = 0.2
MEASURES = {"seconds": "seconds", "peak_gb": "peak memory"}


def compared(released: Run) -> tuple[str, ...]:
    """Names of the steps to run: those that a release has figures of, and the peer.

    Raises
    ------
    UsageError
        If it has no figures of the peer.
    """
    measured = {found.step for found in released.measurements if found.seconds is not None}
    if PEER not in measured:
        raise UsageError(
            f"There are no figures of {PEER} for the scale {released.scale.name}: "
            f"`make bench SCALE={released.scale.name}` measures them."
        )
    return (*(step.name for step in STEPS if step.name in measured), PEER)


def comparison(released: Run, runs: list[Run]) -> Table:
    """Every figure of a release beside the median of the runs, as ratios to the peer's.

    Parameters
    ----------
    released
        The run whose figures the release has.
    runs
        The runs of now, of the same steps.

    Returns
    -------
    Table
        A step that failed has no ratio now, and counts as exceeded.

    Raises
    ------
    RecsError
        If the peer was not measured.
    """
    now = [{found.step: found for found in run.measurements} for run in runs]
    for run in now:
        if run[PEER].seconds is None:
            raise RecsError(f"There is nothing to divide by: {PEER} {run[PEER].note}.")
    before = {found.step: found for found in released.measurements}
    rows = []
    for step in compared(released)[:-1]:
        for measure, name in MEASURES.items():
            ratio = _ratio(before, step, measure)
            if ratio is None:
                continue
            ratios = [_ratio(run, step, measure) for run in now]
            found = None if None in ratios else median(ratios)
            change = found / ratio - 1 if found is not None else None
            is_exceeded = change is None or change > TOLERANCE
            rows.append(
                {
                    "step": step,
                    "figure": name,
                    "released": ratio,
                    "now": found,
                    "change": change,
                    "is_exceeded": is_exceeded,
                }
            )
    return Table(
        name="figures",
        title=f"Divided by {PEER} ({released.scale.name})",
        rows=rows,
        columns=(
            Column("step", "{step}"),
            Column("figure", "{figure}"),
            Column("released", "{released:.2f}", number=True),
            Column("now", "{now:.2f}", number=True),
            Column("change", "{change:+.0%}", number=True),
        ),
        emphasised=lambda row: row["is_exceeded"],
    )


def exceeded(table: Table) -> list[str]:
    """The figures of a comparison that are exceeded, each in words."""
    return [
        f"{row['step']}, {row['figure']}: "
        + (f"{row['now']:.2f} instead of {row['released']:.2f}" if row["now"] is not None else "not measured")
        for row in table.rows
        if row["is_exceeded"]
    ]


def _ratio(run: dict[str, Measurement], step: str, measure: str) -> float | None:
    return divided(*(getattr(run.get(name), measure, None) for name in (step, PEER)))
