"""Ids that are typed: one that no source can have is refused before anything is opened."""

import click


def check_id(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse an empty id, and one whose bytes are no text."""
    # an empty variable of a script is not the same as no argument
    if value is not None and not value.strip():
        raise click.BadParameter("it is empty: give an id as the source writes it.")
    if value is not None and any("\ud800" <= character <= "\udfff" for character in value):
        raise click.BadParameter("it is not UTF-8: give an id as the source writes it.")
    return value


def check_ids(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Check an argument of several ids, and return them without white space around them."""
    return tuple(check_id(context, parameter, value).strip() for value in values)
