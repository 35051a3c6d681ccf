"""A signal's model has one row for each key; the error for a model that does not names it."""

import re

import pytest

from recs_py.database import connect
from recs_py.errors import RecsError
from recs_py.pipeline import dbt_build
from tests.conftest import copy_project

WEEK = "2020-09-23"


@pytest.fixture
def project(toy_shop, tmp_path, monkeypatch):
    """A copy of the project and of the toy shop, for a test that writes a model."""
    copy_project(tmp_path)
    monkeypatch.setattr(dbt_build, "project", lambda: tmp_path)
    return toy_shop.copy(tmp_path / "shop")


def append(shop, model: str, sql: str) -> None:
    file = dbt_build.project() / "dbt_project/models/signals" / f"{model}.sql"
    file.write_text(file.read_text() + sql)


def build(shop, *select: str, **variables) -> None:
    dbt_build.build(database=shop.database, variables=shop.variables(WEEK) | variables, select=list(select))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("customers", "more", "named"),
    [
        ("all", 1, "signals/repurchase"),
        ("buyers", 1, "signals/repurchase"),
        ("all", 2**13 - 1, "signals/repurchase"),
    ],
)
def test_a_signal_that_proposes_a_pair_more_than_once_is_an_error_that_names_it(project, customers, more, named):
    append(
        project,
        "repurchase",
        "\nunion all\nselect customer_key, article_key, 1.0, 1.0, 1.0 "
        f"from {{{{ ref('customer_articles') }}}} cross join range({more})",
    )
    week = {"all": WEEK, "buyers": "2020-09-16"}[customers]
    with pytest.raises(RecsError, match=rf"failed: {named}( or signals/\w+)* has several rows"):
        dbt_build.build(
            database=project.database,
            variables=project.variables(week) | {"customers": customers, "customers_per_block": 2},
            select=["+target_week_lists"],
            command="run",
        )


@pytest.mark.parametrize(
    ("model", "again"),
    [
        ("popularity", "select article_key, 2.0 from {{ ref('article_popularity') }}"),
        ("segment_popularity", "select 1 as segment_key, null as article_key, 2.0"),
    ],
)
def test_a_key_of_a_coarser_signal_that_stands_twice_or_is_missing_is_an_error_that_names_it(project, model, again):
    append(project, model, f"\nunion all\n{again}")
    with pytest.raises(RecsError, match=rf"The model signals/{model} has several rows with one key"):
        build(project, model, "signals_have_one_row_per_key")


@pytest.mark.slow
def test_signals_in_another_order_stay_themselves_though_only_a_part_is_built_again(project):
    file = dbt_build.project() / "dbt_project.yml"
    listed = re.findall(r"^    - \{name: (?:copurchase|tfidf), .*\n.*\n", file.read_text(), flags=re.MULTILINE)
    counts = "select (select count(*) from signals.copurchase), (select count(*) from signals.tfidf)"
    before = project.rows(counts)
    assert before[0][0] != before[0][1]
    text = file.read_text().replace(listed[0], "\0").replace(listed[1], listed[0]).replace("\0", listed[1])
    file.write_text(text)
    dbt_build.build(
        database=project.database, variables={"target_week": WEEK}, select=["copurchase", "tfidf"], command="run"
    )
    assert project.rows(counts) == before


@pytest.mark.slow
def test_tests_of_a_sample_see_customers_beyond_the_first_block(project):
    """A key that stands twice is found whoever's it is, whatever `customers_per_block`."""
    append(
        project,
        "habit",
        "\nunion all\nselect customer_key, article_key, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0 "
        "from {{ ref('customer_articles') }} "
        "where customer_key = (select max(customer_key) from {{ ref('customer_articles') }})",
    )
    with pytest.raises(RecsError, match="signals/habit"):
        dbt_build.build(
            database=project.database,
            variables={"target_week": WEEK, "customers_per_block": 1},
            select=["+habit", "+signals_have_one_row_per_key"],
        )


def test_a_sample_of_many_customers_is_a_range_of_their_keys_that_moves_with_the_week(project):
    (dbt_build.project() / "dbt_project/models/features/sampled.sql").write_text(
        "select customer_key from {{ ref('customers') }} where {{ in_sample('customer_key') }}"
    )
    with connect(project.database) as connection:
        connection.execute("insert into staging.customers by name select 1000 + unnest(range(20000)) as customer_key")
    ranges = set()
    for week in (WEEK, "2020-09-16"):
        build_week = project.variables(week)
        dbt_build.build(
            database=project.database, variables=build_week, select=["target_week", "sampled"], command="run"
        )
        with connect(project.database, read_only=True) as connection:
            ranges |= set(
                connection.execute(
                    "select min(customer_key), max(customer_key), count(*) from features.sampled"
                ).fetchall()
            )
    assert len(ranges) == 2
    assert all(count == 5000 for _, _, count in ranges)
