"""`recs train`: learns the blend from past weeks, judges it on one not seen, promotes it if it was better there."""

from dataclasses import replace
from pathlib import Path

from recs_py.database import connect
from recs_py.loading.history import resolve_week
from recs_py.pipeline import dbt_build
from recs_py.pipeline.promotion import decide
from recs_py.training.additive_model import (
    AdditiveModel,
    Settings,
    TrainingRows,
    grow,
    interactions_by_gain,
    read_points,
)
from recs_py.training.default_fit import correct, corrected_signals, fitted_week, is_wanted
from recs_py.training.learned_blends import TrainReport, store
from recs_py.training.list_quality import paired_difference
from recs_py.training.reference_model import reference_trees
from recs_py.training.weeks import (
    Advance,
    baseline_quality,
    best_number_of_trees,
    build_training_rows,
    past_weeks,
    read_week,
    signals_learned,
    together,
    with_hits,
)

# One week alone is too noisy to choose by.
CHOOSING_WEEKS = 2


def train(
    *,
    database: Path,
    week: str | None,
    training_weeks: int,
    promote: bool,
    compare: bool,
    settings: Settings | None = None,
    advance: Advance | None = None,
) -> TrainReport:
    """Learn a blend from the weeks before `week`.

    The latest week is held out: neither training nor the choice of settings sees it, and the new blend is compared with
    the champion on it. The two weeks before it choose the number of trees (one of them, where the history is short).
    The blend that is stored is then fitted once more, settings fixed, with all of them among its `training_weeks`.

    Parameters
    ----------
    database
        The work database, loaded.
    week
        ISO week or date before which all learning ends; default: `History.default_week`.
    training_weeks
        Number of past weeks from which a fit learns.
    promote
        Promote the blend in any case; without it, `promotion.decide` does by the held-out week.
    compare
        Fit unrestricted trees on the same rows too, as the reference model.
    settings
        Parameters of the trees.
    advance
        Called as `advance(step, done, total)`.

    Raises
    ------
    UsageError
        If the history before `week` is too short, or nobody bought a candidate in the week held out.
    RecsError
        If a model could not be built.
    """
    settings = settings or Settings()
    k = dbt_build.judged_rank()
    level = dbt_build.project_variables()["interval_level"]
    trained_for, weeks = past_weeks(database=database, week=week, training_weeks=training_weeks)
    next_week = resolve_week(database=database, week=None) if week else trained_for
    made = len(weeks)
    steps = made + 4 + compare
    tell = advance or (lambda *_: None)
    with connect(database, read_only=True) as connection:
        is_default = is_wanted(connection, weeks[0])
    build_training_rows(
        database=database,
        weeks=weeks,
        judge=True,
        # corrections start from the default points
        variables={"learned": False} if is_default else None,
        tell=tell,
        steps=steps,
    )

    with connect(database, read_only=True) as connection:
        largest_bucket = connection.execute("select max(bucket) from blend.signal_shapes").fetchone()[0]
        signals, monotone = signals_learned(connection)
        loaded = {day: read_week(connection, day, signals) for day in weeks}
        weeks = with_hits(list(loaded.values()))
        best_baseline, of_baseline = baseline_quality(connection, weeks[0])
        is_corrected = is_default and fitted_week(database, weeks[0]) == weeks[1]
        week_before = read_week(connection, weeks[1], list(corrected_signals())) if is_corrected else None
    samples = {day: loaded[day].sample() for day in weeks}
    shape = {"settings": settings, "monotone": monotone, "largest_bucket": largest_bucket}

    held_out, *before = weeks
    choosing = min(CHOOSING_WEEKS, len(before) - 1)
    choosers = [loaded[day] for day in before[:choosing]]
    tell("choose the pairs of signals and the number of trees", made, steps)
    past = together([samples[day] for day in before[choosing:]])
    pairs = interactions_by_gain(grow(past, **shape, trees=max(settings.trees_tried) // 2, pairs=None))[
        : settings.pairs
    ]
    trees = best_number_of_trees(
        grow(past, **shape, pairs=pairs, trees=max(settings.trees_tried)),
        choosers=choosers,
        tried=settings.trees_tried,
        k=k,
    )

    tell("judge on a week not seen", made + 1, steps)
    seen = together([samples[day] for day in before[:training_weeks]])
    judged = _fit(seen, pairs=pairs, trees=trees, shape=shape)
    current_scores = loaded[held_out].current_scores
    if week_before:
        corrections = correct(
            week_before, monotone=list(corrected_signals().values()), largest_bucket=largest_bucket, k=k
        )
        if corrections.points:
            columns = [signals.index(signal) for signal in corrected_signals()]
            current_scores = current_scores + corrections.points.scores(loaded[held_out].rows.buckets[:, columns])
    current = loaded[held_out].quality(current_scores, k)
    learned = loaded[held_out].quality(judged.scores(loaded[held_out].rows.buckets), k)
    difference, *interval = paired_difference(learned, current, level=level)
    reference_model = reference_model_interval = None
    if compare:
        tell("reference model", made + 2, steps)
        black_box = reference_trees(past=past, choosers=choosers, seen=seen, settings=settings, k=k)
        quality = loaded[held_out].quality(black_box.predict(loaded[held_out].rows.buckets, raw_score=True), k)
        reference_model = float(quality.mean())
        reference_model_interval = paired_difference(learned, quality, level=level)[1:]

    tell("learn from all weeks", steps - 2, steps)
    newest = weeks[:training_weeks]
    final_rows = together([samples[day] for day in newest])
    additive_model = _fit(final_rows, pairs=pairs, trees=trees, shape=shape)

    tell("store", steps - 1, steps)
    is_promoted, reason = decide(difference, tuple(interval), insisted=promote)
    report = TrainReport(
        blend_id=0,
        k=k,
        level=level,
        trained_for=trained_for,
        # a training for a past week, as for a backtest, changes no list of the next one
        used_before=next_week if trained_for < next_week else None,
        training_weeks=sorted(newest),
        held_out_week=held_out,
        trees=trees,
        pairs=[(signals[one], signals[other]) for one, other in additive_model.pairs],
        map_current=float(current.mean()),
        map_learned=float(learned.mean()),
        difference=difference,
        interval=tuple(interval),
        map_reference_model=reference_model,
        reference_model_interval=reference_model_interval,
        best_baseline=best_baseline,
        map_baseline=float(of_baseline.mean()),
        baseline_interval=paired_difference(learned, of_baseline, level=level)[1:],
        is_promoted=is_promoted,
        reason=reason,
    )
    blend_id = store(
        database=database,
        report=report,
        additive_model=additive_model,
        signals=signals,
        settings=settings,
    )
    return replace(report, blend_id=blend_id)


def _fit(rows: TrainingRows, *, pairs, trees: int, shape: dict) -> AdditiveModel:
    grown = grow(rows, **shape, pairs=pairs, trees=trees)
    return read_points(grown, rows=rows, largest_bucket=shape["largest_bucket"])
