"""Properties of every data set: full lists, exact explanations, no look ahead, the same rows every time."""

import duckdb
import pytest

from recs_py.errors import RecsError
from recs_py.pipeline import dbt_build

ROOMS = ("features", "rules", "similarities", "signals", "candidates", "blend", "recommendations")
TABLES_OF_A_WEEK = f"""
    select schema_name || '.' || table_name from duckdb_tables() where schema_name in {ROOMS}
    union select 'candidates.candidates' order by 1
"""


@pytest.fixture(params=["toy_shop", "fashion", pytest.param("groceries", marks=pytest.mark.slow)])
def shop(request):
    return request.getfixturevalue(request.param)


def test_every_customer_has_ranks_1_to_12_and_no_article_twice(shop):
    customers = shop.rows("select count(*) from staging.customers")[0][0]
    lists = shop.published_rows(
        """
        select customer_id, target_week, list(rank order by rank), count(distinct article_id)
        from recs.recommendations group by 1, 2
        """
    )
    assert len(lists) == customers
    assert all(ranks == list(range(1, 13)) and articles == 12 for _, _, ranks, articles in lists)


def test_the_score_falls_with_the_rank_and_ties_are_broken_by_popularity(shop):
    assert not shop.rows(
        """
        with lists as (
            select lists.*, eligible.popularity_rank
            from recommendations.target_week_lists as lists
            inner join rules.eligible_articles as eligible using (article_key)
        )

        select one.customer_key, one.rank from lists as one
        inner join lists as next on one.customer_key = next.customer_key and one.rank + 1 = next.rank
        where one.score < next.score or (one.score = next.score and one.popularity_rank > next.popularity_rank)
        """
    )


def test_contributions_sum_to_the_score_to_the_last_digit(shop):
    assert not shop.published_rows(
        """
        select target_week, customer_id, rank, any_value(score) as score, sum(points) as points
        from recs.contributions
        inner join recs.recommendations using (target_week, customer_id, rank)
        group by 1, 2, 3
        having score != points
        """
    )
    lists = shop.published_rows("select count(*) from recs.recommendations")
    assert lists == shop.published_rows(
        "select count(distinct (target_week, customer_id, rank)) from recs.contributions"
    )


@pytest.mark.slow
@pytest.mark.parametrize("condition", ["true", "target_week = date '2017-11-06'"])
def test_all_reasons_of_a_week_are_read_in_a_gigabyte(groceries, condition):
    """The shop has more articles than places in lists: a join then keeps the lists in memory."""
    with duckdb.connect(str(groceries.published), read_only=True) as connection:
        connection.execute("set memory_limit = '1GB'")
        connection.execute("set temp_directory = ''")
        read = connection.execute(
            f"select count(*), sum(hash(explained::varchar)) from recs.recommendations_explained as explained "
            f"where {condition}"
        ).fetchone()
        assert read[0] == connection.execute("select count(*) from recs.recommendations").fetchone()[0]


def test_only_articles_that_are_eligible_are_recommended(shop):
    assert not shop.rows(
        """
        select article_key from recommendations.rankings
        where target_week = (select target_week from staging.target_week)
            and article_key not in (select article_key from rules.eligible_articles)
        """
    )


def _build(warehouse, week: str) -> None:
    """Builds what is compared here, with the models of all signals."""
    dbt_build.build(
        database=warehouse.database,
        variables={"target_week": week},
        select=[f"recs.{room}" for room in ("staging", *ROOMS)],
        command="run",
    )


def _contents(warehouse) -> dict[str, list[tuple]]:
    """Count and hash of every table of a target week, and of the candidates, whether they are a table or a view."""
    with duckdb.connect(str(warehouse.database), read_only=True) as connection:
        tables = [row[0] for row in connection.execute(TABLES_OF_A_WEEK).fetchall()]
        return {
            table: connection.execute(f"select count(*), bit_xor(hash(t)), sum(hash(t)) from {table} as t").fetchall()
            for table in tables
        }


def _changed(before: dict, after: dict) -> list[str]:
    assert before.keys() == after.keys()
    return [table for table in before if before[table] != after[table]]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "week"), [("toy_shop", "2020-09-09"), ("fashion", "2020-09-16")])
def test_nothing_on_or_after_the_target_week_moves_anything(name, week, request, tmp_path):
    warehouse = request.getfixturevalue(name).copy(tmp_path / "shop")
    _build(warehouse, week)
    before = _contents(warehouse)
    with duckdb.connect(str(warehouse.database)) as connection:
        # the future becomes another one: other articles, other customers, more of it
        connection.execute(
            """
            create temp table future as
            select
                transaction_date,
                lead(customer_id, 7, customer_id) over () as customer_id,
                lag(article_id, 5, article_id) over () as article_id
            from raw.transactions where transaction_date >= ?::date
            """,
            [week],
        )
        connection.execute("delete from raw.transactions where transaction_date >= ?::date", [week])
        connection.execute(
            """
            insert into raw.transactions (transaction_date, customer_id, article_id, quantity, price)
            select transaction_date, customer_id, article_id, 3, 9.5 from future, range(2)
            """
        )
        # and everybody brings back what they have
        connection.execute(
            """
            insert into raw.transactions (transaction_date, customer_id, article_id, quantity)
            select distinct ?::date, customer_id, article_id, -3 from raw.transactions where transaction_date < ?::date
            """,
            [week, week],
        )
    _build(warehouse, week)
    assert not (changed := _changed(before, _contents(warehouse))), ", ".join(changed)
    with duckdb.connect(str(warehouse.database)) as connection:
        connection.execute("delete from raw.transactions where transaction_date >= ?::date", [week])
        # one line keeps the week within reach of the history
        connection.execute(
            """
            insert into raw.transactions (transaction_date, customer_id, article_id)
            select ?::date, customer_id, article_id from raw.transactions limit 1
            """,
            [week],
        )
    _build(warehouse, week)
    assert not (changed := _changed(before, _contents(warehouse))), ", ".join(changed)


