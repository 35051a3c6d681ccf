"""The days of the loaded transactions, from which the possible target weeks follow."""

import datetime as dt
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from recs_py.loading.raw_tables import lines_by_day
from recs_py.macros import macros


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
    """

    week_starts_on: str
    days: list[dt.date]
    stray_days: list[dt.date]


def loaded_history(connection: DuckDBPyConnection, schema: str = "raw") -> History:
    """The history of the raw tables in a schema; without any day where not one line can be used."""
    [(week_starts_on,)] = connection.execute(f"select week_starts_on from {schema}.dataset").fetchall()
    # the models ask the same macros
    week = macros("time").first_day_of_week("t_dat", f"'{week_starts_on}'")
    days = connection.execute(
        f"""
        with days as materialized (select *, {week} as week from ({lines_by_day(schema)}))

        select t_dat, coalesce(t_dat >= {macros("stray_days").first_stray_day("days")}, false) from days order by t_dat
        """
    ).fetchall()
    return History(
        week_starts_on,
        [day for day, is_stray in days if not is_stray],
        [day for day, is_stray in days if is_stray],
    )
