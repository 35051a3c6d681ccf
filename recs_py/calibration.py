"""How close a simulated world comes to H&M: simple methods and shares, published and simulated.

The published figures are for Kaggle's data and the week of 2020-09-16. Every method here is the plain one of
the publications, written apart from the models of this project, so that the table judges the data and nothing
else.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import scipy.sparse as sp
from sparse_dot_topn import sp_matmul_topn

from recs_py.errors import UsageError
from recs_py.item_cf import cosine_similarities
from recs_py.matrices import csr, entries
from recs_py.settings import threads

TARGET_WEEK = date(2020, 9, 16)
NEIGHBOURS = 50
LONGEST_LIST = 100


class Figure(NamedTuple):
    """One line of the table; `ratio` is simulated / published."""

    name: str
    published: float
    simulated: float
    ratio: float


# What the table holds, in order. The names say how a figure was read where publications leave it open.
PUBLISHED: dict[str, float] = {
    "bestsellers of 7 days, MAP@12": 0.009,
    "repurchase 90 days + bestsellers, MAP@12": 0.026,
    "repurchase 90 days + bestsellers, recall@12": 0.052,
    "repurchase 90 days alone, MAP@12": 0.022,
    "buyers with a purchase in the last 90 days": 0.73,
    "item-kNN plain, MAP@12": 0.0115,
    "item-kNN 1/days and 30-day whitelist, MAP@12": 0.027,
    "bestsellers of 7 days, recall@100": 0.105,
    "item-kNN plain, recall@100": 0.058,
    "whole history, latest first, recall@100": 0.042,
    "repurchases among the week's purchases": 0.028,
    "never-sold-before articles among the week's purchases": 0.043,
    "last week's top 20,000 articles among the week's purchases": 0.94,
    "customers who buy in the week": 0.0503,
    "articles per buyer in the week": 3.1,
    "buyers of the week who buy for the first time": 0.08,
    "customers silent for 90 days": 0.50,
    "lines per customer, median": 9,
    "lines per customer, mean": 23.2,
    "lines per customer, largest": 1900,
    "lines per article, median": 65,
    "lines per article, mean": 301,
    "lines per article, largest": 50_000,
    "articles between first and last sale, mean share": 0.33,
}


def calibration_table(
    directory: Path,
    *,
    target_week: date = TARGET_WEEK,
    memory_limit: str = "6GB",
    progress: Callable[[str], None] | None = None,
) -> list[Figure]:
    """Measure a directory of Kaggle's three files (Parquet or CSV) against the published figures.

    Purchases are distinct pairs of customer and article within the week; truth and metrics are Kaggle's
    (every buyer of the week counts). The item-kNN is the plain cosine of the whole history, K = 50 beside the
    article itself, and may recommend again what was bought, as the published ones do.

    Parameters
    ----------
    directory : Path
        Holds `transactions_train`, `articles` and `customers`, each `.parquet` or `.csv`.
    target_week : date
        First day of the week that is predicted.
    memory_limit : str
        DuckDB's.
    progress : callable, optional
        Called with the name of each step.

    Returns
    -------
    list of Figure
        In the order of `PUBLISHED`.

    Raises
    ------
    UsageError
        When a file is missing, or nobody bought in the week.
    """
    tell = progress or (lambda step: None)
    with duckdb.connect(config={"memory_limit": memory_limit, "threads": threads()}) as connection:
        tell("reading the files")
        _read(connection, Path(directory), target_week)
        if not connection.execute("select count(*) from truth").fetchone()[0]:
            raise UsageError(
                f"Nobody in {directory} bought in the week of {target_week}: choose a week within the data."
            )
        tell("bestsellers and repurchase")
        connection.execute(_SIMPLE_LISTS)
        tell("item-kNN")
        _item_knn_lists(connection)
        tell("metrics")
        simulated = dict(connection.execute(_METRICS).fetchall())
        simulated |= dict(connection.execute(_SHARES).fetchall())
    return [
        Figure(name, published, simulated[name], simulated[name] / published) for name, published in PUBLISHED.items()
    ]


def _read(connection: duckdb.DuckDBPyConnection, directory: Path, target_week: date) -> None:
    """Tables `sales` (merged lines with integer keys), `truth` and the one-row `world`."""
    sources = {}
    for name in ("transactions_train", "articles", "customers"):
        paths = [directory / f"{name}.{ending}" for ending in ("parquet", "csv")]
        path = next((path for path in paths if path.exists()), None)
        if path is None:
            raise UsageError(
                f"{directory} has neither {paths[0].name} nor {paths[1].name}: name a folder of Kaggle's files."
            )
        reader = "read_parquet('{}')" if path.suffix == ".parquet" else "read_csv('{}', all_varchar = true)"
        sources[name] = reader.format(str(path).replace("'", "''"))
    connection.execute(
        f"""
        create table article_keys as
            select article_id, (row_number() over (order by article_id) - 1)::integer as article
            from {sources["articles"]};
        create table customer_keys as
            select customer_id, (row_number() over (order by customer_id) - 1)::integer as customer
            from {sources["customers"]};
        create table sales as
            select t_dat::date as day, customer, article, count(*)::integer as units
            from {sources["transactions_train"]}
            inner join customer_keys using (customer_id)
            inner join article_keys using (article_id)
            group by all;
        create table world as
            select date '{target_week}' as target_week,
                (select count(*) from customer_keys) as customers,
                (select count(*) from article_keys) as articles;
        create table truth as
            select distinct customer, article from sales, world
            where day >= target_week and day < target_week + 7;
        create table past as select sales.* from sales, world where day < target_week;
        create table history as
            select customer, article, max(day) as last_day, sum(units) as units from past group by all;
        create table lists (system varchar, customer integer, rank integer, article integer);
        """
    )


_SIMPLE_LISTS = f"""
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


