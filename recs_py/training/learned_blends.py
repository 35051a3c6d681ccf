"""Blends that were learned: stored as rows of the schema `learned`."""

import datetime as dt
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyConnection

from recs_py.database import connect
from recs_py.macros import macros, returned
from recs_py.pipeline.promotion import add_columns, next_promotion
from recs_py.training.additive_model import AdditiveModel, Settings
from recs_py.training.weeks import drop_training_rows


@dataclass(frozen=True)
class TrainReport:
    """The result of a training, as it also stands in `recs.blends`.

    `interval` and `reference_model_interval` are of `level`. `used_before` is None where the blend may score the next
    week; a blend that was trained for a past week may score the weeks before that day.
    """

    blend_id: int
    k: int
    level: float
    trained_for: dt.date
    used_before: dt.date | None
    training_weeks: list[dt.date]
    held_out_week: dt.date
    trees: int
    pairs: list[tuple[str, str]]
    map_current: float
    map_learned: float
    difference: float
    interval: tuple[float, float]
    map_reference_model: float | None
    reference_model_interval: tuple[float, float] | None
    best_baseline: str
    map_baseline: float
    baseline_interval: tuple[float, float]
    is_promoted: bool
    reason: str


def store(
    *,
    database: Path,
    report: TrainReport,
    additive_model: AdditiveModel,
    signals: list[str],
    settings: Settings,
) -> int:
    """Write a blend and its points in one transaction, which also removes what it was learned from.

    Returns
    -------
    int
        The blend's number.
    """
    with connect(database) as connection:
        connection.execute("begin")
        connection.execute("create schema if not exists learned")
        connection.execute(
            """
            create table if not exists learned.blends (
                blend_id integer, dataset varchar, fingerprint varchar, trained_for date, training_weeks date[],
                held_out_week date, signals varchar, buckets integer, trees integer, intercept double,
                map_current double, map_learned double, difference double, ci_low double, ci_high double,
                map_reference_model double, settings map(varchar, varchar), is_promoted boolean
            )
            """
        )
        connection.execute(
            "create table if not exists learned.shapes (blend_id integer, signal varchar, "
            "bucket integer, lower double, "
            "upper double, points double)"
        )
        connection.execute(
            "create table if not exists learned.interaction_shapes (blend_id integer, signal varchar, bucket integer, "
            "other_signal varchar, other_bucket integer, points double)"
        )
        add_columns(connection)
        blend_id = connection.execute("select coalesce(max(blend_id), 0) + 1 from learned.blends").fetchone()[0]
        dataset, fingerprint = connection.execute(
            """
            select
                name,
                concat_ws(
                    ' ', name, transactions, articles, customers, (select max(transaction_date) from raw.transactions)
                )
            from raw.dataset
            """
        ).fetchone()
        described = {name: str(value) for name, value in asdict(settings).items()}
        values = {
            "blend_id": blend_id,
            "dataset": dataset,
            "fingerprint": fingerprint,
            "trained_for": report.trained_for,
            "used_before": report.used_before,
            "training_weeks": report.training_weeks,
            "held_out_week": report.held_out_week,
            "signals": ",".join(signals),
            "signals_version": returned("signals_version"),
            "buckets": additive_model.shapes.shape[1] - 1,
            "trees": report.trees,
            "intercept": additive_model.intercept,
            "map_current": report.map_current,
            "map_learned": report.map_learned,
            "difference": report.difference,
            "ci_low": report.interval[0],
            "ci_high": report.interval[1],
            "map_reference_model": report.map_reference_model,
            "best_baseline": report.best_baseline,
            "map_baseline": report.map_baseline,
            "settings": described,
            "is_promoted": report.is_promoted,
            "promotion": next_promotion(connection) if report.is_promoted else None,
            "reason": report.reason,
        }
        connection.execute(
            f"insert into learned.blends ({', '.join(values)}) values ({', '.join('?' * len(values))})",
            list(values.values()),
        )
        _store_points(connection, blend_id, additive_model, signals)
        drop_training_rows(connection)
        connection.execute("commit")
    return blend_id


def _store_points(
    connection: DuckDBPyConnection, blend_id: int, additive_model: AdditiveModel, signals: list[str]
) -> None:
    shapes, pairs = point_rows(connection, additive_model, signals)
    connection.execute(f"insert into learned.shapes select ?, * from ({shapes})", [blend_id])
    connection.execute(f"insert into learned.interaction_shapes select ?, * from ({pairs})", [blend_id])


def point_rows(connection: DuckDBPyConnection, additive_model: AdditiveModel, signals: list[str]) -> tuple[str, str]:
    """Return the points as rows that a query on this connection can read.

    Parameters
    ----------
    connection
        To the work database, which has the ranges of the values that were learned from.
    additive_model
        The points.
    signals
        Names of its signals.

    Returns
    -------
    tuple
        SQL of the points of signals (signal, bucket, lower, upper, points), and of those of pairs (signal, bucket,
        other_signal, other_bucket, points).
    """
    width = additive_model.shapes.shape[1]
    shapes = pa.table(
        {
            "signal": np.repeat(signals, width),
            "bucket": np.tile(np.arange(width), len(signals)),
            "points": additive_model.shapes.ravel(),
        }
    )
    one, other = np.array(additive_model.pairs, dtype=int).reshape(-1, 2).T
    names = np.array(signals)
    pairs = pa.table(
        {
            "signal": np.repeat(names[one], width * width),
            "bucket": np.tile(np.repeat(np.arange(width), width), len(one)),
            "other_signal": np.repeat(names[other], width * width),
            "other_bucket": np.tile(np.arange(width), width * len(one)),
            "points": additive_model.grids.ravel(),
        }
    )
    connection.register("fitted_shapes", shapes)
    connection.register("fitted_pairs", pairs)
    bucket_edge = macros("blend", buckets=width - 1).bucket_edge
    with_edges = f"""
        select
            fitted.signal,
            fitted.bucket,
            case when fitted.bucket > 0 then {bucket_edge("fitted.bucket - 1")} end as lower,
            -- the last edge is the range's own upper end, not what the power rounds to
            case
                when fitted.bucket = {width - 1} then ranges.upper
                when fitted.bucket > 0 then {bucket_edge("fitted.bucket")}
            end as upper,
            fitted.points
        from fitted_shapes as fitted
        left join training.training_ranges as ranges on fitted.signal = ranges.signal
    """
    return with_edges, "select signal, bucket, other_signal, other_bucket, points from fitted_pairs"
