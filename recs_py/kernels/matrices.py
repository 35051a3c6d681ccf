"""Between tables and sparse matrices.

Rows and columns of a matrix are positions in id order (`customer_order`, `article_order` minus one), never keys:
which of equal values a cut keeps then does not depend on the order in which the keys were given out.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp
from duckdb import DuckDBPyRelation
from numpy.typing import ArrayLike


def columns(relation: DuckDBPyRelation, projection: str) -> list[np.ndarray]:
    """The columns of a relation, named in `projection`, as arrays; they hold no SQL nulls."""
    # by way of Arrow: DuckDB's own arrays have a mask beside them and take four times as long
    return [column.to_numpy() for column in relation.project(projection).to_arrow_table().columns]


def key_positions(relation: DuckDBPyRelation, entity: str) -> tuple[np.ndarray, np.ndarray]:
    """Map between the keys of an entity and its positions in id order.

    Parameters
    ----------
    relation
        Has `<entity>_key` and `<entity>_order` (1..n).
    entity
        `customer` or `article`.

    Returns
    -------
    key_of : int32 array, shape (n,)
        The key at each position.
    position_of : int32 array, shape (largest key + 1,)
        The position of each key, -1 for a key that the relation does not have.
    """
    keys, order = columns(relation, f"{entity}_key, {entity}_order")
    ranked = np.argsort(order, kind="stable")
    key_of = keys[ranked].astype(np.int32)
    position_of = np.full(int(keys.max(initial=0)) + 1, -1, dtype=np.int32)
    position_of[key_of] = np.arange(len(key_of), dtype=np.int32)
    return key_of, position_of


def csr(values: ArrayLike, rows: ArrayLike, cols: ArrayLike, *, shape: tuple[int, int]) -> sp.csr_matrix:
    """A float32 CSR matrix with sorted indices from coordinate arrays; no coordinate may come twice."""
    matrix = sp.csr_matrix((np.asarray(values, dtype=np.float32), (rows, cols)), shape=shape)
    matrix.sort_indices()
    return matrix


def entries(matrix: sp.csr_matrix) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, columns and values of a CSR matrix, in its own order."""
    rows = np.repeat(np.arange(matrix.shape[0], dtype=np.int32), np.diff(matrix.indptr))
    return rows, matrix.indices, matrix.data


def embedding_table(entity: str, keys: np.ndarray, vectors: np.ndarray) -> pa.Table:
    """Vectors as a table: `<entity>_key, embedding`, a float32 array of fixed length."""
    width = vectors.shape[1]
    values = pa.array(np.ascontiguousarray(vectors, dtype=np.float32).ravel())
    return pa.table({f"{entity}_key": keys, "embedding": pa.FixedSizeListArray.from_arrays(values, width)})


def embeddings(relation: DuckDBPyRelation, entity: str) -> tuple[np.ndarray, np.ndarray]:
    """The keys and the vectors (float32, one row per key) of such a table, in the order of the keys."""
    table = relation.project(f"{entity}_key, embedding").order(f"{entity}_key").to_arrow_table().combine_chunks()
    keys = table.column(0).to_numpy()
    values = pc.list_flatten(table.column(1)).to_numpy()
    return keys, values.reshape(len(keys), len(values) // max(len(keys), 1))


def neighbour_table(similarities: sp.csr_matrix, key_of: np.ndarray, neighbours: int) -> pa.Table:
    """The rows of an articles-by-articles matrix as the neighbour table that every method shares.

    Parameters
    ----------
    similarities
        Articles by similar articles, at most a few entries per row; entries at or below 0 are left out.
    key_of
        The article key at each position.
    neighbours
        How many to keep per article.

    Returns
    -------
    pyarrow.Table
        `article_key, similar_article_key, similarity, similarity_rank` (1 = most similar; ties by article id).
    """
    rows, cols, values = entries(similarities)
    keep = (values > 0) & (rows != cols)
    rows, cols, values = rows[keep], cols[keep], values[keep]
    counts = np.bincount(rows, minlength=similarities.shape[0])
    starts = np.cumsum(counts) - counts
    # a row is sorted as whole numbers, the similarity above, counted downwards (floats above 0 sort as their bits do),
    # the position below: four times as fast as sorting by three columns
    ranked = np.full((len(counts), counts.max(initial=0)), np.iinfo(np.uint64).max)
    ranked[rows, np.arange(len(rows)) - starts[rows]] = (
        (~values.view(np.uint32)).astype(np.uint64) << np.uint64(32)
    ) | cols.astype(np.uint64)
    ranked.sort(axis=1)
    rows, places = np.nonzero(np.arange(ranked.shape[1]) < np.minimum(counts, neighbours)[:, None])
    best = ranked[rows, places]
    values = (~(best >> np.uint64(32)).astype(np.uint32)).view(np.float32)
    cols = (best & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    return pa.table(
        {
            "article_key": key_of[rows],
            "similar_article_key": key_of[cols],
            "similarity": values,
            "similarity_rank": (places + 1).astype(np.int32),
        }
    )
