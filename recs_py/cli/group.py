"""The group that all commands belong to: their order, their errors, their exit codes."""

import re
from typing import Any

import click
import duckdb
from rich.markup import escape

from recs_py import settings, terminal
from recs_py.errors import RecsError


class Commands(click.Group):
    """Commands whose errors are one sentence on standard error and an exit code, never a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which they were added."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except (RecsError, duckdb.Error) as error:
            terminal.notes.print("[red]Error:[/red]", escape(_sentence(str(error))), soft_wrap=True)
            ctx.exit(getattr(error, "exit_code", RecsError.exit_code))
        except PermissionError as error:
            terminal.notes.print(
                "[red]Error:[/red]", escape(f"{error.filename} cannot be written: {error.strerror}."), soft_wrap=True
            )
            ctx.exit(RecsError.exit_code)


def _sentence(message: str) -> str:
    if re.search("Out of Memory Error", message):
        return f"{message.splitlines()[0]}. Set RECS_MEMORY to more, such as 8GB, where the machine has it."
    if not re.search("(Binder|Catalog) Error", message):
        return message
    # a table or column is not what this version expects
    database = settings.work_database()
    return (
        f"{message.splitlines()[0]} If an earlier version of recs made {database}, delete it, "
        "then `recs load` and `recs score` again."
    )


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="recs")
def main() -> None:
    """Recommendations inside the warehouse: load, score, look.

    Exit codes: 0 fine, 1 failed, 2 used wrongly.
    """
