"""Expands macros of the dbt project that read no table, without dbt: Python and the models then share one rule."""

from collections.abc import Callable
from typing import Any

from jinja2 import Environment
from jinja2.environment import TemplateModule

from recs_py.distribution import ROOT

FOLDER = ROOT / "dbt_project" / "macros"


def macros(file: str, **variables: Any) -> TemplateModule:
    """Return the macros of a file; each returns a text.

    Parameters
    ----------
    file
        Its name without `.sql`, in whichever folder of the macros it lies.
    variables
        dbt variables that the macros ask for.
    """
    return _module(file, variables, hand_over=str)


def returned(file: str, macro: str, **variables: Any) -> Any:
    """Return the value that a macro without arguments gives to dbt's `return`; parameters as in `macros`."""
    values: list = []
    getattr(_module(file, variables, hand_over=values.append), macro)()
    return values[-1]


def _module(file: str, variables: dict[str, Any], *, hand_over: Callable) -> TemplateModule:
    [path] = FOLDER.rglob(f"{file}.sql")
    environment = Environment(autoescape=False, extensions=["jinja2.ext.do"])
    names = {"return": hand_over, "var": variables.__getitem__}
    return environment.from_string(path.read_text(encoding="utf-8"), globals=names).module
