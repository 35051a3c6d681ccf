"""Accuracy of the lists of the week that has just ended, beside the best baseline: the alarm after a bad week."""

import datetime as dt
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from recs_py.database import has_table
from recs_py.rows import rows


@dataclass(frozen=True)
class EndedWeek:
    """MAP@k of the lists of a week and of its best baseline, and their difference with its interval.

    `rules` are the lines of the shop's rules that have a day in that week: they act on the lists, and not on baselines.
    """

    judged_week: dt.date
    other_system: str
    k: int
    value: float
    other_value: float
    difference: float
    ci_low: float
    ci_high: float
    customers: int
    rules: int = 0

    @property
    def is_worse(self) -> bool:
        """Whether the lists were worse than the baseline by more than chance."""
        return self.ci_high < 0

    @property
    def alarm(self) -> str | None:
        """One sentence if the lists were worse than the baseline by more than chance."""
        if not self.is_worse:
            return None
        lines = "1 line" if self.rules == 1 else f"{self.rules} lines"
        rules = (
            f" The shop's rules, {lines} of that week, act on the lists and not on the baseline." if self.rules else ""
        )
        return (
            f"The {self}. `recs backtest --weeks 4` compares more weeks, `recs train` learns the blend again; see also "
            f"whether that week was special, by a promotion or by missing data.{rules}"
        )

    def __str__(self) -> str:
        chance = "worse" if self.is_worse else "better" if self.ci_low > 0 else "no worse beyond chance"
        return (
            f"lists of {self.judged_week}: MAP@{self.k} {self.value:.4f}, {self.other_system} {self.other_value:.4f}: "
            f"{chance} ({self.difference:+.4f}, {self.ci_low:+.4f} to {self.ci_high:+.4f}; "
            f"{self.customers:,} customers)"
        )


def ended_week(connection: DuckDBPyConnection, *, target_week: dt.date | None = None) -> EndedWeek | None:
    """The week that was judged with the score of a target week; None where that week had no lists.

    Parameters
    ----------
    connection
        To the work database.
    target_week
        The week that was scored; default: the latest one, unless the last lists are of a later week, before which there
        were none to judge.
    """
    if not has_table(connection, "evaluation.ended_week"):
        return None
    listed = dt.date.min
    if target_week is None and has_table(connection, "recs.runs"):
        last_lists = "select max_by(target_week, (finished_at, run_id)) from recs.runs"
        listed = connection.execute(last_lists).fetchone()[0] or dt.date.min
    found = rows(
        connection,
        """
        select * exclude (target_week) from evaluation.ended_week
        where
            target_week = coalesce(?, (select max(target_week) from evaluation.ended_week))
            and target_week >= ?
            and ci_low is not null
        order by other_value desc, other_system
        limit 1
        """,
        [target_week, listed],
    )
    return EndedWeek(**found[0], rules=_rules(connection, found[0]["judged_week"])) if found else None


def _rules(connection: DuckDBPyConnection, week: dt.date) -> int:
    """Return the number of lines of the shop's rules that are valid on a day of the week."""
    if not has_table(connection, "shop.rules"):
        return 0
    return connection.execute(
        """
        select count(*) from shop.rules
        where coalesce(valid_from <= $week::date + 6, true) and coalesce(valid_to >= $week::date, true)
        """,
        {"week": week},
    ).fetchone()[0]
