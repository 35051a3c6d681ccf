"""The errors that a user may see: one sentence that names the thing and the way out, never a traceback."""


def shortened(text: str, longest: int) -> str:
    """Return a text as it stands in a message: three dots in place of what exceeds so many characters."""
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


class RecsError(Exception):
    """The work could not be done although it was asked for correctly (exit code 1)."""

    exit_code = 1


class DatabaseInUse(RecsError):
    """Another process holds a database: the user can only wait."""


class UsageError(RecsError):
    """The user must change an argument, a setting or the data first (exit code 2)."""

    exit_code = 2
