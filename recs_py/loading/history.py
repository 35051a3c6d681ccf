"""The loaded lines that can be used, and their days, from which the possible target weeks follow."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from recs_py.database import connect, has_table
from recs_py.errors import UsageError
from recs_py.loading.raw_tables import LARGEST_QUANTITY, refuse_earlier_version
from recs_py.macros import macros
from recs_py.weeks import check_week, parse_day, parse_week


@dataclass(frozen=True)
class History:
    """The days, in order, on which something was bought, and the weekday on which weeks start.

    Parameters
    ----------
    week_starts_on
        English name of the weekday.
    days
        Without the stray ones.
    stray_days
        Days that lie far after the rest and hold few lines.
    known_until
        The day until which all purchases are taken to be known: the last one, or a later one of its week on which the
        shop sells nothing; None without any day.
    default_week
        First day of the week to recommend for unless one is asked for; None without any day.
    """

    week_starts_on: str
    days: list[dt.date]
    stray_days: list[dt.date]
    known_until: dt.date | None
    default_week: dt.date | None

    def target_week(self, week: str | None) -> dt.date:
        """The first day of the week that `week` names (a date or an ISO week), or of the default week.

        Raises
        ------
        UsageError
            If the text is no week, or one that the purchases do not reach.
        """
        if week is None:
            return self.default_week
        return self._checked(parse_week(week, week_starts_on=self.week_starts_on))

    def week_from(self, day: str) -> dt.date:
        """The day, as the first of a week that starts on its weekday.

        Raises
        ------
        UsageError
            If the text is no day, or the purchases do not reach its week.
        """
        return self._checked(parse_day(day))

    def whole_weeks(self, *, week_starts_on: str | None = None) -> list[dt.date]:
        """The first days of the weeks that hold purchases and have ended, oldest first."""
        starts = week_starts_on or self.week_starts_on
        weeks = sorted({parse_week(day.isoformat(), week_starts_on=starts) for day in self.days})
        return [week for week in weeks if week + dt.timedelta(days=6) <= self.known_until]

    def _checked(self, first: dt.date) -> dt.date:
        # the week after a few lines that lie far after the rest can be asked for
        last_day = (self.days + self.stray_days)[-1]
        check_week(first, first_day=self.days[0], last_day=last_day)
        return first


def loaded_history(connection: DuckDBPyConnection, schema: str = "raw") -> History:
    """The history of the raw tables in a schema; without any day where not one line can be used."""
    [(week_starts_on,)] = connection.execute(f"select week_starts_on from {schema}.dataset").fetchall()
    # the models ask the same macros
    weeks = macros("weeks")
    week = weeks.first_day_of_week("transaction_date", f"'{week_starts_on}'")
    loaded_on = f"(select loaded_on from {schema}.dataset)"
    days = connection.execute(
        f"""
        with days as materialized (select *, {week} as week from ({lines_by_day(schema)}))

        select
            transaction_date,
            coalesce(transaction_date >= {weeks.first_stray_day("days")}, false) as is_stray,
            {weeks.known_until("days", loaded_on)} as known_until,
            {weeks.default_week("days", loaded_on)} as default_week
        from days
        order by transaction_date
        """
    ).fetchall()
    return History(
        week_starts_on,
        [day for day, is_stray, *_ in days if not is_stray],
        [day for day, is_stray, *_ in days if is_stray],
        *(days[0][2:] if days else (None, None)),
    )


def loaded(database: Path) -> History:
    """The days on which somebody bought something, of the data that is loaded.

    Raises
    ------
    UsageError
        If nothing is loaded, or not one line can be used.
    """
    nothing = (
        f"Nothing is loaded in {database} yet: type `recs load complete-journey` (real groceries), "
        "or `recs load my-shop --from DIR` for a folder of your own, with a loader sql/load/my_shop.sql."
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


def resolve_week(*, database: Path, week: str | None) -> dt.date:
    """The first day of the target week that was asked for; without one, of the default week (`History`).

    Raises
    ------
    UsageError
        If nothing is loaded, the text is no week, or the history does not reach it.
    """
    return loaded(database).target_week(week)


def lines_by_day(schema: str = "raw") -> str:
    """The query of the lines that staging uses, counted by day: `transaction_date, lines`."""
    return f"select transaction_date, count(*) as lines from ({_used_lines(schema)}) group by transaction_date"


def _used_lines(schema: str = "raw") -> str:
    # the lines that `rejected_lines` does not reject, in a quarter of the time that its `case` takes
    return f"""
        select transactions.transaction_date
        from {schema}.transactions as transactions
        cross join {schema}.dataset as dataset
        where
            isfinite(transactions.transaction_date)
            and transactions.transaction_date between dataset.earliest_date and dataset.loaded_on
            and {_is_filled("transactions.customer_id")}
            and {_is_filled("transactions.article_id")}
            and coalesce(transactions.quantity, 1) > 0
            and coalesce(transactions.quantity, 1) <= {LARGEST_QUANTITY}
            and coalesce(transactions.price, 0) >= 0
        """


def rejected_lines(connection: DuckDBPyConnection) -> dict[str, int]:
    """Count the lines of the transactions that staging rejects, by its reasons, the most frequent reason first."""
    return dict(
        connection.execute(
            f"""
            select
                case
                    when transactions.transaction_date is null or not isfinite(transactions.transaction_date)
                        then 'no date'
                    when transactions.transaction_date < dataset.earliest_date
                        then 'date before ' || dataset.earliest_date
                    when transactions.transaction_date > dataset.loaded_on then 'date in the future'
                    when not coalesce({_is_filled("transactions.customer_id")}, false) then 'no customer'
                    when not coalesce({_is_filled("transactions.article_id")}, false) then 'no article'
                    when transactions.quantity < 0 then 'returned'
                    when transactions.quantity = 0 then 'quantity is zero'
                    when transactions.quantity > {LARGEST_QUANTITY} then 'quantity is impossible'
                    when transactions.price < 0 then 'price is negative'
                end as reason,
                count(*) as lines
            from raw.transactions as transactions
            cross join raw.dataset as dataset
            group by reason
            having reason is not null
            order by lines desc, reason
            """
        ).fetchall()
    )


def no_line_can_be_used(connection: DuckDBPyConnection) -> str | None:
    """Return the reason why no line of the transactions can be used, as a sentence; None if some can."""
    if connection.execute(f"select 1 from ({_used_lines()}) limit 1").fetchall():
        return None
    reasons = ", ".join(f"{lines:,} {reason}" for reason, lines in rejected_lines(connection).items())
    if not reasons:
        return "There are no transactions: load other files"
    return f"Not one line of the transactions can be used ({reasons}): load other files"


def _is_filled(column: str) -> str:
    # few ids begin with a space, and to trim every one would take ten times as long
    return f"({column} != '' and (not starts_with({column}, ' ') or trim({column}) != ''))"
