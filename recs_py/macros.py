"""Macros of the dbt project without dbt, for code that must agree with the models: those that need nothing of it."""

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
    [path] = FOLDER.rglob(f"{file}.sql")
    # dbt's `return` hands over a value as it is
    names = {"return": str, "var": variables.__getitem__}
    environment = Environment(autoescape=False, extensions=["jinja2.ext.do"])
    return environment.from_string(path.read_text(encoding="utf-8"), globals=names).module
