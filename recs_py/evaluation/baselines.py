"""The baselines that the blend is compared with, from the macro `baselines`."""

import ast
import functools

from recs_py.macros import macros


@functools.cache
def baselines() -> tuple[str, ...]:
    """Return the names of all baselines."""
    return tuple(baseline["name"] for baseline in ast.literal_eval(macros("evaluated_systems").baselines().strip()))
