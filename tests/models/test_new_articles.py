"""Articles of the catalogue that nobody has bought yet: left out, or recommended by what they are like."""

import pytest

from recs_py.pipeline import dbt_build

WEEK = "2020-07-01"
NEVER_SOLD = f"""
    select articles.article_key
    from staging.articles as articles
    anti join (select article_key from staging.transactions
    where transaction_date < '{WEEK}') as sold using (article_key)
"""


@pytest.fixture(scope="module")
def launches(fashion, tmp_path_factory):
    shop = fashion.copy(tmp_path_factory.mktemp("launches") / "shop")
    variables = shop.variables(WEEK) | {"recommend_unsold": True}
    dbt_build.build(database=shop.database, variables=variables, select=["+rankings"], command="run")
    return shop


def test_launches_are_recommended_when_switched_on(launches, fashion, tmp_path):
    shown = f"select count(*) from recommendations.rankings semi join ({NEVER_SOLD}) using (article_key)"
    [(count,)] = launches.rows(f"{shown} where target_week = '{WEEK}'")
    assert count > 0
    shop = fashion.copy(tmp_path / "shop")
    dbt_build.build(database=shop.database, variables=shop.variables(WEEK), select=["+rankings"], command="run")
    assert shop.rows(f"{shown} where target_week = '{WEEK}'") == [(0,)]
    assert shop.rows("select count(*) from signals.similar_sales") == [(0,)]


def test_a_launch_expects_the_average_of_what_is_like_it(launches):
    popularity = dict(launches.rows("select article_key, purchases_decayed from features.article_popularity"))
    neighbours: dict[int, list[tuple[int, float]]] = {}
    for article, similar, similarity in launches.rows(
        f"select article_key, similar_article_key, similarity from similarities.tfidf_neighbours "
        f"semi join ({NEVER_SOLD}) using (article_key)"
    ):
        if similar in popularity:
            neighbours.setdefault(article, []).append((similar, similarity))
    expected = {
        article: sum(weight * popularity[similar] for similar, weight in similar_articles)
        / sum(weight for _, weight in similar_articles)
        for article, similar_articles in neighbours.items()
    }
    assert expected
    found = dict(launches.rows("select article_key, similar_sales from signals.similar_sales"))
    assert found == pytest.approx(expected, rel=1e-4)
