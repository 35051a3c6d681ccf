"""The folder of one scale: the simulated shop's files, and the databases that the steps make of them."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from recs_py.bench.scales import Scale
from recs_py.synthetic import write_world

SEED = 1


@dataclass(frozen=True)
class Workplace:
    """Where the steps of one scale find what others left, and leave what they make."""

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

    def make_world(self, scale: Scale, progress: Callable[[int, int], None]) -> None:
        """Writes the files, unless they are there from a run before."""
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
