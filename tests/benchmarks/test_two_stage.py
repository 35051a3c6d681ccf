"""Candidates and features of the LightGBM peer, on a handful of purchases."""

import datetime as dt

import pytest

from benchmarks.peers.two_stage import FEATURES, _aggregate, _candidates
from recs_py.database import connect

WEEK = dt.date(2020, 9, 16)
# days before the week, customer, article, units, price
SALES = [
    (1, 1, 10, 2, 0.1),
    (10, 1, 10, 1, 0.4),
    (20, 1, 11, 1, 0.2),
    (2, 2, 10, 1, 0.1),
    (3, 2, 11, 1, 0.2),
    (100, 3, 12, 4, 0.5),
    (-1, 3, 10, 9, 0.9),
]


@pytest.fixture
def candidates():
    with connect(None) as connection:
        connection.execute(
            "create table customer_keys as from (values (1, 20), (2, 40), (3, null), (4, 60)) v (customer, age)"
        )
        connection.execute(
            "create table sales (day date, customer integer, article integer, units integer, price float)"
        )
        connection.executemany(
            "insert into sales values (?, ?, ?, ?, ?)",
            [(WEEK - dt.timedelta(days), *values) for days, *values in SALES],
        )
        _aggregate(connection, WEEK)
        found = _candidates(connection, "select customer from customer_keys")
    return found.set_index(["customer", "article"]).sort_index()


def features(candidates, customer: int, article: int) -> dict[str, float]:
    row = candidates.loc[(customer, article)].dropna()
    return {name: pytest.approx(value, rel=1e-5) for name, value in row.items()}


def test_everybody_gets_the_bestsellers_and_no_pair_comes_twice(candidates):
    assert list(candidates.columns) == FEATURES
    assert list(candidates.index) == [(customer, article) for customer in (1, 2, 3, 4) for article in (10, 11, 12)]


def test_features_are_those_before_the_week(candidates):
    assert features(candidates, 1, 10) == {
        "times_bought": 3,
        "days_since_bought": 1,
        "copurchases": 2,  # two customers bought both
        "bestseller_rank": 1,
        "units_1_week": 3,
        "units_4_weeks": 4,
        "days_on_sale": 10,
        "price": 0.2,
        "age_of_buyers": 80 / 3,
        "lines_of_customer": 4,
        "days_since_visit": 1,
        "price_of_customer": 0.7 / 3,
        "age": 20,
    }


def test_a_customer_without_history_has_the_features_of_the_article_alone(candidates):
    assert features(candidates, 4, 12) == {
        "bestseller_rank": 3,
        "units_1_week": 0,
        "units_4_weeks": 0,
        "days_on_sale": 100,
        "age": 60,
    }
    assert features(candidates, 3, 10)["lines_of_customer"] == 4
