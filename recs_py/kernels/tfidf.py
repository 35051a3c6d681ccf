"""Content: which articles are described in the same words."""

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from duckdb import DuckDBPyRelation
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.utils.extmath import randomized_svd
from sparse_dot_topn import sp_matmul_topn
from threadpoolctl import threadpool_limits

from recs_py.errors import UsageError
from recs_py.kernels.matrices import columns, csr, embedding_table, entries, key_positions, neighbour_table
from recs_py.settings import threads


def tfidf_neighbours(
    *,
    article_texts: DuckDBPyRelation,
    articles: DuckDBPyRelation,
    eligible_articles: DuckDBPyRelation,
    neighbours: int,
    max_df: float,
) -> pa.Table:
    """The nearest articles that are eligible, of every article with a text, by the cosine of TF-IDF vectors.

    Parameters
    ----------
    article_texts
        `article_key, article_text`.
    articles
        `article_key, article_order` of every article.
    eligible_articles
        `article_key` of the articles that may be a neighbour: a neighbour is there to be recommended.
    neighbours
        How many to keep per article.
    max_df
        Words that occur in more than this share of the texts (0..1) are left out.

    Returns
    -------
    pyarrow.Table
        `article_key, similar_article_key, similarity, similarity_rank`; empty when no article has a text.
    """
    key_of, position_of = key_positions(articles, "article")
    keys, texts_by_words = _texts_by_words(article_texts, max_df)
    shape = (len(key_of), len(key_of))
    if texts_by_words is None:
        return neighbour_table(csr([], [], [], shape=shape), key_of, neighbours)
    positions = position_of[keys]
    (eligible_keys,) = columns(eligible_articles, "article_key")
    eligible = np.isin(keys, eligible_keys)
    nearest = sp_matmul_topn(
        texts_by_words, texts_by_words[eligible].T.tocsr(), top_n=neighbours + 1, sort=True, n_threads=threads()
    )
    rows, cols, values = entries(nearest)
    return neighbour_table(csr(values, positions[rows], positions[eligible][cols], shape=shape), key_of, neighbours)


def content_embeddings(*, article_texts: DuckDBPyRelation, factors: int, max_df: float) -> pa.Table:
    """Every article with a text as a dense vector: its TF-IDF vector, reduced (latent semantic analysis).

    Parameters
    ----------
    article_texts
        `article_key, article_order, article_text`.
    factors
        Length of a vector.
    max_df
        As in `tfidf_neighbours`.

    Returns
    -------
    pyarrow.Table
        `article_key, embedding` (float32 array of length 1, or all zeros where a text has no telling word), so that the
        inner product of two is about the cosine of their texts.
    """
    keys, texts_by_words = _texts_by_words(article_texts, max_df)
    vectors = np.zeros((len(keys), factors), dtype=np.float32)
    rank = 0 if texts_by_words is None else min(factors, min(texts_by_words.shape) - 1)
    if rank > 0:
        # one thread: more would add the same numbers in another order
        with threadpool_limits(1):
            left, weights, _ = randomized_svd(texts_by_words, rank, n_iter=4, random_state=0)
        vectors[:, :rank] = left * weights
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return embedding_table("article", keys, vectors)


def _texts_by_words(article_texts: DuckDBPyRelation, max_df: float) -> tuple[np.ndarray, sp.csr_matrix | None]:
    """The articles' keys and TF-IDF vectors; no vectors where no text has a word that is not too common."""
    if not 0 < max_df <= 1:
        raise UsageError(f"max_df is {max_df}: choose a share above 0 and at most 1.")
    keys, texts = columns(article_texts.order("article_order"), "article_key, article_text")
    words = TfidfVectorizer(max_df=float(max_df), sublinear_tf=True, dtype=np.float32)
    try:
        return keys, words.fit_transform(texts).tocsr()
    except ValueError:
        # the library's error for an empty vocabulary
        return keys, None
