"""How seconds and memory grow with the size of the shop: a table of all steps, and a picture of scores and peers."""

from itertools import pairwise
from pathlib import Path

import altair as alt
import vl_convert

from benchmarks.peers import PEERS
from benchmarks.run import Run, in_order
from recs_py.terminal import Column, Table

PICTURE = Path("docs") / "benchmarks.svg"
OURS = ("score", "score_learned")
# the first peer reads CSV and recommends nothing
DRAWN = (*OURS, *(peer.name for peer in PEERS[1:]))
# by Okabe and Ito, as in the report, and grey
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8a8a8a")
MEASURES = {"seconds": "seconds", "peak_gb": "peak memory, GB"}
_LINES = {"seconds": [0.01, 0.1, 1, 10, 100, 1000], "peak_gb": [0.1, 0.2, 0.5, 1, 2, 5, 10, 20]}


def growth(runs: dict[str, Run]) -> Table:
    """Ratio of seconds divided by ratio of transactions, of each step from one scale to the next one.

    Parameters
    ----------
    runs
        The runs by scale, smallest first.
    """
    steps = list(pairwise(runs))
    seconds = {name: {found.step: found.seconds for found in run.measurements} for name, run in runs.items()}

    def ratio(step: str, small: str, large: str) -> float | None:
        before, after = seconds[small].get(step), seconds[large].get(step)
        if not before or after is None:
            return None
        return (after / before) / (runs[large].scale.transactions / runs[small].scale.transactions)

    rows = [{"step": step.name, **{f"{a}_{b}": ratio(step.name, a, b) for a, b in steps}} for step in in_order()]
    return Table(
        name="growth",
        title="Growth of seconds divided by growth of transactions; 1.00 is linear",
        rows=[row for row in rows if any(value is not None for name, value in row.items() if name != "step")],
        columns=(
            Column("step", "{step}"),
            *(Column(f"{a} to {b}", f"{{{a}_{b}:.2f}}", number=True) for a, b in steps),
        ),
    )


def picture(root: Path, runs: dict[str, Run]) -> None:
    """Write the picture, the same bytes for the same figures."""
    path = root / PICTURE
    path.parent.mkdir(exist_ok=True)
    path.write_text(vl_convert.vegalite_to_svg(_chart(runs).to_dict()), encoding="utf-8")


def _chart(runs: dict[str, Run]) -> alt.TopLevelMixin:
    points = [
        {"step": found.step, "transactions": run.scale.transactions, "seconds": found.seconds, "peak_gb": found.peak_gb}
        for run in runs.values()
        for found in run.measurements
        if found.step in DRAWN and found.seconds is not None
    ]
    drawn = [name for name in DRAWN if any(point["step"] == name for point in points)]
    sizes = [run.scale.transactions for run in runs.values()]
    colour = alt.Scale(domain=drawn, range=[COLOURS[DRAWN.index(name)] for name in drawn])
    dash = alt.condition(alt.FieldOneOfPredicate("step", OURS), alt.value([1, 0]), alt.value([4, 3]))
    lines = alt.Chart(alt.Data(values=points)).mark_line(point=True)
    panels = [
        lines.encode(
            x=alt.X("transactions:Q", title="transactions", scale=alt.Scale(type="log"))
            .axis(values=sizes, format=",", grid=True),
            y=alt.Y(f"{measure}:Q", title=title, scale=alt.Scale(type="log")).axis(values=_LINES[measure]),
            color=alt.Color("step:N", title=None, scale=colour),
            strokeDash=dash,
        ).properties(width=320, height=320)
        for measure, title in MEASURES.items()
    ]  # fmt: skip
    # the site is light or dark, the picture has a ground of its own
    return alt.hconcat(*panels).configure(background="white", padding=10)
