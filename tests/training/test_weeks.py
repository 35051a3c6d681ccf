"""The weeks that a training learns from, on cases by hand: which rows, which weeks, how many trees, which baseline."""

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import duckdb
import numpy as np
import pytest

from recs_py.errors import UsageError
from recs_py.loading.history import History
from recs_py.training import train as train_module
from recs_py.training import weeks as weeks_module
from recs_py.training.additive_model import TrainingRows
from recs_py.training.train import train
from recs_py.training.weeks import Week, baseline_quality, best_number_of_trees, past_weeks, with_hits


def week(*, is_bought: list[bool], lists: list[int], ranks: list[int] | None = None) -> Week:
    numbers = np.arange(len(is_bought), dtype=np.uint8)
    return Week(
        target_week=dt.date(2020, 9, 16),
        rows=TrainingRows(numbers[:, None], np.array(is_bought, dtype=bool), np.array(lists, dtype=int)),
        articles_bought=np.ones(len(lists)),
        current_scores=np.zeros(len(is_bought)),
        current_rank=np.array(ranks or numbers + 1),
    )


def test_the_best_hundred_candidates_are_learned_from_and_one_in_ten_of_the_others():
    # ranks to 101, and from 101 on; of rows 19 to 39, three have a number that times 2654435761 modulo 2^32 ends in 0
    ranks = [*range(82, 102), *range(101, 121)]
    sample = week(is_bought=[False] * 40, lists=[20, 20], ranks=ranks).sample()
    assert sample.buckets[:, 0].tolist() == [*range(19), 24, 26, 38]
    assert sample.lists.tolist() == [19, 3]


