"""The kinds of segments by which weeks are evaluated, as the macro `evaluation_segments` names them."""

import ast

from jinja2 import Environment

from recs_py import dbt_build
from recs_py.errors import UsageError

MACRO = dbt_build.ROOT / "dbt_project" / "macros" / "evaluation_segments.sql"


def check_segment_kind(segment: str) -> None:
    """Refuses a segment of a kind that there is not, which needs no evaluated week.

    Raises
    ------
    UsageError
        Names the kinds that there are.
    """
    kinds = _kinds()
    if segment != "all" and segment.split(": ")[0] not in kinds:
        examples = ", ".join(f"'{kind}: ...'" for kind in kinds)
        raise UsageError(
            f"There is no segment {segment!r}: choose 'all' or one of {examples}, or define it in "
            f"{MACRO.relative_to(dbt_build.ROOT)}."
        )


def _kinds() -> list[str]:
    # the macro hands over a list of names and expressions, as dbt's `return` would
    macros = Environment(autoescape=False).from_string(MACRO.read_text(encoding="utf-8"), globals={"return": str})
    return [segment["name"] for segment in ast.literal_eval(macros.module.evaluation_segments())]
