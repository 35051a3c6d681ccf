"""The page: everything in one file, which opens from disk and asks nothing of the network."""

import json
import time
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import vl_convert
from duckdb import DuckDBPyConnection

from recs_py.database import open_published
from recs_py.errors import UsageError
from recs_py.reading.report.customers import customers, neighbours
from recs_py.reading.report.quality import quality
from recs_py.reading.report.run_card import key_figures, run_card
from recs_py.reading.report.shop import exposure, sales
from recs_py.reading.report.signals import signals

PARTS = files("recs_py.reading.report")


@dataclass(frozen=True)
class Report:
    """Path and size of a report that was written."""

    path: Path
    bytes: int
    seconds: float
    figures: int
    customers: int


def write_report(*, published: Path, path: Path) -> Report:
    """Write the report on a published file.

    Parameters
    ----------
    published
        The published file.
    path
        The page to write; a report that is there is replaced.

    Raises
    ------
    UsageError
        If nothing is published, what is published is older than the report needs, or the page cannot be written, or
        would replace something else than a report.
    """
    begun = time.monotonic()
    if path.is_file() and not _is_ours(path):
        raise UsageError(f"{path} holds something else than a report: name another file with --to")
    with open_published(published) as connection:
        _check_views(connection, published)
        accuracy, points, coverage, sold = (
            quality(connection),
            signals(connection),
            exposure(connection),
            sales(connection),
        )
        browser = customers(connection)
        similar = neighbours(connection)
        card = run_card(connection)
        headline = key_figures(connection)
    sections = [
        {"key": "accuracy", "title": "Accuracy", "figures": accuracy},
        {"key": "signals", "title": "Signals", "figures": points},
        {"key": "coverage", "title": "Coverage", "figures": coverage},
        {"key": "sales", "title": "Sales", "figures": sold},
    ]
    figures = [figure for section in sections for figure in section["figures"]]
    page = _template().render(
        card=card,
        headline=headline,
        sections=sections,
        specs=_as_script({figure.key: figure.spec() for figure in figures}),
        browser=_as_script(browser),
        similar=_as_script(similar),
        style=_part("page.css"),
        behaviour=_part("page.js"),
        library=vl_convert.javascript_bundle().replace("</script", "<\\/script"),
    )
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}): name another file with --to") from error
    return Report(
        path=path,
        bytes=path.stat().st_size,
        seconds=time.monotonic() - begun,
        figures=len(figures),
        customers=len(browser["customers"]),
    )


def _is_ours(path: Path) -> bool:
    """Whether a report may replace the file: it begins as one, or it is empty."""
    try:
        with path.open("rb") as page:
            beginning = page.read(4096)
    except OSError:
        return False
    return not beginning or b"<title>Recommendations for " in beginning


def _check_views(connection: DuckDBPyConnection, published: Path) -> None:
    sample = connection.execute(
        "select 1 from information_schema.columns "
        "where table_schema = 'recs' and table_name = 'sample_customers' and column_name = 'known_until'"
    ).fetchone()
    if not sample or not connection.execute("select 1 from recs.recommendations").fetchone():
        raise UsageError(f"{published} holds no list, or was made by an older version: type `recs score` first.")


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_part("page.html.j2"))


def _part(name: str) -> str:
    return (PARTS / name).read_text(encoding="utf-8")


def _as_script(value: Any) -> str:
    """JSON that may stand in a script element, whatever names the articles have."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
