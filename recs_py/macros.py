"""Expands macros of the dbt project that read no table, without dbt: Python and the models then share one rule."""

import functools
import re
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any, NoReturn

from jinja2 import Environment, Template
from jinja2.environment import TemplateModule

from recs_py.distribution import ROOT

FOLDER = ROOT / "dbt_project" / "macros"
_ENVIRONMENT = Environment(autoescape=False, extensions=["jinja2.ext.do"])
_OPENING = re.compile(r"({%-? *macro +)(\w+)")


class _Returned(Exception):
    """Ends a macro, as dbt's `return` does."""

    def __init__(self, value: Any) -> None:
        self.value = value


def macros(file: str, **variables: Any) -> TemplateModule:
    """Return the macros of a file; each returns a text.

    Parameters
    ----------
    file
        Its name without `.sql`, in whichever folder of the macros it lies.
    variables
        dbt variables that the macros ask for.
    """
    [path] = FOLDER.rglob(f"{file}.sql")
    return _ENVIRONMENT.from_string(path.read_text(encoding="utf-8"), globals={"var": variables.__getitem__}).module


def returned(macro: str, *arguments: Any, **variables: Any) -> Any:
    """Return the value that a macro gives to dbt's `return`.

    Parameters
    ----------
    macro
        Its name; it may call macros of any file.
    arguments
        Its arguments.
    variables
        dbt variables that the macros ask for.
    """
    return _callable_macros(variables)[macro](*arguments)


def _callable_macros(variables: dict[str, Any]) -> dict[str, Callable]:
    """All macros of the project by name; each returns what it gives to `return`, or else its text."""
    names: dict[str, Any] = {"var": variables.__getitem__, "return": _return}

    @functools.cache
    def module(path: Path) -> TemplateModule:
        return Template.from_code(_ENVIRONMENT, _code(path), _ENVIRONMENT.make_globals(names)).module

    def call(name: str, *arguments: Any, **named: Any) -> Any:
        try:
            return getattr(module(_files()[name]), f"own_{name}")(*arguments, **named)
        except _Returned as end:
            return end.value

    names.update((name, functools.partial(call, name)) for name in _files())
    return names


def _return(value: Any) -> NoReturn:
    raise _Returned(value)


@functools.cache
def _code(path: Path) -> CodeType:
    # compiled once, since a check of all settings calls many macros. Under other names: a macro then finds those of its
    # own file among the globals too.
    return _ENVIRONMENT.compile(_OPENING.sub(r"\1own_\2", path.read_text(encoding="utf-8")))


@functools.cache
def _files() -> dict[str, Path]:
    """The file of each macro."""
    return {
        name: path for path in FOLDER.rglob("*.sql") for _, name in _OPENING.findall(path.read_text(encoding="utf-8"))
    }
