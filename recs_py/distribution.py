"""The name under which pip knows this project, and how its optional parts are installed."""

# `recs` belongs to somebody else on PyPI
NAME = "warehouse-recs"


def install_command(extra: str) -> str:
    """What to type, in the project's folder, for an optional part such as `postgres`."""
    return f"pip install -e '.[{extra}]'"
