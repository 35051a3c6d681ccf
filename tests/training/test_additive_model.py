"""The learned blend: merged trees are exactly the trees, and what can be learned is learned."""

import numpy as np
import pytest

from recs_py.training.additive_model import GRAIN, Settings, TrainingRows, grow, interactions_by_gain, read_points
from recs_py.training.list_quality import average_precision, paired_difference

BUCKETS = 16


@pytest.fixture(scope="module")
def rows() -> TrainingRows:
    """Five signals; what is bought follows from the first, and from the second and third together."""
    generator = np.random.default_rng(2)
    buckets = generator.integers(0, BUCKETS + 1, size=(6000, 5)).astype(np.uint8)
    appeal = buckets[:, 0] / BUCKETS + 2.0 * ((buckets[:, 1] > 8) == (buckets[:, 2] > 8))
    is_bought = appeal + generator.normal(0, 0.4, len(buckets)) > 2.6
    return TrainingRows(buckets, is_bought, np.full(150, 40))


@pytest.fixture(scope="module")
def shape() -> dict:
    return {"settings": Settings(min_data_in_leaf=20, pairs=3), "monotone": [1, 0, 0, 0, 0], "largest_bucket": BUCKETS}


@pytest.fixture(scope="module")
def pairs(rows, shape) -> list[tuple[int, int]]:
    return interactions_by_gain(grow(rows, **shape, trees=60, pairs=None))[:3]


def test_the_pair_that_belongs_together_is_found(pairs):
    assert pairs[0] == (1, 2)


def test_points_equal_the_trees_on_every_row(rows, shape, pairs):
    trees = grow(rows, **shape, trees=80, pairs=pairs)
    additive_model = read_points(trees, rows=rows, largest_bucket=BUCKETS)
    np.testing.assert_allclose(
        additive_model.scores(rows.buckets) + additive_model.intercept,
        trees.predict(rows.buckets, raw_score=True),
        atol=1e-6,
        rtol=0,
    )
    # also on buckets that training never saw
    other = np.random.default_rng(9).integers(0, BUCKETS + 1, size=(2000, 5)).astype(np.uint8)
    np.testing.assert_allclose(
        additive_model.scores(other) + additive_model.intercept,
        trees.predict(other, raw_score=True),
        atol=1e-6,
        rtol=0,
    )


def test_points_are_multiples_of_the_grain_and_average_to_nothing(rows, shape, pairs):
    additive_model = read_points(grow(rows, **shape, trees=40, pairs=pairs), rows=rows, largest_bucket=BUCKETS)
    for points in (additive_model.shapes, additive_model.grids):
        assert (points / GRAIN == np.round(points / GRAIN)).all()
    for signal, points in enumerate(additive_model.shapes):
        assert points[rows.buckets[:, signal]].mean() == pytest.approx(0, abs=1e-6)


def test_a_monotone_signal_never_loses_points_by_its_own_shape(rows, shape):
    additive_model = read_points(grow(rows, **shape, trees=60, pairs=[]), rows=rows, largest_bucket=BUCKETS)
    assert (np.diff(additive_model.shapes[0]) >= -1e-9).all()
    assert additive_model.pairs == ()


def test_the_same_rows_give_the_same_points_for_any_number_of_threads(rows, shape, pairs, monkeypatch):
    found = []
    for threads in ("1", "2", "4"):
        monkeypatch.setenv("RECS_THREADS", threads)
        found.append(read_points(grow(rows, **shape, trees=30, pairs=pairs), rows=rows, largest_bucket=BUCKETS))
    for other in found[1:]:
        assert (other.shapes == found[0].shapes).all()
        assert (other.grids == found[0].grids).all()


def test_average_precision_by_hand():
    # two lists of three: hits at ranks 1 and 3 of two bought; one hit at rank 2, four bought; k = 3
    quality = average_precision(
        np.array([3.0, 2.0, 1.0, 1.0, 3.0, 2.0]),
        is_bought=np.array([True, False, True, False, False, True]),
        lists=np.array([3, 3]),
        articles_bought=np.array([2, 4]),
        k=3,
    )
    np.testing.assert_allclose(quality, [(1 + 2 / 3) / 2, (1 / 2) / 3])


def test_a_tie_goes_to_the_first_row():
    first, second = (
        average_precision(
            np.zeros(2), is_bought=np.array(bought), lists=np.array([2]), articles_bought=np.array([1]), k=1
        )[0]
        for bought in ([True, False], [False, True])
    )
    assert (first, second) == (1, 0)


def test_the_interval_of_a_difference_is_that_of_its_standard_error():
    generator = np.random.default_rng(4)
    ours, theirs = generator.random(400) + 0.1, generator.random(400)
    error = (ours - theirs).std() / np.sqrt(400)
    # quantiles of the normal distribution
    for level, quantile in ((0.95, 1.960), (0.5, 0.674)):
        mean, low, high = paired_difference(ours, theirs, level=level)
        assert mean == pytest.approx((ours - theirs).mean())
        assert (low, high) == pytest.approx((mean - quantile * error, mean + quantile * error), abs=0.1 * error)
        assert paired_difference(ours, theirs, level=level) == (mean, low, high)
