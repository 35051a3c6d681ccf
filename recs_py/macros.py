"""Macros of the dbt project without dbt, for code that must agree with the models: those that need nothing of it."""

from jinja2 import Environment
from jinja2.environment import TemplateModule

from recs_py.distribution import ROOT

FOLDER = ROOT / "dbt_project" / "macros"


def macros(file: str) -> TemplateModule:
    """Return the macros of a file, by its name without `.sql`; each returns a text."""
    text = (FOLDER / f"{file}.sql").read_text(encoding="utf-8")
    # dbt's `return` hands over a value as it is
    return Environment(autoescape=False).from_string(text, globals={"return": str}).module
