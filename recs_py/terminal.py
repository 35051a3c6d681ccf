"""Output of every command: one console, one kind of table (or JSON), one kind of progress.

Colours appear on a terminal alone, and not even there where `NO_COLOR` is set; rich sees to both.
"""

import contextlib
import datetime as dt
import json
import re
import string
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column as GridColumn
from rich.table import Table as Grid
from rich.text import Text

# no emoji: a name such as `:cat:` stays as it is
console = Console(highlight=False, emoji=False)
# progress, notes and errors go to standard error, so that output can be piped
notes = Console(stderr=True, highlight=False, emoji=False)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables, for scripts.")


@dataclass(frozen=True)
class Column:
    """A column of a printed table.

    Parameters
    ----------
    heading
        Text above the column.
    cell
        Format string over the row's values, such as `{rows:,}`; empty where one of them is None. Or a function of
        the row.
    number
        Set flush right.
    """

    heading: str
    cell: str | Callable[[dict[str, Any]], Text]
    number: bool = False

    def text(self, row: dict[str, Any]) -> Text:
        """Return the text of the row's cell."""
        if callable(self.cell):
            return self.cell(row)
        fields = [field for _, field, _, _ in string.Formatter().parse(self.cell) if field]
        if any(row[field] is None for field in fields):
            return Text("")
        return Text(printable(self.cell.format(**row)), no_wrap=self.number)


@dataclass(frozen=True)
class Table:
    """Result of a command: rows for scripts, and the columns that are printed for people.

    Parameters
    ----------
    name
        Its key in the JSON output.
    title
        The line above it.
    rows
        Values by name, all of which JSON has.
    columns
        The printed columns.
    emphasised
        Whether a row is printed bold.
    """

    name: str
    title: str
    rows: list[dict[str, Any]]
    columns: tuple[Column, ...]
    emphasised: Callable[[dict[str, Any]], bool] = lambda row: False


def show(*tables: Table, as_json: bool) -> None:
    """Print tables one below the other, or all of them as one JSON object: table name to list of rows."""
    if as_json:
        click.echo(json.dumps({table.name: table.rows for table in tables}, default=str, indent=2, ensure_ascii=False))
        return
    for number, table in enumerate(tables):
        if number:
            console.print()
        # above the grid, not in it, where it would be as narrow as the columns
        console.print(escape(printable(table.title)), style="bold", soft_wrap=True)
        console.print(_grid(table))


def _grid(table: Table) -> Grid:
    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in table.columns:
        # a number that is cut short is another number: what wraps is text
        justify = "right" if column.number else "left"
        grid.add_column(column.heading, justify=justify, no_wrap=column.number, header_style="dim")
    for row in table.rows:
        cells = [column.text(row) for column in table.columns]
        grid.add_row(*cells, style="bold" if table.emphasised(row) else None)
    return grid


def note(text: str) -> None:
    """Print a remark beside the result, on standard error."""
    notes.print("[yellow]Note:[/yellow]", escape(printable(sentence(text))), soft_wrap=True)


def next_command(command: str) -> None:
    """Print the next command to type, on standard error."""
    notes.print(f"Next: [bold]{escape(command)}[/bold]")


def sentence(text: str) -> str:
    """Return a text with a full stop, unless it has one."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def printable(text: str) -> str:
    """Return a text without control characters: marks of direction are removed, other ones become spaces."""
    text = re.sub(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", text)
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text)


class TimeLeft(ProgressColumn):
    """The time left at the pace of all steps so far.

    Rich's own column looks at the last half minute, in which none of our longest steps ends.
    """

    def render(self, task: Task) -> Text:
        """Count down between two steps; empty until the first one is done."""
        if not task.completed or not task.total:
            return Text("")
        whole = task.fields["seconds"] / task.completed * task.total
        left = dt.timedelta(seconds=max(0, round(whole - task.elapsed)))
        return Text(f"{left} left", style="progress.remaining")


@contextlib.contextmanager
def progress(task: str, *, seconds_between_lines: float = 5) -> Iterator[Callable[..., None]]:
    """Show a bar on a terminal while something long runs; elsewhere, such as in a log, a line for a step.

    Yields a function `advance(what, done, total)`: the step, and how many of how many are done.

    Parameters
    ----------
    task
        Name of the task.
    seconds_between_lines
        Steps that begin earlier after the start, or after the last line, get no line; 0 where each takes long.
    """
    if not notes.is_terminal:
        yield _lines(task, seconds_between_lines)
        return
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeLeft(table_column=GridColumn(no_wrap=True)),
        TextColumn("[dim]{task.fields[what]}"),
        console=notes,
        transient=True,
    ) as bar:
        running = bar.add_task(task, total=None, what="", seconds=0.0)

        def advance(what: str, done: int | None = None, total: int | None = None) -> None:
            # seconds until the last step was done
            seconds = {} if done is None else {"seconds": bar.tasks[running].elapsed}
            bar.update(running, what=what, completed=done, total=total, **seconds)

        yield advance


def _lines(task: str, seconds_between: float) -> Callable[..., None]:
    last_line, last_step = time.monotonic(), ""

    def advance(what: str, done: int | None = None, total: int | None = None) -> None:
        nonlocal last_line, last_step
        if what == last_step or time.monotonic() - last_line < seconds_between:
            return
        last_line, last_step = time.monotonic(), what
        place = "" if done is None or total is None else f" (step {int(done) + 1:,} of {int(total):,})"
        notes.print(escape(printable(f"{task}: {what}{place}")), soft_wrap=True)

    return advance
