"""The sums of an event log of Spark."""

import json

from benchmarks.spark import Cost, costs_of, events

START = "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart"
END = "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd"
SALES = "model.recs.weekly_sales"


def started(execution: int, description: str, time: int, root: int | None = None) -> dict:
    root = execution if root is None else root
    named = {"executionId": execution, "rootExecutionId": root, "description": description}
    return {"Event": START, **named, "time": time}


def ended(execution: int, time: int) -> dict:
    return {"Event": END, "executionId": execution, "time": time}


def job(description: str | None, *stages: int) -> dict:
    properties = {"spark.job.description": description} if description else {}
    return {"Event": "SparkListenerJobStart", "Stage IDs": list(stages), "Properties": properties}


def task(stage: int, *, milliseconds: int, shuffled: int = 0, spilled: int = 0, written: int = 0) -> dict:
    metrics = {
        "Executor Run Time": milliseconds,
        "Disk Bytes Spilled": spilled,
        "Shuffle Write Metrics": {"Shuffle Bytes Written": shuffled},
        "Output Metrics": {"Bytes Written": written},
    }
    reason = {"Reason": "Success"}
    return {"Event": "SparkListenerTaskEnd", "Stage ID": stage, "Task End Reason": reason, "Task Metrics": metrics}


def test_costs_are_summed_up_by_model():
    logged = [
        # a table is made within a statement, whose seconds count once
        started(1, SALES, 1_000),
        started(2, SALES, 1_500, root=1),
        job(SALES, 7, 8),
        task(7, milliseconds=2_000, shuffled=100),
        task(7, milliseconds=500, shuffled=30, spilled=4),
        task(8, milliseconds=250, written=60),
        ended(2, 4_000),
        ended(1, 5_000),
        started(3, "test.recs.unique", 6_000),
        job("test.recs.unique", 9),
        task(9, milliseconds=100),
        ended(3, 6_250),
        # the copy of a raw table has no model
        job(None, 10),
        task(10, milliseconds=50, written=9),
    ]
    assert costs_of(logged) == {
        "weekly_sales": Cost(
            seconds=4, tasks=3, task_seconds=2.75, shuffled_bytes=130, spilled_bytes=4, written_bytes=60
        ),
        "data tests": Cost(seconds=0.25, tasks=1, task_seconds=0.1),
        "(all else)": Cost(tasks=1, task_seconds=0.05, written_bytes=9),
    }


def test_a_task_that_failed_counts_nothing():
    failed = task(7, milliseconds=500, written=60) | {"Task End Reason": {"Reason": "ExceptionFailure"}}
    assert costs_of([job(SALES, 7), failed]) == {}


def test_the_line_that_is_being_written_is_left_out(tmp_path):
    # the first line has a sign at which Python's own splitlines ends a line; the last one ends within an object
    text = json.dumps(started(1, "a\u2028b", 5), ensure_ascii=False)
    (tmp_path / "local-1").write_text(text + '\n{"Event": "Spark", "Stage Info": {"Stage ID": 7}')
    assert list(events(tmp_path)) == [started(1, "a\u2028b", 5)]
