"""The commands `recs show`, `recs similar` and `recs report`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from recs_py import settings, terminal
from recs_py.cli.options import check_id
from recs_py.terminal import Column, Table

if TYPE_CHECKING:
    from recs_py.reading.show import CustomerPage

# width of rank and article
LEFT_OF_REASON = 18


@click.command(short_help="Show a customer's last purchases, list and reasons.")
@click.argument("customer", required=False, callback=check_id)
@click.option("--week", help="ISO week or date; default: the latest one published.")
@click.option("--signals", is_flag=True, help="Show each score, and the points of every signal that sum to it.")
@terminal.json_option
def show(customer: str | None, week: str | None, signals: bool, as_json: bool) -> None:
    """Show a customer's last purchases, the recommended articles and the reason for each.

    In a week that has begun, articles that the customer bought in it are marked. Without CUSTOMER, a customer is
    chosen whose list has many kinds of reasons.

    \b
    Example:
      recs show 1001
      recs show 1001 --signals
    """
    from recs_py.reading.show import customer_page, some_customer

    published = settings.published_database()
    page = customer_page(
        published=published,
        database=settings.work_database(),
        customer_id=some_customer(published=published, week=week) if customer is None else customer,
        week=week,
    )
    history = Table(
        name="history",
        title=f"Customer {page.customer_id}: last purchases"
        + ("" if page.history else f" (none before {page.target_week})"),
        rows=page.history or [],
        columns=(Column("day", "{day}"), Column("article", "{article_id}"), Column("name, kind", _name_and_kind)),
    )
    recommendations = Table(
        name="recommendations",
        title=f"Recommended for the week of {page.target_week}",
        rows=page.recommendations,
        columns=(
            Column("rank", "{rank}", number=True),
            Column("article", "{article_id}"),
            *([Column("score", "{score:.3f}", number=True)] if signals else []),
            Column("name, and why", _with_contributions if signals else _name_and_reason),
            *([Column("bought", lambda row: Text("✓" if row["is_bought"] else ""))] if page.bought is not None else []),
        ),
    )
    others = _bought_besides(page)
    if page.history is None:
        terminal.note(f"The last purchases are not shown: {page.no_history}")
        terminal.show(recommendations, as_json=as_json)
    else:
        terminal.show(history, recommendations, *others, as_json=as_json)


def _bought_besides(page: "CustomerPage") -> list[Table]:
    """Purchases in the target week that the list lacks; no table where the week is yet to come."""
    if page.bought is None:
        return []
    listed = {row["article_id"] for row in page.recommendations}
    besides = [purchase for purchase in page.bought if purchase["article_id"] not in listed]
    hits = len(page.bought) - len(besides)
    week = f"that week{f' up to {page.bought_until}' if page.bought_until else ''}"
    found = f"{len(page.bought)} article{'s' * (len(page.bought) > 1)}, {hits} of them recommended"
    others = (Column("day", "{day}"), Column("article", "{article_id}"), Column("name, kind", _name_and_kind))
    return [
        Table(
            name="bought",
            title=f"Bought in {week}: {found if page.bought else 'nothing'}{'; the others' if besides else ''}",
            rows=besides,
            columns=others if besides else (),
        )
    ]


def _name_and_kind(row: dict[str, Any]) -> Text:
    text = Text(terminal.printable(row["name"]), no_wrap=True, overflow="ellipsis")
    has_more = row["kind"] and row["kind"] != row["name"]
    return text.append(terminal.printable(f"  {row['kind']}"), style="dim") if has_more else text


def _name_and_reason(row: dict[str, Any]) -> Text:
    """The name, and below it the reason, with the main signal where there is room for it on the line."""
    reason = row["reason"] or row["main_signal"] or ("" if row["rules"] else "Fills the list")
    if row["rules"]:
        reason = f"By the rule {row['rules']}" + (f"; {reason[0].lower()}{reason[1:]}" if reason else "")
    text = Text(terminal.printable(row["name"]), style="bold").append("\n")
    text.append(terminal.printable(reason), style="not bold")
    signal = f"  {row['main_signal'] or ''}"
    has_room = len(reason + signal) <= terminal.console.width - LEFT_OF_REASON
    return text.append(signal, style="not bold dim") if has_room else text


def _with_contributions(row: dict[str, Any]) -> Text:
    parts = ", ".join(f"{part['signal']} {part['points']:+.3f}" for part in row["contributions"])
    return _name_and_reason(row).append("\n" + terminal.printable(parts), style="not bold dim")


@click.command()
@click.argument("article", callback=check_id)
@click.option("--limit", type=click.IntRange(1, 50), default=10, show_default=True, help="Articles per method.")
@terminal.json_option
def similar(article: str, limit: int, as_json: bool) -> None:
    """Show the articles most similar to one, by every method.

    \b
    Example:
      recs similar 0706016001
      recs similar 0706016001 --json
    """
    from recs_py.reading.show import similar_articles

    rows = similar_articles(published=settings.published_database(), article_id=article, limit=limit)
    terminal.show(
        *(
            Table(
                name=method,
                title=f"{label[0].upper()}{label[1:]} ({method})",
                rows=[row for row in rows if row["method"] == method],
                columns=(
                    Column("rank", "{rank}", number=True),
                    Column("article", "{article_id}"),
                    Column("similarity", "{similarity:.3f}", number=True),
                    Column("name", "{name}"),
                ),
            )
            for method, label in dict.fromkeys((row["method"], row["label"] or row["method"]) for row in rows)
        ),
        as_json=as_json,
    )


@click.command(short_help="Write a page with lists, reasons and charts.")
@click.option(
    "--to", "path", type=click.Path(path_type=Path, dir_okay=False), default=Path("report.html"), show_default=True,
    help="The page to write.",
)  # fmt: skip
@terminal.json_option
def report(path: Path, as_json: bool) -> None:
    """Write a page with lists and reasons, and charts of accuracy, signals and seasons.

    The page is a single file that needs no network and no server: mail it, or open it from disk.

    \b
    Example:
      recs report
      recs report --to reports/week.html
    """
    from recs_py.reading.report import write_report

    with terminal.progress("report") as advance:
        advance("reading the public views")
        written = write_report(published=settings.published_database(), path=path)
    terminal.show(
        Table(
            name="report",
            title="Report",
            rows=[
                {
                    "path": str(written.path), "bytes": written.bytes, "figures": written.figures,
                    "customers": written.customers, "seconds": round(written.seconds, 2),
                }
            ],
            columns=(
                Column("file", "{path}"),
                Column("bytes", "{bytes:,}", number=True),
                Column("figures", "{figures}", number=True),
                Column("customers", "{customers}", number=True),
                Column("seconds", "{seconds:.1f}", number=True),
            ),
        ),
        as_json=as_json,
    )  # fmt: skip
    terminal.notes.print("Open it in a browser.")
