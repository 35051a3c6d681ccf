"""BENCHMARKS.md: a section per scale, of which a run replaces its own."""

import inspect
import re
from pathlib import Path

from rich.filesize import decimal

from benchmarks.peers import PEERS
from benchmarks.run import Run
from benchmarks.scales import SCALES
from benchmarks.steps import STEPS
from benchmarks.tables import tables
from recs_py.terminal import Table

HEAD = """\
# Benchmarks

`make bench SCALE=full` (or `tenth`, `hundredth`) simulates a shop of H&M's shape, does on it what is listed here,
each in a process of its own, and writes its section of this page. In the columns `/ duckdb`, `/ implicit` and `/
pandas` our seconds are divided by those of a peer on the same files in the same run, so they mean something on other
machines. Peak memory is that of the process and its children, looked at ten times a second; GB are 10^9 bytes.
"""


def write(page: Path, run: Run) -> None:
    """Replace the section of the run's scale; the others stay."""
    sections = _sections(page.read_text(encoding="utf-8")) if page.exists() else {}
    sections[run.scale.name] = _section(run)
    order = [scale.name for scale in SCALES]
    names = sorted(sections, key=lambda name: (order.index(name) if name in order else len(order), name))
    parts = [HEAD, _legend(), *(f"## {name}\n\n{sections[name]}" for name in names)]
    page.write_text("\n".join(parts), encoding="utf-8")


def _legend() -> str:
    kinds = (("step", STEPS), ("peer", PEERS))
    lines = [f"| {kind} | `{step.name}` | {inspect.getdoc(step.work)} |" for kind, steps in kinds for step in steps]
    return "\n".join(["| | name | what it does |", "|---|---|---|", *lines]) + "\n"


def _sections(text: str) -> dict[str, str]:
    parts = re.split(r"^## (.+)\n+", text, flags=re.MULTILINE)[1:]
    return {name: body.rstrip() + "\n" for name, body in zip(parts[::2], parts[1::2], strict=True)}


def _section(run: Run) -> str:
    scale = run.scale
    size = (
        f"{scale.customers:,} customers, {scale.articles:,} articles, {scale.transactions:,} transactions "
        f"({decimal(run.csv_bytes)} of CSV)."
    )
    parts = [size, f"{run.machine}."]
    for table in tables(run):
        parts += [f"**{table.title}**", _markdown(table)]
    if run.figures:
        parts.append(_what_is_not_met(run))
    return "\n\n".join(parts) + "\n"


def _what_is_not_met(run: Run) -> str:
    far = [figure.name for figure in run.figures if not figure.is_close]
    if not far:
        return "All figures are met at once, within 25 %."
    reason = "" if run.scale.name == "full" else " The simulation is calibrated at full size."
    return f"Not met together with the others, beyond 25 %: {'; '.join(far)}.{reason}"


def _markdown(table: Table) -> str:
    headings = [column.heading for column in table.columns]
    rules = ["---:" if column.number else "---" for column in table.columns]
    cells = [[column.text(row).plain.replace("|", r"\|") for column in table.columns] for row in table.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in (headings, rules, *cells))
