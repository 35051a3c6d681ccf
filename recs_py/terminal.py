"""How every command looks: one console, one kind of table, one kind of progress."""

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

console = Console(highlight=False)
# what is no result (progress, notes, errors) goes to standard error, so that output can be piped
notes = Console(stderr=True, highlight=False)


def table(title: str, *headings: str, numbers: tuple[str, ...] = ()) -> Table:
    """An empty table; the columns named in `numbers` are set flush right."""
    grid = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        grid.add_column(heading, justify="right" if heading in numbers else "left", header_style="dim")
    return grid


def plain(text: str) -> str:
    """A text whose square brackets are meant."""
    return text.replace("[", r"\[")


def cut(text: str | None) -> Text:
    """A long text in a table: what does not fit into the line is cut off, so that a row stays a line."""
    return Text(text or "", no_wrap=True, overflow="ellipsis")


@contextlib.contextmanager
def progress(task: str) -> Iterator[Callable[..., None]]:
    """Shows a bar while something long runs.

    Yields a function `advance(what, done, total)`: what is being done now, and how many of how many steps are behind.
    """
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[what]}"),
        console=notes,
        transient=notes.is_terminal,
    ) as bar:
        running = bar.add_task(task, total=None, what="")

        def advance(what: str, done: int | None = None, total: int | None = None) -> None:
            bar.update(running, what=what, completed=done, total=total)

        yield advance
