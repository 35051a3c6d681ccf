"""The plain methods of the publications: bestsellers, repurchase, item-kNN.

They share no code with the models of this project but the cosine of item-kNN, so that they judge the data alone.
"""

import numpy as np
import scipy.sparse as sp
from duckdb import DuckDBPyConnection
from sparse_dot_topn import sp_matmul_topn

from recs_py.kernels.item_cf import cosine_similarities
from recs_py.kernels.matrices import csr, entries
from recs_py.settings import threads

NEIGHBOURS = 50
LONGEST_LIST = 100


def make_lists(connection: DuckDBPyConnection) -> None:
    """Make the table `lists` (system, customer, rank, article) for the week's buyers.

    The item-kNN is the plain cosine of the whole history, K = 50 beside the article itself, and may recommend again
    what was bought, as the published ones do.

    Parameters
    ----------
    connection
        Holds the tables of `benchmarks.sales`.
    """
    connection.execute("create table lists (system varchar, customer integer, rank integer, article integer)")
    connection.execute(_SIMPLE)
    _item_knn(connection)


_SIMPLE = f"""
create table bestsellers as
    select article, row_number() over (order by sum(units) desc, article) as rank
    from past, world where day >= target_week - 7
    group by article
    qualify rank <= {LONGEST_LIST};

create table buyers as select distinct customer from truth;

insert into lists
    select 'bestsellers of 7 days', customer, rank, article from buyers, bestsellers;

insert into lists
    select 'repurchase 90 days alone', customer, row_number() over by_recency, article
    from history
    semi join buyers using (customer)
    left join bestsellers as popular using (article), world
    where last_day >= target_week - 90
    window by_recency as (partition by customer order by last_day desc, units desc, popular.rank, article)
    qualify row_number() over by_recency <= {LONGEST_LIST};

insert into lists
    select 'whole history, latest first', customer, row_number() over by_recency, article
    from history
    semi join buyers using (customer)
    window by_recency as (partition by customer order by last_day desc, units desc, article)
    qualify row_number() over by_recency <= {LONGEST_LIST};

insert into lists
    with both_lists as (
        select customer, article, rank from lists where system = 'repurchase 90 days alone'
        union all
        select customer, article, rank + {LONGEST_LIST} from lists where system = 'bestsellers of 7 days'
    ),
    distinct_articles as (
        select customer, article, min(rank) as rank from both_lists group by all
    )
    select 'repurchase 90 days + bestsellers', customer,
        row_number() over (partition by customer order by rank), article
    from distinct_articles
    qualify row_number() over (partition by customer order by rank) <= {LONGEST_LIST};
"""


def _item_knn(connection: DuckDBPyConnection) -> None:
    customers, articles = connection.execute("select customers, articles from world").fetchone()
    pairs = connection.execute("select customer, article from history").fetchnumpy()
    everyone = csr(np.ones(len(pairs["customer"])), pairs["customer"], pairs["article"], shape=(customers, articles))
    similarities = cosine_similarities(everyone, neighbours=NEIGHBOURS)
    del everyone, pairs
    eligible = connection.execute(
        "select distinct article from past, world where day >= target_week - 30"
    ).fetchnumpy()["article"]
    whitelist = np.zeros(articles, np.float32)
    whitelist[eligible] = 1
    profile = connection.execute(
        """
        select customer, article, 1.0 / (target_week - last_day) as recency
        from history semi join buyers using (customer), world
        """
    ).fetchnumpy()
    buyers, row = np.unique(profile["customer"], return_inverse=True)
    for system, weight, targets in (
        ("item-kNN plain", np.ones(len(row)), similarities),
        (
            "item-kNN 1/days and 30-day whitelist",
            profile["recency"],
            (similarities @ sp.diags(whitelist)).tocsr(),
        ),
    ):
        targets.eliminate_zeros()
        buyers_by_articles = csr(weight, row, profile["article"], shape=(len(buyers), articles))
        best = sp_matmul_topn(buyers_by_articles, targets, top_n=LONGEST_LIST, sort=True, n_threads=threads())
        best_row, best_article, _ = entries(best)
        rank = np.arange(len(best_row)) - best.indptr[best_row] + 1
        best_lists = {  # noqa: F841 (DuckDB reads it by its name)
            "customer": buyers[best_row],
            "rank": rank,
            "article": best_article,
        }
        connection.execute("insert into lists select ?, customer, rank, article from best_lists", [system])
