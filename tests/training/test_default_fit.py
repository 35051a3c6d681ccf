"""Default weights that fit the shop: corrections of a past week, on made-up weeks and on a small fashion shop."""

import datetime as dt
from collections import defaultdict
from types import SimpleNamespace

import duckdb
import numpy as np
import pytest

from recs_py.errors import UsageError
from recs_py.loading.history import History
from recs_py.loading.load import load
from recs_py.pipeline import dbt_build
from recs_py.publishing.publish import publish
from recs_py.training import additive_model, default_fit
from recs_py.training.additive_model import GRAIN, TrainingRows
from recs_py.training.default_fit import FEWEST_BUYERS, Corrections, correct, corrected_signals, fit_defaults
from recs_py.training.weeks import Week

BUCKETS = 16
LISTS, ROWS = 400, 30


def made_up(*, chance_of_purchase) -> Week:
    """Candidates of 400 customers, 30 each; the default scores are the values of the first of three signals."""
    generator = np.random.default_rng(3)
    buckets = generator.integers(0, BUCKETS + 1, size=(LISTS * ROWS, 3)).astype(np.uint8)
    is_bought = generator.random(len(buckets)) < chance_of_purchase(buckets / BUCKETS)
    lists = np.full(LISTS, ROWS)
    return Week(
        target_week=dt.date(2020, 9, 16),
        rows=TrainingRows(buckets, is_bought, lists),
        articles_bought=np.maximum(1, is_bought.reshape(LISTS, ROWS).sum(axis=1)),
        current_scores=buckets[:, 0] / BUCKETS,
        current_rank=np.ones(len(buckets)),
    )


def corrected(week: Week) -> Corrections:
    return correct(week, monotone=[0, 1, 0], largest_bucket=BUCKETS, k=12)


@pytest.fixture(scope="module")
def misjudged() -> Week:
    """A week in which purchases depend on the second signal, which the default scores leave out."""
    return made_up(chance_of_purchase=lambda values: 0.02 + 0.2 * values[:, 1] ** 2)


@pytest.fixture(scope="module")
def found(misjudged) -> Corrections:
    return corrected(misjudged)


def test_a_signal_that_the_default_weights_misjudge_is_corrected(misjudged, found):
    assert found.trees > 0
    assert found.map_corrected > found.map_default + 0.02
    new_scores = misjudged.current_scores + found.points.scores(misjudged.rows.buckets)
    gained = misjudged.quality(new_scores, 12) - misjudged.quality(misjudged.current_scores, 12)
    assert gained.mean() > 0.02
    # purchases do not depend on the third signal
    assert np.ptp(found.points.shapes[1]) > 5 * np.ptp(found.points.shapes[2])


def test_more_of_a_monotone_signal_never_costs_points(found):
    assert (np.diff(found.points.shapes[1]) >= 0).all()


def test_an_absent_signal_is_not_corrected_and_corrections_are_multiples_of_the_grain(found):
    assert (found.points.shapes[:, 0] == 0).all()
    for points in (found.points.shapes, found.points.grids):
        assert (points / GRAIN == np.round(points / GRAIN)).all()


