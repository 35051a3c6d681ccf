"""Measures the accuracy of the lists by Kaggle's metrics, and shares and sizes of the shop."""

from duckdb import DuckDBPyConnection


def measure(connection: DuckDBPyConnection) -> dict[str, float]:
    """Return every figure by its name, over all buyers of the week; a purchase is a pair of customer and article.

    Parameters
    ----------
    connection
        Holds the tables of `benchmarks.sales` and the lists of `make_lists`.
    """
    return dict(connection.execute(_METRICS).fetchall()) | dict(connection.execute(_SHARES).fetchall())


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
lines_of_customer as (
    select system, customer,
        coalesce(sum(hit / rank) filter (rank <= 12), 0) / least(any_value(size), 12) as map_12,
        count(*) filter (rank <= 12) / any_value(size) as recall_12,
        count(*) / any_value(size) as recall_100
    from hits inner join sizes using (customer)
    group by all
),
per_system as (
    select system,
        coalesce(sum(map_12), 0) / (select count(*) from sizes) as "MAP@12",
        coalesce(sum(recall_12), 0) / (select count(*) from sizes) as "recall@12",
        coalesce(sum(recall_100), 0) / (select count(*) from sizes) as "recall@100"
    from (select distinct system from lists) left join lines_of_customer using (system)
    group by system
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
lines_of_customer as (select customer, sum(units) as lines from sales group by customer),
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
        (select median(lines) from lines_of_customer) as "lines per customer, median",
        (select sum(lines) from lines_of_customer) / customers as "lines per customer, mean",
        (select max(lines) from lines_of_customer) as "lines per customer, largest",
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
