"""Factor model: customers and articles as vectors whose product says who may buy what.

PureSVD (Cremonesi, Koren, Turrin 2010, "Performance of recommender algorithms on top-N recommendation tasks"): the
truncated singular value decomposition X = U S V' of the binary customers-by-articles matrix. An article's embedding is
its row of V, a customer's is the sum of the embeddings of what was bought (X V = U S), and their product is the score.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyRelation
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from recs_py.matrices import columns, csr, embedding_table, embeddings, entries, key_positions, neighbour_table
from recs_py.settings import threads

# Rows whose scores are held in memory at a time; fixed, so that the sums do not depend on the machine.
BLOCK = 256


def article_embeddings(
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
        Power iterations of the randomised decomposition (Halko et al. 2011); more are more exact.

    Returns
    -------
    pyarrow.Table
        `article_key, embedding` (float32 array of `factors` numbers, padded with zeros).
    """
    key_of, position_of = key_positions(articles, "article")
    customer_of, position_of_customer = key_positions(customers, "customer")
    customer_keys, article_keys = columns(customer_articles, "customer_key, article_key")
    bought, cols = np.unique(position_of[article_keys], return_inverse=True)
    customers_by_articles = csr(
        np.ones(len(cols)), position_of_customer[customer_keys], cols, shape=(len(customer_of), len(bought))
    )
    rank = min(factors, min(customers_by_articles.shape) - 1)
    vectors = np.zeros((len(bought), factors), dtype=np.float32)
    if rank > 0:
        # one thread: more would add the same numbers in another order
        with threadpool_limits(1):
            _, _, right = randomized_svd(customers_by_articles, rank, n_iter=rounds, random_state=0)
        vectors[:, :rank] = right.T
    return embedding_table("article", key_of[bought], vectors)


def customer_embeddings(*, customer_articles: DuckDBPyRelation, article_embeddings: DuckDBPyRelation) -> pa.Table:
    """The embedding of every customer who bought something: the sum over the articles bought.

    Returns
    -------
    pyarrow.Table
        `customer_key, embedding` (float32 array), in the order of the keys.
    """
    keys, vectors = embeddings(article_embeddings, "article")
    position_of = np.zeros(int(keys.max(initial=0)) + 1, dtype=np.int32)
    position_of[keys] = np.arange(len(keys), dtype=np.int32)
    customer_keys, article_keys = columns(customer_articles, "customer_key, article_key")
    customers, rows = np.unique(customer_keys, return_inverse=True)
    customers_by_articles = csr(np.ones(len(rows)), rows, position_of[article_keys], shape=(len(customers), len(keys)))
    return embedding_table("customer", customers, customers_by_articles @ vectors)


def factor_neighbours(
    *,
    article_embeddings: DuckDBPyRelation,
    articles: DuckDBPyRelation,
    alive_articles: DuckDBPyRelation,
    neighbours: int,
) -> pa.Table:
    """The nearest articles that are alive, of every article, by the cosine of their embeddings.

    Returns
    -------
    pyarrow.Table
        `article_key, similar_article_key, similarity, similarity_rank`.
    """
    key_of, position_of = key_positions(articles, "article")
    keys, vectors = embeddings(article_embeddings, "article")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    positions = position_of[keys]
    alive = np.isin(keys, columns(alive_articles, "article_key")[0])
    # one more than asked for: the article itself is its own nearest neighbour and is dropped later
    rows, cols, values = _best(vectors, vectors[alive], positions[alive], neighbours + 1)
    similarities = csr(values, positions[rows], positions[alive][cols], shape=(len(key_of),) * 2)
    return neighbour_table(similarities, key_of, most=neighbours)


def factor_candidates(
    *,
    signal: str,
    customer_embeddings: DuckDBPyRelation,
    article_embeddings: DuckDBPyRelation,
    customer_articles: DuckDBPyRelation,
    customers: DuckDBPyRelation,
    articles: DuckDBPyRelation,
    alive_articles: DuckDBPyRelation,
    per_customer: int,
) -> pa.Table:
    """The best articles of every customer by the factor model, besides what the customer has bought already.

    Parameters
    ----------
    signal
        Name of the score's column.
    customer_embeddings, article_embeddings
        `<entity>_key, embedding`.
    customer_articles
        `customer_key, article_key`: what was bought, which other signals propose.
    customers
        `customer_key` of whom to score.
    articles
        `article_key, article_order` of every article.
    alive_articles
        `article_key` of what may be recommended.
    per_customer
        How many to keep per customer.

    Returns
    -------
    pyarrow.Table
        `customer_key, article_key, <signal>` (float32, above 0), at most `per_customer` rows per customer.
    """
    _, position_of = key_positions(articles, "article")
    (wanted,) = columns(customers, "customer_key")
    customer_keys, profiles = embeddings(customer_embeddings, "customer")
    scored = np.isin(customer_keys, wanted)
    customer_keys, profiles = customer_keys[scored], profiles[scored]
    article_keys, vectors = embeddings(article_embeddings, "article")
    alive = np.isin(article_keys, columns(alive_articles, "article_key")[0])
    article_keys, vectors = article_keys[alive], vectors[alive]

    column_of = np.full(len(position_of), -1, dtype=np.int32)
    column_of[article_keys] = np.arange(len(article_keys), dtype=np.int32)
    buyers, bought = columns(customer_articles, "customer_key, article_key")
    known = (column_of[bought] >= 0) & np.isin(buyers, customer_keys)
    owned = csr(
        np.ones(known.sum()),
        np.searchsorted(customer_keys, buyers[known]),
        column_of[bought[known]],
        shape=(len(customer_keys), len(article_keys)),
    )
    rows, cols, values = _best(profiles, vectors, position_of[article_keys], per_customer, leave_out=owned)
    return pa.table({"customer_key": customer_keys[rows], "article_key": article_keys[cols], signal: values})


def _best(left: np.ndarray, right: np.ndarray, order: np.ndarray, count: int, leave_out=None):
    """Rows, columns and values of the `count` largest products above 0 of each row of `left` with the rows of `right`.

    Ties go to the smaller `order`. Threads share the blocks, and BLAS keeps to one thread within each, so that the
    numbers are the same for any number of threads.
    """
    count = min(count, len(right))

    def best_of_block(start: int):
        products = left[start : start + BLOCK] @ right.T
        if leave_out is not None:
            rows, cols, _ = entries(leave_out[start : start + BLOCK])
            products[rows, cols] = 0
        least = np.partition(products, len(right) - count, axis=1)[:, len(right) - count]
        rows, cols = np.nonzero((products >= least[:, None]) & (products > 0))
        values = products[rows, cols]
        ranked = np.lexsort((order[cols], -values, rows))
        rows, cols, values = rows[ranked], cols[ranked], values[ranked]
        starts = np.searchsorted(rows, np.arange(len(products)))
        kept = np.arange(len(rows)) - starts[rows] < count
        return (rows[kept] + start).astype(np.int32), cols[kept].astype(np.int32), values[kept]

    if count == 0 or len(left) == 0:
        return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32)
    with threadpool_limits(1), ThreadPoolExecutor(threads()) as pool:
        blocks = list(pool.map(best_of_block, range(0, len(left), BLOCK)))
    return tuple(np.concatenate(parts) for parts in zip(*blocks, strict=True))
