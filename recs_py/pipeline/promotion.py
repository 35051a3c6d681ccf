"""The learned blend in use: promoted by a training or by hand, taken out of use by a rollback."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from recs_py.database import connect, has_table
from recs_py.errors import UsageError
from recs_py.rows import rows


@dataclass(frozen=True)
class Change:
    """The blends that were taken out of use and put into use, and the one that scores the next week now.

    None stands for no blend; where none scores the next week, the default weights do.
    """

    out_of_use: int | None
    put_into_use: int | None
    scores_next_week: int | None


def decide(difference: float, interval: tuple[float, float], *, insisted: bool) -> tuple[bool, str]:
    """Whether a blend is promoted, and why: its MAP on the held-out week must be higher than that of the blend in use.

    The interval is reported but not used: both blends cost the same, so the better guess is the one with the higher
    mean, and a shop of 2,000 customers a week would wait for months for an interval above 0.

    Parameters
    ----------
    difference, interval
        Mean gain of the learned blend on the held-out week, and its interval.
    insisted
        Whether the user promotes it in any case.
    """
    low, high = interval
    if difference > 0:
        chance = ", more than chance" if low > 0 else f", which may be chance ({low:+.4f} to {high:+.4f})"
        return True, f"its MAP on the held-out week is higher by {difference:.4f}{chance}"
    lower = f"lower by {-difference:.4f}" if difference < 0 else "the same"
    reason = f"its MAP on the held-out week is {lower}"
    return insisted, f"{reason}, but --promote insists" if insisted else reason


def promoted(connection: DuckDBPyConnection) -> list[dict]:
    """The rows of the blends in use, the one that was put into use last first."""
    if not has_table(connection, "learned.blends"):
        return []
    found = rows(connection, "select * from learned.blends where is_promoted")
    return sorted(found, key=lambda blend: (blend.get("promotion") or 0, blend["blend_id"]), reverse=True)


def blend_for(connection: DuckDBPyConnection, week: dt.date) -> dict | None:
    """The blend that scores a week, as the macro `blend_in_use` has it; None: the default weights."""
    return next((blend for blend in promoted(connection) if may_score(blend, week)), None)


def may_score(blend: dict, week: dt.date) -> bool:
    """Whether a blend learned only from weeks before this one, and was not trained for past weeks alone."""
    used_before = blend.get("used_before")
    return blend["trained_for"] <= week and (used_before is None or week < used_before)


def next_week_blend(connection: DuckDBPyConnection) -> dict | None:
    """The blend that scores the next week, whichever that is."""
    return blend_for(connection, dt.date.max)


def next_promotion(connection: DuckDBPyConnection) -> int:
    """Number of the next promotion."""
    return 1 + connection.execute("select coalesce(max(promotion), 0) from learned.blends").fetchone()[0]


def rollback(*, database: Path) -> Change:
    """Take out of use the blend that was put into use last.

    Raises
    ------
    UsageError
        If no blend is in use.
    """
    with connect(database) as connection:
        in_use = promoted(connection)
        if not in_use:
            raise UsageError(
                "No learned blend is in use: the default weights score. `recs train` learns a blend, and "
                "`recs train --use BLEND` puts one of recs.blends into use."
            )
        last = in_use[0]["blend_id"]
        connection.execute("update learned.blends set is_promoted = false where blend_id = ?", [last])
        return Change(last, None, _id(next_week_blend(connection)))


def use(*, database: Path, blend_id: int) -> Change:
    """Put a blend into use, as the last one, for the weeks that it was trained for.

    Raises
    ------
    UsageError
        If there is no such blend.
    """
    with connect(database) as connection:
        known = []
        if has_table(connection, "learned.blends"):
            add_columns(connection)
            known = [row[0] for row in connection.execute("select blend_id from learned.blends order by 1").fetchall()]
        if blend_id not in known:
            there_are = f"choose from {', '.join(map(str, known))}" if known else "`recs train` learns the first one"
            raise UsageError(f"There is no blend {blend_id}: {there_are}.")
        before = _id(next_week_blend(connection))
        connection.execute(
            "update learned.blends set is_promoted = true, promotion = ? where blend_id = ?",
            [next_promotion(connection), blend_id],
        )
        now = _id(next_week_blend(connection))
        return Change(before if before != now else None, blend_id, now)


def add_columns(connection: DuckDBPyConnection) -> None:
    """Add the columns that blends of earlier versions lack."""
    for column in (
        "signals_version integer", "used_before date", "promotion integer", "reason varchar", "best_baseline varchar",
        "map_baseline double",
    ):  # fmt: skip
        connection.execute(f"alter table learned.blends add column if not exists {column}")


def _id(blend: dict | None) -> int | None:
    return blend and blend["blend_id"]