def test_half_of_the_customers_judges_what_the_other_half_taught(misjudged, found, monkeypatch):
    grown = []
    monkeypatch.setattr(
        default_fit,
        "grow",
        lambda rows, **options: grown.append(len(rows.lists)) or additive_model.grow(rows, **options),
    )
    corrected(misjudged)
    # the pairs and the number of trees by one half, then all customers
    assert grown == [LISTS // 2, LISTS // 2, LISTS]
    odd = np.arange(LISTS) % 2 == 1
    assert found.map_default == misjudged.quality(misjudged.current_scores, 12)[odd].mean()


@pytest.mark.parametrize(("raw", "trees", "average_precision"), [(1.5, 0, 0.5), (2.5, 25, 1.0)])
def test_what_trees_add_is_judged_in_points(monkeypatch, raw, trees, average_precision):
    """The article bought is a point behind the other: trees must add 2 to its score, and 1.5 is less than a point."""
    week = Week(
        target_week=dt.date(2020, 9, 16),
        rows=TrainingRows(np.array([[0], [1], [0], [1]], np.uint8), np.array([False, True] * 2), np.array([2, 2])),
        articles_bought=np.array([1, 1]),
        current_scores=np.array([1.0, 0.0, 1.0, 0.0]),
        current_rank=np.array([1, 2, 1, 2]),
    )
    grown = SimpleNamespace(predict=lambda buckets, num_iteration, raw_score: raw * buckets[:, 0])
    for name, replacement in {
        "FEWEST_WITH_A_HIT": 1,
        "grow": lambda rows, **_: grown,
        "interactions_by_gain": lambda trees: [],
        "read_points": lambda trees, **_: None,
        "_as_points": lambda fitted: None,
    }.items():
        monkeypatch.setattr(default_fit, name, replacement)
    found = correct(week, monotone=[0], largest_bucket=1, k=2)
    assert (found.trees, found.map_default, found.map_corrected) == (trees, 0.5, average_precision)


def test_where_no_number_of_trees_is_better_nothing_is_corrected():
    # purchases depend on the default scores alone
    week = made_up(chance_of_purchase=lambda values: (values[:, 0] > 0.9).astype(float))
    found = corrected(week)
    assert (found.trees, found.points, found.map_corrected) == (0, None, found.map_default)


def test_with_few_customers_who_bought_a_candidate_nothing_is_corrected():
    week = made_up(chance_of_purchase=lambda values: 0.005 * (values[:, 1] > 0.5))
    assert 0 < week.rows.has_hit().sum() < default_fit.FEWEST_WITH_A_HIT
    found = corrected(week)
    assert (found.trees, found.points) == (0, None)


def test_the_same_week_gives_the_same_corrections_for_any_number_of_threads(misjudged, found, monkeypatch):
    for threads in ("1", "4"):
        monkeypatch.setenv("RECS_THREADS", threads)
        again = corrected(misjudged).points
        assert (again.shapes == found.points.shapes).all()
        assert (again.grids == found.points.grids).all()


def test_signals_of_the_default_weights_are_corrected_and_sales_only_rise():
    signals = corrected_signals()
    assert {name for name, rises in signals.items() if rises} == {
        "popularity", "segment_popularity", "buyers_1_week", "similar_sales",
    }  # fmt: skip
    assert signals["repurchase"] == signals["repeat_rate_of_type"] == 0
    assert not {"new_buyers", "factors", "season"} & set(signals)


def test_no_week_from_before_a_gap_is_fitted(monkeypatch):
    """The shop closed for four weeks and was open for one: nothing is eligible at the beginning of that week."""
    closed, reopened = dt.date(2020, 9, 22), dt.date(2020, 10, 21)
    days = [closed - dt.timedelta(days=number) for number in reversed(range(35))]
    days += [reopened + dt.timedelta(days=number) for number in range(7)]
    history = History("Wednesday", days, [], known_until=days[-1], default_week=None)
    monkeypatch.setattr(default_fit, "loaded", lambda _: history)
    assert default_fit.fitted_week(None, dt.date(2020, 10, 28)) is None


def test_a_week_is_fitted_if_enough_customers_bought_however_often(monkeypatch, tmp_path):
    days = [dt.date(2020, 8, 19) + dt.timedelta(days=number) for number in range(35)]
    history = History("Wednesday", days, [], known_until=days[-1], default_week=None)
    monkeypatch.setattr(default_fit, "loaded", lambda _: history)
    monkeypatch.setattr(default_fit, "FEWEST_BUYERS", 2)
    # two customers in the week from 16 to 22 September, one of them on two days; the third buys on the days around it
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute(
            """
            create schema raw;
            create table raw.transactions as
            select * from (values
                ('anna', date '2020-09-16'), ('anna', date '2020-09-17'), ('bert', date '2020-09-22'),
                ('cleo', date '2020-09-15'), ('cleo', date '2020-09-23')
            ) as t (customer_id, transaction_date)
            """
        )
    next_week = dt.date(2020, 9, 23)
    assert default_fit.fitted_week(tmp_path / "warehouse.duckdb", next_week) == dt.date(2020, 9, 16)
    monkeypatch.setattr(default_fit, "FEWEST_BUYERS", 3)
    assert default_fit.fitted_week(tmp_path / "warehouse.duckdb", next_week) is None


@pytest.mark.slow
class TestInTheWarehouse:
    def test_the_week_before_is_fitted(self, groceries):
        assert groceries.rows("select target_week::varchar, fitted_week::varchar, trees > 0 from learned.fits") == [
            ("2017-11-06", "2017-10-30", True)
        ]

    def test_points_are_the_default_points_and_the_corrections_of_the_same_values(self, groceries):
        """Ranges of the fit and of the week differ: the correction is that of the middle of the bucket."""
        shapes = groceries.rows(
            """
            select signal, bucket, lower, upper, points - default_points
            from blend.signal_shapes
            where upper is not null
            """
        )
        fitted = defaultdict(list)
        for signal, bucket, lower, points in groceries.rows(
            "select signal, bucket, lower, points from learned.corrections where bucket > 0 order by signal, bucket"
        ):
            fitted[signal].append((0 if bucket == 1 else lower, points))
        assert any(difference for *_, difference in shapes)
        for signal, _, lower, upper, difference in shapes:
            middle = (lower * upper) ** 0.5
            below = [points for edge, points in fitted.get(signal, []) if edge is not None and edge <= middle]
            assert difference == (below[-1] if below else 0), (signal, lower, upper)

    def test_pairs_that_are_corrected_have_points(self, groceries):
        pairs = "select distinct signal, other_signal from {}"
        corrected = set(groceries.rows(pairs.format("learned.interaction_corrections")))
        assert corrected
        assert corrected <= set(groceries.rows(pairs.format("blend.interaction_shapes")))

    def test_a_week_is_fitted_once(self, groceries, monkeypatch):
        monkeypatch.setattr(default_fit, "build_training_rows", lambda **_: pytest.fail("fitted again"))
        fit_defaults(database=groceries.database, week=dt.date(2017, 11, 6), lists_follow=True)

    def test_what_a_stopped_fit_leaves_is_not_published(self, groceries, tmp_path, monkeypatch):
        shop = groceries.copy(tmp_path / "shop")

        def stop(*_, **__):
            raise KeyboardInterrupt

        monkeypatch.setattr(default_fit, "correct", stop)
        # the fit of the next week builds the week that was scored last
        with pytest.raises(KeyboardInterrupt):
            shop.score("2017-11-13")
        with pytest.raises(UsageError, match="not of one piece"):
            publish(database=shop.database, published=shop.published)

    def test_a_load_removes_corrections(self, groceries, tmp_path):
        shop = groceries.copy(tmp_path / "shop")
        load(name="complete-journey", directory=None, database=shop.database)
        assert not shop.rows(
            "select 1 from duckdb_tables() where schema_name = 'learned' and table_name = 'corrections'"
        )

    def test_without_the_setting_the_default_points_score(self, groceries, tmp_path):
        shop = groceries.copy(tmp_path / "shop")
        dbt_build.build(
            database=shop.database,
            variables={"target_week": "2017-11-06", "fit_weights": False},
            select=["+signal_shapes", "+interaction_shapes"],
            command="run",
        )
        assert not shop.rows("select 1 from blend.signal_shapes where points != default_points")
        assert shop.rows("select distinct other_signal from blend.interaction_shapes order by 1") == [
            ("new_buyers",), ("repeat_rate_of_type",),
        ]  # fmt: skip

    def test_a_small_shop_keeps_the_default_points(self, toy_shop):
        assert len(toy_shop.rows("select customer_key from staging.customers")) < FEWEST_BUYERS
        assert toy_shop.rows("select distinct fitted_week, trees from learned.fits") == [(None, 0)]
        assert not toy_shop.rows("select 1 from blend.signal_shapes where points != default_points")
