"""The sparse kernels, against dense arithmetic and against matrices whose answer is known by construction."""

import duckdb
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from recs_py.errors import UsageError
from recs_py.kernels.item_cf import cosine_similarities, item_cf_neighbours, rp3beta_similarities
from recs_py.kernels.neighbour_candidates import neighbour_candidates
from recs_py.kernels.tfidf import tfidf_neighbours


@pytest.fixture
def purchases() -> sp.csr_matrix:
    generator = np.random.default_rng(3)
    return sp.csr_matrix((generator.random((40, 15)) < 0.2).astype(np.float32))


CONNECTION = duckdb.connect()


def relation(**columns) -> duckdb.DuckDBPyRelation:
    return CONNECTION.from_df(pd.DataFrame(columns))


def articles(count: int) -> duckdb.DuckDBPyRelation:
    # keys given out in another order than that of the ids
    return relation(article_key=np.arange(count, 0, -1), article_order=np.arange(1, count + 1))


def customers(count: int) -> duckdb.DuckDBPyRelation:
    return relation(customer_key=np.arange(count), customer_order=np.arange(1, count + 1))


def bought(pairs: list[tuple[int, int]], days_since_last: list[int] | int = 1) -> duckdb.DuckDBPyRelation:
    customer_keys, article_keys = zip(*pairs, strict=True)
    return relation(customer_key=list(customer_keys), article_key=list(article_keys), days_since_last=days_since_last)


def test_cosine_equals_dense(purchases):
    dense = purchases.toarray().astype(float)
    norms = np.linalg.norm(dense, axis=0)
    expected = np.divide(
        dense.T @ dense, np.outer(norms, norms), where=np.outer(norms, norms) > 0, out=np.zeros((15, 15))
    )
    found = cosine_similarities(purchases, neighbours=14).toarray()
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_rp3beta_equals_a_dense_random_walk(purchases):
    dense = purchases.toarray().astype(float)
    top_k, per_article = dense.sum(axis=1, keepdims=True), dense.sum(axis=0)
    to_articles = np.divide(dense, top_k, where=top_k > 0, out=np.zeros_like(dense)) ** 0.7
    to_customers = (
        np.divide(dense.T, per_article[:, None], where=per_article[:, None] > 0, out=np.zeros_like(dense.T)) ** 0.7
    )
    expected = to_customers @ to_articles / np.where(per_article > 0, per_article, 1) ** 0.3
    found = rp3beta_similarities(purchases, neighbours=14).toarray()
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_two_groups_of_customers_never_mix():
    # customers 1..10 buy even articles, 11..20 odd ones
    rows = [
        (customer, article) for customer in range(1, 21) for article in range(1, 9) if article % 2 == (customer > 10)
    ]
    table = item_cf_neighbours(
        customer_articles=bought(rows),
        customers=customers(30),
        articles=articles(8),
        method="cosine",
        neighbours=3,
        max_history_size=100,
        max_basket_size=100,
    ).to_pandas()
    assert len(table) == 8 * 3
    assert ((table.article_key - table.similar_article_key) % 2 == 0).all()
    assert table.similarity.round(5).eq(1).all()


def test_equal_similarities_are_ranked_by_article_id():
    table = item_cf_neighbours(
        customer_articles=bought([(1, article) for article in range(1, 6)]),
        customers=customers(30),
        articles=articles(5),
        method="cosine",
        neighbours=4,
        max_history_size=100,
        max_basket_size=100,
    ).to_pandas()
    # ids run against keys, so the nearest of article 1 is that with the largest key
    first = table[table.article_key == 1].sort_values("similarity_rank")
    assert first.similar_article_key.tolist() == [5, 4, 3, 2]


