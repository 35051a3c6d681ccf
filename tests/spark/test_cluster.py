"""The toy shop, scored by a cluster of a master and two workers, one of which is killed in the middle."""

import os
import subprocess
import sys
import time

import pytest

from recs_py.loading.load import load
from tests.conftest import write_toy_shop

pytestmark = pytest.mark.slow

WEEK = "2020-09-16"
SCORE = [sys.executable, "-m", "recs_py.cli", "score", "--week", WEEK]


def test_rows_are_right_after_a_worker_was_killed(tmp_path, spark_is_installed):
    from tests.spark.cluster import cluster
    from tests.spark.parity import compare

    source = write_toy_shop(tmp_path / "source")
    environments = {
        target: {
            **os.environ,
            "RECS_TARGET": target,
            "RECS_DUCKDB": str(tmp_path / f"{target}.duckdb"),
            "RECS_PUBLISHED": str(tmp_path / f"{target}_published.duckdb"),
            "RECS_SPARK": str(tmp_path / "warehouse.spark"),
        }
        for target in ("duckdb", "spark")
    }
    for target in environments:
        load(name="hm", directory=source, database=tmp_path / f"{target}.duckdb")
    subprocess.run(SCORE, env=environments["duckdb"], check=True, capture_output=True)

    (tmp_path / "cluster").mkdir()
    with cluster(tmp_path / "cluster", workers=2) as running:
        environment = {**environments["spark"], **running.environment}
        said = tmp_path / "said"
        with said.open("w") as output, subprocess.Popen(SCORE, env=environment, stderr=output) as scoring:
            while len(running.tasks()) < 2 or sum(running.tasks().values()) < 300:
                assert scoring.poll() is None, said.read_text()
                time.sleep(1)
            running.kill_worker()
            before = running.tasks()
        assert scoring.returncode == 0, said.read_text()
        tasks = running.tasks()
    # both worked, and one went on alone
    assert len(before) == 2
    assert sum(tasks.values()) > sum(before.values())

    compared = list(compare(*(tmp_path / f"{target}.duckdb" for target in environments)))
    assert len(compared) > 90
    assert [each for each in compared if not each.is_equal] == []
