"""A cluster of Spark's own on this machine: a master and workers, each a process of its own, with an event log."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyspark

from benchmarks.spark import events, logged_events, write_options
from tests.conftest import free_port
from tests.spark.conftest import FOR_SMALL_SHOPS

SPARK = Path(pyspark.__file__).parent
HOST = "127.0.0.1"


class Cluster:
    """A running cluster.

    Attributes
    ----------
    environment
        Variables with which a program runs on the cluster.
    workers
        The processes of the workers.
    """

    def __init__(self, folder: Path, master: str, workers: list[subprocess.Popen]):
        self.workers = workers
        self._log = folder / "events"
        self._log.mkdir()
        (folder / "conf").mkdir()
        write_options(
            folder / "conf",
            FOR_SMALL_SHOPS
            | {"spark.master": master, "spark.driver.host": HOST, "spark.executor.memory": "1g"}
            | logged_events(self._log),
        )
        self.environment = {"SPARK_CONF_DIR": str(folder / "conf"), "PYSPARK_PYTHON": sys.executable}

    def tasks(self) -> Counter:
        """Number of tasks that have ended well, by executor."""
        return Counter(
            event["Task Info"]["Executor ID"]
            for event in events(self._log)
            if event["Event"] == "SparkListenerTaskEnd" and event["Task End Reason"]["Reason"] == "Success"
        )

    def kill_worker(self) -> None:
        """Kill a worker, and with it the executor that it has started."""
        os.killpg(self.workers.pop().pid, signal.SIGKILL)


@contextmanager
def cluster(folder: Path, *, workers: int) -> Iterator[Cluster]:
    """Start a master and workers of one core each, and stop them in the end."""
    port = free_port()
    master = f"spark://{HOST}:{port}"
    started = [_start(folder, "master.Master", "--host", HOST, "--port", str(port), "--webui-port", "0")]
    try:
        _wait_for(port)
        started += [
            _start(
                folder, "worker.Worker", "--cores", "1", "--memory", "2g", "--host", HOST, "--webui-port", "0", master
            )
            for _ in range(workers)
        ]
        yield Cluster(folder, master, started[1:])
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _start(folder: Path, what: str, *options: str) -> subprocess.Popen:
    # in a session of its own, so that its executors end with it
    with (folder / f"{what}.log").open("ab") as log:
        return subprocess.Popen(
            [str(SPARK / "bin" / "spark-class"), f"org.apache.spark.deploy.{what}", *options],
            env={**os.environ, "SPARK_HOME": str(SPARK), "SPARK_WORKER_DIR": str(folder / "work")},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as attempt:
            if attempt.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.2)
    raise TimeoutError(f"nothing listens on port {port}")
