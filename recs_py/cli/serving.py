"""The commands `recs publish`, `recs export` and `recs rules`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from recs_py import settings, terminal, work_lock
from recs_py.terminal import Column, Table


@click.command(short_help="Copy the lists to where readers are, in one step.")
@click.option("--to", "place", help="postgresql://user@host/database, or a folder for Parquet files.")
@click.option("--rollback", "go_back", is_flag=True, help="Put the previous version in place again.")
@click.option("--replace", is_flag=True, help="Publish even if it replaces the lists of another data set.")
@terminal.json_option
def publish(place: str | None, go_back: bool, replace: bool, as_json: bool) -> None:
    """Copy the built lists to the published file, in one step; with --to, copy the published lists to another place.

    Four previous versions are kept, or as many as RECS_VERSIONS sets. Passwords come from PGPASSWORD or ~/.pgpass, and
    are refused in the address.

    \b
    Example:
      dbt build && recs publish
      recs publish --to postgresql://publisher@localhost/shop
      recs publish --to /srv/recommendations
      recs publish --rollback
    """
    published = settings.published_database()
    where = place or str(published)
    if go_back:
        if replace:
            raise click.UsageError("--rollback publishes nothing: leave --replace out.")
        version = _roll_back(published, place)
        terminal.show(
            Table(
                name="rollback",
                title="In place again",
                rows=[{"place": where, "version": version}],
                columns=(Column("place", "{place}"), Column("version", "{version}")),
            ),
            as_json=as_json,
        )
        return
    with terminal.progress("publish") as advance:
        rows = _publish(published, place, replace, advance)
    terminal.show(published_rows(rows, title="Published", where=where), as_json=as_json)
    if not place:
        from recs_py.reading import notes

        for sentence in (*notes.left_out(settings.work_database(), published), *notes.labels_without_effect(published)):
            terminal.note(sentence)


def published_rows(rows: dict[str, int], *, title: str, where: str) -> Table:
    """The rows of each published view, as a table to print."""
    return Table(
        name="views",
        title=f"{title} in {where}",
        rows=[{"view": f"recs.{view}", "rows": count} for view, count in rows.items()],
        columns=(Column("view", "{view}"), Column("rows", "{rows:,}", number=True)),
    )


def _publish(published: Path, place: str | None, replace: bool, advance: Callable[..., None]) -> dict[str, int]:
    if place is not None:
        from recs_py.publishing.places import publish_to

        return publish_to(place, published=published, replace=replace, on_table=advance)
    from recs_py.publishing.publish import publish as publish_built

    with work_lock.held(settings.work_database(), command="recs publish"):
        return publish_built(database=settings.work_database(), published=published, replace=replace, on_table=advance)


def _roll_back(published: Path, place: str | None) -> str:
    if place is not None:
        from recs_py.publishing.places import roll_back_at

        return roll_back_at(place)
    from recs_py.publishing.versions import roll_back

    return f"{roll_back(published):%Y-%m-%d %H:%M} UTC"


@click.command(short_help="Write all lists as Kaggle's H&M competition takes them.")
@click.argument("form", type=click.Choice(["kaggle"]))
@click.option(
    "--out", "file", type=click.Path(path_type=Path, dir_okay=False), default="submission.csv", show_default=True
)
@click.option("--week", help="An ISO week or a date; default: the latest.")
@terminal.json_option
def export(form: str, file: Path, week: str | None, as_json: bool) -> None:
    """Write the lists of all customers as Kaggle's H&M competition takes them.

    \b
    Example:
      recs export kaggle --out submission.csv.gz
    """
    from recs_py.publishing.kaggle import export_kaggle

    week, customers = export_kaggle(published=settings.published_database(), file=file, week=week)
    terminal.show(
        Table(
            name="export",
            title="Written",
            rows=[{"file": str(file), "week": str(week), "customers": customers}],
            columns=(
                Column("file", "{file}"),
                Column("week", "{week}"),
                Column("customers", "{customers:,}", number=True),
            ),
        ),
        as_json=as_json,
    )


@click.command(short_help="Show the shop's own rules, or replace them by a CSV file.")
@click.option("--from", "file", type=click.Path(path_type=Path), help="CSV file that replaces the rules.")
@terminal.json_option
def rules(file: Path | None, as_json: bool) -> None:
    """Show the shop's own rules and their problems, or replace them by those of a CSV file.

    They are stored in the table shop.rules of the work database, and act from the next `recs score` on.

    \b
    Example:
      recs rules --from campaign.csv
    """
    from recs_py.pipeline.rules import checked_rules, guesses, load_rules, segments

    database = settings.work_database()
    if file is not None:
        with work_lock.held(database, command="recs rules"):
            load_rules(database=database, file=file)
    found = checked_rules(database=database)
    terminal.show(
        Table(
            name="rules",
            title="Rules",
            rows=found,
            columns=(
                Column("rule", "{rule}"),
                Column("what it does", _what_it_does),
                Column("articles", "{articles:,}", number=True),
                Column("", _state),
            ),
        ),
        as_json=as_json,
    )
    if any(row["problem"] == "unknown segment" for row in found):
        names = segments(database)
        terminal.note(f"The segments are {', '.join(names[:20])}{f' and {len(names) - 20} more' * (len(names) > 20)}.")
    for sentence in guesses(database=database, lines=found):
        terminal.note(sentence)
    if not all(row["acts"] for row in found):
        terminal.note(
            f"Checked against the last build, of the week of {found[0]['target_week']}: `recs score` checks the rules "
            "again, for its week and the settings, customers and articles that it finds."
        )
    if file is not None:
        if not found:
            terminal.note(f"{file} has no line: the shop has no rules now.")
        terminal.next_command("recs score")
    elif not found:
        terminal.note("The shop has no rules of its own yet: `recs rules --from FILE.csv` brings them.")


def _what_it_does(row: dict[str, Any]) -> Text:
    number = "" if row["number"] is None else f"{row['number']:g}"
    days = [f"{word} {row[day]}" for word, day in (("from", "valid_from"), ("to", "valid_to")) if row[day]]
    segment = f"in {row['segment']}" if row["segment"] else ""
    words = (row["action"], number, row["attribute"], row["value"], segment, *days)
    return Text(terminal.printable(" ".join(word for word in words if word)))


def _state(row: dict[str, Any]) -> Text:
    if row["problem"]:
        return Text(terminal.printable(row["problem"]), style="red")
    return Text("" if row["acts"] else f"not in the week of {row['target_week']}")
