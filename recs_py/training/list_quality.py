"""MAP@k of lists that are still in memory, and whether one way of ranking is better than another."""

import numpy as np


def average_precision(
    scores: np.ndarray, *, is_bought: np.ndarray, lists: np.ndarray, articles_bought: np.ndarray, k: int
) -> np.ndarray:
    """AP@k of every list, Kaggle's divisor: sum of the precision at each hit / min(articles bought, k).

    Parameters
    ----------
    scores, is_bought
        Shape (rows,), the rows of one list side by side, in article id order (ties go to the first).
    lists
        Rows of each list.
    articles_bought
        Shape (lists,): what the customer bought in the week, also what is not among the rows.
    k
        Length of the list that counts.

    Returns
    -------
    numpy.ndarray
        Shape (lists,).
    """
    list_of = np.repeat(np.arange(len(lists)), lists)
    order = np.lexsort((-scores, list_of))
    starts = np.cumsum(lists) - lists
    position = np.arange(len(scores)) - np.repeat(starts, lists) + 1
    hits = is_bought[order] & (position <= k)
    hits_so_far = np.r_[0, np.cumsum(hits)]
    before = np.repeat(hits_so_far[starts], lists)
    precision = np.where(hits, (hits_so_far[1:] - before) / position, 0.0)
    return np.bincount(list_of, weights=precision, minlength=len(lists)) / np.minimum(articles_bought, k)


def paired_difference(
    ours: np.ndarray, theirs: np.ndarray, *, level: float, seed: int = 1, replicates: int = 2000
) -> tuple[float, float, float]:
    """Mean of the differences on the same customers, with its bootstrap percentile interval.

    Returns
    -------
    tuple
        Mean, lower and upper end.
    """
    differences = ours - theirs
    generator = np.random.default_rng(seed)
    size = len(differences)
    means = np.array([differences[generator.integers(0, size, size)].mean() for _ in range(replicates)])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(differences.mean()), float(low), float(high)
