"""Default weights that fit the shop: the last whole week corrects the points that the default weights give.

A few small trees are boosted on top of the default scores (Friedman 2001: each tree fits what the sum before it lacks).
A branch asks about one signal or one of a few pairs, so their sum is a correction for each bucket of a signal, and of a
pair, as in the learned blend.
"""

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from duckdb import DuckDBPyConnection

from recs_py.database import connect, has_table
from recs_py.loading.history import loaded
from recs_py.loading.ownership import CORRECTIONS, claim, mark_unfinished, refuse_others
from recs_py.pipeline import dbt_build
from recs_py.pipeline.fingerprint import fingerprint
from recs_py.pipeline.promotion import blend_for
from recs_py.pipeline.used_signals import listed_signals
from recs_py.training.additive_model import (
    GRAIN,
    AdditiveModel,
    Settings,
    grow,
    interactions_by_gain,
    read_points,
)
from recs_py.training.learned_blends import point_rows
from recs_py.training.weeks import (
    Advance,
    Week,
    build_training_rows,
    drop_training_rows,
    read_week,
    weeks_to_learn_from,
)
from recs_py.weeks import weekday

# Chosen on Ta-Feng's week of 2001-01-29, Complete Journey's of 2017-10-02 and a simulated shop (record 0109).
SETTINGS = Settings(
    trees_tried=(0, 25, 50),
    num_leaves=4,
    learning_rate=0.1,
    rate_of_pairs=0.1,
    min_data_in_leaf=50,
    feature_fraction=1.0,
    pairs=8,
)
# How much the scores of the trees rise by a point of the default weights.
TREE_SCORE_PER_POINT = 2.0
# With fewer buyers in the week, or fewer who bought a candidate, chance would choose the points: nothing is corrected.
FEWEST_BUYERS = 200
FEWEST_WITH_A_HIT = 100


@dataclass(frozen=True)
class Corrections:
    """Corrections of the default points.

    Attributes
    ----------
    points
        Of single signals and of pairs; None where nothing is corrected.
    trees
        Number of trees that they were read from.
    map_default, map_corrected
        MAP@k of one half of the week's customers, without and with corrections that were fitted to the other half;
        None where there was too little to fit.
    """

    points: AdditiveModel | None
    trees: int
    map_default: float | None
    map_corrected: float | None


def correct(week: Week, *, monotone: list[int], largest_bucket: int, k: int) -> Corrections:
    """Fit corrections to a past week; the number of trees is chosen on the half of its customers that is left out.

    Parameters
    ----------
    week
        The candidates of the week, with the buckets of the signals to correct and the scores of the default weights.
    monotone
        1 for each signal of which more may never cost points, else 0.
    largest_bucket
        Buckets besides 0.
    k
        Length of the list that is judged.
    """
    shape = {"settings": SETTINGS, "monotone": monotone, "largest_bucket": largest_bucket}
    base_scores = TREE_SCORE_PER_POINT * week.current_scores[week.is_sampled()]
    rows = replace(week.sample(), base_scores=base_scores)
    if rows.has_hit().sum() < FEWEST_WITH_A_HIT:
        return Corrections(points=None, trees=0, map_default=None, map_corrected=None)
    is_left_out = np.arange(len(rows.lists)) % 2 == 1
    half, most = rows.of_lists(~is_left_out), max(SETTINGS.trees_tried)
    pairs = interactions_by_gain(grow(half, **shape, pairs=None, trees=most))[: SETTINGS.pairs]
    trees = grow(half, **shape, pairs=pairs, trees=most)

    def quality(count: int) -> float:
        gained = (
            trees.predict(week.rows.buckets, num_iteration=count, raw_score=True) / TREE_SCORE_PER_POINT if count else 0
        )
        return float(week.quality(week.current_scores + gained, k)[is_left_out].mean())

    qualities = {count: quality(count) for count in SETTINGS.trees_tried}
    best = max(SETTINGS.trees_tried, key=lambda count: (qualities[count], -count))
    points = None
    if best:
        grown = grow(rows, **shape, pairs=pairs, trees=best)
        points = _as_points(read_points(grown, rows=rows, largest_bucket=largest_bucket))
    return Corrections(points, best, map_default=qualities[0], map_corrected=qualities[best])


def _as_points(fitted: AdditiveModel) -> AdditiveModel:
    """The scores of the trees as points. A signal's own points are 0 where it is absent, which changes no order."""
    shapes = fitted.shapes - fitted.shapes[:, :1]
    return replace(
        fitted,
        shapes=np.round(shapes / TREE_SCORE_PER_POINT / GRAIN) * GRAIN,
        grids=np.round(fitted.grids / TREE_SCORE_PER_POINT / GRAIN) * GRAIN,
    )


@dataclass(frozen=True)
class Fit:
    """A row of `learned.fits`: the corrections of a target week, or that there are none.

    `fitted_week` is None where the week has too little before it.
    """

    target_week: dt.date
    fitted_week: dt.date | None
    trees: int
    map_default: float | None
    map_corrected: float | None


