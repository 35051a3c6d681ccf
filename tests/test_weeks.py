"""Which week a text names, and which weeks can be scored."""

import datetime as dt

import pytest

from recs_py.errors import UsageError
from recs_py.weeks import check_week, next_week, parse_week


@pytest.mark.parametrize(
    ("text", "week_starts_on", "first_day"),
    [
        ("2020-W39", "Wednesday", "2020-09-23"),  # Kaggle's week
        ("2020W39", "Monday", "2020-09-21"),
        ("2020-w39", "Sunday", "2020-09-27"),
        ("2020-09-23", "Wednesday", "2020-09-23"),
        ("2020-09-29", "Wednesday", "2020-09-23"),
        ("2020-09-30", "Wednesday", "2020-09-30"),
        ("2020-W53", "Monday", "2020-12-28"),
        ("2021-01-01", "Monday", "2020-12-28"),
    ],
)
def test_a_week_is_named_by_iso_week_or_by_a_day_in_it(text, week_starts_on, first_day):
    assert parse_week(text, week_starts_on=week_starts_on) == dt.date.fromisoformat(first_day)


@pytest.mark.parametrize(
    "text", ["", "soon", "2020-39", "2020-W54", "2021-W53", "2020-02-30", "'; drop schema recs; --"]
)
def test_what_names_no_week_is_refused(text):
    with pytest.raises(UsageError, match="is not a week: give an ISO week such as"):
        parse_week(text, week_starts_on="Monday")


@pytest.mark.parametrize(
    ("text", "week_starts_on"), [("9999-W52", "Sunday"), ("0001-01-01", "Wednesday"), ("0001-01-05", "Saturday")]
)
def test_a_week_that_begins_outside_of_the_calendar_is_refused(text, week_starts_on):
    with pytest.raises(UsageError, match="is not a week: give an ISO week such as"):
        parse_week(text, week_starts_on=week_starts_on)


@pytest.mark.parametrize(
    ("last_day", "week_starts_on", "first_day"),
    [
        ("2020-09-22", "Wednesday", "2020-09-23"),
        ("2020-09-23", "Wednesday", "2020-09-30"),
        ("2017-12-31", "Monday", "2018-01-01"),
    ],
)
def test_the_next_week_begins_after_the_last_day(last_day, week_starts_on, first_day):
    assert next_week(dt.date.fromisoformat(last_day), week_starts_on=week_starts_on) == dt.date.fromisoformat(first_day)


@pytest.mark.parametrize(("week", "side"), [("2018-09-19", "before"), ("2020-09-30", "after"), ("2031-01-01", "after")])
def test_a_week_beyond_the_history_is_refused_with_the_weeks_that_can_be_scored(week, side):
    with pytest.raises(UsageError, match=f"{side} the weeks .* choose a week from 2018-09-26 to 2020-09-23"):
        check_week(dt.date.fromisoformat(week), first_day=dt.date(2018, 9, 20), last_day=dt.date(2020, 9, 22))
