"""Item-item collaborative filtering: which articles are bought by the same customers."""

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from duckdb import DuckDBPyRelation
from sparse_dot_topn import sp_matmul_topn

from recs_py.errors import UsageError
from recs_py.kernels.matrices import columns, csr, key_positions, neighbour_table
from recs_py.settings import threads


def item_cf_neighbours(
    *,
    customer_articles: DuckDBPyRelation,
    customers: DuckDBPyRelation,
    articles: DuckDBPyRelation,
    method: str,
    neighbours: int,
    max_history_size: int,
    max_basket_size: int,
) -> pa.Table:
    """The nearest articles of every article, by who bought them (each pair counted once).

    Parameters
    ----------
    customer_articles
        `customer_key, article_key, days_since_last`, one row per pair.
    customers
        `customer_key, customer_order` of every customer.
    articles
        `article_key, article_order` of every article.
    method
        `cosine` or `rp3beta`.
    neighbours
        How many to keep per article.
    max_history_size
        Of a customer who bought more articles than this, only the latest days count, as many as do not hold more.
    max_basket_size
        A latest day that holds more than `max_history_size` by itself counts if it holds no more than this.

    Returns
    -------
    pyarrow.Table
        `article_key, similar_article_key, similarity, similarity_rank`.

    Raises
    ------
    UsageError
        If the method is unknown.
    """
    kernels = {"cosine": cosine_similarities, "rp3beta": rp3beta_similarities}
    if method not in kernels:
        raise UsageError(f"item_cf_method is {method!r}; choose one of {', '.join(kernels)}.")
    key_of, position_of = key_positions(articles, "article")
    _, row_of = key_positions(customers, "customer")
    customer_keys, article_keys = columns(
        _latest(customer_articles, max_history_size=max_history_size, max_basket_size=max_basket_size),
        "customer_key, article_key",
    )
    customers_by_articles = csr(
        np.ones(len(customer_keys), dtype=np.float32),
        row_of[customer_keys],
        position_of[article_keys],
        shape=(len(row_of), len(key_of)),
    )
    similarities = kernels[method](customers_by_articles, neighbours=neighbours)
    return neighbour_table(similarities, key_of, neighbours)


def _latest(customer_articles: DuckDBPyRelation, *, max_history_size: int, max_basket_size: int) -> DuckDBPyRelation:
    # only the few who bought more are sorted by day
    return customer_articles.query(
        "customer_articles",
        f"""
        with bought_more as (

            select customer_key
            from customer_articles
            group by customer_key
            having count(*) > {max_history_size}

        ),

        latest as (

            select
                customer_key,
                min(days_since_last, {max(max_history_size, max_basket_size) + 1}) as days
            from customer_articles
            semi join bought_more using (customer_key)
            group by customer_key

        ),

        left_out as (

            -- from this day back; a latest day that alone fills the history stays, if no larger than a basket may be
            select
                customer_key,
                greatest(
                    days[{max_history_size + 1}],
                    days[1] + cast(days[{max_basket_size + 1}] is distinct from days[1] as integer)
                ) as days_since_last
            from latest

        )

        select
            customer_articles.customer_key,
            customer_articles.article_key
        from customer_articles
        left join left_out on customer_articles.customer_key = left_out.customer_key
        where left_out.customer_key is null or customer_articles.days_since_last < left_out.days_since_last
        """,
    )


def cosine_similarities(customers_by_articles: sp.csr_matrix, *, neighbours: int) -> sp.csr_matrix:
    """Cosine of the columns, the nearest `neighbours` of each: n(a, b) / sqrt(n(a) n(b)) for a binary matrix.

    Returns
    -------
    scipy.sparse.csr_matrix
        Articles by articles, float32, at most `neighbours + 1` entries per row (the article itself is among them).
    """
    norms = np.sqrt(np.bincount(customers_by_articles.indices, minlength=customers_by_articles.shape[1]))
    scale = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0).astype(np.float32)
    unit = sp.csr_matrix(
        (scale[customers_by_articles.indices], customers_by_articles.indices, customers_by_articles.indptr),
        shape=customers_by_articles.shape,
    )
    return _top_products(unit.T.tocsr(), unit, neighbours)


def rp3beta_similarities(
    customers_by_articles: sp.csr_matrix, *, neighbours: int, alpha: float = 0.7, beta: float = 0.3
) -> sp.csr_matrix:
    """Three-step random walk with popularity toned down (Paudel et al. 2017, "Updatable, accurate, diverse ...").

    P(a -> b) = sum over customers of p(customer | a)^alpha p(b | customer)^alpha, divided by popularity(b)^beta.

    Returns
    -------
    scipy.sparse.csr_matrix
        Articles by articles, float32, at most `neighbours + 1` entries per row.
    """
    articles_of_customer = np.asarray(customers_by_articles.sum(axis=1)).ravel()
    per_article = np.asarray(customers_by_articles.sum(axis=0)).ravel()
    with np.errstate(divide="ignore"):
        customer_scale = np.where(articles_of_customer > 0, articles_of_customer**-alpha, 0).astype(np.float32)
        article_scale = np.where(per_article > 0, per_article**-alpha, 0).astype(np.float32)
        popularity_scale = np.where(per_article > 0, per_article**-beta, 0).astype(np.float32)
    articles_to_customers = (sp.diags(article_scale) @ customers_by_articles.T).tocsr()
    customers_to_articles = (sp.diags(customer_scale) @ customers_by_articles @ sp.diags(popularity_scale)).tocsr()
    return _top_products(articles_to_customers, customers_to_articles, neighbours)


def _top_products(left: sp.csr_matrix, right: sp.csr_matrix, neighbours: int) -> sp.csr_matrix:
    # one more than asked for: the article is among its own nearest neighbours, and is dropped later
    return sp_matmul_topn(left, right, top_n=neighbours + 1, sort=True, n_threads=threads())
