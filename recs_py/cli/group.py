"""The group that all commands belong to: their order, their errors, their exit codes."""

from typing import Any

import click

from recs_py import terminal
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
        except RecsError as error:
            terminal.notes.print("[red]Error:[/red]", terminal.plain(str(error)), soft_wrap=True)
            ctx.exit(error.exit_code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="recs")
def main() -> None:
    """Recommendations inside the warehouse: load, score, look.

    Exit codes: 0 fine, 1 failed, 2 used wrongly.
    """
