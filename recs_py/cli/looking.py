"""Looking at what is published: one customer, one article."""

import click
from rich.columns import Columns

from recs_py import settings, terminal


@click.command()
@click.argument("customer", required=False)
@click.option("--week", help="ISO week or date; default: the latest one published.")
def show(customer: str | None, week: str | None) -> None:
    """Show a customer's last purchases beside the recommended articles and the reason for each.

    Without CUSTOMER, a customer whose list shows many kinds of reasons.

    \b
    Example:
      recs show 1001
    """
    from recs_py.show import customer_page, some_customer

    published = settings.published_database()
    page = customer_page(
        published=published,
        database=settings.work_database(),
        customer_id=customer or some_customer(published=published),
        week=week,
    )
    if page.history is None:
        terminal.notes.print("[yellow]Note:[/yellow] the work database is in use, so the history is not shown.")
    elif not page.history:
        terminal.console.print(f"Customer {page.customer_id} has bought nothing before {page.target_week}.\n")
    else:
        history = terminal.table(f"Customer {page.customer_id}: last purchases", "day", "article", "name", "kind")
        for row in page.history:
            day, article, name, kind = row
            history.add_row(str(day), article, terminal.cut(name), terminal.cut(kind))
        terminal.console.print(history, "")
    grid = terminal.table(
        f"Recommended for the week of {page.target_week}",
        "rank", "article", "name", "score", "why",
        numbers=("rank", "score"),
    )  # fmt: skip
    for rank, article, name, points, *reason in page.recommendations:
        why = terminal.cut(_reason(article, reason))
        grid.add_row(str(rank), article, terminal.cut(name[:40]), f"{points:.3f}", why)
    terminal.console.print(grid)


def _reason(article: str, row: tuple) -> str:
    signal, because_of_id, because_of, contributions = row
    if because_of_id == article:
        reason = "bought before"
    elif because_of:
        reason = f"{signal} of {because_of}"
    else:
        reason = signal
    parts = sorted((item for item in contributions.items() if item[1]), key=lambda item: -item[1])[:3]
    return f"{reason} ({', '.join(f'{name} {points:+.2f}' for name, points in parts)})"


@click.command()
@click.argument("article")
@click.option("--limit", type=click.IntRange(1, 50), default=10, show_default=True, help="Articles per method.")
def similar(article: str, limit: int) -> None:
    """Show the articles most like one, by every method.

    \b
    Example:
      recs similar 0706016001
    """
    from recs_py.show import similar_articles

    rows = similar_articles(published=settings.published_database(), article_id=article, limit=limit)
    grids = []
    for method in dict.fromkeys(row[0] for row in rows):
        grid = terminal.table(method, "rank", "article", "name", "similarity", numbers=("rank", "similarity"))
        for _, rank, similar_id, name, similarity in (row for row in rows if row[0] == method):
            grid.add_row(str(rank), similar_id, terminal.plain(name or ""), f"{similarity:.3f}")
        grids.append(grid)
    terminal.console.print(Columns(grids, padding=(1, 4)))
