"""Training data of a blend: the candidates of past target weeks, and which of them were bought."""

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import lightgbm as lgb
import numpy as np
from duckdb import DuckDBPyConnection

from recs_py.database import connect, drop, has_table, kind
from recs_py.errors import UsageError
from recs_py.loading.history import History, loaded
from recs_py.loading.ownership import claim, refuse_others
from recs_py.pipeline import dbt_build
from recs_py.pipeline.baselines import baselines
from recs_py.pipeline.fingerprint import fingerprint
from recs_py.training.additive_model import TrainingRows
from recs_py.training.list_quality import average_precision

Advance = Callable[[str, int, int], None]

# Tables that a training makes and that are gone after it.
TABLES = ("training_rows", "training_ranges", "training_buckets", "training_weeks", "training_baselines")

# Training rows: a customer's best candidates under the blend in use, and one in `ONE_IN` of the others. The sample must
# not depend on purchases: keeping all bought rows would teach the blend that candidates of low rank are bought.
BEST_CANDIDATES = 100
ONE_IN = 10


class HistoryTooShort(UsageError):
    """There are too few past weeks to learn from yet."""


@dataclass(frozen=True)
class Week:
    """All candidates of one past target week, with their ranks under the blend in use."""

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

    def is_sampled(self) -> np.ndarray:
        """Whether a candidate is a training row: the best ones are, and a fixed sample of the others."""
        numbers = np.arange(len(self.current_rank), dtype=np.int64)
        return (self.current_rank <= BEST_CANDIDATES) | ((numbers * 2654435761) % 4294967296 % ONE_IN == 0)

    def has_hit(self) -> bool:
        """Whether one of the training rows was bought: a week without teaches no order."""
        return bool((self.rows.is_bought & self.is_sampled()).any())

    def sample(self) -> TrainingRows:
        """Return the training rows."""
        keep = self.is_sampled()
        list_of = np.repeat(np.arange(len(self.rows.lists)), self.rows.lists)
        return TrainingRows(
            self.rows.buckets[keep],
            self.rows.is_bought[keep],
            np.bincount(list_of[keep], minlength=len(self.rows.lists)),
        )


def past_weeks(*, database: Path, week: str | None, training_weeks: int) -> tuple[dt.date, list[dt.date]]:
    """Return the target week of the training, and its training weeks, latest first.

    Raises
    ------
    HistoryTooShort
        If the history before `week` is too short.
    UsageError
        If it does not reach the week.
    """
    history = loaded(database)
    days, trained_for = history.days, history.target_week(week)
    possible = weeks_to_learn_from(history, before=trained_for, week_starts_on=history.week_starts_on)
    weeks = possible[::-1][: training_weeks + 2]
    if len(weeks) < 3:
        raise HistoryTooShort(
            f"Training needs 3 whole weeks after the first two, with purchases within `eligible_days` before each, and "
            f"before {trained_for} the transactions ({days[0]} to {days[-1]}) have {len(weeks)}: load more of them, or "
            "use the default weights until there are more."
        )
    return trained_for, weeks


def weeks_to_learn_from(history: History, *, before: dt.date, week_starts_on: str) -> list[dt.date]:
    """The first days of the whole weeks before a target week that have a history of their own, oldest first.

    Parameters
    ----------
    history
        Its purchases.
    before
        First day of the target week.
    week_starts_on
        Name of a weekday.
    """
    settings = dbt_build.project_variables()
    days = history.days
    earliest = days[0] + 2 * dt.timedelta(days=7)
    whole = history.whole_weeks(week_starts_on=week_starts_on)

    def has_eligible_articles(week: dt.date) -> bool:
        last_sale = days[bisect_left(days, week) - 1]
        # articles never sold may be eligible after any gap; `with_hits` looks
        return settings["recommend_unsold"] or (week - last_sale).days <= settings["eligible_days"]

    return [week for week in whole if earliest < week < before and has_eligible_articles(week)]


def build_training_rows(
    *, database: Path, weeks: list[dt.date], judge: bool, variables: dict | None = None, tell: Advance, steps: int
) -> None:
    """Make the tables of a training in the work database, by the models that also make the rows of a score.

    Weeks that a stopped training has made are not made again if nothing has changed since.

    Parameters
    ----------
    database
        The work database, loaded.
    weeks
        First days of past target weeks, on one weekday, latest first; each sees only what lies before it.
    judge
        Whether the first week is held out: the baselines are judged on it too.
    variables
        dbt variables besides those of every training.
    tell, steps
        Called as `tell(step, done, steps)` before each week.
    """
    training = {
        "customers": "buyers",
        "apply_rules": False,
        "training": True,
        "evaluated_systems": ["baselines"] if judge else [],
        **(variables or {}),
    }
    made_with = fingerprint(database=database, asked=training)
    with connect(database) as connection:
        done = _weeks_done(connection, weeks, made_with, judge=judge)
    is_first = True
    for number, day in enumerate(weeks):
        if day in done:
            tell(f"training rows of {day} are there already", number, steps)
            continue
        tell(f"training rows of {day}", number, steps)
        # models that do not depend on the week are built once
        judges = judge and number == 0
        wanted = ["+training_rows", *["+customer_accuracy"] * judges]
        dbt_build.build(
            database=database,
            variables={"as_of": str(day), **training},
            select=wanted if is_first else [f"target_week+,{models}" for models in wanted],
            command="run",
        )
        is_first = False
        with connect(database) as connection:
            if judges:
                k = dbt_build.judged_rank()
                # at k = 1 they are the same figure, which the evaluation has once
                metric = "map_kaggle" if k > 1 else "hit_rate"
                connection.execute(
                    f"""
                    create or replace table training.training_baselines as
                    select system, customer_key, {metric}_{k} as value
                    from evaluation.customer_accuracy
                    """
                )
            connection.execute("insert into training.training_weeks values (?, ?, ?)", [day, made_with, judges])
    dbt_build.build(
        database=database,
        variables={"as_of": str(weeks[-1]), **training},
        select=["training_ranges", "training_buckets"],
        command="run",
    )


