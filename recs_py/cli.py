"""The command line: a thin skin over the functions that do the work."""

import sys
import tempfile
from pathlib import Path

import click
from rich.columns import Columns

from recs_py import settings, terminal
from recs_py.errors import RecsError


class Commands(click.Group):
    """Commands whose errors are one sentence on standard error and an exit code, never a traceback."""

    def invoke(self, ctx: click.Context):
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except RecsError as error:
            terminal.notes.print(f"[red]Error:[/red] {_plain(str(error))}", soft_wrap=True)
            ctx.exit(error.exit_code)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="recs")
def main() -> None:
    """Recommendations inside the warehouse: load, score, look.

    Exit codes: 0 fine, 1 failed, 2 used wrongly.
    """


@main.command()
@click.argument("name")
@click.option("--from", "directory", type=click.Path(path_type=Path), help="Folder with the source files.")
@click.option("--customers", type=click.IntRange(min=1), default=20_000, show_default=True, help="synthetic only")
@click.option("--articles", type=click.IntRange(min=1), default=2_000, show_default=True, help="synthetic only")
@click.option("--transactions", type=click.IntRange(min=1), default=460_000, show_default=True, help="synthetic only")
@click.option("--seed", type=int, default=1, show_default=True, help="synthetic only")
def load(name: str, directory: Path | None, customers: int, articles: int, transactions: int, seed: int) -> None:
    """Load a data set into the raw tables, all or nothing.

    NAME is complete-journey, hm, synthetic, or your own sql/load/NAME.sql.

    \b
    Example:
      recs load hm --from data/hm
      recs load synthetic --customers 20000 --articles 2000 --transactions 460000 --seed 1
    """
    from recs_py.load import load as load_data_set
    from recs_py.synthetic import write_world

    database = settings.work_database()
    with terminal.progress(f"load {name}") as advance, tempfile.TemporaryDirectory() as scratch:
        if name == "synthetic":
            if directory is not None:
                raise click.UsageError("synthetic makes its own files: leave --from out.")
            world = Path(scratch)
            write_world(
                world,
                customers=customers,
                articles=articles,
                transactions=transactions,
                seed=seed,
                progress=lambda done, total: advance("writing the world", done, total),
            )
            report = load_data_set(
                name="hm", directory=world, database=database, dataset_name="synthetic", progress=advance
            )
        else:
            report = load_data_set(name=name, directory=directory, database=database, progress=advance)
    grid = terminal.table(f"Loaded {report.dataset} in {report.seconds:.1f} s", "table", "rows", numbers=("rows",))
    for table, rows in report.rows.items():
        grid.add_row(f"raw.{table}", f"{rows:,}")
    terminal.console.print(grid)
    for warning in report.warnings:
        terminal.notes.print(f"[yellow]Note:[/yellow] {_plain(warning)}")
    terminal.notes.print("Next: [bold]recs score[/bold]")


@main.command()
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
    _note_wrong_rules(settings.work_database())
    terminal.notes.print("Next: [bold]recs show CUSTOMER[/bold]")


@main.command()
@click.option("--weeks", type=click.IntRange(min=1), help="How many past weeks; default 4 without --from.")
@click.option("--from", "first", help="First week, an ISO week or a date in it.")
@click.option("--to", "last", help="Last week; default: the last whole week that has purchases.")
@click.option("--segment", default="all", show_default=True, help="Customers to sum up, such as 'recency: 1-7 days'.")
@click.option("--without", multiple=True, metavar="SIGNAL", help="Also score without this signal; may be repeated.")
@click.option("--again", is_flag=True, help="Evaluate weeks again that are done.")
def backtest(
    weeks: int | None, first: str | None, last: str | None, segment: str, without: tuple[str, ...], again: bool
) -> None:
    """Score past weeks and compare with what was bought in them, beside simple baselines.

    A week that was evaluated with the same models, settings and data is not done again, so a backtest that was stopped
    goes on where it was. All figures are rows of recs.evaluation and recs.comparisons.

    \b
    Example:
      recs backtest --weeks 8
      recs backtest --from 2020-W30 --to 2020-W38 --without copurchase
    """
    from recs_py.backtest import backtest as backtest_weeks

    if weeks is not None and first is not None:
        raise click.UsageError("--weeks and --from both say where to begin: leave one out.")
    with terminal.progress("backtest") as advance:
        outcome = backtest_weeks(
            database=settings.work_database(),
            published=settings.published_database(),
            weeks=None if first else weeks or 4,
            first=first,
            last=last,
            segment=segment,
            without=without,
            again=again,
            on_step=advance,
        )
    terminal.console.print(*_backtest_tables(outcome.summary), sep="\n")
    if outcome.kept:
        terminal.notes.print(f"{len(outcome.kept)} weeks were evaluated before: --again does them anew.")


