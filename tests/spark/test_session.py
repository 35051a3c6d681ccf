"""The Spark session of this process."""

import pytest

from recs_py.settings import machine_memory

pytestmark = pytest.mark.slow


def test_where_no_option_says_otherwise_spark_may_use_a_third_of_the_memory(spark):
    java = spark.sparkContext._jvm.java.lang.Runtime.getRuntime()
    # Java rounds, and some garbage collectors keep a part
    assert java.maxMemory() == pytest.approx(machine_memory() / 3, rel=0.1)
