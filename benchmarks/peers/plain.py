"""Peers without a library for recommendations: DuckDB's reader, and pandas as an analyst uses it first."""

import time

import duckdb

from benchmarks.step import Outcome
from benchmarks.workplace import Workplace
from recs_py.settings import memory_limit, threads

LIST_LENGTH = 12


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
