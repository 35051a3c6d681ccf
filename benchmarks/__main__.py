"""`python -m benchmarks`, which `make bench` runs, and the process that it starts for each step."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from benchmarks.scales import SCALES, Scale
from recs_py import terminal
from recs_py.cli.group import Commands
from recs_py.distribution import ROOT, install_command
from recs_py.errors import RecsError, UsageError

FOLDER = ROOT / "target" / "bench"

scale_option = click.option(
    "--scale",
    type=click.Choice(list(SCALES)),
    callback=lambda context, option, name: SCALES[name],
    default="hundredth",
    show_default=True,
    help="Size of the simulated shop.",
)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Seconds, memory and rows of every step on a simulated shop, beside other tools on the same data."""


@main.command()
@scale_option
@click.option("--steps", help="Only these steps and peers, such as 'load duckdb'; default: all.")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    default=ROOT,
    help="Folder whose BENCHMARKS.md, figures and picture change.",
)
@terminal.json_option
def run(scale: Scale, steps: str | None, into: Path, as_json: bool) -> None:
    """Measure, print, and keep the figures of the scale for BENCHMARKS.md.

    \b
    Example:
      python -m benchmarks run --scale tenth --steps "load duckdb"
    """
    with _packages():
        from benchmarks.results.page import write
        from benchmarks.results.tables import tables
        from benchmarks.run import NAMES
        from benchmarks.run import run as run_steps
        from benchmarks.workplace import Workplace

    with terminal.progress(f"bench {scale.name}") as advance:
        for outcome in run_steps(
            scale=scale,
            place=Workplace(FOLDER / scale.name),
            chosen=tuple(steps.split()) if steps else NAMES,
            on_step=advance,
        ):
            write(into, outcome)
    terminal.show(*tables(outcome), as_json=as_json)
    failed = [measurement.step for measurement in outcome.measurements if measurement.has_failed]
    if failed:
        raise RecsError(f"These steps failed: {', '.join(failed)}. Their lines have the reasons.")


@main.command()
@scale_option
@click.option("--steps", default="load score", show_default=True, help="Steps that build on Spark.")
@click.option("--memory", default="8g", show_default=True, help="Spark's option spark.driver.memory.")
@terminal.json_option
def spark(scale: Scale, steps: str, memory: str, as_json: bool) -> None:
    """Measure the steps on Spark on this machine, with the costs of each model by Spark's event log.

    \b
    Example:
      python -m benchmarks spark --scale tenth
    """
    with _packages():
        from benchmarks.results.tables import costs_table, steps_table
        from benchmarks.spark import CHOSEN, run_on_spark
        from benchmarks.workplace import Workplace

    chosen = tuple(steps.split())
    if unknown := [name for name in chosen if name not in CHOSEN]:
        raise UsageError(f"There is no step {unknown[0]!r}: choose from {', '.join(CHOSEN)}.")
    place = Workplace(FOLDER / scale.name)
    with terminal.progress(f"spark {scale.name}") as advance:
        place.make_world(scale, lambda done, total: advance("writing the shop", done, total))
        measured = list(run_on_spark(place=place, steps=chosen, memory=memory, on_step=advance))
    measurements = [measurement for measurement, _ in measured]
    terminal.show(
        steps_table(f"{scale.name}, Spark", measurements),
        *(costs_table(measurement.step, costs) for measurement, costs in measured),
        as_json=as_json,
    )
    if failed := [f"{each.step}: {each.note}" for each in measurements if each.has_failed]:
        raise RecsError(f"These steps failed: {'; '.join(failed)}")


@main.command()
@scale_option
@click.option(
    "--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Runs, of which medians count."
)
@terminal.json_option
def check(scale: Scale, rounds: int, as_json: bool) -> None:
    """Measure beside implicit, and fail where a figure of the last release is exceeded by more than 20%.

    \b
    Example:
      python -m benchmarks check --scale hundredth
    """
    with _packages():
        from benchmarks.results import record
        from benchmarks.results.check import compared, comparison, exceeded
        from benchmarks.run import run as run_steps
        from benchmarks.workplace import Workplace

    released = record.read(ROOT).get(scale.name)
    if released is None:
        raise UsageError(
            f"There are no figures of the scale {scale.name}: `make bench SCALE={scale.name}` measures them."
        )
    chosen = compared(released)
    outcomes = []
    for number in range(1, rounds + 1):
        with terminal.progress(f"bench {scale.name}, {number} of {rounds}") as advance:
            *_, outcome = run_steps(
                scale=released.scale, place=Workplace(FOLDER / scale.name), chosen=chosen, on_step=advance
            )
        outcomes.append(outcome)
    table = comparison(released, outcomes)
    terminal.show(table, as_json=as_json)
    if found := exceeded(table):
        raise RecsError(f"Exceeded by more than 20%: {'; '.join(found)}.")


@contextlib.contextmanager
def _packages() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise UsageError(
            f"The benchmark needs {error.name}: type `{install_command('bench')}` in the project's folder "
            "(or `make install`)."
        ) from error


@main.command(hidden=True)
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path))
def step(name: str, folder: Path) -> None:
    """Do one step and print its result; `run` starts such a process for each."""
    from benchmarks.peers import PEERS
    from benchmarks.step import carry_out
    from benchmarks.steps import STEPS
    from benchmarks.workplace import Workplace

    [chosen] = [step for step in (*STEPS, *PEERS) if step.name == name]
    click.echo(json.dumps(asdict(carry_out(chosen, Workplace(folder)))))


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
