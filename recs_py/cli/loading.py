"""The command `recs load`."""

import tempfile
from pathlib import Path

import click

from recs_py import settings, terminal, work_lock
from recs_py.cli.options import is_given, target_option
from recs_py.terminal import Column, Table

COUNT = click.IntRange(min=1)


@click.command()
@click.argument("name")
@click.option("--from", "directory", type=click.Path(path_type=Path), help="Folder with the source files.")
@click.option("--customers", type=COUNT, default=20_000, show_default=True, help="For synthetic: number of customers.")
@click.option("--articles", type=COUNT, default=2_000, show_default=True, help="For synthetic: number of articles.")
@click.option(
    "--transactions", type=COUNT, default=460_000, show_default=True, help="For synthetic: number of transactions."
)
@click.option("--seed", type=int, default=1, show_default=True, help="For synthetic: another seed, another shop.")
@click.option(
    "--replace",
    is_flag=True,
    help="Load even if that removes learned blends of another data set, or most transactions.",
)
@click.option("--add", "is_added", is_flag=True, help="Add the files to what is loaded, such as a new week.")
@click.option("--skip-known", is_flag=True, help="With --add: leave out lines that are loaded already.")
@target_option
@terminal.json_option
def load(
    name: str,
    directory: Path | None,
    customers: int,
    articles: int,
    transactions: int,
    seed: int,
    replace: bool,
    is_added: bool,
    skip_known: bool,
    as_json: bool,
) -> None:
    """Load a data set into the raw tables, all or nothing.

    NAME is complete-journey, ta-feng, hm, synthetic, or that of your own loader: my-shop of sql/load/my_shop.sql.

    \b
    Example:
      recs load my-shop --from my_files
      recs load hm --from data/hm
      recs load hm --from data/week39 --add
      recs load hm --from data/week39 --add --skip-known
      recs load synthetic --customers 20000 --articles 2000 --transactions 460000 --seed 1
    """
    from recs_py.loading.add import add
    from recs_py.loading.load import load as load_data_set
    from recs_py.synthetic import write_world

    if skip_known and not is_added:
        raise click.UsageError("--skip-known is for --add: a load without it replaces all lines.")
    database = settings.work_database()
    click.get_current_context().with_resource(work_lock.held(database, command="recs load"))
    with terminal.progress(f"load {name}") as advance, tempfile.TemporaryDirectory() as scratch:
        if name == "synthetic":
            if directory is not None:
                raise click.UsageError("synthetic makes its own files: leave --from out.")
            if is_added:
                raise click.UsageError("synthetic makes a whole shop: leave --add out.")
            world = Path(scratch)
            write_world(
                world,
                customers=customers,
                articles=articles,
                transactions=transactions,
                seed=seed,
                progress=lambda done, total: advance("writing the simulated shop", done, total),
            )
            report = load_data_set(
                name="hm",
                directory=world,
                database=database,
                dataset_name="synthetic",
                replace=replace,
                progress=advance,
            )
        else:
            for option in ("customers", "articles", "transactions", "seed"):
                if is_given(option):
                    raise click.UsageError(f"{name} has its own {option}: leave --{option} out.")
            if is_added and replace:
                raise click.UsageError("--add keeps the data set that is loaded: leave --replace out.")
            files = {"name": name, "directory": directory, "database": database, "progress": advance}
            report = add(**files, skip_known=skip_known) if is_added else load_data_set(**files, replace=replace)
        if settings.target() == "spark":
            from recs_py.spark.work_database import send

            advance("copying to Spark")
            send(database)
    terminal.show(
        Table(
            name="tables",
            title=f"{'Added to' if is_added else 'Loaded'} {report.dataset} in {report.seconds:.1f} s",
            rows=[{"table": f"raw.{table}", "rows": rows} for table, rows in report.rows.items()],
            columns=(Column("table", "{table}"), Column("rows", "{rows:,}", number=True)),
        ),
        as_json=as_json,
    )
    for warning in report.warnings:
        terminal.note(warning)
    terminal.next_command("recs score --target spark" if settings.target() == "spark" else "recs score")