@pytest.mark.slow
def test_a_change_of_the_past_does_move_something(toy_shop, tmp_path):
    warehouse = toy_shop.copy(tmp_path / "shop")
    _build(warehouse, "2020-09-23")
    before = _contents(warehouse)
    with duckdb.connect(str(warehouse.database)) as connection:
        connection.execute("delete from raw.transactions where transaction_date = '2020-09-22'")
    _build(warehouse, "2020-09-23")
    changed = _changed(before, _contents(warehouse))
    assert {
        "features.customer_articles",
        "features.weekly_sales",
        "candidates.candidates",
        "recommendations.target_week_lists",
    } <= set(changed)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fashion", "groceries"])
def test_any_number_of_threads_gives_the_same_rows(name, request, tmp_path, monkeypatch):
    shop = request.getfixturevalue(name)
    week = str(shop.rows("select target_week from staging.target_week")[0][0])
    warehouse = shop.copy(tmp_path / "shop")
    before = None
    for threads in ("1", "4"):
        monkeypatch.setenv("RECS_THREADS", threads)
        _build(warehouse, week)
        before = before or _contents(warehouse)
        assert _changed(before, _contents(warehouse)) == [], f"{threads} threads"


def test_neither_blocks_nor_signals_without_points_change_a_list(fashion, tmp_path):
    # as scored: one block, only the signals with a weight
    lists = "from recs.recommendations_explained order by target_week, customer_id, rank"
    before = fashion.rows(lists)
    warehouse = fashion.copy(tmp_path / "shop")
    variables = {"target_week": "2020-09-16", "customers_per_block": 97, "used_signals": "all"}
    dbt_build.build(database=warehouse.database, variables=variables, command="run")
    assert warehouse.rows(lists) == before


@pytest.mark.slow
def test_lists_and_reasons_need_no_item_item_signal(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    variables = shop.variables("2020-09-23") | {"used_signals": ["repurchase", "popularity"]}
    dbt_build.build(database=shop.database, variables=variables, select=["+path:dbt_project/models/recs"])
    assert shop.rows("select count(*) from recs.similar_articles") == [(0,)]
    assert shop.rows(
        """
        select main_signal, bool_and(article_key = because_of_article_key), count(because_of_article_key) > 0
        from recommendations.rankings where target_week = '2020-09-23'
        group by main_signal order by main_signal
        """
    ) == [("popularity", None, False), ("repurchase", True, True)]


def test_lists_are_full_whatever_their_length(fashion, tmp_path):
    shop = fashion.copy(tmp_path / "shop")
    variables = shop.variables("2020-09-16") | {"list_length": 60}
    dbt_build.build(database=shop.database, variables=variables, select=["+rankings"], command="run")
    lengths = shop.rows(
        """
        select count(*) as articles from recommendations.rankings where target_week = '2020-09-16'
        group by customer_key order by articles limit 1
        """
    )
    assert lengths == [(60,)]


@pytest.mark.slow
def test_a_second_week_keeps_the_first_and_a_week_scored_twice_is_not_doubled(toy_shop, tmp_path):
    warehouse = toy_shop.copy(tmp_path / "shop")
    # as they are explained: what points a bucket had in its week stays known
    weekly = """
        select target_week, count(*), bit_xor(hash(lists)) from recs.recommendations_explained as lists
        group by 1 order by 1
    """
    first = warehouse.published_rows(weekly)
    warehouse.score("2020-09-16")
    both = warehouse.published_rows(weekly)
    assert [str(row[0]) for row in both] == ["2020-09-16", "2020-09-23"]
    assert both[1:] == first
    warehouse.score("2020-09-16")
    assert warehouse.published_rows(weekly) == both


def test_the_evaluation_of_a_week_without_buyers_reads_no_candidates(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute(
            """
            alter table signals.popularity rename to unread;
            create view signals.popularity as
            select * replace (cast(error('read ' || article_key) as double) as popularity) from signals.unread
            """
        )
    select = ["evaluated_candidates"]
    dbt_build.build(database=shop.database, variables=shop.variables("2020-09-23"), select=select, command="run")
    assert shop.rows("select count(*) from evaluation.evaluated_candidates") == [(0,)]
    with pytest.raises(RecsError, match="read "):
        variables = shop.variables("2020-09-23")
        dbt_build.build(database=shop.database, variables=variables, select=["target_week_lists"], command="run")