def fit_defaults(*, database: Path, week: dt.date, lists_follow: bool, advance: Advance | None = None) -> None:
    """Fit the default weights to the last whole week before a target week, unless that is done or not wanted.

    Nothing is fitted where a learned blend scores the week, or the setting `fit_weights` is off.

    Parameters
    ----------
    database
        The work database, loaded.
    week
        First day of the target week.
    lists_follow
        Whether the lists of the week are built next: what the fit leaves is not published if they are not.
    advance
        Called as `advance(step, done, total)`.

    Raises
    ------
    RecsError
        If a model could not be built.
    """
    with connect(database, read_only=True) as connection:
        if not is_wanted(connection, week):
            return
    # it reads every file of the project
    made_with = fingerprint(database=database, asked=["fit", str(week)])
    with connect(database, read_only=True) as connection:
        if _is_done(connection, week, made_with):
            return
    week_before = fitted_week(database, week)
    fit = Fit(week, None, 0, None, None)
    corrections = None
    if week_before:
        if lists_follow:
            with connect(database) as connection:
                mark_unfinished(connection, by="fit")
        if advance:
            advance(f"fit the default weights to the week of {week_before}", 0, 1)
        # no more signals than score the week: each would bring candidates of its own
        signals = [signal["name"] for signal in _weighted()]
        build_training_rows(
            database=database,
            weeks=[week_before],
            judge=False,
            variables={"used_signals": signals, "learned": False},
            tell=lambda *_: None,
            steps=1,
        )
        with connect(database, read_only=True) as connection:
            rows = read_week(connection, week_before, list(corrected_signals()))
        corrections = correct(
            rows,
            monotone=list(corrected_signals().values()),
            largest_bucket=dbt_build.project_variables()["buckets"],
            k=dbt_build.judged_rank(),
        )
        fit = Fit(week, week_before, corrections.trees, corrections.map_default, corrections.map_corrected)
    with connect(database) as connection:
        _store(connection, fit, made_with, corrections)


def fit_for(connection: DuckDBPyConnection, week: dt.date) -> Fit | None:
    """The fit of a target week that the default weights score, or None; a fit with 0 trees corrects nothing."""
    if not has_table(connection, "learned.fits") or not is_wanted(connection, week):
        return None
    row = connection.execute(
        "select target_week, fitted_week, trees, map_default, map_corrected from learned.fits "
        "where target_week = ? and fitted_week is not null",
        [week],
    ).fetchone()
    return Fit(*row) if row else None


def is_wanted(connection: DuckDBPyConnection, week: dt.date) -> bool:
    """Whether the default weights score a target week, and are to be corrected."""
    settings = dbt_build.project_variables()
    return settings["fit_weights"] and not (settings["learned"] and blend_for(connection, week))


def corrected_signals() -> dict[str, int]:
    """The signals that the default weights use, each with 1 if its correction never falls as it rises, else 0.

    First purchases are not corrected: their shares mean the same in every shop, and one week says little about the new
    articles of the next one. Points of an article's sales only rise: in most weeks no article sells like one at half
    its price, and the week's bestseller would stand for it. The customer's own purchases may count against an article.
    """
    return {
        signal["name"]: int(signal["weight"] > 0 and "customer_key" not in signal["keys"])
        for signal in _weighted()
        if signal["source"] != "first_purchases"
    }


def _weighted() -> list[dict]:
    # own history is weighted by the repeat rate of the type
    return [signal for signal in listed_signals() if signal["weight"] or signal["name"] == "repeat_rate_of_type"]


def fitted_week(database: Path, week: dt.date) -> dt.date | None:
    """The last whole week before a target week, if it has a history, eligible articles and enough buyers."""
    history, starts = loaded(database), weekday(week)
    whole = [day for day in history.whole_weeks(week_starts_on=starts) if day < week]
    # an earlier week, before a gap, does not represent the shop as it is
    if not whole or whole[-1] not in weeks_to_learn_from(history, before=week, week_starts_on=starts):
        return None
    with connect(database, read_only=True) as connection:
        (buyers,) = connection.execute(
            "select count(distinct customer_id) from raw.transactions where transaction_date between ? and ?",
            [whole[-1], whole[-1] + dt.timedelta(days=6)],
        ).fetchone()
    return whole[-1] if buyers >= FEWEST_BUYERS else None


def _is_done(connection: DuckDBPyConnection, week: dt.date, made_with: str) -> bool:
    return has_table(connection, "learned.fits") and bool(
        connection.execute(
            "select 1 from learned.fits where target_week = ? and fingerprint = ?", [week, made_with]
        ).fetchall()
    )


def _store(connection: DuckDBPyConnection, fit: Fit, made_with: str, corrections: Corrections | None) -> None:
    connection.execute("begin")
    refuse_others(connection)
    claim(connection, set(CORRECTIONS))
    connection.execute("create schema if not exists learned")
    connection.execute(
        "create table if not exists learned.fits (target_week date, fingerprint varchar, fitted_week date, "
        "trees integer, map_default double, map_corrected double)"
    )
    connection.execute(
        "create table if not exists learned.corrections (target_week date, signal varchar, bucket integer, "
        "lower double, upper double, points double)"
    )
    connection.execute(
        "create table if not exists learned.interaction_corrections (target_week date, signal varchar, bucket integer, "
        "other_signal varchar, other_bucket integer, points double)"
    )
    for schema, table in CORRECTIONS:
        connection.execute(f"delete from {schema}.{table} where target_week = ?", [fit.target_week])
    connection.execute(
        "insert into learned.fits values (?, ?, ?, ?, ?, ?)",
        [fit.target_week, made_with, fit.fitted_week, fit.trees, fit.map_default, fit.map_corrected],
    )
    if corrections and corrections.points:
        shapes, pairs = point_rows(connection, corrections.points, list(corrected_signals()))
        connection.execute(f"insert into learned.corrections select ?, * from ({shapes})", [fit.target_week])
        connection.execute(f"insert into learned.interaction_corrections select ?, * from ({pairs})", [fit.target_week])
    if fit.fitted_week:
        drop_training_rows(connection)
    connection.execute("commit")
