"""BENCHMARKS.md: what is measured, how it grows with the size, and a section per scale."""

import inspect
from pathlib import Path

from rich.filesize import decimal

from benchmarks.peers import PEERS
from benchmarks.results import record
from benchmarks.results.growth import PICTURE, growth, picture
from benchmarks.results.tables import tables
from benchmarks.run import Run
from benchmarks.steps import STEPS
from recs_py.terminal import Table

PAGE = Path("BENCHMARKS.md")
HEAD = """\
# Benchmarks

`make bench SCALE=full` (or `tenth`, `hundredth`) simulates a shop of H&M's shape, does on it what is listed here,
each in a process of its own, and writes this page from [what was measured](benchmarks/measured.json). Where our
seconds are divided by those of a peer, both are on the same files in the same run, so they mean something on other
machines. Peak memory is that of the process and its children, looked at ten times a second; GB are 10^9 bytes. A peer
that takes more than half an hour, or more than four fifths of the machine's memory, is stopped.

`make bench-check` measures the hundredth (or another `SCALE`) three times beside `implicit`, and fails where seconds
or peak memory, divided by those of `implicit`, exceed those of `benchmarks/measured.json` by
more than 20%.
"""
GROWTH = f"""\
## Growth

![Seconds and peak memory against the number of transactions]({PICTURE})
"""


def write(root: Path, run: Run) -> None:
    """Keep a run instead of the last one of its scale, and make the page and its picture of all that are kept."""
    runs = record.write(root, run)
    picture(root, runs)
    sections = [f"## {name}\n\n{_section(runs[name])}" for name in reversed(runs)]
    text = "\n".join([HEAD, _legend(), GROWTH, f"{_table(growth(runs))}\n", *sections])
    (root / PAGE).write_text(text, encoding="utf-8")


def _legend() -> str:
    kinds = (("step", STEPS), ("peer", PEERS))
    lines = [f"| {kind} | `{step.name}` | {inspect.getdoc(step.work)} |" for kind, steps in kinds for step in steps]
    return "\n".join(["| | name | what it does |", "|---|---|---|", *lines]) + "\n"


def _section(run: Run) -> str:
    scale = run.scale
    size = (
        f"{scale.customers:,} customers, {scale.articles:,} articles, {scale.transactions:,} transactions "
        f"({decimal(run.csv_bytes)} of CSV)."
    )
    parts = [size, f"{run.machine}.", *(_table(table) for table in tables(run))]
    if run.figures:
        parts.append(_what_is_not_met(run))
    return "\n\n".join(parts) + "\n"


def _what_is_not_met(run: Run) -> str:
    far = [figure.name for figure in run.figures if not figure.is_close]
    if not far:
        return "All figures are met at once, within 25 %."
    reason = "" if run.scale.name == "full" else " The simulation is calibrated at full size."
    return f"Not met together with the others, beyond 25 %: {'; '.join(far)}.{reason}"


def _table(table: Table) -> str:
    headings = [column.heading for column in table.columns]
    rules = ["---:" if column.number else "---" for column in table.columns]
    cells = [[column.text(row).plain.replace("|", r"\|") for column in table.columns] for row in table.rows]
    lines = "\n".join(f"| {' | '.join(line)} |" for line in (headings, rules, *cells))
    return f"**{table.title}**\n\n{lines}"
