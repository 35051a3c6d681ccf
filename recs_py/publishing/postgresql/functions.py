"""The functions of one version in PostgreSQL; those in `recs` are made from them."""

import re

from recs_py.distribution import ROOT
from recs_py.publishing.postgresql.session import Server

FUNCTIONS = ROOT / "sql" / "what_if" / "postgresql.sql"


def functions() -> dict[str, str]:
    """The functions of a version, by name: the statements that make them in `recs`."""
    statements = re.findall(
        r"create or replace function .*?\$\$.*?\$\$", FUNCTIONS.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    return {re.search(r"function recs\.(\w+)", statement)[1]: statement for statement in statements}


def make_functions(server: Server, *, version: int, statements: dict[str, str]) -> None:
    """Keep the functions of a version, from which those in `recs` are made."""
    # the views that they read are not there before the first publish
    server.run("set check_function_bodies = off")
    for name, statement in statements.items():
        kept = f"function recs_versions.{name}_{version}("
        server.run(re.sub(rf"(?i)\bfunction recs\.{name}\(", kept, statement, count=1))
    server.run("reset check_function_bodies")
