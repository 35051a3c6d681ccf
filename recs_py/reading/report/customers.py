"""Data of the customer browser and the article browser of the page."""

import datetime as dt
from typing import Any

from duckdb import DuckDBPyConnection

from recs_py.reading.labels import labels
from recs_py.rows import rows

PURCHASES = 40
SIGNALS = 5
ARTICLES = 40
NEIGHBOURS = 8


def customers(connection: DuckDBPyConnection) -> dict[str, Any]:
    """The sampled customers: segments, last purchases, lists with their reasons, what was then bought.

    Lists of two weeks at most: the latest, and the latest of which all purchases are known.
    """
    weeks = rows(
        connection,
        """
        with weeks as (

            select
                lists.target_week,
                shop.known_until,
                coalesce(lists.target_week + 6 <= shop.known_until, false)
                -- a week without purchases on its last day was judged when the next one had begun
                or lists.target_week in (select target_week from recs.evaluation) as is_past
            from (select distinct target_week from recs.recommendations) as lists
            cross join (select max(known_until) as known_until from recs.sample_customers) as shop

        )

        select
            target_week,
            is_past,
            case when not is_past and target_week <= known_until then known_until end as bought_until
        from weeks
        qualify row_number() over (partition by is_past order by target_week desc) = 1
        order by target_week desc
        """,
    )
    chosen = [row["target_week"] for row in weeks]
    people: dict[str, dict[str, Any]] = {
        row["customer_id"]: {"id": row["customer_id"], "segments": row["segments"], "purchases": [], "lists": {}}
        for row in rows(
            connection,
            "select customer_id, list(segment order by segment) as segments from recs.sample_customers "
            "group by customer_id order by customer_id",
        )
    }
    articles: set[str] = set()
    for purchase in rows(
        connection,
        f"""
        with before as (

            select purchases.*, weeks.week
            from recs.sample_purchases as purchases
            inner join (select unnest(?) as week) as weeks on purchases.day < weeks.week
            qualify row_number() over (
                partition by weeks.week, purchases.customer_id order by purchases.day desc, purchases.article_id
            ) <= {PURCHASES}

        )

        select distinct customer_id, day, article_id, quantity
        from before
        order by customer_id, day desc, article_id
        """,
        [chosen],
    ):
        articles.add(purchase["article_id"])
        person = people[purchase["customer_id"]]
        person["purchases"].append([str(purchase["day"]), purchase["article_id"], purchase["quantity"]])
    for item in _lists(connection, chosen, list(people)):
        articles.add(item["article_id"])
        listed = people[item["customer_id"]]["lists"].setdefault(str(item["target_week"]), [])
        listed.append(
            [
                item["article_id"], item["score"], item["reason"], item["main_signal"],
                item["is_bought"], _largest(item["contributions"]), item["rules"],
            ]
        )  # fmt: skip
    names = rows(
        connection,
        "select article_id, display_name, coalesce(product_type, department) as kind from recs.article_details "
        "where list_contains(?, article_id)",
        [sorted(articles)],
    )
    return {
        "weeks": [
            {
                "week": str(row["target_week"]),
                "past": row["is_past"],
                "until": str(row["bought_until"]) if row["bought_until"] else None,
            }
            for row in weeks
        ],
        "articles": {row["article_id"]: [row["display_name"], row["kind"] or ""] for row in names},
        "labels": labels(connection),
        "customers": list(people.values()),
    }


def _lists(connection: DuckDBPyConnection, weeks: list[dt.date], customers: list[str]) -> list[dict[str, Any]]:
    query = """
        select
            lists.target_week, lists.customer_id, lists.rank, lists.article_id, lists.score,
            lists.reason, lists.main_signal, lists.contributions, lists.rules,
            exists (
                select 1 from recs.sample_purchases as purchases
                where
                    purchases.customer_id = lists.customer_id and purchases.article_id = lists.article_id
                    and purchases.day >= lists.target_week and purchases.day < lists.target_week + 7
            ) as is_bought
        from recs.recommendations_explained as lists
        where lists.customer_id = ? and list_contains(?, lists.target_week)
        order by lists.target_week, lists.rank
    """
    # a hundred short look-ups: a join would read every list of a large shop
    return [row for customer in customers for row in rows(connection, query, [customer, weeks])]


def _largest(contributions: list[dict[str, Any]]) -> list[list]:
    """The largest points, and the rest of them in one."""
    ordered = sorted(contributions, key=lambda part: (-abs(part["points"]), part["signal"]))
    shown = [[part["signal"], round(part["points"], 4)] for part in ordered[:SIGNALS]]
    rest = sum(part["points"] for part in ordered[SIGNALS:])
    more = len(ordered) - SIGNALS
    return [*shown, [f"{more} other{'s' if more > 1 else ''}", round(rest, 4)]] if more > 0 else shown


def neighbours(connection: DuckDBPyConnection) -> list[dict[str, Any]]:
    """The leading articles, each with what is most like it by every method."""
    found = rows(
        connection,
        f"""
        select popular.rank, popular.article_id, articles.display_name as name, neighbours.method,
            neighbours.rank as place, neighbours.similar_article_id, others.display_name as similar_name,
            neighbours.similarity
        from recs.popular_articles as popular
        inner join recs.similar_articles as neighbours on popular.article_id = neighbours.article_id
        left join recs.article_details as articles on popular.article_id = articles.article_id
        left join recs.article_details as others on neighbours.similar_article_id = others.article_id
        where popular.segment = 'all' and popular.rank <= {ARTICLES} and neighbours.rank <= {NEIGHBOURS}
        order by popular.rank, neighbours.method, neighbours.rank
        """,
    )
    leading: dict[str, dict[str, Any]] = {}
    for row in found:
        article = leading.setdefault(
            row["article_id"], {"id": row["article_id"], "name": row["name"] or row["article_id"], "methods": {}}
        )
        article["methods"].setdefault(row["method"], []).append(
            [row["similar_article_id"], row["similar_name"] or "", round(row["similarity"], 4)]
        )
    return list(leading.values())
