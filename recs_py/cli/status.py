"""The command `recs status`."""

import datetime as dt
from typing import Any

import click
from rich.text import Text

from recs_py import settings, terminal
from recs_py.terminal import Column, Table


@click.command(short_help="Show what is loaded, built and published, and what to type next.")
@click.option(
    "--check",
    is_flag=True,
    help="Exit with 1 if nothing is published, or the last lists were worse than a baseline beyond chance.",
)
@terminal.json_option
def status(check: bool, as_json: bool) -> None:
    """Show what is loaded, built, published, judged and learned, how fresh it is, and what to type next.

    \b
    Example:
      recs status
      recs status --json
      recs status --check || mail -s "look at the lists" merchandising < /dev/null
    """
    from recs_py.reading.status import status as look

    found = look(database=settings.work_database(), published=settings.published_database())
    steps = Table(
        name="steps",
        title=f"{settings.work_database()} and {settings.published_database()}",
        rows=[{"step": step.step, "state": step.state, "at": step.at, **step.figures} for step in found.steps],
        columns=(Column("step", "{step}"), Column("when", _age), Column("what", "{state}")),
    )
    following = Table(
        name="next",
        title="",
        rows=[{"command": found.next_command}],
        columns=(),
    )
    terminal.show(*([steps, following] if as_json else [steps]), as_json=as_json)
    if found.alarm:
        terminal.note(found.alarm)
    terminal.next_command(found.next_command)
    if not found.is_published and check:
        terminal.note(
            "Nothing is published: `recs score` makes lists, or set RECS_PUBLISHED to the file that has them."
        )
    if check and (found.alarm or not found.is_published):
        click.get_current_context().exit(1)


def _age(row: dict[str, Any]) -> Text:
    if row["at"] is None:
        return Text("")
    minutes = max(0, int((dt.datetime.now(dt.UTC).replace(tzinfo=None) - row["at"]).total_seconds() // 60))
    if minutes < 60:
        return Text(f"{minutes} min ago")
    if minutes < 48 * 60:
        return Text(f"{minutes // 60} h ago")
    return Text(f"{minutes // 1440} days ago")