@pytest.mark.parametrize("method", ["cosine", "rp3beta"])
def test_what_is_cut_does_not_depend_on_the_keys(method):
    generator = np.random.default_rng(11)
    rows = [(customer, article) for customer in range(30) for article in range(1, 13) if generator.random() < 0.3]
    tables = []
    for key_of, customer_key_of in (
        (np.arange(13), np.arange(30)),
        (np.r_[0, generator.permutation(12) + 1], generator.permutation(30)),
    ):
        table = item_cf_neighbours(
            customer_articles=bought([(customer_key_of[customer], key_of[article]) for customer, article in rows]),
            customers=relation(customer_key=customer_key_of, customer_order=np.arange(1, 31)),
            articles=relation(article_key=key_of[1:], article_order=np.arange(1, 13)),
            method=method,
            neighbours=3,
            max_history_size=100,
            max_basket_size=100,
        ).to_pandas()
        order_of = np.argsort(key_of)
        tables.append(
            sorted(
                zip(
                    order_of[table.article_key],
                    order_of[table.similar_article_key],
                    table.similarity,
                    strict=True,
                )
            )
        )
    assert tables[0] == tables[1]


def test_an_unknown_method_is_refused():
    with pytest.raises(UsageError, match="choose one of cosine, rp3beta"):
        item_cf_neighbours(
            customer_articles=bought([(1, 1)]),
            customers=customers(30),
            articles=articles(1),
            method="magic",
            neighbours=3,
            max_history_size=100,
            max_basket_size=100,
        )


