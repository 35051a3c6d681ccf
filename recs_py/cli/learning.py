"""The commands `recs backtest` and `recs train`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from recs_py import settings, terminal, work_lock
from recs_py.api.project import MOST_TRAINING_WEEKS
from recs_py.cli.options import is_given, target_option
from recs_py.terminal import Column, Table

if TYPE_CHECKING:  # they bring numpy and LightGBM, which a command that only looks does not wait for
    from recs_py.evaluation.summary import Summary
    from recs_py.pipeline.promotion import Change
    from recs_py.training.learned_blends import TrainReport


@click.command(short_help="Score past weeks, and judge the lists by their purchases.")
@click.option("--weeks", type=click.IntRange(min=1), help="How many past weeks.")
@click.option("--from", "first", help="First week, an ISO week or a date in it.")
@click.option("--to", "last", help="Last week; default: the last whole week that has purchases.")
@click.option("--segment", default="all", show_default=True, help="Customers to sum up, such as 'recency: 1-7 days'.")
@click.option("--without", multiple=True, metavar="SIGNAL", help="Also score without this signal; may be repeated.")
@click.option("--again", is_flag=True, help="Also evaluate weeks again that were evaluated before.")
@target_option
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

    A week is judged with a blend that learned from earlier weeks only, or else with the default weights. Without
    --weeks and --from, the last 4 weeks that the learned blend in use may judge are evaluated. A week that was
    evaluated with the same models, settings and data is not evaluated again, so that a stopped backtest continues.
    recs.evaluation and recs.comparisons have all figures.

    \b
    Example:
      recs backtest --weeks 8
      recs backtest --from 2020-W30 --to 2020-W38 --without copurchase
    """
    from recs_py.evaluation.backtest import backtest as backtest_weeks

    if weeks is not None and first is not None:
        raise click.UsageError("--weeks and --from both choose the first week: leave one out.")
    database = settings.work_database()
    click.get_current_context().with_resource(work_lock.held(database, command="recs backtest"))
    with terminal.progress("backtest") as advance:
        outcome = backtest_weeks(
            database=database,
            published=settings.published_database(),
            weeks=weeks,
            first=first,
            last=last,
            segment=segment,
            without=without,
            again=again,
            on_step=advance,
        )
    terminal.show(*_backtest_tables(outcome.summary), as_json=as_json)
    if outcome.judged_none:
        terminal.note(outcome.judged_none)
    note_rules_are_off(database, "backtest")
    if outcome.kept:
        terminal.notes.print(f"{len(outcome.kept)} weeks were evaluated before: --again evaluates them once more.")


