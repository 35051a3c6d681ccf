"""Returns: what was brought back was not bought, from the day on which it was brought back."""

import random

import duckdb
import jinja2
import pytest

from recs_py.distribution import ROOT
from recs_py.pipeline import dbt_build

# day, customer, article, quantity. Weeks start on Wednesday; the shop's last day is 2020-09-22.
LINES = [
    # fully returned, a week later: no purchase
    ("2020-09-05", "cleo", "0000000901", 2),
    ("2020-09-12", "cleo", "0000000901", -2),
    # two purchases, one piece of the later one returned: that one has three left
    ("2020-09-06", "bert", "0000000901", 1),
    ("2020-09-07", "bert", "0000000901", 4),
    ("2020-09-19", "bert", "0000000901", -1),
    # a return of more than the latest purchase takes the rest from the one before
    ("2020-09-01", "dora", "0000000101", 3),
    ("2020-09-08", "dora", "0000000101", 2),
    ("2020-09-09", "dora", "0000000101", -4),
    # returned and bought again
    ("2020-09-02", "emil", "0000000101", 1),
    ("2020-09-03", "emil", "0000000101", -1),
    ("2020-09-11", "emil", "0000000101", 1),
    # of what was never bought, or bought only afterwards
    ("2020-09-02", "anna", "0000001301", -1),
    ("2020-09-04", "anna", "0000001301", 1),
    # of another customer's purchase
    ("2020-09-15", "anna", "0000000901", -5),
]
MODELS = ["+customer_articles", "+weekly_sales", "+row_counts", "+customers"]


def add_lines(shop, *lines: tuple) -> None:
    """Raw lines: day, customer, article, quantity; a piece costs 10."""
    with duckdb.connect(str(shop.database)) as connection:
        connection.executemany(
            "insert into raw.transactions (transaction_date, customer_id, article_id, quantity,"
            " price) values (?, ?, ?, ?, 10)",
            list(lines),
        )


def build(shop, week: str) -> None:
    dbt_build.build(database=shop.database, variables={"target_week": week}, select=MODELS, command="run")


def purchases(shop, article: str) -> dict[str, list[tuple]]:
    """Days and pieces of an article that its buyers have, as of the target week."""
    found = {}
    for customer, day, quantity in shop.rows(
        """
        select customer_id, transaction_date::varchar, quantity
        from staging.transactions
        inner join staging.customer_keys using (customer_key) inner join staging.article_keys using (article_key)
        where article_id = ? and transaction_date < (select target_week from staging.target_week)
        order by customer_id, transaction_date
        """,
        article,
    ):
        found.setdefault(customer, []).append((day, quantity))
    return found


def row_counts(shop) -> dict[tuple[str, str], int]:
    counts = "select outcome, reason, lines from staging.row_counts where source_table = 'transactions'"
    return {(outcome, reason): lines for outcome, reason, lines in shop.rows(counts)}


@pytest.fixture(scope="module")
def returns_shop(toy_shop, tmp_path_factory):
    """The toy shop with returns, built for its default week."""
    shop = toy_shop.copy(tmp_path_factory.mktemp("returns"))
    add_lines(shop, *LINES)
    build(shop, "2020-09-23")
    return shop


def test_a_return_is_netted_against_the_latest_earlier_purchases_of_the_customer(returns_shop):
    socks = purchases(returns_shop, "0000000901")
    assert "cleo" not in socks
    assert socks["bert"] == [("2020-09-06", 1), ("2020-09-07", 3)]
    assert socks["dora"] == [("2020-09-16", 1)]
    shirts = purchases(returns_shop, "0000000101")
    assert shirts["dora"] == [("2020-09-01", 1)]
    assert shirts["emil"] == [("2020-09-11", 1)]
    assert purchases(returns_shop, "0000001301")["anna"] == [("2020-09-04", 1)]


def test_what_was_returned_is_neither_history_nor_a_sale(returns_shop):
    assert not returns_shop.rows(
        """
        select 1 from features.customer_articles
        inner join staging.customer_keys using (customer_key) inner join staging.article_keys using (article_key)
        where customer_id = 'cleo' and article_id = '0000000901'
        """
    )
    assert returns_shop.rows(
        """
        select week::varchar, units, buyers
        from features.weekly_sales inner join staging.article_keys using (article_key)
        where article_id = '0000000901' order by week
        """
    ) == [("2020-09-02", 4, 1), ("2020-09-16", 1, 1)]