def test_of_equally_good_numbers_of_trees_the_fewest_are_taken():
    # the only hit has rank 2 with 20 trees, rank 1 with 40 and 60
    scores = np.array([[0.0, 0.0], [2.0, 1.0], [1.0, 2.0], [1.0, 3.0]])

    def predict(buckets, start_iteration, num_iteration, raw_score):
        # of other objectives only raw scores add up
        assert raw_score
        return scores[(start_iteration + num_iteration) // 20] - scores[start_iteration // 20]

    trees = SimpleNamespace(predict=predict)
    chooser = week(is_bought=[False, True], lists=[2])
    assert best_number_of_trees(trees, choosers=[chooser], tried=(20, 40, 60), k=2) == 40


def test_the_baseline_to_beat_is_the_best_one_and_who_has_no_hit_counts_as_0(monkeypatch):
    monkeypatch.setattr(weeks_module, "baselines", lambda: ["repurchase_count", "popularity_7_days"])
    held_out = dt.date(2020, 9, 16)
    with duckdb.connect() as connection:
        connection.execute(
            """
            create schema training;
            create table training.training_buckets as
            select * from (values
                (date '2020-09-16', 7, 2), (date '2020-09-16', 7, 2), (date '2020-09-16', 8, 1),
                (date '2020-09-09', 9, 3)
            ) as t (target_week, customer_key, customer_order);
            create table training.training_baselines as
            select * from (values
                ('repurchase_count', 7, 0.5), ('repurchase_count', 8, 0.25), ('popularity_7_days', 8, 0.7),
                ('popularity_7_days', 9, 1.0)
            ) as t (system, customer_key, value)
            """
        )
        name, qualities = baseline_quality(connection, held_out)
    # means 0.375 and 0.35: customer 9 did not buy in that week
    assert (name, qualities.tolist()) == ("repurchase_count", [0.25, 0.5])


def test_a_week_to_learn_from_has_two_weeks_of_history(monkeypatch):
    days = [dt.date(2020, 8, 19) + dt.timedelta(days=number) for number in range(35)]
    history = History("Wednesday", days, [], known_until=days[-1], default_week=dt.date(2020, 9, 23))
    monkeypatch.setattr(weeks_module, "loaded", lambda database: history)
    # the history begins on 19 August, so that two weeks of it lie before 2 September, and more before the 9th
    with pytest.raises(UsageError, match=r"Training needs 3 whole weeks after .* have 2"):
        past_weeks(database=None, week=None, training_weeks=4)
    days[:0] = [dt.date(2020, 8, 18)]
    assert past_weeks(database=None, week=None, training_weeks=4) == (
        dt.date(2020, 9, 23), [dt.date(2020, 9, 16), dt.date(2020, 9, 9), dt.date(2020, 9, 2)],
    )  # fmt: skip


def test_a_week_after_a_gap_in_which_no_article_is_eligible_is_not_learned_from(monkeypatch):
    # five weeks before a gap and three after it; the last day before it, 22 September, is 28 days before 20 October
    before, after = dt.date(2020, 8, 19), dt.date(2020, 10, 21)
    days = [day + dt.timedelta(days=number) for day, length in ((before, 35), (after, 21)) for number in range(length)]
    history = History("Wednesday", days, [], known_until=days[-1], default_week=dt.date(2020, 11, 11))
    monkeypatch.setattr(weeks_module, "loaded", lambda database: history)
    settings = {"eligible_days": 28, "recommend_unsold": False}
    monkeypatch.setattr(weeks_module.dbt_build, "project_variables", lambda: settings)
    weeks = ["2020-11-04", "2020-10-28", "2020-10-21", "2020-09-16", "2020-09-09"]
    for eligible_days, recommend_unsold, learned_from in (
        (28, False, [*weeks[:2], *weeks[3:4]]),
        (29, False, weeks[:3]),
        (28, True, weeks[:3]),
    ):
        settings |= {"eligible_days": eligible_days, "recommend_unsold": recommend_unsold}
        assert [str(day) for day in past_weeks(database=None, week=None, training_weeks=1)[1]] == learned_from


@pytest.mark.parametrize("empty", [{"is_bought": [], "lists": []}, {"is_bought": [False], "lists": [1]}])
def test_a_week_in_which_nobody_bought_a_candidate_is_left_out_after_all(empty):
    """Such as one before which everything was returned: the days of the purchases do not tell of it."""
    full, empty = week(is_bought=[True], lists=[1]), week(**empty)
    assert not empty.quality(np.zeros(len(empty.rows.is_bought)), 12).any()
    days = [dt.date(2020, 9, 16) - dt.timedelta(days=7 * number) for number in range(4)]

    def weeks(*without: dt.date) -> list[Week]:
        return [replace(empty if day in without else full, target_week=day) for day in days]

    assert with_hits(weeks(days[2])) == [days[0], days[1], days[3]]
    with pytest.raises(UsageError, match=r"Training needs 3 weeks .* from 2020-08-26 to 2020-09-16 2 are such"):
        with_hits(weeks(days[1], days[2]))
    with pytest.raises(UsageError, match=r"The week of 2020-09-16 cannot judge .* `recs train --week 2020-09-16`"):
        with_hits(weeks(days[0]))


def test_no_week_that_chooses_or_judges_is_learned_from_before(monkeypatch):
    """Of six weeks the first is held out, and the next two choose the number of trees."""
    six = [dt.date(2020, 9, 16) - dt.timedelta(days=7 * number) for number in range(6)]
    learned_from, chose, judged, corrected_by, judged_by = [], [], [], [], []
    memory = duckdb.connect()
    memory.execute("create schema blend; create table blend.signal_shapes as select 64 as bucket")

    def read_week(connection, day, signals):
        return SimpleNamespace(
            target_week=day,
            sample=lambda: [day],
            quality=lambda scores, k: judged.append(day) or judged_by.append(scores) or np.array([0.5, 0.25]),
            current_scores=np.array([0.5, 0.25]),
            rows=SimpleNamespace(buckets=np.array([[1, 2, 3], [4, 5, 6]])),
            has_hit=lambda: True,
        )

    def fit(rows, **_):
        learned_from.append(rows)
        return SimpleNamespace(scores=lambda buckets: buckets.sum(axis=1), pairs=[])

    # of the third signal and the first one, in this order
    points = SimpleNamespace(scores=lambda buckets: buckets @ [10, 1])

    replaced = {
        "past_weeks": lambda **_: (dt.date(2020, 9, 23), six),
        "build_training_rows": lambda **_: None,
        "connect": lambda *_, **__: memory.cursor(),
        "signals_learned": lambda connection: (["repurchase", "price", "popularity"], [0, 0, 0]),
        "corrected_signals": lambda: {"popularity": 1, "repurchase": 0},
        "read_week": read_week,
        "baseline_quality": lambda connection, held_out: ("popularity_7_days", np.array([0.25, 0.25])),
        "together": lambda samples: [day for sample in samples for day in sample],
        "grow": lambda rows, **_: learned_from.append(rows),
        "interactions_by_gain": lambda trees: [],
        "best_number_of_trees": lambda trees, *, choosers, tried, k: chose.append(len(choosers)) or 20,
        "_fit": fit,
        "is_wanted": lambda connection, week: week == six[0],
        "fitted_week": lambda database, week: six[1],
        "correct": lambda week, **_: corrected_by.append(week.target_week) or SimpleNamespace(points=points),
        "store": lambda **_: 1,
    }
    for name, replacement in replaced.items():
        monkeypatch.setattr(train_module, name, replacement)
    report = train(database=None, week=None, training_weeks=3, promote=False, compare=False)
    # as a score of the week held out would
    assert corrected_by == six[1:2]
    # 10 for each bucket of popularity and 1 for each of repurchase; the learned blend has points of all three
    assert [scores.tolist() for scores in judged_by] == [[0.5 + 31, 0.25 + 64], [6, 15]]
    assert learned_from == [
        # pairs, and trees to choose the number of: the weeks before those that choose
        six[3:], six[3:],
        # the blend that is judged has not seen the held-out week, the one that is stored has
        six[1:4], six[:3],
    ]  # fmt: skip
    assert (chose, judged) == ([2], [six[0]] * 2)
    assert (report.held_out_week, report.training_weeks) == (six[0], sorted(six[:3]))
