"""Judging the lists by past weeks, and learning from them."""

import click

from recs_py import settings, terminal


@click.command()
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


@click.command()
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
