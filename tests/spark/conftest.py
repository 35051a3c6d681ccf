"""A real Spark on this machine, started once for all tests; without Java or pyspark they are skipped by name."""

import pytest

from benchmarks.spark import write_options
from recs_py.errors import UsageError
from recs_py.spark.installed import check_spark

# A shop of six customers is planned and compiled for minutes, and computed in seconds.
FOR_SMALL_SHOPS = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.ui.showConsoleProgress": "false",
}


@pytest.fixture(scope="session")
def spark_is_installed() -> None:
    try:
        check_spark()
    except UsageError as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def spark(spark_is_installed, tmp_path_factory):
    from recs_py.spark.session import session

    folder = tmp_path_factory.mktemp("spark")
    write_options(folder, FOR_SMALL_SHOPS)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SPARK_CONF_DIR", str(folder))
        # as a shop might name it
        environment.setenv("RECS_SPARK", str(folder / "my shop's"))
        running = session()
        yield running
        running.stop()
