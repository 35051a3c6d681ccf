"""The sales of Kaggle's three files, with integers for the long ids."""

from datetime import date
from pathlib import Path

from duckdb import DuckDBPyConnection

from recs_py.errors import UsageError


def read_sales(connection: DuckDBPyConnection, directory: Path) -> None:
    """Make `customer_keys` and `article_keys` (0 .. n - 1 in id order), and `sales`, a row per pair and day.

    Parameters
    ----------
    directory
        Holds `transactions_train`, `articles` and `customers`, each `.parquet` or `.csv`.

    Raises
    ------
    UsageError
        When a file is missing.
    """
    sources = {}
    for name in ("transactions_train", "articles", "customers"):
        paths = [directory / f"{name}.{ending}" for ending in ("parquet", "csv")]
        path = next((path for path in paths if path.exists()), None)
        if path is None:
            raise UsageError(
                f"{directory} has neither {paths[0].name} nor {paths[1].name}: name a folder of Kaggle's files."
            )
        reader = "read_parquet('{}')" if path.suffix == ".parquet" else "read_csv('{}', all_varchar = true)"
        sources[name] = reader.format(str(path).replace("'", "''"))
    connection.execute(
        f"""
        create table article_keys as
            select article_id, (row_number() over (order by article_id) - 1)::integer as article
            from {sources["articles"]};
        create table customer_keys as
            select customer_id, (row_number() over (order by customer_id) - 1)::integer as customer, age::float as age
            from {sources["customers"]};
        create table sales as
            select t_dat::date as day, customer, article, count(*)::integer as units, avg(price::float)::float as price
            from {sources["transactions_train"]}
            inner join customer_keys using (customer_id)
            inner join article_keys using (article_id)
            group by all;
        """
    )


def split_at_week(connection: DuckDBPyConnection, target_week: date) -> None:
    """Make `past`, `history` (pairs before the week), `truth` (pairs of the week), and `world`, a row of sizes.

    Raises
    ------
    UsageError
        When nobody bought in the week.
    """
    connection.execute(
        f"""
        create table world as
            select date '{target_week}' as target_week,
                (select count(*) from customer_keys) as customers,
                (select count(*) from article_keys) as articles;
        create table truth as
            select distinct customer, article from sales, world
            where day >= target_week and day < target_week + 7;
        create table past as select sales.* from sales, world where day < target_week;
        create table history as
            select customer, article, max(day) as last_day, sum(units) as units from past group by all;
        """
    )
    if not connection.execute("select count(*) from truth").fetchone()[0]:
        raise UsageError(f"Nobody bought in the week of {target_week}: choose a week within the data.")
