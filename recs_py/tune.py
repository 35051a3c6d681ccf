"""`recs tune`: learns the blend from past weeks, judges it on one it has not seen, promotes it if it is better."""

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from recs_py import dbt_build
from recs_py.errors import RecsError, UsageError
from recs_py.glass_box import GlassBox, Settings, TrainingRows, grow, pairs_by_gain, read_points
from recs_py.list_quality import average_precision, paired_difference
from recs_py.settings import connect, has_table
from recs_py.weeks import parse_week

Advance = Callable[[str, int, int], None]

# A customer's best candidates under the ruling blend are all learned from, and one in so many of the others. Never by
# what was bought: rows that were kept because they were bought would teach that far-off candidates are bought.
BEST_CANDIDATES = 100
ONE_IN = 10


@dataclass(frozen=True)
class Week:
    """The candidates of one past target week, all of them, and what the ruling blend made of them."""

    target_week: dt.date
    rows: TrainingRows
    articles_bought: np.ndarray
    current_scores: np.ndarray
    current_rank: np.ndarray

    def quality(self, scores: np.ndarray, k: int) -> np.ndarray:
        """AP@k of every customer's list under these scores."""
        return average_precision(
            scores,
            is_bought=self.rows.is_bought,
            lists=self.rows.lists,
            articles_bought=self.articles_bought,
            k=k,
        )

    def sample(self) -> TrainingRows:
        """What is learned from."""
        numbers = np.arange(len(self.current_rank), dtype=np.int64)
        keep = (self.current_rank <= BEST_CANDIDATES) | ((numbers * 2654435761) % 4294967296 % ONE_IN == 0)
        list_of = np.repeat(np.arange(len(self.rows.lists)), self.rows.lists)
        return TrainingRows(
            self.rows.buckets[keep],
            self.rows.is_bought[keep],
            np.bincount(list_of[keep], minlength=len(self.rows.lists)),
        )


@dataclass(frozen=True)
class TuneReport:
    """What a tuning found, as it also stands in `recs.blends`."""

    blend_id: int
    training_weeks: list[dt.date]
    held_out_week: dt.date
    trees: int
    pairs: list[tuple[str, str]]
    map_current: float
    map_learned: float
    difference: float
    interval: tuple[float, float]
    map_yardstick: float | None
    yardstick_interval: tuple[float, float] | None
    is_promoted: bool


