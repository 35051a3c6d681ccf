"""Weeks, as a data set counts them: seven days from the weekday on which its weeks start."""

import datetime as dt
import re

from recs_py.errors import UsageError

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def parse_week(text: str, *, week_starts_on: str) -> dt.date:
    """The first day of the week that `text` names.

    Parameters
    ----------
    text
        A date (`2020-09-23`: the week that holds it) or an ISO week (`2020-W39`: the week that starts within it).
    week_starts_on
        Name of the weekday on which the data set's weeks start.

    Raises
    ------
    UsageError
        If the text is neither.
    """
    first_weekday = WEEKDAYS.index(week_starts_on)
    iso_week = re.fullmatch(r"(\d{4})-?W(\d{1,2})", text.strip(), flags=re.IGNORECASE)
    try:
        if iso_week:
            monday = dt.date.fromisocalendar(int(iso_week[1]), int(iso_week[2]), 1)
            return monday + dt.timedelta(days=first_weekday)
        day = dt.date.fromisoformat(text.strip())
        return day - dt.timedelta(days=(day.weekday() - first_weekday) % 7)
    except (ValueError, OverflowError):  # the first or the last week of the calendar may begin outside of it
        raise UsageError(
            f"{text!r} is not a week: give an ISO week such as 2020-W39 or a date such as 2020-09-23."
        ) from None


def parse_day(text: str) -> dt.date:
    """The day that a text such as `2020-09-23` names.

    Raises
    ------
    UsageError
        If it names none.
    """
    try:
        # `fromisoformat` also takes weeks
        return dt.datetime.strptime(text.strip(), "%Y-%m-%d").date()
    except ValueError:
        raise UsageError(f"{text!r} is not a day: give a date such as 2020-09-23.") from None


def weekday(day: dt.date) -> str:
    """The English name of a day's weekday."""
    return WEEKDAYS[day.weekday()]


def next_week(last_day: dt.date, *, week_starts_on: str) -> dt.date:
    """The first day of the first week that begins after `last_day`."""
    return parse_week(last_day.isoformat(), week_starts_on=week_starts_on) + dt.timedelta(days=7)


def check_week(week: dt.date, *, first_day: dt.date, last_day: dt.date) -> None:
    """Refuse a week that no history precedes, or that lies beyond the week after the last transaction.

    Parameters
    ----------
    week
        Its first day; other weeks start on the same weekday.
    first_day, last_day
        Of the transactions.

    Raises
    ------
    UsageError
        Names the weeks that can be scored.
    """
    latest = next_week(last_day, week_starts_on=weekday(week))
    earliest = next_week(first_day, week_starts_on=weekday(week))
    if not earliest <= week <= latest:
        side = "before" if week < earliest else "after"
        raise UsageError(
            f"The week of {week} lies {side} the weeks that can be scored, since the transactions run from {first_day} "
            f"to {last_day}: choose a week from {earliest} to {latest}."
        )
