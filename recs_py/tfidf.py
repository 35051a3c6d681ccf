"""Content: which articles are described in the same words."""

import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyRelation
from sklearn.feature_extraction.text import TfidfVectorizer
from sparse_dot_topn import sp_matmul_topn

from recs_py.matrices import columns, csr, entries, key_positions, neighbour_table
from recs_py.settings import threads


def tfidf_neighbours(
    *,
    article_texts: DuckDBPyRelation,
    articles: DuckDBPyRelation,
    alive_articles: DuckDBPyRelation,
    neighbours: int,
    most_common_share: float,
) -> pa.Table:
    """The nearest articles that are alive, of every article with a text, by the cosine of TF-IDF vectors.

    Parameters
    ----------
    article_texts
        `article_key, article_text`.
    articles
        `article_key, article_order` of every article.
    alive_articles
        `article_key` of the articles that may be a neighbour: a neighbour is there to be recommended.
    neighbours
        How many to keep per article.
    most_common_share
        Words that stand in more than this share of the texts (0..1) say nothing and are left out.

    Returns
    -------
    pyarrow.Table
        `article_key, similar_article_key, similarity, similarity_rank`; empty when no article has a text.
    """
    key_of, position_of = key_positions(articles, "article")
    keys, texts = columns(article_texts.order("article_order"), "article_key, article_text")
    shape = (len(key_of), len(key_of))
    words = TfidfVectorizer(max_df=most_common_share, sublinear_tf=True, dtype=np.float32)
    try:
        texts_by_words = words.fit_transform(texts).tocsr()
    except ValueError:  # no text has a word that is not too common
        return neighbour_table(csr([], [], [], shape=shape), key_of)
    positions = position_of[keys]
    (alive_keys,) = columns(alive_articles, "article_key")
    alive = np.isin(keys, alive_keys)
    nearest = sp_matmul_topn(
        texts_by_words, texts_by_words[alive].T.tocsr(), top_n=neighbours + 1, sort=True, n_threads=threads()
    )
    rows, cols, values = entries(nearest)
    return neighbour_table(csr(values, positions[rows], positions[alive][cols], shape=shape), key_of)
