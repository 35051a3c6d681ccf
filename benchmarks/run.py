"""One run of the benchmark: the chosen steps on the shop of one scale, and its section of the page."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from benchmarks.calibration import Figure, calibration_table
from benchmarks.machine import machine
from benchmarks.measure import Measurement, measure
from benchmarks.peers import PEERS
from benchmarks.scales import Scale
from benchmarks.step import Step
from benchmarks.steps import STEPS
from benchmarks.workplace import Workplace
from recs_py.errors import UsageError


def in_order() -> list[Step]:
    """All steps and peers as they are run: a peer right after the first step that is compared with it."""
    order: list[Step] = []
    for step in STEPS:
        order += [step, *(peer for peer in PEERS if peer.name in step.peers and peer not in order)]
    return order


# chosen like a step: how close the simulated shop comes to H&M's
CALIBRATION = "calibration"
NAMES = (*(step.name for step in in_order()), CALIBRATION)


@dataclass(frozen=True)
class Run:
    """State and results of a benchmark run.

    Parameters
    ----------
    scale
        The size of the shop.
    csv_bytes
        The size of its files.
    machine
        Description of the machine, in a sentence.
    measurements
        In the order in which they were made.
    figures
        The calibration table; empty where it was not chosen.
    """

    scale: Scale
    csv_bytes: int
    machine: str
    measurements: list[Measurement]
    figures: list[Figure]


def run(
    *, scale: Scale, place: Workplace, chosen: tuple[str, ...] = NAMES, on_step: Callable[[str, int, int], None]
) -> Iterator[Run]:
    """Make the shop if need be, and measure the chosen steps on it, one after the other.

    The full size takes long: all results so far are yielded after every step, and kept if a later one is stopped.

    Parameters
    ----------
    scale
        The size of the shop.
    place
        Its folder, which keeps the shop and the databases for the next run.
    chosen
        Names of steps, of peers, and `calibration`; a step builds on what the earlier ones left in the folder.
    on_step
        Called with what is being done, how many steps are behind, and how many there are.

    Yields
    ------
    Run
        All that was measured so far.

    Raises
    ------
    UsageError
        If there is no step of such a name.
    """
    unknown = [name for name in chosen if name not in NAMES]
    if unknown:
        raise UsageError(f"There is no step {unknown[0]!r}: choose from {', '.join(NAMES)}.")
    steps = [step for step in in_order() if step.name in chosen]
    place.make_world(scale, lambda done, total: on_step("writing the shop", done, total))
    csv_bytes = sum(file.stat().st_size for file in place.world.iterdir())
    so_far = Run(scale, csv_bytes, machine(), measurements=[], figures=[])
    for number, step in enumerate(steps):
        on_step(step.name, number, len(chosen))
        so_far = replace(so_far, measurements=[*so_far.measurements, measure(step, place)])
        yield so_far
    if CALIBRATION in chosen:
        on_step(CALIBRATION, len(steps), len(chosen))
        yield replace(so_far, figures=calibration_table(place.world))
