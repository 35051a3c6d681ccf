"""Arguments and options that several commands share: ids as the source writes them, and the engine that builds."""

from collections.abc import Callable
from typing import TypeVar

import click
from click.core import ParameterSource

from recs_py import settings
from recs_py.settings import TARGETS
from recs_py.spark.installed import check_spark

Command = TypeVar("Command", bound=Callable)


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


def target_option(command: Command) -> Command:
    """Give a command the option `--target`, which is the setting `RECS_TARGET` for as long as the command runs."""
    return click.option(
        "--target",
        type=click.Choice(TARGETS),
        envvar="RECS_TARGET",
        default=TARGETS[0],
        show_default=True,
        expose_value=False,
        callback=_choose,
        help="The engine that builds the models.",
    )(command)


def _choose(context: click.Context, parameter: click.Parameter, target: str) -> None:
    if target == "spark":
        check_spark()
    context.with_resource(settings.environment(RECS_TARGET=target))


def is_given(option: str) -> bool:
    """Whether the user gave an option, and not its default stands."""
    return click.get_current_context().get_parameter_source(option) != ParameterSource.DEFAULT
