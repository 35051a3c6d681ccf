"""A real Spark on this machine, started once for all tests; without Java or pyspark they are skipped by name."""

import importlib.util
import os
import shutil

import pytest


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    if not shutil.which("java"):
        pytest.skip("Java is not installed")
    if not importlib.util.find_spec("pyspark"):
        pytest.skip("pyspark is not installed: pip install 'warehouse-recs[spark]'")
    from recs_py.spark.session import session

    # a folder as a shop might name it
    folder = tmp_path_factory.mktemp("spark") / "my shop's"
    os.environ["RECS_SPARK"] = str(folder)
    running = session()
    yield running
    running.stop()
    del os.environ["RECS_SPARK"]
