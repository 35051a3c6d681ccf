"""Runs one step in a process of its own, so that its memory is its own, and looks at it from outside."""

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.step import Outcome, Step
from benchmarks.workplace import Workplace
from recs_py.distribution import ROOT

SECONDS_BETWEEN_LOOKS = 0.1
# where a step that is limited is stopped: ten times what a score of the full size takes, before the machine swaps
MOST_SECONDS = 1800
MOST_BYTES = 0.8 * psutil.virtual_memory().total


@dataclass(frozen=True)
class Measurement:
    """Time and memory of a step; without figures, the note has the reason why it was skipped or stopped, or failed.

    Parameters
    ----------
    step
        Its name.
    seconds
        Of the part that counts.
    peak_gb
        The most memory that the process and its children held at a time, in 10^9 bytes.
    rows
        Number of rows that it made.
    note
        A few words more.
    has_failed
        Whether it was begun and did not end well.
    """

    step: str
    seconds: float | None = None
    peak_gb: float | None = None
    rows: int | None = None
    note: str = ""
    has_failed: bool = False


def measure(step: Step, place: Workplace) -> Measurement:
    """Run a step to its end and measure it."""
    if not _is_installed(step):
        return Measurement(step.name, note=f"skipped: {step.package} is not installed")
    command = [str(step.python), "-m", "benchmarks", "step", step.name, str(place.folder.resolve())]
    # old versions of the published file are no part of the benchmark, and large
    environment = {**os.environ, "RECS_VERSIONS": "0"}
    peak = 0
    stopped = ""
    started = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    ) as process:
        watched = psutil.Process(process.pid)
        while True:
            try:
                output, errors = process.communicate(timeout=SECONDS_BETWEEN_LOOKS)
                break
            except subprocess.TimeoutExpired:
                held = _bytes_held(watched)
                peak = max(peak, held)
                if step.is_limited and not stopped:
                    stopped = _reason_to_stop(time.monotonic() - started, held)
                    if stopped:
                        _kill(watched)
    if stopped:
        return Measurement(step.name, peak_gb=peak / 1e9, note=f"stopped: {stopped}")
    if process.returncode != 0:
        reason = (errors.strip().splitlines() or [f"exit code {process.returncode}"])[-1]
        return Measurement(step.name, note=f"failed: {reason.removeprefix('Error: ')}", has_failed=True)
    outcome = Outcome(**json.loads(output.splitlines()[-1]))
    return Measurement(step.name, outcome.seconds, peak / 1e9, outcome.rows, outcome.note)


def _is_installed(step: Step) -> bool:
    if step.python != Path(sys.executable):
        # its packages are installed with it
        return step.python.exists()
    return not step.package or importlib.util.find_spec(step.package) is not None


def _reason_to_stop(seconds: float, held: int) -> str:
    if seconds > MOST_SECONDS:
        return f"it took more than {MOST_SECONDS:,} s"
    if held > MOST_BYTES:
        return f"it held more than {MOST_BYTES / 1e9:.1f} GB"
    return ""


def _kill(process: psutil.Process) -> None:
    for member in (*process.children(recursive=True), process):
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()


def _bytes_held(process: psutil.Process) -> int:
    held = 0
    # it may end between two looks
    with contextlib.suppress(psutil.NoSuchProcess):
        for member in (process, *process.children(recursive=True)):
            held += member.memory_info().rss
    return held
