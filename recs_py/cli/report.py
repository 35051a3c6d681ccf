"""The command `recs report`."""

from pathlib import Path

import click

from recs_py import settings, terminal
from recs_py.terminal import Column, Table


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
