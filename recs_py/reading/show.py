"""Reads one customer or one article for display."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from recs_py.database import connect, has_table, open_published
from recs_py.errors import RecsError, UsageError
from recs_py.publishing.weeks import published_week
from recs_py.rows import rows


@dataclass(frozen=True)
class CustomerPage:
    """One customer: the last purchases, the list, and the purchases in the target week once it has begun.

    `history` and `bought` are None when the work database does not have them, for the reason `no_history`.
    `bought_until` is the day until which purchases are known, where that is before the week ends.
    """

    customer_id: str
    target_week: str
    history: list[dict[str, Any]] | None
    recommendations: list[dict[str, Any]]
    bought: list[dict[str, Any]] | None
    bought_until: dt.date | None
    no_history: str | None


def customer_page(*, published: Path, database: Path, customer_id: str, week: str | None = None) -> CustomerPage:
    """The published list of a customer, beside what the customer bought before.

    Parameters
    ----------
    published, database
        The published file, and the work database for the history.
    customer_id
        The id as the source writes it.
    week
        An ISO week, or a day of it; default: the latest one published.

    Returns
    -------
    CustomerPage
        Rows by column name. History and bought: day, article_id, name, kind; `name` is the article's display name.
        Recommendations: columns of recs.recommendations_explained with the article, its rank, its reasons and the
        contributions to its score; `is_bought` with `bought`.

    Raises
    ------
    UsageError
        If the customer, or the week, has no list.
    """
    with open_published(published) as connection:
        week = published_week(connection, week)
        recommendations = rows(
            connection,
            """
            select
                lists.rank, lists.article_id, articles.display_name as name, lists.score,
                lists.reason, lists.other_reasons, lists.main_signal, lists.because_of_article_id,
                lists.because_of_name, lists.times_bought, lists.last_bought, lists.usual_gap,
                lists.rules, lists.contributions
            from recs.recommendations_explained as lists
            left join recs.article_details as articles on lists.article_id = articles.article_id
            where lists.customer_id = ? and lists.target_week = ?
            order by lists.rank
            """,
            [customer_id, week],
        )
        if not recommendations:
            raise UsageError(_no_list(connection, customer_id, week))
        (dataset,) = connection.execute("select max_by(dataset, (finished_at, run_id)) from recs.runs").fetchone()
    purchases, no_history = {}, None
    try:
        purchases = _purchases(database, customer_id, week, dataset=dataset)
    except RecsError as error:  # for example a build holds the file; the list can be shown without the history
        no_history = str(error)
    bought = purchases.get("bought")
    if bought is not None:
        hits = {purchase["article_id"] for purchase in bought}
        recommendations = [row | {"is_bought": row["article_id"] in hits} for row in recommendations]
    return CustomerPage(
        customer_id=customer_id,
        target_week=str(week),
        history=purchases.get("history"),
        recommendations=recommendations,
        bought=bought,
        bought_until=purchases.get("bought_until"),
        no_history=no_history,
    )


def similar_articles(*, published: Path, article_id: str, limit: int) -> list[dict[str, Any]]:
    """Rows (method, label, rank, article_id, name, similarity) of the articles most like one.

    `label` is that of the method, `name` the article's display name.

    Raises
    ------
    UsageError
        If the article is unknown, or nothing is known to be like it.
    """
    with open_published(published) as connection:
        neighbours = rows(
            connection,
            """
            select
                neighbours.method, signals.label, neighbours.rank, neighbours.similar_article_id as article_id,
                articles.display_name as name, neighbours.similarity
            from recs.similar_articles as neighbours
            left join recs.signals as signals on neighbours.method = signals.signal
            left join recs.article_details as articles on neighbours.similar_article_id = articles.article_id
            where neighbours.article_id = ? and neighbours.rank <= ?
            order by neighbours.method, neighbours.rank
            """,
            [article_id, limit],
        )
        if neighbours:
            return neighbours
        known = connection.execute("select 1 from recs.article_details where article_id = ?", [article_id]).fetchone()
        if known:
            raise UsageError(
                f"Nothing is known to be like article {article_id!r} yet: it has too few buyers and words in common "
                "with any other."
            )
        near = _near_ids(connection, article_id, column="article_id", view="recs.article_details")
    raise UsageError(f"There is no article {article_id!r}: {near}.")


def some_customer(*, published: Path, week: str | None = None) -> str:
    """A customer worth showing: the one whose list of a week has most different reasons, the first id among equals.

    In a week that has begun a customer of the sample who bought in it goes first, so that hits can be marked.
    """
    with open_published(published) as connection:
        row = connection.execute(
            """
            with buyers as (
                select distinct customer_id from recs.sample_purchases where day between $week::date and $week::date + 6
            )

            select lists.customer_id
            from recs.recommendations_explained as lists
            left join buyers on lists.customer_id = buyers.customer_id
            where lists.target_week = $week
            group by lists.customer_id, buyers.customer_id
            order by
                buyers.customer_id is not null desc,
                count(distinct main_signal) desc,
                count(distinct reason) desc,
                lists.customer_id
            limit 1
            """,
            {"week": published_week(connection, week)},
        ).fetchone()
    if not row:
        raise UsageError("No list is published yet: type `recs score`.")
    return row[0]


def _no_list(connection: DuckDBPyConnection, customer_id: str, week: dt.date) -> str:
    weeks = connection.execute(
        "select distinct target_week from recs.recommendations where customer_id = ? order by target_week",
        [customer_id],
    ).fetchall()
    if weeks:
        others = ", ".join(str(other) for (other,) in weeks)
        return f"Customer {customer_id!r} has no list for the week of {week}: there are lists for {others}."
    near = _near_ids(connection, customer_id, column="customer_id", view="recs.recommendations")
    return f"There is no customer {customer_id!r}: {near}."


def _near_ids(connection: DuckDBPyConnection, wrong: str, *, column: str, view: str) -> str:
    """Return similar ids: first those that differ only in case, spaces or leading zeros."""
    found = connection.execute(
        f"""
        with ids as (select distinct {column} as id from {view})

        select id
        from ids
        where
            ltrim(lower(trim(id)), '0') = ltrim(lower(trim($wrong)), '0')
            or jaro_winkler_similarity(id, $wrong) > 0.9
        order by
            ltrim(lower(trim(id)), '0') = ltrim(lower(trim($wrong)), '0') desc,
            jaro_winkler_similarity(id, $wrong) desc,
            id
        limit 3
        """,
        {"wrong": wrong},
    ).fetchall()
    if found:
        return f"did you mean {' or '.join(id for (id,) in found)}"
    return "write the id as the source does, leading zeros included"


def _purchases(database: Path, customer_id: str, week: dt.date, *, dataset: str) -> dict[str, Any]:
    """The customer's last purchases before the week, and each article bought in it: fields of `CustomerPage`."""
    with connect(database, read_only=True) as connection:
        if not all(has_table(connection, f"staging.{table}") for table in ("transactions", "customers", "articles")):
            raise RecsError(f"{database} is not built: type `recs score`")
        (loaded,) = connection.execute("select name from raw.dataset").fetchone()
        if loaded != dataset:
            raise RecsError(f"{database} holds the data set {loaded}, and the list is of {dataset}")
        purchases = """
            select
                transactions.transaction_date as day, articles.article_id,
                coalesce(articles.name, articles.product_type, articles.department, articles.article_id) as name,
                coalesce(articles.product_type, articles.department) as kind
            from staging.transactions as transactions
            inner join staging.customers as customers on transactions.customer_key = customers.customer_key
            inner join staging.articles as articles on transactions.article_key = articles.article_key
            where
                customers.customer_id = ?
            """
        history = rows(
            connection,
            f"{purchases} and transaction_date < ? order by day desc, article_id limit 12",
            [customer_id, week],
        )
        [found] = rows(connection, "from staging.target_week")
        # a database that an earlier version has built says only where the lines end
        known_until = found.get("known_until", found["last_day"])
        if known_until < week:
            return {"history": history}
        bought = rows(
            connection,
            f"{purchases} and transaction_date between ?::date and ?::date + 6"
            " qualify row_number() over (partition by articles.article_id order by day) = 1 order by day, article_id",
            [customer_id, week, week],
        )
        is_over = known_until >= week + dt.timedelta(days=6)
        return {"history": history, "bought": bought, "bought_until": None if is_over else known_until}