def _backtest_tables(summary) -> list:
    interval = f"{summary.level:.0%} interval"
    metric = f"MAP@{summary.k}"
    weeks = terminal.table(
        f"{metric} of the blend and of the best baseline, {summary.best_baseline} (customers: {summary.segment})",
        "week", "customers", "blend", "baseline", "difference", interval,
        numbers=("customers", "blend", "baseline", "difference", interval),
    )  # fmt: skip
    for row in [*summary.weeks, summary.mean]:
        weeks.add_row(
            str(row.week or "mean"), f"{row.customers:,}", f"{row.blend:.4f}", f"{row.baseline:.4f}",
            f"{row.difference:+.4f}", _interval(row.ci_low, row.ci_high),
            style="bold" if row.week is None else None,
        )  # fmt: skip
    systems = terminal.table(
        f"Mean {metric} of every system", "system", metric, "blend is better by", interval,
        numbers=(metric, "blend is better by", interval),
    )  # fmt: skip
    for row in summary.systems:
        difference = "" if row.difference is None else f"{row.difference:+.4f}"
        systems.add_row(row.system, f"{row.value:.4f}", difference, _interval(row.ci_low, row.ci_high))
    return [weeks, "", systems]


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:+.4f} to {high:+.4f}"


@main.command()
@click.option("--to", "place", help="postgresql://user@host/database, or a folder for Parquet files.")
@click.option("--rollback", "go_back", is_flag=True, help="Put the version before in place again.")
def publish(place: str | None, go_back: bool) -> None:
    """Copy what is built to the published file, in one step; with --to, what is published to another place.

    The versions before stay, four of them unless RECS_VERSIONS says otherwise. A password stands in PGPASSWORD or
    ~/.pgpass, never in the address.

    \b
    Example:
      dbt build && recs publish
      recs publish --to postgresql://publisher@localhost/shop
      recs publish --to /srv/recommendations
      recs publish --rollback
    """
    published = settings.published_database()
    if go_back:
        version = _roll_back(published, place)
        terminal.console.print(f"{_plain(place or str(published))} is the version of {version} again.")
        return
    with terminal.progress("publish") as advance:
        rows = _publish(published, place, advance)
    terminal.console.print(f"Published {sum(rows.values()):,} rows in {_plain(place or str(published))}")


def _publish(published: Path, place: str | None, advance) -> dict[str, int]:
    if place is None:
        from recs_py.publish import publish as publish_built

        return publish_built(database=settings.work_database(), published=published, on_table=advance)
    keep = settings.kept_versions()
    if _is_postgres(place):
        from recs_py.publish_postgres import publish_to_postgres

        return publish_to_postgres(published=published, address=place, keep=keep, on_table=advance)
    from recs_py.publish_parquet import publish_to_parquet

    return publish_to_parquet(published=published, folder=Path(place), keep=keep, on_table=advance)


def _roll_back(published: Path, place: str | None) -> str:
    if place is None:
        from recs_py.versions import roll_back

        return f"{roll_back(published):%Y-%m-%d %H:%M} UTC"
    if _is_postgres(place):
        from recs_py.publish_postgres import roll_back_postgres

        return roll_back_postgres(address=place)
    from recs_py.publish_parquet import roll_back_parquet

    return roll_back_parquet(folder=Path(place))


def _is_postgres(place: str) -> bool:
    if place.startswith(("postgresql://", "postgres://")):
        return True
    if "://" in place:
        # what follows may hold a password
        raise click.UsageError(
            f"--to takes a folder or postgresql://user@host/database, not {place.split('://')[0]}://."
        )
    return False


@main.command()
@click.argument("form", type=click.Choice(["kaggle"]))
@click.option(
    "--out", "file", type=click.Path(path_type=Path, dir_okay=False), default="submission.csv", show_default=True
)
@click.option("--week", help="First day of a published week; default: the latest.")
def export(form: str, file: Path, week: str | None) -> None:
    """Write the lists of all customers as Kaggle's H&M competition takes them.

    \b
    Example:
      recs export kaggle --out submission.csv.gz
    """
    from recs_py.export import export_kaggle

    week, customers = export_kaggle(published=settings.published_database(), file=file, week=week)
    terminal.console.print(f"Wrote the lists of {customers:,} customers for the week of {week} to {_plain(str(file))}")


