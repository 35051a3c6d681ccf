"""The steps of a user of this project, in their order.

Each step imports its modules when it runs, so that its figures include the import and not the memory of other steps.
"""

import statistics
import time
from pathlib import Path

import duckdb
from rich.filesize import decimal

from benchmarks.step import Outcome, Step
from benchmarks.workplace import Workplace
from recs_py.database import connect, open_published
from recs_py.settings import target

QUERIES = 50
LISTS = "from recs.recommendations where customer_id in ({customers}) order by customer_id, rank"


def load_csv(place: Workplace) -> Outcome:
    """`recs load hm --from`, into a new database."""
    from recs_py.loading.load import load

    for file in (place.database, place.published):
        file.unlink(missing_ok=True)
        Path(f"{file}.wal").unlink(missing_ok=True)
    report = load(name="hm", directory=place.world, database=place.database, dataset_name="synthetic")
    if target() == "spark":
        from recs_py.spark.work_database import send

        send(place.database)
    return Outcome(report.rows["transactions"], decimal(place.database.stat().st_size))


def score_by_weights(place: Workplace) -> Outcome:
    """`recs score` with the default weights: models, data tests, publish."""
    with connect(place.database) as connection:
        # a blend of an earlier run would be used otherwise
        connection.execute("drop schema if exists learned cascade")
    return _score(place)


def score_learned(place: Workplace) -> Outcome:
    """`recs score` with the learned blend and all signals."""
    return _score(place)


def learn(place: Workplace) -> Outcome:
    """`recs train --promote`: the blend is learned from past weeks; the rows are its points."""
    from recs_py.training.train import train

    report = train(database=place.database, week=None, training_weeks=5, promote=True, compare=False)
    with connect(place.database, read_only=True) as connection:
        points = connection.execute(
            "select (select count(*) from learned.shapes) + (select count(*) from learned.interaction_shapes)"
        ).fetchone()[0]
    return Outcome(points, f"MAP@12 {report.map_current:.4f} before, {report.map_learned:.4f} learned")


def publish_again(place: Workplace) -> Outcome:
    """`recs publish`, with which a score ends, by itself."""
    from recs_py.publishing.publish import publish

    rows = publish(database=place.database, published=place.published)
    return Outcome(rows["recommendations_explained"], decimal(place.published.stat().st_size))


def one_list(place: Workplace) -> Outcome:
    """One customer's list, connecting included; the median of many customers."""
    return _ask(place, LISTS, customers=1)


def thousand_lists(place: Workplace) -> Outcome:
    """The lists of 1,000 customers in one query, connecting included; the median of many draws."""
    return _ask(place, LISTS, customers=1_000)


def what_if(place: Workplace) -> Outcome:
    """`recs.recommend_with` without popularity for one customer, connecting included; the median of many customers."""
    return _ask(place, "from recs.recommend_with({customers}, {{popularity: 0}})", customers=1)


def evaluate(place: Workplace) -> Outcome:
    """`recs backtest --weeks 1`: the last week that is over, scored for its buyers and judged."""
    from recs_py.evaluation.backtest import backtest

    outcome = backtest(
        database=place.database,
        published=place.published,
        weeks=1,
        first=None,
        last=None,
        segment="all",
        without=(),
        again=True,
    )
    mean = outcome.summary.mean
    note = f"MAP@12 {mean.blend:.4f}, {outcome.summary.best_baseline} {mean.baseline:.4f}"
    return Outcome(mean.customers, note)


def next_week(place: Workplace) -> Outcome:
    """`recs load --add` of one more week, and `recs score` with the default weights; the week is kept from then on."""
    from recs_py.loading.add import add

    folder = place.make_next_week()
    started = time.perf_counter()
    added = add(name="hm", directory=folder, database=place.database, dataset_name="synthetic")
    loaded = time.perf_counter()
    scored = score_by_weights(place)
    seconds = time.perf_counter() - started
    note = f"{added.rows['transactions']:,} lines added in {loaded - started:.1f} s; {scored.note}"
    return Outcome(scored.rows, note, seconds)


def _score(place: Workplace) -> Outcome:
    from recs_py.scoring.score import score

    began = {}

    def hear(step: str, _number: int, _total: int) -> None:
        began[step] = time.perf_counter()

    _, rows = score(database=place.database, published=place.published, week=None, on_step=hear)
    publishing = time.perf_counter() - began["publish"]
    return Outcome(rows["recommendations_explained"], f"{_where_time_went(place)}, publish {publishing:.1f} s")


def _ask(place: Workplace, query: str, *, customers: int) -> Outcome:
    with open_published(place.published) as connection:
        drawn = connection.execute(
            """
            select customer_id from recs.recommendations
            where rank = 1
            order by hash(customer_id), customer_id
            limit ?
            """,
            [QUERIES * customers],
        ).fetchall()
    ids = [customer_id for (customer_id,) in drawn]
    customers = min(customers, len(ids))
    query = query.format(customers=", ".join(customers * ["?"]))
    seconds, rows = [], 0
    for first in range(0, len(ids) - customers + 1, customers):
        started = time.perf_counter()
        with duckdb.connect(str(place.published), read_only=True) as connection:
            rows = len(connection.execute(query, ids[first : first + customers]).fetchall())
            # nobody waits for the connection to be closed
            seconds.append(time.perf_counter() - started)
    return Outcome(rows, f"median of {len(seconds)}, slowest {max(seconds):.3f} s", statistics.median(seconds))


def _where_time_went(place: Workplace) -> str:
    with open_published(place.published) as connection:
        seconds, per_model = connection.execute(
            "select seconds, seconds_per_step from recs.runs order by finished_at desc, run_id desc limit 1"
        ).fetchone()
    models = sum(per_model.values())
    slowest = sorted(per_model, key=lambda model: (-per_model[model], model))[:3]
    told = ", ".join(f"{model} {per_model[model]:.1f}" for model in slowest)
    return f"models {models:.1f} s ({told}), data tests {seconds - models:.1f} s"


RECOMMENDERS = ("implicit", "pandas", "lenskit", "rectools", "lightgbm")
STEPS = (
    Step("load", load_csv, peers=("duckdb",)),
    Step("score", score_by_weights, peers=RECOMMENDERS),
    Step("train", learn),
    Step("score_learned", score_learned, peers=RECOMMENDERS),
    Step("publish", publish_again),
    Step("one_list", one_list),
    Step("thousand_lists", thousand_lists),
    Step("what_if", what_if),
    Step("evaluate", evaluate),
    Step("next_week", next_week, peers=("implicit", "pandas")),
)
