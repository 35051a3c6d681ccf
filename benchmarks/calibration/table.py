"""The table: every figure as published of H&M's data, as measured of a simulated world, and their ratio."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb

from benchmarks.calibration.measures import measure
from benchmarks.calibration.plain_methods import make_lists
from benchmarks.calibration.published import PUBLISHED, TARGET_WEEK
from benchmarks.sales import read_sales, split_at_week
from recs_py.settings import threads

TOLERANCE = 0.25


class Figure(NamedTuple):
    """One line of the table; `ratio` is simulated / published."""

    name: str
    published: float
    simulated: float
    ratio: float

    @property
    def is_close(self) -> bool:
        """Whether the two are within 25 %."""
        return abs(self.ratio - 1) <= TOLERANCE


def calibration_table(
    directory: Path,
    *,
    target_week: date = TARGET_WEEK,
    memory_limit: str = "6GB",
    progress: Callable[[str], None] | None = None,
) -> list[Figure]:
    """Measure a directory of Kaggle's three files (Parquet or CSV) against the published figures.

    Parameters
    ----------
    directory
        Holds `transactions_train`, `articles` and `customers`, each `.parquet` or `.csv`.
    target_week
        First day of the week that is predicted.
    memory_limit
        DuckDB's.
    progress
        Called with the name of each step.

    Returns
    -------
    list of Figure
        In the order of `PUBLISHED`.

    Raises
    ------
    UsageError
        When a file is missing, or nobody bought in the week.
    """
    tell = progress or (lambda step: None)
    with duckdb.connect(config={"memory_limit": memory_limit, "threads": threads()}) as connection:
        tell("reading the files")
        read_sales(connection, Path(directory))
        split_at_week(connection, target_week)
        tell("the lists of plain methods")
        make_lists(connection)
        tell("figures")
        simulated = measure(connection)
    return [
        Figure(name, published, simulated[name], simulated[name] / published) for name, published in PUBLISHED.items()
    ]
