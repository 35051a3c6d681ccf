"""The published weeks, and the one that a text names."""

import datetime as dt

from duckdb import DuckDBPyConnection

from recs_py.errors import UsageError
from recs_py.weeks import parse_week, weekday


def published_week(connection: DuckDBPyConnection, text: str | None) -> dt.date | None:
    """The published target week that an ISO week or a day names; without a text the latest one, None if there is none.

    Raises
    ------
    UsageError
        If that week is not published, or the text is no week.
    """
    weeks = [
        week
        for (week,) in connection.execute("select distinct target_week from recs.recommendations order by 1").fetchall()
    ]
    if text is None:
        return weeks[-1] if weeks else None
    # a week as of a day starts on any weekday
    named = [parse_week(text, week_starts_on=weekday(week)) for week in reversed(weeks)]
    found = [week for week in named if week in weeks]
    if not found:
        raise UsageError(
            f"No list is published for the week {text}: there are lists for {', '.join(map(str, weeks)) or 'no week'}; "
            f"type `recs score --week {text}` to make them."
        )
    return found[0]
