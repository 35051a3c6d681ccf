"""The table macros of the published file."""

import duckdb
import pytest


@pytest.mark.slow
def test_recommend_is_the_latest_list(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    shop.score("2020-09-16")
    assert shop.published_rows("select rank, article_id, score from recs.recommend('anna')") == shop.published_rows(
        """select rank, article_id, score from recs.recommendations
        where customer_id = 'anna' and target_week = '2020-09-23' order by rank"""
    )
    assert shop.published_rows("from recs.recommend('nobody')") == []


def test_other_weights_are_another_order_of_the_same_articles(toy_shop):
    same = toy_shop.published_rows("select rank, article_id, score from recs.recommend('anna')")
    for weights in ("{popularity: 1}", "map {}", "'{}'", "{'rule of another week': 7}"):
        again = toy_shop.published_rows(f"select rank, article_id, score from recs.recommend_with('anna', {weights})")
        assert again == same
    # half of every signal halves its points, and those of a pair twice
    signals = [row[0] for row in toy_shop.published_rows("select signal from recs.blend_weights where weight > 0")]
    halves = ", ".join(f"{signal}: 0.5" for signal in signals)
    half = toy_shop.published_rows(f"select article_id, score from recs.recommend_with('anna', {{{halves}}})")
    halved = toy_shop.published_rows(
        """
        select article_id, coalesce(sum(points * if(signal = 'repurchase & new_buyers', 0.25, 0.5)), 0)
        from recs.recommendations left join recs.contributions using (target_week, customer_id, rank, article_id)
        where customer_id = 'anna' group by article_id
        """
    )
    assert dict(half) == pytest.approx(dict(halved))
    # popularity alone
    alone = ", ".join(f"{signal}: {int(signal == 'popularity')}" for signal in signals)
    assert toy_shop.published_rows(f"select article_id, score from recs.recommend_with('anna', {{{alone}}})") == (
        toy_shop.published_rows(
            """
            select article_id, coalesce(points, 0) as points from recs.recommendations
            left join (from recs.contributions where signal = 'popularity')
                using (target_week, customer_id, rank, article_id)
            where customer_id = 'anna' order by points desc, article_id
            """
        )
    )


def test_articles_whose_scores_are_equal_stay_in_their_order(toy_shop):
    signals = [row[0] for row in toy_shop.published_rows("select signal from recs.blend_weights where weight > 0")]
    nothing = ", ".join(f"{signal}: 0" for signal in signals)
    listed = toy_shop.published_rows("select rank, article_id from recs.recommend('anna')")
    # another order than that of the ids
    assert [article for _, article in listed] != sorted(article for _, article in listed)
    assert toy_shop.published_rows(
        f"select rank, article_id, score, rank_before from recs.recommend_with('anna', {{{nothing}}})"
    ) == [(rank, article, 0, rank) for rank, article in listed]


def test_a_pair_of_signals_has_both_weights(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.published)) as connection:
        connection.execute(
            """create table recs.lists as select * replace (
                [{'points': 2.0, 'signal': 'item_cf & tfidf'}, {'points': 1.0, 'signal': 'season'}] as contributions
            ) from recs.recommendations_explained"""
        )
        connection.execute("create or replace view recs.recommendations_explained as from recs.lists")
        connection.execute("checkpoint")
    score = shop.published_rows("select score from recs.recommend_with('anna', {item_cf: 3, tfidf: 0.5})")[0][0]
    assert score == 2 * 3 * 0.5 + 1


def test_weights_may_be_json_as_in_postgresql(toy_shop):
    as_struct = toy_shop.published_rows("from recs.recommend_with('anna', {popularity: 0, repurchase: 3})")
    assert as_struct != toy_shop.published_rows("from recs.recommend_with('anna', map {})")
    for weights in ('\'{"popularity": 0, "repurchase": 3}\'', '\'{"popularity": 0, "repurchase": 3}\'::json'):
        assert toy_shop.published_rows(f"from recs.recommend_with('anna', {weights})") == as_struct


@pytest.mark.parametrize("customer", ["anna", "nobody"])
@pytest.mark.parametrize(
    "weights", ["{Popularity: 0}", "map {'popularity': 0, 'Popularity': 1}", "'{\"Popularity\": 0}'"]
)
def test_a_factor_of_no_signal_is_refused(toy_shop, customer, weights):
    with pytest.raises(duckdb.InvalidInputException, match=r"There is no signal Popularity.*recs\.signals has their"):
        toy_shop.published_rows(f"from recs.recommend_with('{customer}', {weights})")