@pytest.mark.parametrize(
    ("max_history_size", "max_basket_size", "similar_to_1"),
    [
        # customer 1 bought 1 and 2 on the latest day, 3 and 4 before, 5 long ago; customer 2 bought 1 and 5
        (5, 1, {2: 1 / 2**0.5, 3: 1 / 2**0.5, 4: 1 / 2**0.5, 5: 2 / (2 * 2) ** 0.5}),
        (4, 1, {2: 1 / 2**0.5, 3: 1 / 2**0.5, 4: 1 / 2**0.5, 5: 1 / 2**0.5}),
        # the day with 3 and 4 would make four
        (3, 1, {2: 1 / 2**0.5, 5: 1 / 2**0.5}),
        # of customer 2 one article is left, of customer 1 the latest day, which by itself holds two
        (1, 5, {2: 1 / 2**0.5}),
        (1, 2, {2: 1 / 2**0.5}),
        # and is too large
        (1, 1, {}),
    ],
)
def test_of_a_large_history_the_latest_days_count(max_history_size, max_basket_size, similar_to_1):
    table = item_cf_neighbours(
        customer_articles=bought(
            [(1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (2, 1), (2, 5)], days_since_last=[1, 1, 2, 2, 9, 3, 4]
        ),
        customers=customers(30),
        articles=articles(5),
        method="cosine",
        neighbours=4,
        max_history_size=max_history_size,
        max_basket_size=max_basket_size,
    ).to_pandas()
    found = table[table.article_key == 1].set_index("similar_article_key").similarity.to_dict()
    assert found == pytest.approx(similar_to_1)


def test_tfidf_finds_the_same_words_and_only_articles_that_are_eligible():
    texts = ["red wool scarf", "red wool hat", "blue cotton shirt", "blue cotton trousers", "red wool coat"]
    table = tfidf_neighbours(
        article_texts=relation(article_key=[5, 4, 3, 2, 1], article_order=[1, 2, 3, 4, 5], article_text=texts),
        articles=articles(5),
        eligible_articles=relation(article_key=[5, 4, 3, 2]),
        neighbours=2,
        max_df=0.9,
    ).to_pandas()
    nearest = {key: group.similar_article_key.tolist() for key, group in table.groupby("article_key")}
    assert nearest == {5: [4], 4: [5], 3: [2], 2: [3], 1: [5, 4]}


def test_a_word_that_is_said_twice_counts_less_than_twice():
    table = tfidf_neighbours(
        article_texts=relation(article_key=[2, 1], article_order=[1, 2], article_text=["red red wool", "red hat"]),
        articles=articles(2),
        eligible_articles=relation(article_key=[1, 2]),
        neighbours=1,
        max_df=1.0,
    ).to_pandas()
    # red, in both texts, weighs 1, said twice 1 + ln 2; wool and hat weigh 1 + ln(3 / 2)
    once, twice, other = 1, 1 + np.log(2), 1 + np.log(3 / 2)
    cosine = once * twice / np.hypot(once, other) / np.hypot(twice, other)
    assert table.similarity.tolist() == pytest.approx([cosine] * 2)


# a setting may be written as a whole number, which to the vectorizer would be a number of texts
@pytest.mark.parametrize("max_df", [1, 1.0])
def test_a_dead_article_has_as_many_neighbours_as_one_that_is_eligible(max_df):
    table = tfidf_neighbours(
        article_texts=relation(article_key=[4, 3, 2, 1], article_order=[1, 2, 3, 4], article_text=["red wool"] * 4),
        articles=articles(4),
        eligible_articles=relation(article_key=[4, 3, 2]),
        neighbours=2,
        max_df=max_df,
    ).to_pandas()
    assert table.groupby("article_key").size().to_dict() == {1: 2, 2: 2, 3: 2, 4: 2}


@pytest.mark.parametrize("texts", [[], ["", " "], ["same", "same"]])
def test_tfidf_without_telling_words_finds_nothing(texts):
    table = tfidf_neighbours(
        article_texts=relation(
            article_key=np.arange(1, len(texts) + 1),
            article_order=np.arange(1, len(texts) + 1),
            article_text=np.array(texts, dtype=object),
        ),
        articles=articles(2),
        eligible_articles=relation(article_key=[1, 2]),
        neighbours=2,
        max_df=0.5,
    )
    assert table.num_rows == 0


def test_candidates_equal_profile_times_similarity():
    generator = np.random.default_rng(5)
    similarity = generator.random((6, 6)).round(3)
    history = [(1, 1, 1), (1, 2, 4), (2, 3, 10), (2, 1, 2), (3, 6, 5)]
    profile = np.zeros((4, 7))
    for customer, article, days in history:
        profile[customer, article] = 1 / days
    eligible = [1, 2, 4, 5]
    pairs = [(one, other) for one in range(1, 7) for other in range(1, 7)]
    table = neighbour_candidates(
        signals=[{"name": "silent", "top_k": 3}, {"name": "test", "top_k": 3}],
        neighbours=relation(
            signal=["test"] * len(pairs),
            article_key=[pair[0] for pair in pairs],
            similar_article_key=[pair[1] for pair in pairs],
            similarity=[similarity[one - 1, other - 1] for one, other in pairs],
        ),
        customer_articles=relation(
            customer_key=[row[0] for row in history],
            article_key=[row[1] for row in history],
            days_since_last=[row[2] for row in history],
        ),
        customers=relation(customer_key=[1, 2], customer_order=[1, 2]),
        articles=articles(6),
        eligible_articles=relation(article_key=eligible),
    ).to_pandas()
    assert set(table.signal) == {"test"}
    assert sorted(table.customer_key.unique()) == [1, 2]
    for customer in (1, 2):
        expected = {article: profile[customer, 1:] @ similarity[:, article - 1] for article in eligible}
        best = sorted(expected, key=lambda article: -expected[article])[:3]
        found = table[table.customer_key == customer].set_index("article_key").value
        assert sorted(found.index) == sorted(best)
        np.testing.assert_allclose(
            [found[article] for article in best], [expected[article] for article in best], rtol=1e-5
        )


def test_a_shop_without_item_item_signals_has_no_such_candidates():
    table = neighbour_candidates(
        signals=[],
        neighbours=relation(signal=["test"], article_key=[1], similar_article_key=[2], similarity=[0.5]),
        customer_articles=bought([(1, 1)]),
        customers=relation(customer_key=[1], customer_order=[1]),
        articles=articles(2),
        eligible_articles=relation(article_key=[1, 2]),
    )
    assert table.num_rows == 0
    assert table.column_names == ["signal", "customer_key", "article_key", "value"]
