"""From neighbours to candidates: what goes with what a customer bought."""

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from duckdb import DuckDBPyRelation
from sparse_dot_topn import sp_matmul_topn

from recs_py.kernels.matrices import columns, csr, entries, key_positions
from recs_py.settings import threads

# a dictionary: the name of a signal is kept once, not with every row
SIGNAL = pa.dictionary(pa.int8(), pa.string())
COLUMNS = pa.schema({"signal": SIGNAL, "customer_key": pa.int32(), "article_key": pa.int32(), "value": pa.float32()})


def neighbour_candidates(
    *,
    signals: list[dict],
    neighbours: DuckDBPyRelation,
    customer_articles: DuckDBPyRelation,
    customers: DuckDBPyRelation,
    articles: DuckDBPyRelation,
    eligible_articles: DuckDBPyRelation,
) -> pa.Table:
    """The best articles of every customer by each item-item similarity.

    score(customer, b) = sum over articles a of the customer's history of profile(customer, a) * similarity(a, b),
    with profile = 1 / days since the last purchase: recent purchases predict the next one best.

    Parameters
    ----------
    signals
        Of each item-item signal, its `name` and, as `top_k`, how many articles to keep per customer.
    neighbours
        `signal, article_key, similar_article_key, similarity`; a signal without rows has no candidates.
    customer_articles
        `customer_key, article_key, days_since_last`, before the target week.
    customers
        `customer_key, customer_order` of whom to score.
    articles
        `article_key, article_order` of every article.
    eligible_articles
        `article_key` of what may be recommended.

    Returns
    -------
    pyarrow.Table
        `signal` (its name), `customer_key, article_key, value` (float32), at most `top_k` rows per signal and
        customer.
    """
    key_of, position_of = key_positions(articles, "article")
    # made once for all signals: at full size it takes nearly as long as a product
    first_customer, histories = _histories(customer_articles, customers, position_of, articles=len(key_of))
    (eligible_keys,) = columns(eligible_articles, "article_key")
    eligible = np.sort(position_of[eligible_keys])

    # a shop may have no item-item signal
    parts = [COLUMNS.empty_table()]
    for signal in signals:
        article, similar, similarity = columns(
            neighbours.filter(f"signal = '{signal['name']}'"), "article_key, similar_article_key, similarity"
        )
        similarities = csr(similarity, position_of[article], position_of[similar], shape=(len(key_of),) * 2)
        # only the columns of eligible articles: what is summed of a customer then fits into the processor's cache
        similarities = similarities[:, eligible]
        best = sp_matmul_topn(histories, similarities, top_n=signal["top_k"], sort=True, n_threads=threads())
        rows, cols, values = entries(best)
        names = pa.DictionaryArray.from_arrays(np.zeros(len(rows), dtype=np.int8), [signal["name"]])
        parts.append(pa.table([names, first_customer + rows, key_of[eligible[cols]], values], schema=COLUMNS))
    return pa.concat_tables(parts)


def _histories(
    customer_articles: DuckDBPyRelation, customers: DuckDBPyRelation, position_of: np.ndarray, *, articles: int
) -> tuple[np.int32, sp.csr_matrix]:
    """The lowest key; and customers (key less the lowest) and positions of articles, with the profile of each pair."""
    customer_keys, article_keys, profile = columns(
        customer_articles.join(customers.set_alias("scored"), "customer_key", how="semi"),
        "customer_key, article_key, cast(1 / days_since_last as real) as profile",
    )
    first_customer = np.int32(customer_keys.min() if len(customer_keys) else 0)
    rows = customer_keys - first_customer
    shape = (int(rows.max(initial=0)) + 1, articles)
    return first_customer, csr(profile, rows, position_of[article_keys], shape=shape)
