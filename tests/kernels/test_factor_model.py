"""The factor model, against the dense decomposition and a matrix whose answer is known by construction."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from recs_py.kernels.factor_model import factor_embeddings, factor_neighbours
from recs_py.kernels.matrices import embedding_table
from recs_py.kernels.tfidf import content_embeddings

CONNECTION = duckdb.connect()


def relation(**columns) -> duckdb.DuckDBPyRelation:
    return CONNECTION.from_df(pd.DataFrame(columns))


def keyed(entity: str, count: int) -> duckdb.DuckDBPyRelation:
    # keys given out in another order than that of the ids
    return relation(**{f"{entity}_key": np.arange(count, 0, -1), f"{entity}_order": np.arange(1, count + 1)})


def vectors(table, entity: str) -> tuple[np.ndarray, np.ndarray]:
    return table[f"{entity}_key"].to_numpy(), np.array(table["embedding"].to_pylist())


@pytest.fixture
def dense() -> np.ndarray:
    # customers 1..12 and articles 1..8 by key; everybody bought something
    matrix = (np.random.default_rng(5).random((12, 8)) < 0.4).astype(float)
    matrix[:, 0] = 1
    return matrix


@pytest.fixture
def purchases(dense) -> duckdb.DuckDBPyRelation:
    rows, cols = np.nonzero(dense)
    return relation(customer_key=rows + 1, article_key=cols + 1)


def fitted(purchases, factors: int):
    return factor_embeddings(
        customer_articles=purchases, customers=keyed("customer", 12), articles=keyed("article", 8), factors=factors
    )


def test_what_was_bought_summed_up_is_the_best_approximation_of_that_rank(dense, purchases):
    article_keys, right = vectors(fitted(purchases, 3), "article")
    right = right[np.argsort(article_keys)]
    u, s, v = np.linalg.svd(dense, full_matrices=False)
    np.testing.assert_allclose(dense @ right @ right.T, u[:, :3] * s[:3] @ v[:3], atol=1e-4)


def test_the_same_purchases_have_the_same_factors_to_the_last_digit(purchases):
    assert fitted(purchases, 3).equals(fitted(purchases, 3))


def test_where_factors_fade_slowly_they_hold_nearly_all_that_so_many_can():
    """Of many customers who buy at random no factor stands out: a decomposition that stops too early misses some."""
    bought = np.random.default_rng(3).random((400, 200)) < 0.05
    rows, cols = np.nonzero(bought)
    table = factor_embeddings(
        customer_articles=relation(customer_key=rows + 1, article_key=cols + 1),
        customers=keyed("customer", 400),
        articles=keyed("article", 200),
        factors=8,
    )
    article_keys, right = vectors(table, "article")
    held = ((bought[:, article_keys - 1] @ right) ** 2).sum()
    most = (np.linalg.svd(bought.astype(float), compute_uv=False)[:8] ** 2).sum()
    # a round less holds 0.959
    assert 0.97 < held / most <= 1.000001


def test_a_shop_smaller_than_the_embedding_pads_with_zeros(purchases):
    _, right = vectors(fitted(purchases, 64), "article")
    assert right.shape == (8, 64)
    assert not right[:, 7:].any()
    assert np.isfinite(right).all()


@pytest.mark.parametrize("threads", ["1", "3"])
def test_neighbours_are_the_nearest_by_cosine_and_eligible(purchases, threads, monkeypatch):
    monkeypatch.setenv("RECS_THREADS", threads)
    fit = fitted(purchases, 4)
    keys, right = vectors(fit, "article")
    unit = right / np.linalg.norm(right, axis=1, keepdims=True)
    cosines = pd.DataFrame(unit @ unit.T, index=keys, columns=keys)
    table = factor_neighbours(
        factor_embeddings=CONNECTION.from_arrow(fit), articles=keyed("article", 8),
        eligible_articles=relation(article_key=[1, 2, 3, 5]), neighbours=2,
    ).to_pandas()  # fmt: skip
    for article, group in table.groupby("article_key"):
        expected = cosines.loc[article, [key for key in (1, 2, 3, 5) if key != article]].sort_values(ascending=False)
        expected = expected[expected > 0].head(2)
        assert list(group.sort_values("similarity_rank").similar_article_key) == list(expected.index)
        np.testing.assert_allclose(group.sort_values("similarity_rank").similarity, expected, atol=1e-5)


def test_of_many_articles_the_nearest_are_those_of_the_dense_products():
    count, neighbours = 700, 5
    generator = np.random.default_rng(7)
    # a third of the articles has a twin, so that there are ties
    embeddings = generator.standard_normal((count, 6)).astype(np.float32)
    embeddings[: count // 3] = embeddings[count // 3 : 2 * (count // 3)]
    keys = np.arange(1, count + 1)
    table = factor_neighbours(
        factor_embeddings=CONNECTION.from_arrow(embedding_table("article", keys, embeddings)),
        articles=keyed("article", count), eligible_articles=relation(article_key=keys[::2]), neighbours=neighbours,
    ).to_pandas()  # fmt: skip
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    for article in keys:
        cosines = pd.Series((unit @ unit[article - 1]).round(5), index=keys)[::2].drop(article, errors="ignore")
        # ids run against keys
        expected = cosines.reset_index().sort_values([0, "index"], ascending=False).head(neighbours)
        found = table[table.article_key == article].sort_values("similarity_rank")
        assert found.similarity.round(5).tolist() == pytest.approx(expected[0].tolist(), abs=2e-5)
        assert set(found.similar_article_key) == set(expected["index"])


def test_articles_with_the_same_buyers_are_tied_and_the_first_id_wins():
    # everybody bought the articles 1, 2 and 3 together, or 4 alone; ids run against keys
    pairs = [(customer, article) for customer in (1, 2, 3) for article in (1, 2, 3)] + [(4, 4), (5, 4)]
    purchases = relation(customer_key=[pair[0] for pair in pairs], article_key=[pair[1] for pair in pairs])
    fit = factor_embeddings(
        customer_articles=purchases, customers=keyed("customer", 5), articles=keyed("article", 4), factors=2
    )
    table = factor_neighbours(
        factor_embeddings=CONNECTION.from_arrow(fit), articles=keyed("article", 4),
        eligible_articles=relation(article_key=[1, 2, 3, 4]), neighbours=1,
    ).to_pandas()  # fmt: skip
    nearest = dict(zip(table.article_key, table.similar_article_key, strict=True))
    assert nearest == {1: 3, 2: 3, 3: 2}


def test_like_texts_have_like_vectors():
    texts = ["red wool coat", "blue wool coat", "red silk dress", "blue silk dress", "green rubber boots"]
    table = content_embeddings(
        article_texts=relation(article_key=[1, 2, 3, 4, 5], article_order=[1, 2, 3, 4, 5], article_text=texts),
        factors=4, max_df=0.9,
    )  # fmt: skip
    _, found = vectors(table, "article")
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert found[0] @ found[1] > found[0] @ found[3]
    assert found[0] @ found[1] > found[0] @ found[4]


def test_texts_without_words_have_no_vector():
    table = content_embeddings(
        article_texts=relation(article_key=[1, 2], article_order=[1, 2], article_text=["a", "b"]),
        factors=4, max_df=0.9,
    )  # fmt: skip
    assert not np.array(table["embedding"].to_pylist()).any()
