"""A real Spark on this machine, started once for all tests; without Java or pyspark they are skipped by name."""

import os

import pytest

from recs_py.cli.loading import check_spark
from recs_py.errors import UsageError


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    try:
        check_spark()
    except UsageError as reason:
        pytest.skip(str(reason))
    from recs_py.spark.session import session

    # a folder as a shop might name it
    folder = tmp_path_factory.mktemp("spark") / "my shop's"
    os.environ["RECS_SPARK"] = str(folder)
    running = session()
    yield running
    running.stop()
    del os.environ["RECS_SPARK"]