def test_every_line_of_a_return_is_counted_by_its_reason(returns_shop):
    counts = row_counts(returns_shop)
    # cleo's socks, dora's and emil's shirts
    assert counts["rejected", "bought and returned"] == 3
    assert counts["mended", "partly returned: what was kept counts"] == 2
    assert counts["rejected", "returned"] == 4
    assert counts["rejected", "returned without an earlier purchase"] == 2
    used = sum(lines for (outcome, _), lines in counts.items() if outcome == "used")
    rejected = sum(lines for (outcome, _), lines in counts.items() if outcome == "rejected")
    assert used + rejected == returns_shop.rows("select count(*) from raw.transactions")[0][0]
    assert used == 30 + len(LINES) - rejected


def test_the_price_of_a_day_is_not_changed_by_what_is_returned(returns_shop):
    assert returns_shop.rows(
        """
        select price from staging.transactions inner join staging.customer_keys using (customer_key)
        where customer_id = 'bert' and transaction_date = '2020-09-07'
        """
    ) == [(10,)]


def test_a_return_is_known_from_its_own_day_on(returns_shop, tmp_path):
    shop = returns_shop.copy(tmp_path / "shop")
    build(shop, "2020-09-09")
    # cleo brings the socks back on the 12th, dora the shirts on the 9th; emil's went back on the 3rd
    assert purchases(shop, "0000000901")["cleo"] == [("2020-09-05", 2)]
    assert purchases(shop, "0000000101")["dora"] == [("2020-09-01", 3), ("2020-09-08", 2)]
    assert "emil" not in purchases(shop, "0000000101")
    # and what was kept of other weeks is right again for the next one
    build(shop, "2020-09-23")
    assert purchases(shop, "0000000901") == purchases(returns_shop, "0000000901")
    everything = "select bit_xor(hash(t)), count(*) from {} as t"
    for table in ("staging.transactions", "features.weekly_sales", "features.customer_articles"):
        assert shop.rows(everything.format(table)) == returns_shop.rows(everything.format(table)), table


def test_what_is_returned_within_the_target_week_was_not_bought_in_it(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    add_lines(
        shop,
        ("2020-09-10", "cleo", "0000000901", 1),
        ("2020-09-17", "cleo", "0000000901", 1),
        ("2020-09-18", "cleo", "0000000901", -2),
        # returned after the week: bought in it
        ("2020-09-17", "anna", "0000000901", 1),
        ("2020-09-24", "anna", "0000000901", -1),
    )
    dbt_build.build(
        database=shop.database,
        variables={"target_week": "2020-09-16"},
        select=["+ground_truth", "+customer_articles"],
        command="run",
    )
    ground_truth = shop.rows(
        """
        select customer_id from evaluation.ground_truth
        inner join staging.customer_keys using (customer_key) inner join staging.article_keys using (article_key)
        where article_id = '0000000901' order by customer_id
        """
    )
    # dora bought socks in the toy shop itself
    assert ground_truth == [("anna",), ("dora",)]
    assert purchases(shop, "0000000901") == {"cleo": [("2020-09-10", 1)]}


def test_who_has_returned_everything_stays_a_customer(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    add_lines(shop, ("2020-09-10", "zoe", "0000000101", 1), ("2020-09-11", "zoe", "0000000101", -1))
    build(shop, "2020-09-23")
    assert shop.rows("select in_catalogue from staging.customers where customer_id = 'zoe'") == [(False,)]


def test_returns_are_matched_as_from_a_stack():
    generator = random.Random(5)
    lines = [
        (f"2020-09-{generator.randint(1, 30):02d}", customer, article, generator.choice([-5, -2, -1, -1, 1, 1, 2, 3]))
        for customer in "abcdefgh"
        for article in "123456"
        for _ in range(generator.randint(1, 20))
    ]
    expected = {}
    for customer, article in {line[1:3] for line in lines}:
        stack = []
        # of a day the purchases come first
        for day, *_, quantity in sorted(
            (line for line in lines if line[1:3] == (customer, article)), key=lambda line: (line[0], line[3] < 0)
        ):
            stack += [day] * quantity
            for _ in range(min(-quantity, len(stack))):
                match = (customer, article, day, stack.pop())
                expected[match] = expected.get(match, 0) + 1
    model = (ROOT / "dbt_project/models/staging/returns.sql").read_text()
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            """create table checked_transactions (transaction_date varchar, customer_id varchar, article_id varchar,
            quantity bigint, week varchar, rejected_because varchar)"""
        )
        connection.executemany(
            "insert into checked_transactions values (?, ?, ?, ?, 'w', ?)",
            [(*line, "returned" if line[3] < 0 else None) for line in lines],
        )
        matches = jinja2.Template(model).render(ref=str)
        found = connection.execute(
            f"select customer_id, article_id, returned_on, bought_on, returned from ({matches})"
        ).fetchall()
    assert {row[:4]: row[4] for row in found} == expected