def _item_knn_lists(connection: duckdb.DuckDBPyConnection) -> None:
    customers, articles = connection.execute("select customers, articles from world").fetchone()
    pairs = connection.execute("select customer, article from history").fetchnumpy()
    everyone = csr(np.ones(len(pairs["customer"])), pairs["customer"], pairs["article"], shape=(customers, articles))
    similarities = cosine_similarities(everyone, neighbours=NEIGHBOURS)
    del everyone, pairs
    alive = connection.execute("select distinct article from past, world where day >= target_week - 30").fetchnumpy()[
        "article"
    ]
    whitelist = np.zeros(articles, np.float32)
    whitelist[alive] = 1
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


_METRICS = """
with sizes as (
    select customer, count(*) as size from truth group by customer
),
hits as (
    select system, customer, rank,
        row_number() over (partition by system, customer order by rank) as hit
    from lists
    semi join truth using (customer, article)
),
per_customer as (
    select system, customer,
        coalesce(sum(hit / rank) filter (rank <= 12), 0) / least(any_value(size), 12) as map_12,
        count(*) filter (rank <= 12) / any_value(size) as recall_12,
        count(*) / any_value(size) as recall_100
    from hits inner join sizes using (customer)
    group by all
),
per_system as (
    select system,
        sum(map_12) / (select count(*) from sizes) as "MAP@12",
        sum(recall_12) / (select count(*) from sizes) as "recall@12",
        sum(recall_100) / (select count(*) from sizes) as "recall@100"
    from per_customer group by system
)
select system || ', ' || metric, value
from (unpivot per_system on "MAP@12", "recall@12", "recall@100" into name metric value value)
"""

_SHARES = """
with top_20000 as (
    select article from past, world where day >= target_week - 7
    group by article order by sum(units) desc, article limit 20000
),
last_visits as (
    select customer, max(day) as last_day from past group by customer
),
per_customer as (select customer, sum(units) as lines from sales group by customer),
per_article as (
    select article, sum(units) as lines, min(day) as first_day, max(day) as last_day
    from sales group by article
),
purchases as (select count(*) as n from truth),
week_buyers as (select count(*) as n from buyers),
figures as (
    select
        (select count(*) from buyers semi join (select * from past, world where day >= target_week - 90)
            using (customer)) / week_buyers.n as "buyers with a purchase in the last 90 days",
        (select count(*) from truth semi join history using (customer, article)) / purchases.n
            as "repurchases among the week's purchases",
        (select count(*) from truth anti join past using (article)) / purchases.n
            as "never-sold-before articles among the week's purchases",
        (select count(*) from truth semi join top_20000 using (article)) / purchases.n
            as "last week's top 20,000 articles among the week's purchases",
        week_buyers.n / customers as "customers who buy in the week",
        purchases.n / week_buyers.n as "articles per buyer in the week",
        (select count(*) from buyers anti join last_visits using (customer)) / week_buyers.n
            as "buyers of the week who buy for the first time",
        1 - (select count(*) from last_visits where last_day >= target_week - 90) / customers
            as "customers silent for 90 days",
        (select median(lines) from per_customer) as "lines per customer, median",
        (select sum(lines) from per_customer) / customers as "lines per customer, mean",
        (select max(lines) from per_customer) as "lines per customer, largest",
        (select median(lines) from per_article) as "lines per article, median",
        (select sum(lines) from per_article) / articles as "lines per article, mean",
        (select max(lines) from per_article) as "lines per article, largest",
        (select sum(last_day - first_day + 1) from per_article)
            / articles / (select max(day) - min(day) + 1 from sales)
            as "articles between first and last sale, mean share"
    from world, purchases, week_buyers
)
select name, value
from (unpivot (select columns(*)::double from figures) on columns(*) into name name value value)
"""
