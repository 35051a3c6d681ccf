"""Item-item kNN by three libraries: 50 neighbours per article, 50 candidates for every customer who has bought.

Each is timed from its own form of the purchases to the last candidate; reading the files is not counted. Articles that
a customer has bought are left out, as all three do by default or in their documentation.
"""

import importlib.metadata
import time
from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp

from benchmarks.sales import read_sales
from benchmarks.step import Outcome
from benchmarks.workplace import Workplace
from recs_py.database import connect
from recs_py.kernels.matrices import columns
from recs_py.settings import threads

NEIGHBOURS = 50
# per customer, for a second step that ranks them
CANDIDATES = 50
CUSTOMERS_PER_BATCH = 20_000
# LensKit and RecTools return a Python object per customer, and prepare each call again
CUSTOMERS_PER_CALL = 100_000


def implicit_cosine(place: Workplace) -> Outcome:
    """Item-item cosine of the library `implicit`, fitted, and its 50 candidates for every customer."""
    from implicit.nearest_neighbours import CosineRecommender

    customer, article, shape = _purchases(place)
    customers_by_articles = sp.csr_matrix((np.ones(len(customer)), (customer, article)), shape=shape)
    started = time.perf_counter()
    model = CosineRecommender(K=NEIGHBOURS, num_threads=threads())
    model.fit(customers_by_articles, show_progress=False)
    fitted = time.perf_counter()
    rows = 0
    for first in range(0, customers_by_articles.shape[0], CUSTOMERS_PER_BATCH):
        batch = customers_by_articles[first : first + CUSTOMERS_PER_BATCH]
        articles, _ = model.recommend(np.arange(first, first + batch.shape[0]), batch, N=CANDIDATES)
        rows += int((articles >= 0).sum())
    return _outcome("implicit", rows, started, fitted)


def lenskit_pipeline(place: Workplace) -> Outcome:
    """LensKit's top-n pipeline of implicit item-item kNN, fitted, and its 50 candidates for every buyer."""
    import pandas as pd
    from lenskit.batch import recommend
    from lenskit.data import from_interactions_df
    from lenskit.knn import ItemKNNScorer
    from lenskit.pipeline import topn_pipeline

    customer, article, _ = _purchases(place)
    buyers = np.unique(customer)
    dataset = from_interactions_df(pd.DataFrame({"user_id": customer, "item_id": article}))
    del customer, article
    started = time.perf_counter()
    scorer = ItemKNNScorer(max_nbrs=NEIGHBOURS, save_nbrs=NEIGHBOURS, feedback="implicit")
    pipeline = topn_pipeline(scorer, n=CANDIDATES)
    pipeline.train(dataset)
    fitted = time.perf_counter()
    rows = sum(
        len(articles)
        for batch in _batches(buyers)
        for _, articles in recommend(pipeline, batch.tolist(), CANDIDATES, n_jobs=threads()).items()
    )
    return _outcome("lenskit", rows, started, fitted)


def rectools_pipeline(place: Workplace) -> Outcome:
    """RecTools' wrapper of an item-item cosine, fitted on its dataset, and its 50 candidates for every buyer."""
    import pandas as pd
    from implicit.nearest_neighbours import CosineRecommender
    from rectools import Columns
    from rectools.dataset import Dataset
    from rectools.models import ImplicitItemKNNWrapperModel

    customer, article, _ = _purchases(place)
    buyers = np.unique(customer)
    # its dataset wants a weight and a day, of which the model reads the weight
    day = pd.Timestamp("2020-01-01")
    purchases = {Columns.User: customer, Columns.Item: article, Columns.Weight: 1.0, Columns.Datetime: day}
    dataset = Dataset.construct(pd.DataFrame(purchases))
    del customer, article, purchases
    started = time.perf_counter()
    model = ImplicitItemKNNWrapperModel(CosineRecommender(K=NEIGHBOURS, num_threads=threads()))
    model.fit(dataset)
    fitted = time.perf_counter()
    rows = sum(
        len(model.recommend(users=batch, dataset=dataset, k=CANDIDATES, filter_viewed=True))
        for batch in _batches(buyers)
    )
    return _outcome("rectools", rows, started, fitted)


def _purchases(place: Workplace) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Customer and article of every pair that was bought, and how many there are of both."""
    with connect(None) as connection:
        read_sales(connection, place.world)
        [shape] = connection.execute(
            "select (select count(*) from customer_keys), (select count(*) from article_keys)"
        ).fetchall()
        customer, article = columns(connection.sql("select distinct customer, article from sales"), "customer, article")
    return customer, article, shape


def _batches(customers: np.ndarray) -> Iterator[np.ndarray]:
    for first in range(0, len(customers), CUSTOMERS_PER_CALL):
        yield customers[first : first + CUSTOMERS_PER_CALL]


def _outcome(package: str, rows: int, started: float, fitted: float) -> Outcome:
    done = time.perf_counter()
    version = importlib.metadata.version(package)
    note = f"version {version}; fit {fitted - started:.1f} s, recommend {done - fitted:.1f} s; without reading"
    return Outcome(rows, note, seconds=done - started)
