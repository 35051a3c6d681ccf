"""benchmarks/measured.json: the last run of every scale, from which page and picture are made."""

import json
from dataclasses import asdict
from pathlib import Path

from benchmarks.calibration import Figure
from benchmarks.measure import Measurement
from benchmarks.run import Run
from benchmarks.scales import SCALES, Scale

FILE = Path("benchmarks") / "measured.json"


def read(root: Path) -> dict[str, Run]:
    """The runs of a project folder by scale, smallest first; none where the file is missing."""
    path = root / FILE
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {name: _run(kept[name]) for name in reversed(SCALES) if name in kept}


def write(root: Path, run: Run) -> dict[str, Run]:
    """Replace the run of its scale, and return all of them."""
    runs = {**read(root), run.scale.name: run}
    path = root / FILE
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({name: _kept(runs[name]) for name in runs}, indent=1) + "\n", encoding="utf-8")
    return read(root)


def _kept(run: Run) -> dict:
    return _rounded(asdict(run) | {"figures": [figure._asdict() for figure in run.figures]})


def _run(kept: dict) -> Run:
    return Run(
        scale=Scale(**kept["scale"]),
        csv_bytes=kept["csv_bytes"],
        machine=kept["machine"],
        measurements=[Measurement(**measurement) for measurement in kept["measurements"]],
        figures=[Figure(**figure) for figure in kept["figures"]],
    )


def _rounded(value: object) -> object:
    """The same with four decimals, which is more than any machine repeats."""
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return round(value, 4) if isinstance(value, float) else value
