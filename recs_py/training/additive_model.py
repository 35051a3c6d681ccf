"""The learned blend: points per bucket of a signal, and per pair of buckets of a few pairs of signals.

An additive model with pair interactions (GA2M; Lou, Caruana, Gehrke and Hooker 2013). Boosted trees do the fitting:
where every path from a tree's root to a leaf asks about at most two signals, each leaf is a rectangle over one pair,
so that the sum of all trees is exactly a table of points per pair, and per signal.
"""

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from recs_py.settings import threads

# Points are multiples of this, as in the SQL of the blend: sums of them are the same in any order.
GRAIN = 2.0**-32


@dataclass(frozen=True)
class Settings:
    """Parameters of the trees.

    Attributes
    ----------
    trees_tried
        Numbers of trees to try; the week kept for this choice decides.
    num_leaves, learning_rate, min_data_in_leaf, lambda_l2, feature_fraction
        LightGBM's num_leaves, learning_rate, min_data_in_leaf, lambda_l2 and feature_fraction.
    pairs
        Maximum number of pairs of signals with points.
    rate_of_pairs
        The learning rate of the trees that choose the pairs: high, so that the effects of single signals are learned
        early, and most of the later gain comes from interactions.
    truncation_level
        Positions of a list that count in training (LightGBM's lambdarank_truncation_level).
    seed
        For the signals and rows that each tree sees.
    """

    trees_tried: tuple[int, ...] = (20, 40, 60, 100, 150, 200, 300)
    num_leaves: int = 16
    learning_rate: float = 0.08
    min_data_in_leaf: int = 100
    lambda_l2: float = 5.0
    feature_fraction: float = 0.6
    pairs: int = 60
    rate_of_pairs: float = 0.3
    truncation_level: int = 40
    seed: int = 1


@dataclass(frozen=True)
class TrainingRows:
    """Candidates of past weeks, those of one customer and week side by side.

    Attributes
    ----------
    buckets
        uint8, shape (rows, signals): 0 where a signal is absent.
    is_bought
        bool, shape (rows,).
    lists
        int, shape (lists,): number of rows of each customer and week, in order.
    base_scores
        float, shape (rows,): scores to which the trees add; None: 0.
    """

    buckets: np.ndarray
    is_bought: np.ndarray
    lists: np.ndarray
    base_scores: np.ndarray | None = None

    def has_hit(self) -> np.ndarray:
        """Whether something was bought in each list."""
        starts = np.r_[0, np.cumsum(self.lists)[:-1]]
        return np.logical_or.reduceat(self.is_bought, starts) if len(starts) else np.zeros(0, dtype=bool)

    def of_lists(self, keep: np.ndarray) -> "TrainingRows":
        """Only some lists; `keep` has shape (lists,)."""
        rows = np.repeat(keep, self.lists)
        base_scores = None if self.base_scores is None else self.base_scores[rows]
        return TrainingRows(self.buckets[rows], self.is_bought[rows], self.lists[keep], base_scores)

    def with_hits(self) -> "TrainingRows":
        """Only the lists in which something was bought: the others cannot teach an order."""
        return self.of_lists(self.has_hit())


@dataclass(frozen=True)
class AdditiveModel:
    """A fitted blend.

    Attributes
    ----------
    shapes
        Points, shape (signals, buckets + 1).
    pairs
        Positions of the two signals of each pair.
    grids
        Points of each pair, shape (pairs, buckets + 1, buckets + 1).
    intercept
        Intercept of the fitted trees: the same for every row, so no rank depends on it.
    """

    shapes: np.ndarray
    pairs: tuple[tuple[int, int], ...]
    grids: np.ndarray
    intercept: float

    def scores(self, buckets: np.ndarray) -> np.ndarray:
        """Sum of the points of every row; `buckets` as in `TrainingRows`."""
        total = np.zeros(len(buckets))
        for signal, points in enumerate(self.shapes):
            total += points[buckets[:, signal]]
        for (one, other), grid in zip(self.pairs, self.grids, strict=True):
            total += grid[buckets[:, one], buckets[:, other]]
        return total


def grow(
    rows: TrainingRows,
    *,
    settings: Settings,
    monotone: list[int],
    trees: int,
    pairs: list[tuple[int, int]] | None,
    largest_bucket: int,
) -> lgb.Booster:
    """Grow the trees of the learned blend, or with `pairs` None the trees that choose its pairs.

    Parameters
    ----------
    rows
        Rows to learn from.
    settings
        Parameters of the trees.
    monotone
        1 for each signal of which more may never cost points, else 0.
    trees
        Number of trees.
    pairs
        The pairs that may meet in a branch; None lets any two signals meet (trees of three leaves then), which tells
        the pairs that are worth it.
    largest_bucket
        Buckets besides 0.
    """
    signals = rows.buckets.shape[1]
    parameters = {
        "lambdarank_truncation_level": settings.truncation_level,
        "num_leaves": settings.num_leaves if pairs is not None else 3,
        "learning_rate": settings.learning_rate if pairs is not None else settings.rate_of_pairs,
        "max_bin": largest_bucket + 1,
        "min_data_in_bin": 1,
        "monotone_constraints": monotone,
    }
    if pairs is not None:
        alone = sorted(set(range(signals)) - {signal for pair in pairs for signal in pair})
        parameters["interaction_constraints"] = [list(pair) for pair in pairs] + [[signal] for signal in alone]
    return boost(rows, settings=settings, parameters=parameters, trees=trees)


