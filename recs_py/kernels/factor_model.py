"""Factor model: articles as vectors, near to each other where the same kind of customers buys them.

PureSVD (Cremonesi, Koren, Turrin 2010, "Performance of recommender algorithms on top-N recommendation tasks"): the
truncated singular value decomposition X = U S V' of the binary customers-by-articles matrix. An article's embedding is
its row of V; two that point the same way are bought by the same kind of customers, whether or not by the same ones.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from duckdb import DuckDBPyRelation
from threadpoolctl import threadpool_limits

from recs_py.kernels.matrices import columns, csr, embedding_table, embeddings, key_positions, neighbour_table
from recs_py.settings import threads

# Rows that are done at a time, by one thread; fixed, so that sums do not depend on the machine.
ARTICLES_PER_BLOCK = 256
CUSTOMERS_PER_BLOCK = 65_536

# Directions that are followed besides those that are wanted: the last of them settle late.
SPARE_DIRECTIONS = 10

# A smaller cosine is what rounding leaves of none.
LEAST_COSINE = 1e-5


def factor_embeddings(
    *,
    customer_articles: DuckDBPyRelation,
    customers: DuckDBPyRelation,
    articles: DuckDBPyRelation,
    factors: int,
    rounds: int = 4,
) -> pa.Table:
    """The embedding of every article that was ever bought.

    Parameters
    ----------
    customer_articles
        `customer_key, article_key`, one row per pair, before the target week.
    customers
        `customer_key, customer_order` of every customer.
    articles
        `article_key, article_order` of every article.
    factors
        Length of an embedding; shorter where there are not so many customers or articles.
    rounds
        Iterations of the decomposition; more are more exact.

    Returns
    -------
    pyarrow.Table
        `article_key, embedding` (float32 array of `factors` numbers, padded with zeros).
    """
    key_of, position_of = key_positions(articles, "article")
    _, position_of_customer = key_positions(customers, "customer")
    customer_keys, article_keys = columns(customer_articles, "customer_key, article_key")
    # whoever comes later, and buys nothing before the target week, must not move the blocks of rows
    buyers, rows = _without_gaps(position_of_customer[customer_keys])
    bought, article_columns = _without_gaps(position_of[article_keys])
    customers_by_articles = csr(
        np.ones(len(rows), dtype=np.float32),
        rows,
        article_columns,
        shape=(len(buyers), len(bought)),
    )
    rank = min(factors, min(customers_by_articles.shape) - 1)
    vectors = np.zeros((len(bought), factors), dtype=np.float32)
    if rank > 0:
        vectors[:, :rank] = _right_singular_vectors(customers_by_articles, rank, rounds)
    return embedding_table("article", key_of[bought], vectors)


def _without_gaps(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The positions that occur, in order, and the number of each one among them."""
    occurs = np.bincount(positions) > 0
    return np.flatnonzero(occurs), (np.cumsum(occurs, dtype=np.int32) - 1)[positions]


def _right_singular_vectors(matrix: sp.csr_matrix, rank: int, rounds: int) -> np.ndarray:
    """The `rank` strongest right singular vectors of X, as columns.

    Subspace iteration on X'X from a random start (Halko, Martinsson, Tropp 2011, "Finding structure with randomness"),
    then the eigenvectors within the subspace. Threads share blocks of rows, whose products are added up in their order.
    """
    blocks = [matrix[start : start + CUSTOMERS_PER_BLOCK] for start in range(0, matrix.shape[0], CUSTOMERS_PER_BLOCK)]
    width = min(rank + SPARE_DIRECTIONS, *matrix.shape)
    subspace = np.random.default_rng(0).standard_normal((matrix.shape[1], width), dtype=np.float32)
    with threadpool_limits(1), ThreadPoolExecutor(threads()) as pool:

        def times_gram(vectors: np.ndarray) -> np.ndarray:
            return sum(pool.map(lambda block: block.T @ (block @ vectors), blocks))

        for _ in range(rounds):
            subspace, _ = np.linalg.qr(times_gram(subspace))
        _, rotation = np.linalg.eigh(subspace.T @ times_gram(subspace))
    return (subspace @ rotation[:, ::-1])[:, :rank]


def factor_neighbours(
    *,
    factor_embeddings: DuckDBPyRelation,
    articles: DuckDBPyRelation,
    eligible_articles: DuckDBPyRelation,
    neighbours: int,
) -> pa.Table:
    """The nearest articles that are eligible, of every article, by the cosine of their embeddings.

    Returns
    -------
    pyarrow.Table
        `article_key, similar_article_key, similarity, similarity_rank`.
    """
    key_of, position_of = key_positions(articles, "article")
    keys, vectors = embeddings(factor_embeddings, "article")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    positions = position_of[keys]
    eligible = np.isin(keys, columns(eligible_articles, "article_key")[0])
    # one more than asked for: the article is among its own nearest neighbours, and is dropped later
    rows, cols, values = _best(vectors, vectors[eligible], positions[eligible], neighbours + 1)
    similarities = csr(values, positions[rows], positions[eligible][cols], shape=(len(key_of),) * 2)
    return neighbour_table(similarities, key_of, neighbours)


def _best(left: np.ndarray, right: np.ndarray, order: np.ndarray, count: int):
    """The `count` largest cosines of each row of `left` with those of `right`, all of length 1: rows, columns, values.

    Ties go to the smaller `order`. Threads share the blocks, and BLAS keeps to one thread within each, so that the
    numbers are the same for any number of threads.
    """
    count = min(count, len(right))
    if count == 0 or len(left) == 0:
        return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32)
    # some more groups of columns than there are to be found: the largest of each are soon compared
    columns_per_group = max(1, len(right) // (8 * count))
    groups = len(right) // columns_per_group

    def best_of_block(start: int):
        products = left[start : start + ARTICLES_PER_BLOCK] @ right.T
        largest = products[:, : groups * columns_per_group].reshape(-1, columns_per_group, groups).max(axis=1)
        # as many groups as are asked for hold something as large as this, so the last of the best is no smaller
        least = np.partition(largest, groups - count, axis=1)[:, groups - count]
        rows, cols = np.nonzero(products >= np.maximum(least, LEAST_COSINE)[:, None])
        values = products[rows, cols]
        ranked = np.lexsort((order[cols], -values, rows))
        rows, cols, values = rows[ranked], cols[ranked], values[ranked]
        starts = np.searchsorted(rows, np.arange(len(products)))
        kept = np.arange(len(rows)) - starts[rows] < count
        return (rows[kept] + start).astype(np.int32), cols[kept].astype(np.int32), values[kept]

    with threadpool_limits(1), ThreadPoolExecutor(threads()) as pool:
        blocks = list(pool.map(best_of_block, range(0, len(left), ARTICLES_PER_BLOCK)))
    return tuple(np.concatenate(parts) for parts in zip(*blocks, strict=True))
