"""Making the lists, and putting them where readers are."""

import click

from recs_py import settings, terminal


@click.command()
@click.option("--week", help="ISO week or a date in the week; default: the week after the last transaction.")
def score(week: str | None) -> None:
    """Build all models for a target week, rank every customer's articles, and publish.

    \b
    Example:
      recs score --week 2020-W39
    """
    from recs_py.score import score as score_week

    with terminal.progress("score") as advance:
        target_week, rows = score_week(
            database=settings.work_database(),
            published=settings.published_database(),
            week=week,
            on_step=advance,
        )
    grid = terminal.table(
        f"Published the week of {target_week} in {settings.published_database()}",
        "view",
        "rows",
        numbers=("rows",),
    )
    for table, count in rows.items():
        grid.add_row(f"recs.{table}", f"{count:,}")
    terminal.console.print(grid)
    terminal.notes.print("Next: [bold]recs show CUSTOMER[/bold]")


@click.command()
def publish() -> None:
    """Copy what is built in the work database to the published file, in one step.

    \b
    Example:
      dbt build && recs publish
    """
    from recs_py.publish import publish as publish_built

    with terminal.progress("publish") as advance:
        rows = publish_built(
            database=settings.work_database(), published=settings.published_database(), on_table=advance
        )
    terminal.console.print(f"Published {sum(rows.values()):,} rows in {settings.published_database()}")
