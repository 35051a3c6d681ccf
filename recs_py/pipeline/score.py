"""One week from raw rows to published lists: a dbt build with the week as its variable, then a publish."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from recs_py.database import connect, has_table
from recs_py.errors import UsageError
from recs_py.loading.history import History, loaded_history
from recs_py.loading.raw_tables import no_line_can_be_used, refuse_earlier_version
from recs_py.pipeline import dbt_build
from recs_py.pipeline.used_signals import used_signals
from recs_py.publishing.publish import check_place, publish
from recs_py.weeks import week_to_score


def loaded(database: Path) -> History:
    """The days on which somebody bought something, of the data that is loaded.

    Raises
    ------
    UsageError
        If nothing is loaded, or not one line can be used.
    """
    nothing = (
        "Nothing is loaded yet: type `recs load complete-journey` (real groceries), "
        "`recs load hm --from DIR` or `recs load synthetic`."
    )
    if not database.exists():
        raise UsageError(nothing)
    with connect(database, read_only=True) as connection:
        if not has_table(connection, "raw.dataset"):
            raise UsageError(nothing)
        refuse_earlier_version(connection)
        history = loaded_history(connection)
        if not history.days:
            raise UsageError(no_line_can_be_used(connection))
    return history


def loaded_days(database: Path) -> tuple[str, list[dt.date]]:
    """On which weekday the weeks of the loaded data start, and the days, in order, on which somebody bought something.

    Stray days are left out: no week is evaluated or learned from for the sake of them.

    Raises
    ------
    UsageError
        If nothing is loaded, or not one line can be used.
    """
    history = loaded(database)
    return history.week_starts_on, history.days


def resolve_week(*, database: Path, week: str | None) -> dt.date:
    """The first day of the target week that was asked for; without one, of the week after the last transaction.

    A few lines far after the rest move no default, but the week after them can be asked for.

    Raises
    ------
    UsageError
        If nothing is loaded, the text is no week, or the history cannot tell anything about it.
    """
    history = loaded(database)
    days = history.days if week is None else history.days + history.stray_days
    return week_to_score(week, days=days, week_starts_on=history.week_starts_on)


def short_lists(database: Path) -> tuple[int, int, int]:
    """How many lists are shorter than `list_length`, of how many customers, and how many articles were eligible."""
    with connect(database, read_only=True) as connection:
        return connection.execute(
            """
            select
                (select count(*) from features.scored_customers)
                - (select count(*) from blend.ranked where rank = ?),
                (select count(*) from features.scored_customers),
                (select count(*) from features.alive_articles)
            """,
            [dbt_build.project_variables()["list_length"]],
        ).fetchone()


def score(
    *,
    database: Path,
    published: Path,
    week: str | None,
    replace: bool = False,
    on_step: Callable[[str, int, int], None] | None = None,
) -> tuple[dt.date, dict[str, int]]:
    """Builds everything for a target week and publishes it; weeks scored before stay.

    Parameters
    ----------
    database, published
        The work database, and the file that readers open.
    week
        ISO week or date; default: the week after the last transaction.
    replace
        Publish also where the lists of another data set are.
    on_step
        Called as `on_step(step, done, total)`.

    Returns
    -------
    tuple
        The target week, and the rows of each published table.
    """
    target_week = resolve_week(database=database, week=week)
    check_place(database=database, published=published, replace=replace)

    def hear(step: dbt_build.Step) -> None:
        if on_step:
            on_step(step.name, step.number - 1, step.total + 1)

    steps = dbt_build.build(
        database=database,
        variables={"target_week": str(target_week), "used_signals": used_signals(database=database)},
        # models of signals that are not used are no part of what these are made of
        select=[
            f"+path:dbt_project/models/{part}"
            for part in ("staging", "candidates/candidates.sql", "blend", "recs", "evaluation")
        ],
        on_step=hear,
    )
    if on_step:
        on_step("publish", len(steps), len(steps) + 1)
    return target_week, publish(database=database, published=published, replace=replace)
