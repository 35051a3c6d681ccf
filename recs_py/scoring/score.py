"""One week from raw rows to published lists: a fit of the default weights, a dbt build of the week, a publish."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from recs_py.loading.history import loaded
from recs_py.pipeline import dbt_build
from recs_py.pipeline.used_signals import used_signals
from recs_py.publishing.publish import check_place, publish
from recs_py.training.default_fit import fit_defaults


def score(
    *,
    database: Path,
    published: Path,
    week: str | None,
    as_of: str | None = None,
    replace: bool = False,
    on_step: Callable[[str, int, int], None] | None = None,
) -> tuple[dt.date, dict[str, int]]:
    """Build everything for a target week and publish it; weeks scored before stay.

    Parameters
    ----------
    database, published
        The work database, and the file that readers open.
    week
        ISO week or date; default: `History.default_week`.
    as_of
        Instead of a week: a date, from which the week is counted.
    replace
        Publish also where the lists of another data set are.
    on_step
        Called as `on_step(step, done, total)`.

    Returns
    -------
    tuple
        The target week, and the rows of each published table.
    """
    history = loaded(database)
    target_week = history.week_from(as_of) if as_of else history.target_week(week)
    check_place(database=database, published=published, replace=replace)

    fit_defaults(database=database, week=target_week, lists_follow=True, advance=on_step)

    def hear(step: dbt_build.Step) -> None:
        if on_step:
            on_step(step.name, step.number - 1, step.total + 1)

    steps = dbt_build.build(
        database=database,
        variables={"as_of": str(target_week), "used_signals": used_signals(database=database)},
        # models of signals that are not used are no part of what these are made of
        select=[
            f"+recs.{part}" for part in ("staging", "candidates", "blend", "recommendations", "recs", "evaluation")
        ],
        on_step=hear,
    )
    if on_step:
        on_step("publish", len(steps), len(steps) + 1)
    return target_week, publish(database=database, published=published, replace=replace)
