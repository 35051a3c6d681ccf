"""Settings of this machine, from the environment: where the databases are and how much DuckDB may take."""

import contextlib
import math
import os
import re
from collections.abc import Iterator
from pathlib import Path

from recs_py.errors import UsageError

# Share of the machine's memory for DuckDB; the kernels' matrices need room in the same process.
SHARE_OF_MEMORY = 0.25

# The engines that build the models; the first one is the default.
TARGETS = ("duckdb", "spark")


def work_database() -> Path:
    """Return the database that is built in: `RECS_DUCKDB`, default `warehouse.duckdb`.

    Raises
    ------
    UsageError
        If `RECS_DUCKDB` is no file.
    """
    return _database("RECS_DUCKDB", default="warehouse.duckdb")


def published_database() -> Path:
    """Return the database that readers open: `RECS_PUBLISHED`, default `recommendations.duckdb`.

    Where that is a link, it is the file that the link names: a publish replaces this one, and the link stays.

    Raises
    ------
    UsageError
        If `RECS_PUBLISHED` is no file.
    """
    published = _database("RECS_PUBLISHED", default="recommendations.duckdb")
    return published.resolve() if published.is_symlink() else published


def target() -> str:
    """Return where the models are built: `RECS_TARGET`, `duckdb` (the default) or `spark`.

    Raises
    ------
    UsageError
        If `RECS_TARGET` is neither.
    """
    text = os.environ.get("RECS_TARGET") or TARGETS[0]
    if text not in TARGETS:
        raise UsageError(f"RECS_TARGET is {text!r}: set it to {' or '.join(TARGETS)}, or unset it")
    return text


@contextlib.contextmanager
def environment(**values: str) -> Iterator[None]:
    """Set variables of the environment, and put them back afterwards."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def threads() -> int:
    """Return how many threads DuckDB may use: `RECS_THREADS`, default the cores that this process may use.

    Raises
    ------
    UsageError
        If `RECS_THREADS` is not a whole number of at least 1.
    """
    text = os.environ.get("RECS_THREADS")
    if not text:
        return _cores()
    if not re.fullmatch(r"[1-9]\d{0,3}", text.strip()):
        raise UsageError(f"RECS_THREADS is {text!r}: set it to a whole number from 1, such as 2, or unset it")
    return int(text)


def memory_limit() -> str:
    """Return DuckDB's memory limit: `RECS_MEMORY`, default 25% of what the machine or container has.

    Raises
    ------
    UsageError
        If `RECS_MEMORY` is not a size as DuckDB writes it.
    """
    text = os.environ.get("RECS_MEMORY")
    if not text:
        # a percentage would do, but DuckDB 1.5 knows none
        return f"{int(machine_memory() * SHARE_OF_MEMORY) // 2**20}MiB"
    size = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]i?B)", text.strip(), flags=re.IGNORECASE)
    if not size or float(size[1]) == 0:
        raise UsageError(f"RECS_MEMORY is {text!r}: set it to a size such as 3GB or 500MB, or unset it")
    return text.strip()


def machine_memory() -> int:
    """Return how many bytes of memory the machine has, or its container where that has less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [
        _first_line("/sys/fs/cgroup/memory.max"),
        _first_line("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
    ]
    return min([machine, *(int(limit) for limit in limits if limit.isdigit())])


def temp_directory(path: Path | None = None) -> Path:
    """Return where DuckDB may spill: `RECS_TEMP`, default a folder beside the database.

    Raises
    ------
    UsageError
        If `RECS_TEMP` cannot be made or written to.
    """
    text = os.environ.get("RECS_TEMP")
    if not text:
        return Path(f"{path or work_database()}.tmp")
    folder = Path(text)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"RECS_TEMP is {text!r}, which cannot be used as a folder ({error.strerror}): choose another"
        ) from error
    if not os.access(folder, os.W_OK):
        raise UsageError(f"RECS_TEMP is {text!r}, where this user may not write: choose another folder")
    return folder


def scratch_folder() -> Path | None:
    """Return where files go that only this process needs: `RECS_TEMP`, or None for the machine's own place."""
    return temp_directory() if os.environ.get("RECS_TEMP") else None


def versions_to_keep() -> int:
    """Return how many versions before the published one are kept: `RECS_VERSIONS`, default 4.

    Raises
    ------
    UsageError
        If `RECS_VERSIONS` is not a whole number.
    """
    text = (os.environ.get("RECS_VERSIONS") or "4").strip()
    if not re.fullmatch(r"\d{1,3}", text):
        raise UsageError(f"RECS_VERSIONS is {text!r}: set it to a whole number from 0, such as 4, or unset it")
    return int(text)


def _database(variable: str, *, default: str) -> Path:
    path = Path(os.environ.get(variable) or default)
    # DuckDB keeps such a database in memory, until the command ends
    if str(path).startswith(":memory:"):
        raise UsageError(f"{variable} is {str(path)!r}, of which nothing would be kept: set it to a file, or unset it")
    return path


def _cores() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # A container's quota, "200000 100000" (microseconds of every period), may be less than the machine has.
    quota = _first_line("/sys/fs/cgroup/cpu.max").split()
    if len(quota) == 2 and quota[0].isdigit() and quota[1].isdigit():
        cores = min(cores, max(1, math.ceil(int(quota[0]) / int(quota[1]))))
    return cores


def _first_line(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").split("\n", 1)[0].strip()
    except OSError:
        return ""
