"""Summary of backtested weeks: each week, the mean, and the difference to the best baseline."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from recs_py.database import connect, has_table
from recs_py.errors import RecsError, UsageError
from recs_py.pipeline.baselines import baselines


@dataclass(frozen=True)
class Row:
    """One line of the table: figures of the blend and of the best baseline, and their difference with its interval.

    `blend_id` is the learned blend that scored the week, None for the default weights.
    """

    week: dt.date | None
    customers: int
    blend: float
    baseline: float
    difference: float
    ci_low: float | None
    ci_high: float | None
    blend_id: int | None = None


@dataclass(frozen=True)
class SystemRow:
    """The mean of a system over the weeks, and how far the blend is above it."""

    system: str
    value: float
    difference: float | None
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True)
class Summary:
    """The weeks of a backtest in one segment; `mean` is their mean, each week counted alike."""

    segment: str
    k: int
    level: float
    best_baseline: str
    weeks: list[Row]
    mean: Row
    systems: list[SystemRow]


def evaluated_with(*, database: Path, fingerprint: str) -> set[dt.date]:
    """The weeks that were evaluated with the same models, settings and data."""
    with connect(database, read_only=True) as connection:
        if not has_table(connection, "evaluation.evaluated_weeks"):
            return set()
        rows = connection.execute(
            "select target_week from evaluation.evaluated_weeks where fingerprint = ?", [fingerprint]
        ).fetchall()
    return {week for (week,) in rows}


def check_segment(*, database: Path, segment: str, weeks: list[dt.date]) -> None:
    """Refuse a segment to which nobody of these weeks belongs.

    Raises
    ------
    UsageError
        Names the segments that there are.
    """
    with connect(database, read_only=True) as connection:
        known = connection.execute(
            "select distinct segment from evaluation.metrics where list_contains(?, target_week) order by segment",
            [weeks],
        ).fetchall()
    names = [name for (name,) in known]
    if names and segment not in names:
        raise UsageError(
            f"There is no segment {segment!r} in these weeks: choose from {', '.join(map(repr, names))}, or define it "
            "in the macro evaluation_segments."
        )


def summary(*, database: Path, weeks: list[dt.date], segment: str, k: int, level: float) -> Summary:
    """Sum up evaluated weeks by MAP@k (Kaggle) in one segment.

    The interval of a mean comes from the replicates of the weekly bootstraps: a customer has the same weight in a
    replicate of every week, so the mean over weeks is formed replicate by replicate.

    Raises
    ------
    RecsError
        If the weeks have no row in that segment.
    """
    with connect(database, read_only=True) as connection:
        values = connection.execute(
            """
            select target_week, system, value, customers from evaluation.metrics
            where list_contains(?, target_week) and segment = ? and metric = 'map_kaggle' and k = ?
            order by target_week, system
            """,
            [weeks, segment, k],
        ).fetchall()
        if not values:
            raise RecsError(f"Nothing was evaluated in the segment {segment!r}: run the backtest with --again.")
        found = sorted({week for week, *_ in values})
        # a mean is only fair over systems that every week has
        means = {
            system: sum(value for _, name, value, _ in values if name == system) / len(found)
            for system in {name for _, name, *_ in values}
            if sum(name == system for _, name, *_ in values) == len(found)
        }
        if set(means) == {"blend"}:
            raise UsageError(
                "Nothing was evaluated beside the blend: add baselines to `evaluated_systems` in dbt_project.yml, "
                "and run the backtest with --again."
            )
        compared = [name for name in baselines() if name in means] or sorted(set(means) - {"blend"})
        best = max(compared, key=lambda name: (means[name], name))
        weekly = connection.execute(
            """
            select blend.target_week, blend.customers, blend.value, baseline.value,
                paired.difference, paired.ci_low, paired.ci_high
            from evaluation.metrics as blend
            inner join evaluation.metrics as baseline using (target_week, segment, metric, k)
            inner join evaluation.paired_differences as paired using (target_week, segment, metric, k)
            where
                list_contains(?, blend.target_week) and segment = ? and metric = 'map_kaggle' and k = ?
                and blend.system = 'blend' and baseline.system = ? and paired.other_system = ?
            order by blend.target_week
            """,
            [weeks, segment, k, best, best],
        ).fetchall()
        intervals = {system: (low, high) for system, low, high in _mean_intervals(connection, found, segment, level)}
        scored_with = dict(
            connection.execute("select target_week, blend_id from evaluation.evaluated_weeks").fetchall()
        )
    rows = [Row(*row, blend_id=scored_with.get(row[0])) for row in weekly]
    mean = Row(
        week=None,
        customers=sum(row.customers for row in rows),
        blend=means["blend"],
        baseline=means[best],
        difference=means["blend"] - means[best],
        ci_low=intervals.get(best, (None, None))[0],
        ci_high=intervals.get(best, (None, None))[1],
    )
    systems = [
        SystemRow(
            system=system,
            value=value,
            difference=None if system == "blend" else means["blend"] - value,
            ci_low=intervals.get(system, (None, None))[0],
            ci_high=intervals.get(system, (None, None))[1],
        )
        for system, value in sorted(means.items(), key=lambda item: (-item[1], item[0]))
    ]
    return Summary(segment, k, level, best, rows, mean, systems)


def _mean_intervals(connection: DuckDBPyConnection, weeks: list[dt.date], segment: str, level: float) -> list[tuple]:
    return connection.execute(
        """
        with replicated as (

            select
                target_week,
                system,
                unnest(replicates) as replicate,
                unnest("values") as value
            from evaluation.weekly_replicates
            where list_contains($weeks, target_week) and segment = $segment

        ),

        differences as (

            select
                other.system,
                other.replicate,
                avg(blend.value - other.value order by other.target_week) as difference
            from replicated as other
            inner join replicated as blend
                on other.target_week = blend.target_week and other.replicate = blend.replicate
            where blend.system = 'blend' and other.system != 'blend'
            group by other.system, other.replicate
            -- a replicate that draws nobody of a week has no mean over all of them
            having count(*) = len($weeks)

        )

        select
            system,
            quantile_cont(difference, $low),
            quantile_cont(difference, $high)
        from differences
        group by system
        """.replace("$low", str((1 - level) / 2)).replace("$high", str((1 + level) / 2)),
        {"weeks": weeks, "segment": segment},
    ).fetchall()
