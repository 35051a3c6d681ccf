"""Write a whole simulated world to a directory."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from recs_py.errors import UsageError
from recs_py.synthetic import files
from recs_py.synthetic.catalogue import Assortment, build_catalogue
from recs_py.synthetic.labels import (
    PRODUCT_CODES,
    article_columns,
    article_ids,
    customer_columns,
    hexadecimal,
)
from recs_py.synthetic.population import build_population
from recs_py.synthetic.settings import WorldSettings
from recs_py.synthetic.shopping import Lines, Shop

# Rows that are written at once: one row group of the Parquet file.
ROWS_PER_GROUP = 250_000


def write_world(
    directory: Path,
    *,
    customers: int,
    articles: int,
    transactions: int,
    seed: int,
    file_format: str = "parquet",
    settings: WorldSettings | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write `articles`, `customers` and `transactions_train` of a simulated shop, in Kaggle's H&M layout.

    The same arguments give the same rows, on any machine and with any number of threads: every day has a
    random generator of its own, and only the encoding of the file happens beside the simulation.

    Parameters
    ----------
    directory : Path
        Where the files go; created if need be.
    customers, articles, transactions : int
        Exact numbers of rows of the three files.
    seed : int
        Another seed is another world.
    file_format : {"parquet", "csv"}
        Also the ending of the files' names.
    settings : WorldSettings, optional
        How the shop behaves; without it, as calibrated.
    progress : callable, optional
        Called as `progress(lines_written, lines_in_total)` about once per 250,000 lines.

    Raises
    ------
    UsageError
        When a number is below 1, there are more articles than codes, or the format is unknown.
    """
    for name, value in (("customers", customers), ("articles", articles), ("transactions", transactions)):
        if value < 1:
            raise UsageError(f"The simulated shop needs at least 1 of --{name}, not {value}.")
    if articles > PRODUCT_CODES:
        raise UsageError(f"The simulated shop has codes for at most {PRODUCT_CODES:,} --articles: choose fewer.")
    if file_format not in ("parquet", "csv"):
        raise UsageError(f"Synthetic files are written as parquet or csv, not as {file_format!r}.")
    settings = settings or WorldSettings()
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)

    seeds = np.random.SeedSequence(seed).spawn(4)
    shop_rng, people_rng, label_rng = (np.random.default_rng(s) for s in seeds[:3])
    volumes = day_volumes(settings, shop_rng)
    catalogue = build_catalogue(articles=articles, days=len(volumes), settings=settings, rng=shop_rng)
    population = build_population(
        customers=customers, catalogue=catalogue, day_volumes=volumes, settings=settings, rng=people_rng
    )
    ids = article_ids(catalogue, label_rng)
    customer_ids = pa.array(hexadecimal(customers, label_rng).astype(str))
    with files.TableFile(directory, "articles", files.ARTICLES, file_format=file_format) as file:
        file.append(article_columns(catalogue, ids, label_rng))
    with files.TableFile(directory, "customers", files.CUSTOMERS, file_format=file_format) as file:
        file.append(customer_columns(population, customer_ids, settings, label_rng))

    assortment = Assortment(catalogue, settings, first_week_of_year=settings.first_day.timetuple().tm_yday / 7)
    shop = Shop(catalogue, population, assortment, settings)
    rngs = map(np.random.default_rng, seeds[3].spawn(len(volumes)))
    days = shop.days(lines_per_day(volumes, transactions), rngs)
    with files.TableFile(directory, "transactions_train", files.TRANSACTIONS, file_format=file_format) as file:
        _write_lines(file, days, settings, customer_ids, pa.array(ids), transactions, progress)


def day_volumes(settings: WorldSettings, rng: np.random.Generator) -> np.ndarray:
    """Relative sales of every day of the period: months, weekdays and noise; shape (days,)."""
    first, last = settings.first_day.toordinal(), settings.last_day.toordinal()
    dates = [date.fromordinal(ordinal) for ordinal in range(first, last + 1)]
    months = np.array([12 * day.year + day.month for day in dates])
    months -= months[0]
    if months[-1] >= len(settings.month_volumes):
        raise UsageError(
            f"WorldSettings.month_volumes tells {len(settings.month_volumes)} months, "
            f"the period has {months[-1] + 1}: give one number per month."
        )
    weekday = np.array(settings.weekday_volumes)[[day.weekday() for day in dates]]
    noise = rng.lognormal(0, settings.day_noise, len(dates))
    return np.array(settings.month_volumes)[months] / np.bincount(months)[months] * weekday * noise


def lines_per_day(volumes: np.ndarray, transactions: int) -> np.ndarray:
    """Divide exactly `transactions` lines among the days; rounding is carried to the next day."""
    running = np.round(np.cumsum(volumes) / volumes.sum() * transactions).astype(np.int64)
    return np.diff(running, prepend=0)


def _write_lines(
    file: files.TableFile,
    days: Iterator[Lines],
    settings: WorldSettings,
    customer_ids: pa.Array,
    ids: pa.Array,
    total: int,
    progress: Callable[[int, int], None] | None,
) -> None:
    """Simulate here and encode in one thread beside, a group of days at a time and never more than three."""
    first_day = settings.first_day.toordinal() - date(1970, 1, 1).toordinal()
    written = 0
    with ThreadPoolExecutor(1) as encoder:
        pending: deque[Future[int]] = deque()
        for group in _grouped(days):
            pending.append(encoder.submit(_append_lines, file, group, first_day, customer_ids, ids))
            if len(pending) > 2:
                written += pending.popleft().result()
                if progress:
                    progress(written, total)
        for appended in pending:
            written += appended.result()
            if progress:
                progress(written, total)


def _grouped(days: Iterator[Lines]) -> Iterator[list[Lines]]:
    """Join days until there are enough lines for a row group."""
    group, rows = [], 0
    for day in days:
        group.append(day)
        rows += len(day.article)
        if rows >= ROWS_PER_GROUP:
            yield group
            group, rows = [], 0
    if rows:
        yield group


def _append_lines(
    file: files.TableFile, group: list[Lines], first_day: int, customer_ids: pa.Array, ids: pa.Array
) -> int:
    day = np.repeat([lines.day for lines in group], [len(lines.article) for lines in group])
    customer, article, price, channel = (
        np.concatenate([getattr(lines, column) for lines in group])
        for column in ("customer", "article", "price", "channel")
    )
    file.append(
        [
            pa.array((first_day + day).astype(np.int32)).cast(pa.date32()),
            customer_ids.take(pa.array(customer)),
            ids.take(pa.array(article)),
            pa.array(price),
            pa.array(channel),
        ]
    )
    return len(day)
