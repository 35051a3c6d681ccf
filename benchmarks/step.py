"""A step of the benchmark and its outcome."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.workplace import Workplace


@dataclass(frozen=True)
class Outcome:
    """The result of a step.

    Parameters
    ----------
    rows
        Number of rows that the step made.
    note
        A remark, in a few words.
    seconds
        Seconds of the part that counts; None if the whole step counts.
    """

    rows: int
    note: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class Step:
    """Something to measure.

    Parameters
    ----------
    name
        As typed in STEPS, and as the heading of its line.
    work
        Function that does it, in a process of its own, on the files that earlier steps left.
    peers
        Names of the peers that do the like; its seconds are divided by theirs.
    package
        Package that it needs beyond the project's requirements; the step is skipped where it is not installed.
    python
        Program that runs it; another than ours has packages that conflict with the project's.
    is_limited
        Whether it is stopped where it takes too long or too much memory: a peer need not carry every size.
    """

    name: str
    work: Callable[[Workplace], Outcome]
    peers: tuple[str, ...] = ()
    package: str | None = None
    python: Path = Path(sys.executable)
    is_limited: bool = False


def carry_out(step: Step, place: Workplace) -> Outcome:
    """Do a step, and time it unless it has timed itself."""
    started = time.perf_counter()
    outcome = step.work(place)
    if outcome.seconds is not None:
        return outcome
    return replace(outcome, seconds=time.perf_counter() - started)
