"""The cookbook in `sql/queries/`: every file runs as it is against the published file."""

import re
from pathlib import Path

import pytest

QUERIES = sorted((Path(__file__).parent.parent / "sql" / "queries").glob("*.sql"))


def test_there_is_a_cookbook():
    assert len(QUERIES) >= 5


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_it_begins_with_one_line_that_says_what_it_shows(path):
    first, second, *_ = path.read_text().splitlines()
    assert re.fullmatch(r"-- [A-Z].+\.", first)
    assert not second.startswith("--")


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_it_reads_the_public_views_alone_and_returns_rows(path, toy_shop):
    query = path.read_text()
    assert toy_shop.published_rows(query), "no row"
    # the same question must get the same answer, so whoever opens the file sees what we see
    assert toy_shop.published_rows(query) == toy_shop.published_rows(query)
    assert "order by" in query.rsplit("\nfrom ", 1)[1]
