"""Signals in words, for readers."""

from pathlib import Path

from duckdb import DuckDBPyConnection

from recs_py.database import open_published


def labels(connection: DuckDBPyConnection) -> dict[str, str]:
    """The label of each signal of a published file; with its name behind it where several have the same one."""
    return dict(
        connection.execute(
            """
            select
                signal,
                case when count(*) over (partition by label) > 1 then label || ' (' || signal || ')' else label end
            from recs.signals
            where label is not null
            """
        ).fetchall()
    )


def in_words(name: str, words: dict[str, str]) -> str:
    """Return a signal, or the two of an interaction, by label; another name, such as that of a rule, as it is."""
    # a rule's name is free text: it may hold what joins an interaction
    if name.startswith("rule "):
        return name
    return " & ".join(words.get(part, part) for part in name.split(" & "))


def wrong_labels(published: Path) -> list[tuple[str, str]]:
    """The lines of `shop.labels` that have no effect: the signal, and why."""
    with open_published(published) as connection:
        return connection.execute(
            "select signal, problem from recs.signals where problem is not null order by number nulls first, signal"
        ).fetchall()
