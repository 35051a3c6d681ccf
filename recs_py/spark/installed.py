"""Whether Spark can start here, asked before anything is done for it."""

import importlib.util
import os
import re
import shutil
import subprocess

from recs_py.distribution import install_command
from recs_py.errors import UsageError


def check_spark() -> None:
    """Refuse Spark where it cannot start.

    Raises
    ------
    UsageError
        If the optional dependency or Java is missing.
    """
    if not all(map(importlib.util.find_spec, ("pyspark", "sqlglot", "dbt.adapters.spark"))):
        raise UsageError(f"Spark is not installed: type `{install_command('spark')}`.")
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin" if home else None)
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr if java else ""
    version = re.search(r'version "(\d+)', said)
    if not version or int(version[1]) < 17:
        found = f", and found {version[1]}" if version else ""
        raise UsageError(
            f"Spark needs Java 17 or newer{found}: `apt-get install default-jre-headless` has it on Debian"
        )