def _backtest_tables(summary: "Summary") -> tuple[Table, Table]:
    interval = Column(f"{summary.level:.0%} interval", "{ci_low:+.4f} to {ci_high:+.4f}", number=True)
    metric = f"MAP@{summary.k}"
    weeks = Table(
        name="weeks",
        title=f"{metric} of the blend and of the best baseline, {summary.best_baseline} (customers: {summary.segment})",
        rows=[asdict(row) for row in [*summary.weeks, summary.mean]],
        columns=(
            # flush right, so that it is never cut short
            Column("week", lambda row: Text(str(row["week"] or "mean")), number=True),
            Column("customers", "{customers:,}", number=True),
            Column("blend", "{blend:.4f}", number=True),
            Column("baseline", "{baseline:.4f}", number=True),
            Column("difference", "{difference:+.4f}", number=True),
            interval,
            Column("weights", _weights),
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


def _weights(row: dict[str, Any]) -> Text:
    if row["week"] is None:
        return Text("")
    return Text(f"blend {row['blend_id']}" if row["blend_id"] else "default", no_wrap=True)


@click.command(short_help="Learn a blend from past weeks; promote it if its lists were better.")
@click.option("--week", help="Learn only from weeks before this one; default: the week that `recs score` scores.")
@click.option(
    "--weeks",
    type=click.IntRange(1, MOST_TRAINING_WEEKS),
    default=5,
    show_default=True,
    help="Past weeks to learn from.",
)
@click.option("--promote", is_flag=True, help="Promote the new blend in any case.")
@click.option("--compare", is_flag=True, help="Fit the reference model too: unconstrained boosted trees.")
@click.option("--use", "blend_id", type=int, metavar="BLEND", help="Promote a blend of recs.blends.")
@click.option("--rollback", "go_back", is_flag=True, help="Take the blend that was promoted last out of use.")
@target_option
@terminal.json_option
def train(
    week: str | None, weeks: int, promote: bool, compare: bool, blend_id: int | None, go_back: bool, as_json: bool
) -> None:
    """Learn a blend from past weeks; promote it if its MAP on the hold-out week is above that of the blend in use.

    An interval of the gain that includes 0 does not prevent that; the output and recs.blends.reason then name the
    interval. A blend scores only weeks after its training weeks. A blend that was learned for a past week (--week)
    scores past weeks in a backtest, and never the next week. recs.blend_shapes and recs.blend_pairs have the points,
    recs.blends the training weeks and metrics.

    \b
    Example:
      recs train
      recs train --week 2020-W39 --compare
      recs train --rollback
      recs train --use 3
    """
    from recs_py.pipeline import promotion
    from recs_py.training.train import train as train_blend

    if go_back and blend_id is not None:
        raise click.UsageError("--rollback and --use both change the blend in use: leave one out.")
    for option in ("week", "weeks", "promote", "compare"):
        if is_given(option) and (go_back or blend_id is not None):
            raise click.UsageError(f"--{'rollback' if go_back else 'use'} learns nothing: leave --{option} out.")
    database = settings.work_database()
    click.get_current_context().with_resource(work_lock.held(database, command="recs train"))
    if go_back:
        _changed(promotion.rollback(database=database), as_json=as_json)
        return
    if blend_id is not None:
        _changed(promotion.use(database=database, blend_id=blend_id), as_json=as_json)
        return
    with terminal.progress("train", seconds_between_lines=0) as advance:
        report = train_blend(
            database=database, week=week, training_weeks=weeks, promote=promote, compare=compare, advance=advance
        )
    terminal.show(_trained(report), as_json=as_json)
    terminal.notes.print(
        f"After this test the blend was trained again, from the weeks of {report.training_weeks[0]} "
        f"to {report.training_weeks[-1]}: {report.trees} trees, {len(report.pairs)} pairs of signals.",
        soft_wrap=True,
    )
    if report.map_learned < report.map_baseline:
        terminal.note(
            f"On that week the learned blend is below the best baseline, {report.best_baseline}, by "
            f"{report.map_baseline - report.map_learned:.4f}."
        )
    note_rules_are_off(database, "training")
    if not report.is_promoted:
        terminal.notes.print(
            f"Not promoted: {report.reason}. [bold]recs train --use {report.blend_id}[/bold] puts it into use.",
            soft_wrap=True,
        )
    elif report.used_before is not None:
        terminal.notes.print(
            f"Promoted for the past weeks from {report.trained_for} to before {report.used_before}, not for the next: "
            f"{report.reason}. Next: [bold]recs backtest[/bold]",
            soft_wrap=True,
        )
    else:
        terminal.notes.print(f"Promoted: {report.reason}. Next: [bold]recs score[/bold]", soft_wrap=True)


def _changed(change: "Change", *, as_json: bool) -> None:
    """Print which blend was taken out of use or put into use, and the way back."""
    named = {"out_of_use": change.out_of_use, "put_into_use": change.put_into_use}
    terminal.show(
        Table(
            name="rollback" if change.put_into_use is None else "use",
            title="Learned blends",
            rows=[named | {"in_use": change.scores_next_week}],
            columns=(
                Column("out of use", "blend {out_of_use}"),
                Column("put into use", "blend {put_into_use}"),
                Column(
                    "scores the next week",
                    lambda row: Text(f"blend {row['in_use']}" if row["in_use"] else "default weights"),
                ),
            ),
        ),
        as_json=as_json,
    )
    if change.put_into_use is None:
        terminal.notes.print(f"The way back: [bold]recs train --use {change.out_of_use}[/bold]")
    elif change.put_into_use != change.scores_next_week:
        terminal.note(
            f"Blend {change.put_into_use} was trained for a past week, so it scores past weeks alone: "
            "`recs train` learns one that scores the next week."
        )
    else:
        terminal.next_command("recs score")


def note_rules_are_off(database: Path, what: str) -> None:
    """Note on standard error that the shop's rules did not act, if it has any."""
    from recs_py.database import connect, has_table

    with connect(database, read_only=True) as connection:
        if not has_table(connection, "shop.rules"):
            return
        (rules,) = connection.execute("select count(*) from shop.rules").fetchone()
    if rules:
        terminal.note(
            f"The shop's rules ({rules} line{'s' * (rules > 1)}) do not act in a {what}: its lists are without rules."
        )


def _trained(report: "TrainReport") -> Table:
    rows = [
        ("learned", report.map_learned, None, (None, None)),
        ("in use for that week", report.map_current, report.difference, report.interval),
        (
            f"best baseline: {report.best_baseline}",
            report.map_baseline,
            report.map_learned - report.map_baseline,
            report.baseline_interval,
        ),
    ]
    if report.map_reference_model is not None:
        ahead = report.map_learned - report.map_reference_model
        rows.append(("reference model", report.map_reference_model, ahead, report.reference_model_interval))
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
            Column(f"{report.level:.0%} interval", "{ci_low:+.4f} to {ci_high:+.4f}", number=True),
        ),
    )
