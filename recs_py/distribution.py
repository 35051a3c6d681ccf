"""Where the project is, the name under which pip knows it, and how its optional parts are installed."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# `recs` belongs to somebody else on PyPI
NAME = "warehouse-recs"


def install_command(extra: str) -> str:
    """Return the command that installs an optional part such as `postgres`, in the project's folder."""
    return f"pip install -e '.[{extra}]'"
