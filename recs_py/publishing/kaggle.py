"""The lists in the form that Kaggle's "H&M Personalized Fashion Recommendations" takes."""

import datetime as dt
import gzip
import zlib
from pathlib import Path

import duckdb

from recs_py.database import open_published
from recs_py.errors import RecsError, UsageError, reason
from recs_py.publishing.fresh_file import beside
from recs_py.publishing.weeks import published_week
from recs_py.sql_text import literal


def export_kaggle(*, published: Path, file: Path, week: str | None) -> tuple[dt.date, int]:
    """Write `customer_id,prediction` for all customers: the articles of a week's list, with spaces between.

    Parameters
    ----------
    published
        The published file.
    file
        Where to write; one whose name ends in `.gz` is compressed.
    week
        A published week, as an ISO week or a day of it; default: the latest.

    Returns
    -------
    tuple
        The week, and how many customers were written.

    Raises
    ------
    UsageError
        If nothing is published, or not that week, or the file is there and no such list.
    RecsError
        If the file cannot be written; what was there stays.
    """
    if not file.name:
        raise UsageError("--out is empty: name a file")
    if file.exists() and not file.is_file():
        # a device or a pipe would be replaced, not written to
        raise UsageError(f"{file} is no file: name one with --out")
    if not file.absolute().parent.is_dir():
        raise UsageError(f"There is no folder {file.parent}: name a file in another one with --out")
    if file.is_file() and not _is_ours(file):
        raise UsageError(f"{file} holds something else than lists for Kaggle: name another file with --out")
    with open_published(published) as connection:
        chosen = published_week(connection, week)
        if chosen is None:
            raise UsageError("No list is published: type `recs score` first.")
        connection.execute("set preserve_insertion_order = true")
        connection.execute("set variable week = ?::date", [chosen])
        try:
            with beside(file) as fresh:
                connection.execute(
                    f"""
                    copy (
                        select customer_id, string_agg(article_id, ' ' order by rank) as prediction
                        from recs.recommendations
                        where target_week = getvariable('week')
                        group by customer_id
                        order by customer_id
                    ) to {literal(fresh)}
                        (format csv, header, compression '{"gzip" if file.suffix == ".gz" else "none"}')
                    """
                )
                fresh.replace(file)
        except (duckdb.IOException, OSError) as error:
            raise RecsError(f"{file} cannot be written ({reason(error)}): name another file with --out") from error
        customers = connection.execute(
            "select count(distinct customer_id) from recs.recommendations where target_week = ?::date",
            [chosen],
        ).fetchone()[0]
    return chosen, customers


def _is_ours(file: Path) -> bool:
    """Whether an export may replace the file: it begins as one, or it is empty."""
    header = b"customer_id,prediction"
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
            return lines.read(len(header)) in (b"", header)
    except (OSError, EOFError, zlib.error):  # no gzip, cut off, or damaged
        return False