@main.command()
@click.option("--from", "file", type=click.Path(path_type=Path), help="CSV file that replaces the rules.")
def rules(file: Path | None) -> None:
    """Show the shop's own rules and what is wrong with them, or replace them by those of a CSV file.

    They stand in the table shop.rules of the work database, and act from the next `recs score` on.

    \b
    Example:
      recs rules --from campaign.csv
    """
    from recs_py.rules import checked_rules, load_rules

    database = settings.work_database()
    if file is not None:
        load_rules(database=database, file=file)
    grid = terminal.table(
        "Rules",
        "rule",
        "action",
        "what",
        "number",
        "segment",
        "from",
        "to",
        "articles",
        "",
        numbers=("number", "articles"),
    )
    for _, rule, action, attribute, value, number, segment, begins, ends, articles, acts, problem in checked_rules(
        database=database
    ):
        grid.add_row(
            _plain(rule or ""), _plain(action or ""), terminal.cut(f"{attribute} {value or ''}"),
            "" if number is None else f"{number:g}", _plain(segment or "all"), str(begins or ""), str(ends or ""),
            f"{articles:,}", f"[red]{_plain(problem)}[/red]" if problem else "" if acts else "not in the target week",
        )  # fmt: skip
    terminal.console.print(grid)
    if file is not None:
        terminal.notes.print("Next: [bold]recs score[/bold]")


def _note_wrong_rules(database: Path) -> None:
    from recs_py.rules import rows_with_problems

    wrong = rows_with_problems(database=database)
    if wrong:
        _, rule, _, attribute, value, *_, problem = wrong[0]
        terminal.notes.print(
            f"[yellow]Note:[/yellow] {len(wrong)} lines of the rules do nothing, such as {_plain(rule or '')!r} on "
            f"{_plain(f'{attribute} {value}')}: {_plain(problem)}. See [bold]recs rules[/bold]."
        )


@main.command()
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
    parts = [f"{part['signal']} {part['points']:+.2f}" for part in contributions[:3]]
    return f"{reason} ({', '.join(parts)})"


@main.command()
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
            grid.add_row(str(rank), similar_id, _plain(name or ""), f"{similarity:.3f}")
        grids.append(grid)
    terminal.console.print(Columns(grids, padding=(1, 4)))


@main.command()
@click.option("--week", help="Learn only from weeks before this one; default: the week after the last transaction.")
@click.option("--weeks", type=click.IntRange(1, 26), default=5, show_default=True, help="Past weeks to learn from.")
@click.option("--promote", is_flag=True, help="Use the new blend even if it is no better on the held-out week.")
@click.option("--compare", is_flag=True, help="Fit unrestricted boosted trees too, as a yardstick.")
@click.option("--rollback", "go_back", is_flag=True, help="Go back to the blend before.")
def tune(week: str | None, weeks: int, promote: bool, compare: bool, go_back: bool) -> None:
    """Learn the blend from past weeks, and use it if it is better on a week it has not seen.

    What is learned are rows: recs.blend_shapes and recs.blend_pairs hold the points, recs.blends what they were learned
    from and how they did. A week is only ever scored with a blend whose training weeks lie before it.

    \b
    Example:
      recs tune
      recs tune --week 2020-W39 --compare
      recs tune --rollback
    """
    from recs_py.tune import rollback
    from recs_py.tune import tune as tune_blend

    database = settings.work_database()
    if go_back:
        before, now = rollback(database=database)
        rules = f"blend {now}" if now else "the default weights"
        terminal.console.print(f"Blend {before} is out of use; {rules} will score the next week.")
        return
    with terminal.progress("tune") as advance:
        report = tune_blend(
            database=database, week=week, training_weeks=weeks, promote=promote, compare=compare, advance=advance
        )
    grid = terminal.table(
        f"Blend {report.blend_id}, judged on the week of {report.held_out_week}, which it had not seen",
        "system", "MAP@12", "learned is better by", "95% interval",
        numbers=("MAP@12", "learned is better by", "95% interval"),
    )  # fmt: skip
    grid.add_row("learned", f"{report.map_learned:.4f}")
    grid.add_row("in use before", f"{report.map_current:.4f}", f"{report.difference:+.4f}", _interval(*report.interval))
    if report.map_yardstick is not None:
        ahead = report.map_learned - report.map_yardstick
        grid.add_row(
            "unrestricted trees", f"{report.map_yardstick:.4f}", f"{ahead:+.4f}", _interval(*report.yardstick_interval)
        )
    terminal.console.print(grid)
    weeks_learned = f"{report.training_weeks[0]} to {report.training_weeks[-1]}"
    terminal.console.print(
        f"Learned from the weeks of {weeks_learned}: {report.trees} trees, {len(report.pairs)} pairs of signals."
    )
    if report.is_promoted:
        terminal.notes.print("Promoted. Next: [bold]recs score[/bold]")
    else:
        terminal.notes.print("Not promoted, since it is no better than what is in use: [bold]--promote[/bold] insists.")


if __name__ == "__main__":
    sys.exit(main())
