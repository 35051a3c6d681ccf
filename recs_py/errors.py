"""The errors that a user may see: one sentence that names the thing and the way out, never a traceback."""


class RecsError(Exception):
    """The work could not be done although it was asked for correctly (exit code 1)."""

    exit_code = 1


class DatabaseInUse(RecsError):
    """Another process holds a database: to wait is the way out."""


class UsageError(RecsError):
    """What the user typed, set or supplied must be changed first (exit code 2)."""

    exit_code = 2
