"""Folder of the project, its name for pip, and the commands that install its optional parts."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# `recs` belongs to somebody else on PyPI
NAME = "warehouse-recs"


def install_command(extra: str) -> str:
    """Return the command that installs an optional part such as `postgres`, in the project's folder."""
    return f"pip install -e '.[{extra}]'"
