"""Making the lists, and putting them where readers are."""

import click

from recs_py import settings, terminal
from recs_py.terminal import Column, Table


@click.command()
@click.option("--week", help="ISO week or a date in the week; default: the week after the last transaction.")
@terminal.json_option
def score(week: str | None, as_json: bool) -> None:
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
    terminal.show(_published(rows, title=f"Published the week of {target_week}"), as_json=as_json)
    terminal.next_command("recs show CUSTOMER")


@click.command()
@terminal.json_option
def publish(as_json: bool) -> None:
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
    terminal.show(_published(rows, title="Published"), as_json=as_json)


def _published(rows: dict[str, int], *, title: str) -> Table:
    return Table(
        name="views",
        title=f"{title} in {settings.published_database()}",
        rows=[{"view": f"recs.{view}", "rows": count} for view, count in rows.items()],
        columns=(Column("view", "{view}"), Column("rows", "{rows:,}", number=True)),
    )
