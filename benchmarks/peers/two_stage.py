"""Two stages in DuckDB and LightGBM, the way of many published solutions for H&M's data.

SQL makes candidates and their features as of a week's first day; a ranker learns from the last week who bought what,
and ranks the candidates of the next week.
"""

import time
from datetime import date, timedelta
from typing import TYPE_CHECKING

from duckdb import DuckDBPyConnection

from benchmarks.sales import read_sales
from benchmarks.step import Outcome
from benchmarks.workplace import Workplace
from recs_py.database import connect
from recs_py.settings import threads

if TYPE_CHECKING:
    import lightgbm
    import pandas as pd

LIST_LENGTH = 12
CUSTOMERS_PER_BATCH = 100_000
FEATURES = [
    "times_bought", "days_since_bought", "copurchases", "bestseller_rank", "units_1_week", "units_4_weeks",
    "days_on_sale", "price", "age_of_buyers", "lines_of_customer", "days_since_visit", "price_of_customer", "age",
]  # fmt: skip


def lightgbm_ranker(place: Workplace) -> Outcome:
    """Candidates and 13 features by SQL, LightGBM's ranker fitted to the last week, 12 articles for every customer."""
    import lightgbm

    with connect(None) as connection:
        read_sales(connection, place.world)
        [(last_day, customers)] = connection.execute(
            "select (select max(day) from sales), (select count(*) from customer_keys)"
        ).fetchall()
        started = time.perf_counter()
        next_week = last_day + timedelta(days=1)
        ranker, rows = _trained(connection, next_week - timedelta(days=7))
        trained = time.perf_counter()
        _aggregate(connection, next_week)
        connection.execute("create table lists (customer integer, article integer, rank integer)")
        scored = 0
        for first in range(0, customers, CUSTOMERS_PER_BATCH):
            last = min(first + CUSTOMERS_PER_BATCH, customers)
            candidates = _candidates(connection, f"select range::integer as customer from range({first}, {last})")
            candidates["score"] = ranker.predict(candidates[FEATURES])
            connection.execute(_BEST)
            scored += len(candidates)
        done = time.perf_counter()
        listed = connection.execute("select count(*) from lists").fetchall()[0][0]
    note = (
        f"version {lightgbm.__version__}; learned from {rows:,} candidates of the last week in "
        f"{trained - started:.1f} s, ranked {scored:,} of the next one in {done - trained:.1f} s; without reading"
    )
    return Outcome(listed, note, seconds=done - started)


def _trained(connection: DuckDBPyConnection, week: date) -> "tuple[lightgbm.LGBMRanker, int]":
    """A ranker of the candidates of a week's buyers, and the number of its rows."""
    import lightgbm

    _aggregate(connection, week)
    candidates = _candidates(connection, f"select distinct customer from sales where day >= date '{week}'")
    bought = connection.execute(
        f"select distinct customer, article, 1 as bought from sales where day >= date '{week}'"
    ).df()
    rows = candidates.merge(bought, how="left", on=["customer", "article"]).fillna({"bought": 0})
    # a buyer of none of his candidates teaches no order
    rows = rows[rows.groupby("customer").bought.transform("max") > 0].sort_values(["customer", "article"])
    ranker = lightgbm.LGBMRanker(n_jobs=threads(), random_state=1, deterministic=True, verbose=-1)
    ranker.fit(rows[FEATURES], rows.bought, group=rows.groupby("customer").size())
    return ranker, len(rows)


def _aggregate(connection: DuckDBPyConnection, week: date) -> None:
    """Make the tables that candidates and features of a target week are made of, from what was sold before it."""
    connection.execute(f"create or replace macro week() as date '{week}'")
    connection.execute(_AGGREGATES)


def _candidates(connection: DuckDBPyConnection, customers: str) -> "pd.DataFrame":
    """Candidates with their features, of the customers that a query names."""
    return connection.execute(_CANDIDATES.format(customers=customers, features=FEATURES)).df()


_AGGREGATES = """
create or replace table article_features as
    select article,
        coalesce(sum(units) filter (day >= week() - 7), 0) as units_1_week,
        coalesce(sum(units) filter (day >= week() - 28), 0) as units_4_weeks,
        week() - min(day) as days_on_sale,
        avg(price) filter (day >= week() - 28) as price,
        avg(age) filter (day >= week() - 28) as age_of_buyers
    from sales inner join customer_keys using (customer)
    where day < week()
    group by article;

create or replace table bestsellers as
    select article, row_number() over (order by units_1_week desc, units_4_weeks desc, article) as bestseller_rank
    from article_features
    qualify bestseller_rank <= 24;

create or replace table customer_features as
    select customer, sum(units) as lines_of_customer, week() - max(day) as days_since_visit,
        avg(price) as price_of_customer
    from sales where day < week()
    group by customer;

create or replace table own as
    select customer, article, sum(units) as times_bought, week() - max(day) as days_since_bought
    from sales where day >= week() - 84 and day < week()
    group by all;

create or replace table pairs as
    with recent as (select customer, article from own where days_since_bought <= 28)
    select bought.article, other.article as other, count(*) as customers
    from recent as bought inner join recent as other using (customer)
    where bought.article != other.article
    group by bought.article, other.article
    having count(*) > 1
    qualify row_number() over (partition by bought.article order by count(*) desc, other.article) <= 10;
"""

_CANDIDATES = """
with chosen as ({customers}),
recent as (
    select customer, article, times_bought, days_since_bought
    from own semi join chosen using (customer)
    qualify row_number() over (partition by customer order by days_since_bought, times_bought desc, article) <= 20
),
copurchased as (
    select customer, other as article, sum(customers) as copurchases
    from recent inner join pairs using (article)
    where days_since_bought <= 28
    group by customer, other
    qualify row_number() over (partition by customer order by sum(customers) desc, other) <= 20
),
candidates as (
    select customer, article from recent
    union select customer, article from copurchased
    union select customer, article from chosen, bestsellers
)
select customer, article, columns({features})::float
from candidates
left join recent using (customer, article)
left join copurchased using (customer, article)
left join bestsellers using (article)
left join article_features using (article)
left join customer_features using (customer)
left join customer_keys using (customer)
"""

_BEST = f"""
insert into lists
    select customer, article, row_number() over (partition by customer order by score desc, article)
    from candidates
    qualify row_number() over (partition by customer order by score desc, article) <= {LIST_LENGTH}
"""
