"""Judging the lists by past weeks, and learning from them."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.text import Text

from recs_py import settings, terminal
from recs_py.terminal import Column, Table

if TYPE_CHECKING:  # they bring numpy and LightGBM, which a command that only looks does not wait for
    from recs_py.backtest_summary import Summary
    from recs_py.learned_blends import TuneReport


@click.command(short_help="Score past weeks, and compare with what was bought in them.")
@click.option("--weeks", type=click.IntRange(min=1), help="How many past weeks; default 4 without --from.")
@click.option("--from", "first", help="First week, an ISO week or a date in it.")
@click.option("--to", "last", help="Last week; default: the last whole week that has purchases.")
@click.option("--segment", default="all", show_default=True, help="Customers to sum up, such as 'recency: 1-7 days'.")
@click.option("--without", multiple=True, metavar="SIGNAL", help="Also score without this signal; may be repeated.")
@click.option("--again", is_flag=True, help="Evaluate weeks again that are done.")
@terminal.json_option
def backtest(
    weeks: int | None,
    first: str | None,
    last: str | None,
    segment: str,
    without: tuple[str, ...],
    again: bool,
    as_json: bool,
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
    terminal.show(*_backtest_tables(outcome.summary), as_json=as_json)
    if outcome.kept:
        terminal.notes.print(f"{len(outcome.kept)} weeks were evaluated before: --again does them anew.")


def _backtest_tables(summary: "Summary") -> tuple[Table, Table]:
    interval = Column(f"{summary.level:.0%} interval", "{ci_low:+.4f} to {ci_high:+.4f}", number=True)
    metric = f"MAP@{summary.k}"
    weeks = Table(
        name="weeks",
        title=f"{metric} of the blend and of the best baseline, {summary.best_baseline} (customers: {summary.segment})",
        rows=[asdict(row) for row in [*summary.weeks, summary.mean]],
        columns=(
            Column("week", lambda row: Text(str(row["week"] or "mean"))),
            Column("customers", "{customers:,}", number=True),
            Column("blend", "{blend:.4f}", number=True),
            Column("baseline", "{baseline:.4f}", number=True),
            Column("difference", "{difference:+.4f}", number=True),
            interval,
        ),
        emphasised=lambda row: row["week"] is None,
    )
    systems = Table(
        name="systems",
        title=f"Mean {metric} of every system",
        rows=[asdict(row) for row in summary.systems],
        columns=(
            Column("system", "{system}"),
            Column(metric, "{value:.4f}", number=True),
            Column("blend is better by", "{difference:+.4f}", number=True),
            interval,
        ),
    )
    return weeks, systems


@click.command(short_help="Learn the blend from past weeks; use it if it is better.")
@click.option("--week", help="Learn only from weeks before this one; default: the week after the last transaction.")
@click.option("--weeks", type=click.IntRange(1, 26), default=5, show_default=True, help="Past weeks to learn from.")
@click.option("--promote", is_flag=True, help="Use the new blend even if it is no better on the held-out week.")
@click.option("--compare", is_flag=True, help="Fit unrestricted boosted trees too, as a yardstick.")
@click.option("--rollback", "go_back", is_flag=True, help="Go back to the blend before.")
@terminal.json_option
def tune(week: str | None, weeks: int, promote: bool, compare: bool, go_back: bool, as_json: bool) -> None:
    """Learn the blend from past weeks, and use it if it is better on a week it has not seen.

    What is learned are rows: recs.blend_shapes and recs.blend_pairs hold the points, recs.blends what they were learned
    from and how they did. A week is only ever scored with a blend whose training weeks lie before it.

    \b
    Example:
      recs tune
      recs tune --week 2020-W39 --compare
      recs tune --rollback
    """
    from recs_py.learned_blends import rollback
    from recs_py.tune import tune as tune_blend

    database = settings.work_database()
    if go_back:
        before, now = rollback(database=database)
        terminal.show(
            Table(
                name="rollback",
                title="What scores the next week",
                rows=[{"out_of_use": before, "in_use": now}],
                columns=(
                    Column("out of use", "blend {out_of_use}"),
                    Column("in use", lambda row: Text(f"blend {row['in_use'] or 'of default weights'}")),
                ),
            ),
            as_json=as_json,
        )
        return
    with terminal.progress("tune") as advance:
        report = tune_blend(
            database=database, week=week, training_weeks=weeks, promote=promote, compare=compare, advance=advance
        )
    terminal.show(_tuned(report), as_json=as_json)
    terminal.notes.print(
        f"Judged so, it learned again, now from the weeks of {report.training_weeks[0]} "
        f"to {report.training_weeks[-1]}: {report.trees} trees, {len(report.pairs)} pairs of signals.",
        soft_wrap=True,
    )
    if report.is_promoted:
        terminal.notes.print("Promoted. Next: [bold]recs score[/bold]")
    else:
        terminal.notes.print(
            "Not promoted, since it is no better than what was in use for that week: [bold]--promote[/bold] insists.",
            soft_wrap=True,
        )


def _tuned(report: "TuneReport") -> Table:
    rows = [
        ("learned", report.map_learned, None, (None, None)),
        ("in use for that week", report.map_current, report.difference, report.interval),
    ]
    if report.map_yardstick is not None:
        ahead = report.map_learned - report.map_yardstick
        rows.append(("unrestricted trees", report.map_yardstick, ahead, report.yardstick_interval))
    return Table(
        name="systems",
        title=f"Blend {report.blend_id}, judged on the week of {report.held_out_week}, which it had not seen",
        rows=[
            {"system": system, "map": value, "difference": difference, "ci_low": low, "ci_high": high}
            for system, value, difference, (low, high) in rows
        ],
        columns=(
            Column("system", "{system}"),
            Column(f"MAP@{report.k}", "{map:.4f}", number=True),
            Column("learned is better by", "{difference:+.4f}", number=True),
            Column("95% interval", "{ci_low:+.4f} to {ci_high:+.4f}", number=True),
        ),
    )
