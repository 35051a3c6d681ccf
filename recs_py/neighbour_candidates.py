"""From neighbours to candidates: what goes with what a customer bought."""

import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyRelation
from sparse_dot_topn import sp_matmul_topn

from recs_py.matrices import columns, csr, entries, key_positions
from recs_py.settings import threads


def neighbour_candidates(
    *,
    signal: str,
    neighbours: DuckDBPyRelation,
    customer_articles: DuckDBPyRelation,
    customers: DuckDBPyRelation,
    articles: DuckDBPyRelation,
    alive_articles: DuckDBPyRelation,
    per_customer: int,
) -> pa.Table:
    """The best articles of every customer by an item-item similarity.

    score(customer, b) = sum over articles a of the customer's history of profile(customer, a) * similarity(a, b),
    with profile = 1 / days since the last purchase: what was bought lately says most about what comes next.

    Parameters
    ----------
    signal
        Name of the score's column.
    neighbours
        `article_key, similar_article_key, similarity`.
    customer_articles
        `customer_key, article_key, days_since_last`, before the target week.
    customers
        `customer_key, customer_order` of whom to score.
    articles
        `article_key, article_order` of every article.
    alive_articles
        `article_key` of what may be recommended.
    per_customer
        How many to keep per customer.

    Returns
    -------
    pyarrow.Table
        `customer_key, article_key, <signal>` (float32), at most `per_customer` rows per customer.
    """
    key_of, position_of = key_positions(articles, "article")
    customer_keys, history_keys, weights = columns(
        customer_articles.join(customers.set_alias("scored"), "customer_key", how="semi"),
        "customer_key, article_key, cast(1 / days_since_last as real) as weight",
    )
    customers_by_articles = csr(
        weights,
        customer_keys,
        position_of[history_keys],
        shape=(int(customer_keys.max(initial=0)) + 1, len(key_of)),
    )

    (alive_keys,) = columns(alive_articles, "article_key")
    article, similar, similarity = columns(neighbours, "article_key, similar_article_key, similarity")
    alive = np.zeros(len(position_of), dtype=bool)
    alive[alive_keys] = True
    keep = alive[similar]
    articles_by_articles = csr(
        similarity[keep], position_of[article[keep]], position_of[similar[keep]], shape=(len(key_of),) * 2
    )

    best = sp_matmul_topn(
        customers_by_articles, articles_by_articles, top_n=per_customer, sort=True, n_threads=threads()
    )
    rows, cols, values = entries(best)
    return pa.table({"customer_key": rows, "article_key": key_of[cols], signal: values})