def _weeks_done(connection: DuckDBPyConnection, weeks: list[dt.date], made_with: str, *, judge: bool) -> set[dt.date]:
    """The weeks whose rows an earlier training left, made from the same inputs; rows of other weeks are removed."""
    done = set()
    # rows that Spark has made are a view here, of which no week can be removed
    if has_table(connection, "training.training_weeks") and kind(connection, "training.training_rows") == "table":
        rows = connection.execute(
            "select target_week from training.training_weeks "
            "where fingerprint = ? and list_contains(?, target_week) and is_held_out = (? and target_week = ?)",
            [made_with, weeks, judge, weeks[0]],
        ).fetchall()
        done = {day for (day,) in rows}
    if not done:
        drop_training_rows(connection)
        connection.execute(
            "create table training.training_weeks (target_week date, fingerprint varchar, is_held_out boolean)"
        )
        return done
    for table in ("training_rows", "training_weeks"):
        connection.execute(f"delete from training.{table} where not list_contains(?, target_week)", [sorted(done)])
    return done


def drop_training_rows(connection: DuckDBPyConnection) -> None:
    """Remove the tables of a training.

    Raises
    ------
    UsageError
        If the database has a table of that name which recs has not made.
    """
    refuse_others(connection)
    claim(connection, {("training", table) for table in TABLES})
    connection.execute("create schema if not exists training")
    for table in TABLES:
        drop(connection, f"training.{table}")


def baseline_quality(connection: DuckDBPyConnection, held_out: dt.date) -> tuple[str, np.ndarray]:
    """The best baseline of the held-out week, and its AP@k of every customer in the order of `read_week`."""
    found = connection.execute(
        """
        with customers as (

            select distinct customer_key, customer_order
            from training.training_buckets
            where target_week = ?

        )

        select
            systems.system,
            list(coalesce(baselines.value, 0) order by customers.customer_order) as qualities
        from customers
        cross join (select unnest(?::varchar[]) as system) as systems
        left join training.training_baselines as baselines
            on customers.customer_key = baselines.customer_key and systems.system = baselines.system
        group by systems.system
        order by systems.system
        """,
        [held_out, list(baselines())],
    ).fetchall()
    qualities = {system: np.array(values) for system, values in found}
    best = max(qualities, key=lambda system: qualities[system].mean())
    return best, qualities[best]


def signals_learned(connection: DuckDBPyConnection) -> tuple[list[str], list[int]]:
    """The signals in the order of the buckets' columns, and for each 1 if more of it may never cost points, else 0."""
    rows = connection.execute("select signal, monotone from blend.signal_weights order by position").fetchall()
    return [row[0] for row in rows], [row[1] for row in rows]


def read_week(connection: DuckDBPyConnection, day: dt.date, signals: list[str]) -> Week:
    """The candidates of one past week that `build_training_rows` made."""
    buckets = ", ".join(f"{signal}_bucket as {signal}" for signal in signals)
    columns = connection.execute(
        f"""
        select customer_order, is_bought, articles_bought, current_score, current_rank, {buckets}
        from training.training_buckets
        where target_week = ?
        order by customer_order, article_order
        """,
        [day],
    ).fetchnumpy()
    customers = np.ma.getdata(columns["customer_order"])
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


def with_hits(weeks: list[Week]) -> list[dt.date]:
    """The weeks, the one held out first, without those in which nobody bought a training row.

    Raises
    ------
    HistoryTooShort
        If the week held out is such a week, or fewer than three are left.
    """
    held_out = weeks[0].target_week
    if not weeks[0].has_hit():
        raise HistoryTooShort(
            f"The week of {held_out} cannot judge a blend, since its buyers bought none of the candidates that "
            f"training looks at: `recs train --week {held_out}` learns from the weeks before it."
        )
    left = [week.target_week for week in weeks if week.has_hit()]
    if len(left) < 3:
        raise HistoryTooShort(
            "Training needs 3 weeks in which buyers bought one of the candidates that it looks at, and of those from "
            f"{weeks[-1].target_week} to {held_out} {len(left)} are such: raise --weeks, or use the default weights."
        )
    return left


def together(samples: list[TrainingRows]) -> TrainingRows:
    """The rows of several weeks as one."""
    return TrainingRows(
        np.concatenate([sample.buckets for sample in samples]),
        np.concatenate([sample.is_bought for sample in samples]),
        np.concatenate([sample.lists for sample in samples]),
    )


def best_number_of_trees(trees: lgb.Booster, *, choosers: list[Week], tried: tuple[int, ...], k: int) -> int:
    """Return the number of trees with the best MAP@k over the customers of all choosing weeks; of equals the fewest."""
    scores = [np.zeros(len(week.rows.buckets)) for week in choosers]
    qualities, counted = {}, 0
    for count in sorted(tried):
        for week, total in zip(choosers, scores, strict=True):
            # only the trees that were not counted yet
            total += trees.predict(
                week.rows.buckets, start_iteration=counted, num_iteration=count - counted, raw_score=True
            )
        lists = [week.quality(total, k) for week, total in zip(choosers, scores, strict=True)]
        qualities[count], counted = np.concatenate(lists).mean(), count
    return max(tried, key=lambda count: (qualities[count], -count))