@pytest.mark.parametrize("rule", ["deals & popularity", '12" pizza week', "it's \\ {week}"])
def test_the_name_of_a_rule_may_be_anything(toy_shop, tmp_path, rule):
    shop = toy_shop.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.published)) as connection:
        connection.execute("update internal.recommendation_buckets set boosted_by = ?, boost = 8", [rule])
    of_popularity = dict(
        shop.published_rows("select rank, points from recs.contributions where customer_id = ? and signal = ?",
                            "anna", "popularity")
    )  # fmt: skip
    listed = shop.published_rows(
        """select rank, coalesce(list_sum(list_transform(contributions, lambda part: part.points)), 0)
        from recs.recommendations_explained where customer_id = 'anna'"""
    )
    expected = {rank: score - of_popularity.get(rank, 0) for rank, score in listed}
    again = "select rank_before, score from recs.recommend_with('anna', ?)"
    assert dict(shop.published_rows(again, {"popularity": 0})) == pytest.approx(expected)
    # its own factor is that of its whole name
    doubled = {rank: score + 8 for rank, score in listed}
    assert dict(shop.published_rows(again, {f"rule {rule}": 2})) == pytest.approx(doubled)


def test_similar_and_popular_are_the_views(toy_shop):
    assert toy_shop.published_rows(
        "select rank, article_id, similarity from recs.similar('0000000101', 'copurchase')"
    ) == toy_shop.published_rows(
        """select rank, similar_article_id, similarity from recs.similar_articles
        where article_id = '0000000101' and method = 'copurchase' order by rank"""
    )
    assert toy_shop.published_rows("select rank, article_id, units from recs.popular('30-34')") == (
        toy_shop.published_rows(
            "select rank, article_id, units from recs.popular_articles where segment = '30-34' order by rank"
        )
    )


def test_a_basket_gets_what_goes_with_several_of_its_articles_first(toy_shop):
    [(expected, similarity)] = toy_shop.published_rows(
        """
        select similar_article_id, sum(similarity) from recs.similar_articles
        where method = 'copurchase' and article_id in ('0000000101', '0000000301')
            and similar_article_id not in ('0000000101', '0000000301')
        group by 1 order by 2 desc, 1 limit 1
        """
    )
    rows = toy_shop.published_rows(
        "select rank, article_id, similarity, because_of_article_id from recs.also_bought(['0000000101', '0000000301'])"
    )
    assert rows[0][:3] == (1, expected, pytest.approx(similarity))
    assert {row[3] for row in rows} <= {"0000000101", "0000000301"}
    assert not {row[1] for row in rows} & {"0000000101", "0000000301"}
    assert toy_shop.published_rows("from recs.also_bought(['unknown'])") == []


def test_the_reason_is_the_article_of_the_basket_that_is_most_alike(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.published)) as connection:
        connection.execute(
            """
            delete from recs.similar_articles;
            insert into recs.similar_articles (article_id, similar_article_id, method, similarity, rank) values
            ('0000000101', '0000000401', 'copurchase', 0.25, 1), ('0000000201', '0000000401', 'copurchase', 0.5, 1),
            ('0000000301', '0000000401', 'copurchase', 0.5, 1), ('0000000101', '0000000501', 'copurchase', 0.75, 1);
            checkpoint
            """
        )
    assert shop.published_rows(
        """select rank, article_id, similarity, because_of_article_id
        from recs.also_bought(['0000000101', '0000000201', '0000000301'])"""
    ) == [(1, "0000000401", 1.25, "0000000201"), (2, "0000000501", 0.75, "0000000101")]


@pytest.mark.parametrize("text", ["x' or '1'='1", "'; drop schema recs cascade; --", "anna\\", '"', "%", "{}", "NULL"])
def test_an_id_is_never_more_than_an_id(toy_shop, text):
    before = toy_shop.published.read_bytes()
    for query in (
        "from recs.recommend(?)",
        "from recs.recommend_with(?, {popularity: 2})",
        "from recs.similar(?, 'item_cf')",
        "from recs.similar('0000000101', ?)",
        "from recs.also_bought([?])",
        "from recs.popular(?)",
    ):
        assert toy_shop.published_rows(query, text) == []
    assert toy_shop.published.read_bytes() == before
