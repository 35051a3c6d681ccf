"""The folder of one scale: the files of the simulated shop, and the databases that the steps make from them."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.scales import Scale
from recs_py.database import connect
from recs_py.sql_text import literal
from recs_py.synthetic import write_world

SEED = 1


@dataclass(frozen=True)
class Workplace:
    """The folder in which the steps of one scale share their files."""

    folder: Path

    @property
    def world(self) -> Path:
        """Kaggle's three files, as CSV."""
        return self.folder / "world"

    @property
    def database(self) -> Path:
        """The work database."""
        return self.folder / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """The published file."""
        return self.folder / "recommendations.duckdb"

    def csv(self, name: str) -> Path:
        """One of the three files."""
        return self.world / f"{name}.csv"

    def make_next_week(self) -> Path:
        """Write the files of a week later: last week's lines, seven days on, with their articles and customers."""
        folder = self.folder / "next_week"
        folder.mkdir(exist_ok=True)
        with connect(None) as connection:
            connection.execute(
                f"create table lines as from read_csv({literal(self.csv('transactions_train'))}, all_varchar = true)"
                " qualify t_dat::date > max(t_dat::date) over () - 7"
            )
            for stem, query in {
                "transactions_train": "select * replace (t_dat::date + 7 as t_dat) from lines",
                "articles": f"from read_csv({literal(self.csv('articles'))}, all_varchar = true)"
                " where article_id in (select article_id from lines)",
                "customers": f"from read_csv({literal(self.csv('customers'))}, all_varchar = true)"
                " where customer_id in (select customer_id from lines)",
            }.items():
                connection.execute(f"copy ({query}) to {literal(folder / f'{stem}.csv')} (header)")
        return folder

    def make_world(self, scale: Scale, progress: Callable[[int, int], None]) -> None:
        """Write the files, unless they are there from a run before."""
        if self.world.exists():
            return
        unfinished = self.folder / "world.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        write_world(
            unfinished,
            customers=scale.customers,
            articles=scale.articles,
            transactions=scale.transactions,
            seed=SEED,
            file_format="csv",
            progress=progress,
        )
        unfinished.rename(self.world)