def tune(
    *,
    database: Path,
    week: str | None,
    training_weeks: int,
    promote: bool,
    compare: bool,
    k: int = 12,
    settings: Settings | None = None,
    advance: Advance | None = None,
) -> TuneReport:
    """Learns a blend from the weeks before `week`.

    The latest week is held out: neither training nor the choice of settings sees it, and the new blend is compared with
    the ruling one on it. The week before it chooses the number of trees. The blend that is stored is
    then fitted once more, settings fixed, with both weeks among its `training_weeks`.

    Parameters
    ----------
    database
        The work database, loaded.
    week
        ISO week or date before which all learning ends; default: the week after the last transaction.
    training_weeks
        How many past weeks a fit learns from.
    promote
        Promote the blend even if it is no better on the held-out week.
    k
        Length of the lists that are judged.
    compare
        Fit unrestricted trees on the same rows too, as a yardstick.
    settings
        How the trees are grown.
    advance
        Called as `advance(step, done, total)`.

    Raises
    ------
    UsageError
        If the history before `week` is too short.
    RecsError
        If a model could not be built.
    """
    settings = settings or Settings()
    tuned_for, weeks = _weeks(database, week, training_weeks)
    steps = len(weeks) + 4 + compare
    tell = advance or (lambda *_: None)
    _build_training_rows(database, weeks, tell, steps)

    with connect(database, read_only=True) as connection:
        largest_bucket = connection.execute("select max(bucket) from blend.signal_shapes").fetchone()[0]
        signals, monotone = _signals(connection)
        loaded = {day: _read_week(connection, day, signals) for day in weeks}
    samples = {day: loaded[day].sample() for day in weeks}
    shape = {"settings": settings, "monotone": monotone, "largest_bucket": largest_bucket}

    held_out, chooser, *older = weeks
    tell("choose the pairs of signals and the number of trees", len(weeks), steps)
    past = _together([samples[day] for day in older[:training_weeks]])
    pairs = pairs_by_gain(grow(past, **shape, trees=max(settings.trees_tried) // 2, pairs=None))[: settings.pairs]
    trees = _best_number_of_trees(past, loaded[chooser], pairs=pairs, shape=shape, k=k)

    tell("judge on a week not seen", len(weeks) + 1, steps)
    seen = _together([samples[day] for day in [chooser, *older][:training_weeks]])
    judged = _fit(seen, pairs=pairs, trees=trees, shape=shape)
    current = loaded[held_out].quality(loaded[held_out].current_scores, k)
    learned = loaded[held_out].quality(judged.scores(loaded[held_out].rows.buckets), k)
    difference, *interval = paired_difference(learned, current)
    yardstick = yardstick_interval = None
    if compare:
        tell("yardstick: unrestricted trees", len(weeks) + 2, steps)
        black_box = _yardstick(seen, loaded[chooser], settings=settings, k=k, past=past)
        quality = loaded[held_out].quality(black_box.predict(loaded[held_out].rows.buckets), k)
        yardstick = float(quality.mean())
        yardstick_interval = paired_difference(learned, quality)[1:]

    tell("learn from all weeks", steps - 2, steps)
    newest = weeks[:training_weeks]
    final_rows = _together([samples[day] for day in newest])
    glass_box = _fit(final_rows, pairs=pairs, trees=trees, shape=shape)

    tell("store", steps - 1, steps)
    report = TuneReport(
        blend_id=0,
        training_weeks=sorted(newest),
        held_out_week=held_out,
        trees=trees,
        pairs=[(signals[one], signals[other]) for one, other in glass_box.pairs],
        map_current=float(current.mean()),
        map_learned=float(learned.mean()),
        difference=difference,
        interval=tuple(interval),
        map_yardstick=yardstick,
        yardstick_interval=yardstick_interval,
        is_promoted=promote or difference > 0,
    )
    return _store(database, report, glass_box, signals=signals, tuned_for=tuned_for, settings=settings)


def rollback(*, database: Path) -> tuple[int, int | None]:
    """Takes back the promotion of the latest blend.

    Returns
    -------
    tuple
        The blend that ruled, and the one that rules now (None: the default weights).

    Raises
    ------
    UsageError
        If no blend is promoted.
    """
    with connect(database) as connection:
        promoted = []
        if has_table(connection, "tuned.blends"):
            promoted = connection.execute(
                "select blend_id from tuned.blends where is_promoted order by tuned_for desc, blend_id desc"
            ).fetchall()
        if not promoted:
            raise UsageError("No learned blend is in use: the default weights rule; `recs tune` learns one.")
        connection.execute("update tuned.blends set is_promoted = false where blend_id = ?", promoted[0]).fetchall()
    return promoted[0][0], promoted[1][0] if len(promoted) > 1 else None


def _weeks(database: Path, week: str | None, training_weeks: int) -> tuple[dt.date, list[dt.date]]:
    """The week for which is learned, and the past weeks it takes, latest first: held out, chooser, training."""
    dbt_build.build(database=database, variables={"target_week": ""}, select=["+target_week"], command="run")
    with connect(database, read_only=True) as connection:
        week_starts_on, first_day, last_day, after = connection.execute(
            "select week_starts_on, first_day, last_day, week_after_last_day from staging.target_week"
        ).fetchone()
    tuned_for = parse_week(week, week_starts_on=week_starts_on) if week else after
    seven = dt.timedelta(days=7)
    latest = min(tuned_for, after) - seven
    if latest + dt.timedelta(days=6) > last_day:  # the last week is not over yet
        latest -= seven
    # a week to learn from needs a history of its own
    weeks = [latest - number * seven for number in range(training_weeks + 2)]
    weeks = [day for day in weeks if day > first_day + 2 * seven]
    if len(weeks) < 3:
        raise UsageError(
            f"The transactions ({first_day} to {last_day}) hold {max(0, len(weeks))} weeks to learn from before "
            f"{tuned_for}, and tuning needs at least 3 after the first two: "
            "use the default weights until there are more."
        )
    return tuned_for, weeks


def _build_training_rows(database: Path, weeks: list[dt.date], tell: Advance, steps: int) -> None:
    with connect(database) as connection:
        for table in ("training_rows", "training_ranges", "training_buckets"):
            connection.execute(f"drop table if exists blend.{table}").fetchall()
    training = {"customers": "buyers", "apply_rules": False, "training": True}
    manifest = dbt_build.parse(database=database, variables={"target_week": str(weeks[0]), **training})
    for number, day in enumerate(weeks):
        tell(f"training rows of {day}", number, steps)
        dbt_build.build(
            database=database,
            variables={"target_week": str(day), **training},
            # what does not depend on the week is built once
            select=["+training_rows"] if number == 0 else ["target_week+,+training_rows"],
            command="run",
            manifest=manifest,
        )
    dbt_build.build(
        database=database,
        variables={"target_week": str(weeks[-1]), **training},
        select=["training_ranges", "training_buckets"],
        command="run",
        manifest=manifest,
    )


def _signals(connection) -> tuple[list[str], list[int]]:
    rows = connection.execute("select signal, monotone from blend.signal_weights order by position").fetchall()
    return [row[0] for row in rows], [row[1] for row in rows]


def _read_week(connection, day: dt.date, signals: list[str]) -> Week:
    columns = connection.execute(
        f"""
        select customer_key, is_bought, articles_bought, current_score, current_rank, {", ".join(signals)}
        from blend.training_buckets
        where target_week = ?
        order by customer_key, article_order
        """,
        [day],
    ).fetchnumpy()
    customers = np.ma.getdata(columns["customer_key"])
    if len(customers) == 0:
        raise RecsError(f"The week of {day} has no purchases to learn from: choose an earlier week with --week.")
    _, starts, lists = np.unique(customers, return_index=True, return_counts=True)
    return Week(
        target_week=day,
        rows=TrainingRows(
            np.column_stack([np.ma.getdata(columns[signal]) for signal in signals]),
            np.ma.getdata(columns["is_bought"]).astype(bool),
            lists,
        ),
        articles_bought=np.ma.getdata(columns["articles_bought"])[starts],
        current_scores=np.ma.getdata(columns["current_score"]),
        current_rank=np.ma.getdata(columns["current_rank"]),
    )


def _together(samples: list[TrainingRows]) -> TrainingRows:
    return TrainingRows(
        np.concatenate([sample.buckets for sample in samples]),
        np.concatenate([sample.is_bought for sample in samples]),
        np.concatenate([sample.lists for sample in samples]),
    )


def _fit(rows: TrainingRows, *, pairs, trees: int, shape: dict) -> GlassBox:
    grown = grow(rows, **shape, pairs=pairs, trees=trees)
    return read_points(grown, rows=rows, largest_bucket=shape["largest_bucket"])


def _best_number_of_trees(past: TrainingRows, chooser: Week, *, pairs, shape: dict, k: int) -> int:
    tried = shape["settings"].trees_tried
    grown = grow(past, **shape, pairs=pairs, trees=max(tried))
    quality = {
        count: chooser.quality(grown.predict(chooser.rows.buckets, num_iteration=count), k).mean() for count in tried
    }
    return max(tried, key=lambda count: (quality[count], -count))


def _yardstick(seen: TrainingRows, chooser: Week, *, settings: Settings, k: int, past: TrainingRows):
    """LightGBM's LambdaRank without any restriction, its number of trees chosen on the same week."""
    import lightgbm as lgb

    from recs_py.settings import threads

    parameters = {
        "objective": "lambdarank", "lambdarank_truncation_level": settings.depth_of_list, "num_leaves": 31,
        "learning_rate": 0.08, "min_data_in_leaf": settings.smallest_leaf, "lambda_l2": settings.shrinkage,
        "feature_fraction": settings.share_of_signals, "seed": settings.seed, "deterministic": True,
        "force_row_wise": True, "num_threads": threads(), "verbosity": -1,
    }  # fmt: skip

    def train(rows: TrainingRows, trees: int) -> lgb.Booster:
        rows = rows.with_hits()
        data = lgb.Dataset(rows.buckets, label=rows.is_bought, group=rows.lists, params=parameters)
        return lgb.train(parameters, data, num_boost_round=trees)

    tried = settings.trees_tried
    grown = train(past, max(tried))
    quality = {
        count: chooser.quality(grown.predict(chooser.rows.buckets, num_iteration=count), k).mean() for count in tried
    }
    return train(seen, max(tried, key=lambda count: quality[count]))


def _store(
    database: Path,
    report: TuneReport,
    glass_box: GlassBox,
    *,
    signals: list[str],
    tuned_for: dt.date,
    settings: Settings,
) -> TuneReport:
    with connect(database) as connection:
        connection.execute("begin").fetchall()
        connection.execute("create schema if not exists tuned").fetchall()
        connection.execute(
            """
            create table if not exists tuned.blends (
                blend_id integer, dataset varchar, fingerprint varchar, tuned_for date, training_weeks date[],
                held_out_week date, signals varchar, buckets integer, trees integer, intercept double,
                map_current double, map_learned double, difference double, ci_low double, ci_high double,
                map_yardstick double, settings map(varchar, varchar), is_promoted boolean
            )
            """
        ).fetchall()
        connection.execute(
            "create table if not exists tuned.shapes (blend_id integer, signal varchar, bucket integer, lower double, "
            "upper double, points double)"
        ).fetchall()
        connection.execute(
            "create table if not exists tuned.pair_shapes (blend_id integer, signal varchar, bucket integer, "
            "other_signal varchar, other_bucket integer, points double)"
        ).fetchall()
        blend_id = connection.execute("select coalesce(max(blend_id), 0) + 1 from tuned.blends").fetchone()[0]
        dataset, fingerprint = connection.execute(
            """
            select
                name,
                concat_ws(' ', name, transactions, articles, customers, (select max(t_dat) from raw.transactions))
            from raw.dataset
            """
        ).fetchone()
        described = {name: str(value) for name, value in asdict(settings).items()}
        connection.execute(
            "insert into tuned.blends values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, map(?, ?), ?)",
            [
                blend_id, dataset, fingerprint, tuned_for, report.training_weeks, report.held_out_week,
                ",".join(signals), glass_box.shapes.shape[1] - 1, report.trees, glass_box.intercept,
                report.map_current, report.map_learned, report.difference, *report.interval, report.map_yardstick,
                list(described), list(described.values()), report.is_promoted,
            ],
        ).fetchall()  # fmt: skip
        _store_points(connection, blend_id, glass_box, signals)
        for table in ("training_rows", "training_ranges", "training_buckets"):
            connection.execute(f"drop table if exists blend.{table}").fetchall()
        connection.execute("commit").fetchall()
    return replace(report, blend_id=blend_id)


def _store_points(connection, blend_id: int, glass_box: GlassBox, signals: list[str]) -> None:
    import pyarrow as pa

    width = glass_box.shapes.shape[1]
    shapes = pa.table(
        {
            "signal": np.repeat(signals, width),
            "bucket": np.tile(np.arange(width), len(signals)),
            "points": glass_box.shapes.ravel(),
        }
    )
    connection.register("learned_shapes", shapes)
    connection.execute(
        """
        insert into tuned.shapes
        select
            ?,
            learned.signal,
            learned.bucket,
            case
                when learned.bucket > 0
                    then ranges.lower * power(ranges.upper / ranges.lower, (learned.bucket - 1) / ?)
            end,
            -- the last edge is the range's own upper end, not what the power rounds to
            case
                when learned.bucket = ? then ranges.upper
                when learned.bucket > 0 then ranges.lower * power(ranges.upper / ranges.lower, learned.bucket / ?)
            end,
            learned.points
        from learned_shapes as learned
        left join blend.training_ranges as ranges on learned.signal = ranges.signal
        """,
        [blend_id, float(width - 1), width - 1, float(width - 1)],
    ).fetchall()
    if not glass_box.pairs:
        return
    one, other = (np.array(side) for side in zip(*glass_box.pairs, strict=True))
    names = np.array(signals)
    pairs = pa.table(
        {
            "signal": np.repeat(names[one], width * width),
            "bucket": np.tile(np.repeat(np.arange(width), width), len(one)),
            "other_signal": np.repeat(names[other], width * width),
            "other_bucket": np.tile(np.arange(width), width * len(one)),
            "points": glass_box.grids.ravel(),
        }
    )
    connection.register("learned_pairs", pairs)
    connection.execute(
        "insert into tuned.pair_shapes select ?, signal, bucket, other_signal, other_bucket, points from learned_pairs",
        [blend_id],
    ).fetchall()
