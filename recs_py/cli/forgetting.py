"""The command `recs forget`."""

from pathlib import Path

import click

from recs_py import settings, terminal, work_lock
from recs_py.cli.options import check_ids
from recs_py.terminal import Column, Table


@click.command(short_help="Remove customers from everything that recs has written.")
@click.argument("customers", metavar="CUSTOMER...", nargs=-1, required=True, callback=check_ids)
@click.option(
    "--to",
    "places",
    multiple=True,
    help="Also from here: postgresql://user@host/database, or a folder of Parquet files.",
)
@terminal.json_option
def forget(customers: tuple[str, ...], places: tuple[str, ...], as_json: bool) -> None:
    """Remove customers from the work database, the published file and all its versions.

    With --to, name every other place that was published to. Files are rewritten, so no byte of an id stays.

    \b
    Example:
      recs forget 1013
      recs forget 1013 1014 --to /srv/recommendations --to postgresql://publisher@localhost/shop
    """
    from recs_py.publishing.forget import forget as forget_customers
    from recs_py.publishing.places import is_postgres

    addresses = [place for place in places if is_postgres(place)]
    database = settings.work_database()
    click.get_current_context().with_resource(work_lock.held(database, command="recs forget"))
    with terminal.progress("forget") as advance:
        erased = forget_customers(
            customers=list(customers),
            database=database,
            published=settings.published_database(),
            folders=[Path(place) for place in places if place not in addresses],
            addresses=addresses,
            on_place=advance,
        )
    terminal.show(
        Table(
            name="places",
            title="Removed",
            rows=[{"place": place.place, "rows": place.rows} for place in erased],
            columns=(Column("place", "{place}"), Column("rows", "{rows:,}", number=True)),
        ),
        as_json=as_json,
    )
    unknown = [customer for customer in customers if not any(customer in place.customers for place in erased)]
    if unknown:
        terminal.note(f"No place holds {', '.join(unknown)}: write ids as the lists have them.")
    for place in erased:
        if place.others:
            terminal.note(f"{place.place} has tables of others with these ids, which stay: {', '.join(place.others)}.")
    terminal.note(
        "These stay: the files that were loaded (remove the customers there too, or the next load brings them back), "
        "reports, exports, backups and copies, and sums and learned points in which the purchases were counted. "
        "The next `recs score` counts without them."
    )
