"""Steps of the benchmark, built on Spark on this machine, and the costs of each model by Spark's event log."""

import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Measurement, measure
from benchmarks.steps import STEPS
from benchmarks.workplace import Workplace
from recs_py.settings import environment
from recs_py.spark.installed import check_spark

# Steps that build on Spark.
CHOSEN = ("load", "score", "train", "score_learned")


@dataclass
class Cost:
    """The costs of a model on Spark; its data tests have a name of their own.

    Attributes
    ----------
    seconds
        From the start of its statements to their ends. The kernel of a Python model runs outside of Spark.
    tasks, task_seconds
        Number of tasks that ended well, and the sum of their seconds.
    shuffled_bytes
        Written by tasks for other tasks to read.
    spilled_bytes
        Written to disk for want of memory.
    written_bytes
        Written to its tables, also to those for the time being.
    """

    seconds: float = 0
    tasks: int = 0
    task_seconds: float = 0
    shuffled_bytes: int = 0
    spilled_bytes: int = 0
    written_bytes: int = 0


def run_on_spark(
    *, place: Workplace, steps: tuple[str, ...], memory: str, on_step: Callable[[str, int, int], None]
) -> Iterator[tuple[Measurement, dict[str, Cost]]]:
    """Measure steps on Spark; yield each with the costs of its models by name, the most expensive first.

    Parameters
    ----------
    place
        Folder of the scale, whose simulated shop is written.
    steps
        Of `CHOSEN`, in order; each builds on what the earlier ones left.
    memory
        Value of Spark's option `spark.driver.memory`, such as `8g`.
    on_step
        Called with the step, how many are behind, and how many there are.

    Raises
    ------
    UsageError
        If Spark is not installed.
    """
    check_spark()
    beside = Workplace(place.folder / "spark")
    options = beside.folder / "options"
    options.mkdir(parents=True, exist_ok=True)
    if not beside.world.exists():
        beside.world.symlink_to(place.world.resolve())
    for number, name in enumerate(steps):
        on_step(name, number, len(steps))
        if name == "load":
            shutil.rmtree(beside.folder / "warehouse.spark", ignore_errors=True)
        log = beside.folder / "events" / name
        shutil.rmtree(log, ignore_errors=True)
        log.mkdir(parents=True)
        write_options(
            options,
            {
                "spark.driver.memory": memory,
                "spark.local.dir": str(beside.folder.resolve() / "spilled"),
                "spark.ui.showConsoleProgress": "false",
            }
            | logged_events(log),
        )
        with environment(
            RECS_TARGET="spark",
            RECS_SPARK=str(beside.folder.resolve() / "warehouse.spark"),
            SPARK_CONF_DIR=str(options.resolve()),
        ):
            measured = measure({step.name: step for step in STEPS}[name], beside)
        yield measured, costs_of(events(log))


def write_options(folder: Path, options: dict[str, str]) -> None:
    """Write options of Spark into a folder that `SPARK_CONF_DIR` can name."""
    lines = "".join(f"{name} {value}\n" for name, value in options.items())
    (folder / "spark-defaults.conf").write_text(lines, encoding="utf-8")


def logged_events(folder: Path) -> dict[str, str]:
    """The options with which Spark logs into a folder what `events` reads."""
    return {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": folder.resolve().as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
    }


def events(folder: Path) -> Iterator[dict]:
    """The events that Spark has logged into a folder so far."""
    for file in sorted(folder.glob("*")):
        with file.open(encoding="utf-8", errors="replace", newline="\n") as lines:
            for line in lines:
                # the last one may be half written
                if line.endswith("\n"):
                    yield json.loads(line)


def costs_of(logged: Iterable[dict]) -> dict[str, Cost]:
    """Sum up the events of one session by the model that the jobs are for, the most expensive first.

    Data tests have one name together, and so has all that is neither model nor test.
    """
    costs: dict[str, Cost] = defaultdict(Cost)
    began: dict[int, tuple[str, int]] = {}
    name_of_stage: dict[int, str] = {}
    for event in logged:
        kind = event["Event"].rpartition(".")[2]
        if kind == "SparkListenerSQLExecutionStart" and event["rootExecutionId"] == event["executionId"]:
            began[event["executionId"]] = (_named(event["description"]), event["time"])
        elif kind == "SparkListenerSQLExecutionEnd" and event["executionId"] in began:
            name, start = began[event["executionId"]]
            costs[name].seconds += (event["time"] - start) / 1000
        elif kind == "SparkListenerJobStart":
            name = _named(event["Properties"].get("spark.job.description", ""))
            name_of_stage |= dict.fromkeys(event["Stage IDs"], name)
        elif kind == "SparkListenerTaskEnd" and event["Task End Reason"]["Reason"] == "Success":
            metrics, cost = event["Task Metrics"], costs[name_of_stage[event["Stage ID"]]]
            cost.tasks += 1
            cost.task_seconds += metrics["Executor Run Time"] / 1000
            cost.shuffled_bytes += metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"]
            cost.spilled_bytes += metrics["Disk Bytes Spilled"]
            cost.written_bytes += metrics["Output Metrics"]["Bytes Written"]
    return dict(sorted(costs.items(), key=lambda item: (-item[1].seconds, item[0])))


def _named(description: str) -> str:
    kind, _, name = description.partition(".")
    if kind == "model":
        return name.rpartition(".")[2]
    return "data tests" if kind == "test" else "(all else)"
