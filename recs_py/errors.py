"""The errors that a user may see: one sentence that names the thing and the way out, never a traceback."""

import difflib
import re
from collections.abc import Iterable

MORE_MEMORY = "set RECS_MEMORY to more, such as 8GB, where the machine has it"


def shortened(text: str, longest: int) -> str:
    """Return a text as it stands in a message: three dots in place of what exceeds so many characters."""
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def first_line(message: str) -> str:
    """Return the first line of a message of DuckDB, without the name of its class and what cannot be printed."""
    # "Binder Error" would read as a fault of the project's own models
    line = re.sub(r"^[A-Z][A-Za-z ]* Error: ", "", message.strip()).split("\n", 1)[0]
    return "".join(character for character in line if character.isprintable()) or "no reason given"


def reason(error: Exception) -> str:
    """Return why the system or DuckDB refused, without the error's class and number."""
    return (isinstance(error, OSError) and error.strerror) or first_line(str(error))


def did_you_mean(name: str, known: Iterable[str], *, otherwise: str) -> str:
    """Return the nearest of the names that there are as a question, or another way out where none is near."""
    by_lower = {other.lower(): other for other in known}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.75)
    return f"did you mean {by_lower[near[0]]}?" if near else otherwise


class RecsError(Exception):
    """The work could not be done although it was asked for correctly (exit code 1)."""

    exit_code = 1


class DatabaseInUse(RecsError):
    """Another process holds a database: the user can only wait."""


class UsageError(RecsError):
    """The user must change an argument, a setting or the data first (exit code 2)."""

    exit_code = 2
