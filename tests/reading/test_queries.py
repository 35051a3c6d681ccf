"""The cookbook in `sql/queries/`: every file runs as it is against the published file."""

import re

import duckdb
import pytest

from recs_py.distribution import ROOT
from recs_py.publishing.postgresql.publish import publish_to_postgres
from tests import postgres_server

pytestmark = pytest.mark.slow

QUERIES = sorted((ROOT / "sql" / "queries").glob("*.sql"))


def test_there_is_a_cookbook():
    assert len(QUERIES) >= 5


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_it_begins_with_one_line_that_says_what_it_shows(path):
    first, second, *_ = path.read_text().splitlines()
    assert re.fullmatch(r"-- [A-Z].+\.", first)
    assert not second.startswith("--")


@pytest.fixture(scope="module")
def shop(toy_shop, tmp_path_factory):
    """The toy shop with a past week too, which is evaluated, and a rule."""
    shop = toy_shop.copy(tmp_path_factory.mktemp("cookbook"))
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute(
            """insert into shop.rules (rule, action, attribute, value)
            values ('stock', 'exclude', 'article_id', '0000000101')"""
        )
    shop.score("2020-09-16")
    return shop


@pytest.fixture(scope="module")
def server(tmp_path_factory, shop):
    for server in postgres_server.start(tmp_path_factory.mktemp("postgres")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PGPASSWORD", postgres_server.PASSWORD)
            publish_to_postgres(published=shop.published, address=server.address, keep=4)
        yield server


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_it_reads_the_public_views_alone_and_returns_rows(path, shop):
    query = path.read_text()
    assert shop.published_rows(query), "no row"
    # the same question must get the same answer, so whoever opens the file sees what we see
    assert shop.published_rows(query) == shop.published_rows(query)
    assert "order by" in query.rsplit("\nfrom ", 1)[1]


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_it_says_the_same_on_postgresql(path, shop, server):
    query = path.read_text().rstrip()
    types = shop.published_rows(f"select column_name, column_type from (describe {query})")
    # fractions are printed in other ways
    names = [f'"{name}"' for name, data_type in types if not data_type.startswith(("DOUBLE", "DECIMAL"))]
    compared = f"select {', '.join(names)} from ({query}) as answer"
    rows = [["" if value is None else str(value) for value in row] for row in shop.published_rows(compared)]
    assert sorted(line.split("|") for line in server.rows(compared)) == sorted(rows)


def test_a_mail_campaign_leaves_out_customers_who_get_bestsellers_only(shop):
    query = next(path for path in QUERIES if path.stem == "mail_campaign").read_text()
    # fritz has never bought anything
    assert [row[1] for row in shop.published_rows(query)] == ["anna", "bert", "cleo", "dora", "emil"]