def boost(rows: TrainingRows, *, settings: Settings, parameters: dict, trees: int) -> lgb.Booster:
    """Grow trees with LambdaRank (Burges 2010) as the loss; the same trees for any number of threads.

    Parameters
    ----------
    rows
        Rows to learn from.
    settings
        Shared by the learned blend and its reference model.
    parameters
        LightGBM's, of one of them.
    trees
        Number of trees.
    """
    parameters = {
        "objective": "lambdarank",
        "min_data_in_leaf": settings.min_data_in_leaf,
        "lambda_l2": settings.lambda_l2,
        "feature_fraction": settings.feature_fraction,
        "seed": settings.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads(),
        "verbosity": -1,
        **parameters,
    }
    learned_from = rows.with_hits()
    data = lgb.Dataset(
        learned_from.buckets,
        label=learned_from.is_bought,
        group=learned_from.lists,
        init_score=learned_from.base_scores,
        params=parameters,
    )
    return lgb.train(parameters, data, num_boost_round=trees)


def interactions_by_gain(trees: lgb.Booster) -> list[tuple[int, int]]:
    """Pairs of signals that met in trees of three leaves, the largest gain of the second split first."""
    gains: dict[tuple[int, int], float] = {}
    for tree in trees.dump_model()["tree_info"]:
        root = tree["tree_structure"]
        for side in ("left_child", "right_child"):
            second = root.get(side, {})
            if "split_feature" in second and second["split_feature"] != root["split_feature"]:
                pair = tuple(sorted((root["split_feature"], second["split_feature"])))
                gains[pair] = gains.get(pair, 0.0) + second["split_gain"]
    return sorted(gains, key=lambda pair: (-gains[pair], pair))


def read_points(trees: lgb.Booster, *, rows: TrainingRows, largest_bucket: int) -> AdditiveModel:
    """Merge trees into points, exactly.

    A pair's grid keeps only the interaction of the two signals: its averages over either go to that signal's own
    points, and the averages of those to the intercept: a contribution is measured against the average candidate.

    Parameters
    ----------
    trees
        From `grow` with pairs.
    rows
        Training rows, from which the frequency of each bucket is counted.
    largest_bucket
        Buckets besides 0.
    """
    signals, width = rows.buckets.shape[1], largest_bucket + 1
    shapes = np.zeros((signals, width))
    grids: dict[tuple[int, int], np.ndarray] = {}
    intercept = 0.0
    for tree in trees.dump_model()["tree_info"]:
        for limits, points in _leaves(tree["tree_structure"], {}):
            box = [(signal, *limits[signal]) for signal in sorted(limits)]
            if not box:
                intercept += points
            elif len(box) == 1:
                ((signal, low, high),) = box
                shapes[signal, max(low, 0) : high + 1] += points
            else:
                (one, low, high), (other, other_low, other_high) = box
                grid = grids.setdefault((one, other), np.zeros((width, width)))
                grid[max(low, 0) : high + 1, max(other_low, 0) : other_high + 1] += points
    frequency = np.stack([np.bincount(rows.buckets[:, signal], minlength=width) for signal in range(signals)])
    frequency = frequency / max(1, len(rows.buckets))
    pairs = tuple(sorted(grids))
    for one, other in pairs:
        grid = grids[one, other]
        by_one, by_other = grid @ frequency[other], frequency[one] @ grid
        average = by_one @ frequency[one]
        grid -= by_one[:, None] + by_other[None, :] - average
        shapes[one] += by_one - average
        shapes[other] += by_other - average
        intercept += average
    averages = (shapes * frequency).sum(axis=1, keepdims=True)
    shapes -= averages
    return AdditiveModel(
        shapes=np.round(shapes / GRAIN) * GRAIN,
        pairs=pairs,
        grids=np.round(np.array([grids[pair] for pair in pairs]).reshape(-1, width, width) / GRAIN) * GRAIN,
        intercept=float(intercept + averages.sum()),
    )


def _leaves(node: dict, limits: dict[int, tuple[int, int]]):
    if "leaf_value" in node:
        yield limits, node["leaf_value"]
        return
    signal, threshold = node["split_feature"], int(np.floor(node["threshold"]))
    low, high = limits.get(signal, (0, 255))
    yield from _leaves(node["left_child"], limits | {signal: (low, min(high, threshold))})
    yield from _leaves(node["right_child"], limits | {signal: (max(low, threshold + 1), high)})
