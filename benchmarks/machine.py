"""The machine and the versions that a benchmark ran on."""

import datetime as dt
import importlib.metadata
import os
import platform
from pathlib import Path

import psutil

from recs_py.distribution import NAME
from recs_py.settings import memory_limit, threads

PACKAGES = ("duckdb", "dbt-core", "implicit", "pandas", NAME)


def machine() -> str:
    """Day, cores, memory and versions, in one line."""
    parts = (
        f"{dt.date.today()}",
        # other processes distort every figure
        f"{threads()} cores{_processor()}, {os.getloadavg()[0]:.1f} processes busy when the run began",
        f"{psutil.virtual_memory().total / 1e9:.1f} GB of memory, DuckDB's limit {memory_limit()}",
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}",
        ", ".join(f"{package} {_version(package)}" for package in PACKAGES),
    )
    return "; ".join(parts)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f" ({names[0]})" if names else ""


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
