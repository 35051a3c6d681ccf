"""The baselines that the blend is compared with, from the macro `baselines`."""

import functools

from recs_py.macros import returned


@functools.cache
def baselines() -> tuple[str, ...]:
    """Return the names of all baselines."""
    return tuple(baseline["name"] for baseline in returned("baselines"))
