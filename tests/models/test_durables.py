"""Before anything is learned: food that is bought every week leads the lists, a durable that is owned does not."""

import random

import pytest

from recs_py.loading.load import load
from recs_py.pipeline import dbt_build
from tests.conftest import Warehouse, replace_raw, write_toy_shop

WEEK = "2024-04-01"


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Warehouse:
    """Sixty customers buy some of eight foods week after week, and each of twelve durables at most once."""
    folder = tmp_path_factory.mktemp("durables")
    shop = Warehouse(folder)
    load(name="hm", directory=write_toy_shop(folder / "source"), database=shop.database)
    draw = random.Random(5)
    foods, durables = (
        [f"{kind}{number:02}" for number in range(count)] for kind, count in (("food", 8), ("thing", 12))
    )
    lines = []
    for customer in range(60):
        for week in range(20):
            lines += [(7 * week + draw.randint(1, 7), f"c{customer:02}", food) for food in draw.sample(foods[:6], 3)]
        lines += [(draw.randint(1, 140), f"c{customer:02}", thing) for thing in draw.sample(durables, 4)]
    replace_raw(
        shop,
        week=WEEK,
        purchases=lines,
        articles=[{"article_id": article, "product_type": article[:-2]} for article in foods + durables],
        customers=[{"customer_id": f"c{number:02}"} for number in range(60)],
    )
    dbt_build.build(database=shop.database, variables=shop.variables(WEEK), select=["+rankings"], command="run")
    return shop


def test_an_owned_durable_gives_way_to_food_and_to_durables_that_are_not_owned(shop):
    places = {
        (kind, bool(is_owned)): (share, place)
        for kind, is_owned, share, place in shop.rows(
            """
            select
                articles.product_type,
                history.article_key is not null,
                count(lists.rank) / count(*),
                avg(coalesce(lists.rank, 13))
            from staging.customers as customers
            cross join rules.eligible_articles as eligible
            inner join staging.articles as articles on eligible.article_key = articles.article_key
            left join features.customer_articles as history
                on customers.customer_key = history.customer_key and eligible.article_key = history.article_key
            left join recommendations.target_week_lists as lists
                on customers.customer_key = lists.customer_key and eligible.article_key = lists.article_key
            group by all
            """
        )
    }
    # articles that are bought every week lead
    assert places["food", True][1] < 5
    # durables that the customer does not have come first
    assert places["thing", False][1] < places["thing", True][1]
    assert places["thing", False][0] > places["thing", True][0]


def test_only_a_type_that_is_seldom_bought_again_loses_points_of_own_history(shop):
    assert shop.rows("select distinct other_signal from blend.interaction_shapes order by 1") == [
        ("new_buyers",),
        ("repeat_rate_of_type",),
    ]
    rates = dict(
        shop.rows(
            """
            select product_type, any_value(repeat_rate_of_type / repeat_rate_of_shop) from signals.repeatability
            inner join staging.articles using (article_key) group by 1
            """
        )
    )
    assert rates["thing"] < 0.5 < rates["food"]
    lost = (
        "select min(points), max(points) from blend.interaction_shapes "
        "where other_signal = 'repeat_rate_of_type' and other_bucket = ?"
    )
    assert shop.rows(lost, 64) == [(0, 0)]
    [(least, most)] = shop.rows(lost, 1)
    assert least < most == 0
