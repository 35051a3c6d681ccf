"""Other tools on the same files: our seconds are compared with theirs on one machine."""

import time

import duckdb
import numpy as np
import scipy.sparse as sp

from benchmarks.calibration.sales import read_sales
from benchmarks.step import Outcome, Step
from benchmarks.workplace import Workplace
from recs_py.database import connect
from recs_py.kernels.matrices import csr
from recs_py.settings import memory_limit, threads

LIST_LENGTH = 12
NEIGHBOURS = 50
# per customer, for a second step that ranks them
CANDIDATES = 50
CUSTOMERS_PER_BATCH = 20_000


def duckdb_csv(place: Workplace) -> Outcome:
    """DuckDB's own way from CSV to a table, types guessed: what any load costs at least."""
    database = place.folder / "csv.duckdb"
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database), config={"threads": threads(), "memory_limit": memory_limit()}) as connection:
        for name in ("articles", "customers", "transactions_train"):
            connection.execute(f"create table {name} as from read_csv(?)", [str(place.csv(name))])
        rows = connection.execute("select count(*) from transactions_train").fetchone()[0]
    database.unlink()
    return Outcome(rows, note="create table as from read_csv")


def implicit_cosine(place: Workplace) -> Outcome:
    """Item-item cosine of the library `implicit`, fitted, and its 50 candidates for every customer."""
    from implicit.nearest_neighbours import CosineRecommender

    customers_by_articles = _purchases(place)
    started = time.perf_counter()
    model = CosineRecommender(K=NEIGHBOURS, num_threads=threads())
    model.fit(customers_by_articles, show_progress=False)
    fitted = time.perf_counter()
    rows = 0
    for first in range(0, customers_by_articles.shape[0], CUSTOMERS_PER_BATCH):
        batch = customers_by_articles[first : first + CUSTOMERS_PER_BATCH]
        articles, _ = model.recommend(np.arange(first, first + batch.shape[0]), batch, N=CANDIDATES)
        rows += int((articles >= 0).sum())
    done = time.perf_counter()
    note = f"fit {fitted - started:.1f} s, recommend {done - fitted:.1f} s; without reading"
    return Outcome(rows, note, seconds=done - started)


def _purchases(place: Workplace) -> sp.csr_matrix:
    with connect(None) as connection:
        read_sales(connection, place.world)
        shape = connection.execute(
            "select (select count(*) from customer_keys), (select count(*) from article_keys)"
        ).fetchone()
        pairs = connection.execute("select distinct customer, article from sales").fetchnumpy()
    return csr(np.ones(len(pairs["customer"])), pairs["customer"], pairs["article"], shape=shape)


def pandas_repurchase(place: Workplace) -> Outcome:
    """An analyst's first attempt: purchases of 90 days, latest first, filled up with the week's bestsellers."""
    import pandas as pd

    customers = pd.read_csv(place.csv("customers"), usecols=["customer_id"])
    sales = pd.read_csv(
        place.csv("transactions_train"),
        usecols=["t_dat", "customer_id", "article_id"],
        dtype={"customer_id": pd.CategoricalDtype(customers.customer_id), "article_id": "category"},
        parse_dates=["t_dat"],
    ).rename(columns={"t_dat": "day"})
    started = time.perf_counter()
    last_day = sales.day.max()
    last_week = sales[sales.day > last_day - pd.Timedelta(days=7)]
    bestsellers = last_week.article_id.value_counts().head(LIST_LENGTH).index.astype(sales.article_id.dtype)
    bought = (
        sales[sales.day > last_day - pd.Timedelta(days=90)]
        .groupby(["customer_id", "article_id"], observed=True)
        .day.agg(last_bought="max", times="size")
        .reset_index()
        .sort_values(["last_bought", "times", "article_id"], ascending=[False, False, True])
    )
    everyone = pd.DataFrame({"customer_id": customers.customer_id.astype(sales.customer_id.dtype)})
    filled = everyone.merge(pd.DataFrame({"article_id": bestsellers}), how="cross")
    lists = (
        pd.concat([bought[["customer_id", "article_id"]], filled])
        .drop_duplicates()
        .groupby("customer_id", observed=True)
        .head(LIST_LENGTH)
        .sort_values("customer_id", kind="stable")
    )
    return Outcome(len(lists), note="without reading", seconds=time.perf_counter() - started)


PEERS = (
    Step("duckdb", duckdb_csv),
    Step("implicit", implicit_cosine, package="implicit"),
    Step("pandas", pandas_repurchase),
)
