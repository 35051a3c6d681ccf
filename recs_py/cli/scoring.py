"""The command `recs score`."""

import click

from recs_py import settings, terminal, work_lock
from recs_py.cli.options import target_option
from recs_py.cli.serving import note_idle_rules, note_lists_left_out, note_wrong_labels, published_rows
from recs_py.errors import UsageError


@click.command(short_help="Build for a target week, rank for every customer, publish.")
@click.option("--week", help="ISO week or a date in it; default: the week after that of the last transaction.")
@click.option("--as-of", metavar="DATE", help="Instead of a week: the seven days from this date on.")
@click.option("--replace", is_flag=True, help="Publish even if it replaces the lists of another data set.")
@target_option
@terminal.json_option
def score(week: str | None, as_of: str | None, replace: bool, as_json: bool) -> None:
    """Build all models for a target week, rank every customer's articles, and publish.

    The next week is the one after the last transaction, or that of the last transaction where the data end early in it.

    \b
    Example:
      recs score --week 2020-W39
      recs score --as-of 2020-09-25
    """
    from recs_py.database import connect
    from recs_py.evaluation.ended_week import ended_week
    from recs_py.scoring.score import score as score_week
    from recs_py.scoring.score import short_lists
    from recs_py.scoring.staging_notes import staging_notes
    from recs_py.training.default_fit import fit_for, is_wanted

    if week and as_of:
        raise UsageError("--week and --as-of both name the days to recommend for: give one of them.")
    click.get_current_context().with_resource(work_lock.held(settings.work_database(), command="recs score"))
    with terminal.progress("score") as advance:
        target_week, rows = score_week(
            database=settings.work_database(),
            published=settings.published_database(),
            week=week,
            as_of=as_of,
            replace=replace,
            on_step=advance,
        )
    title = f"Published the week of {target_week}"
    terminal.show(published_rows(rows, title=title, where=str(settings.published_database())), as_json=as_json)
    for sentence in staging_notes(settings.work_database()):
        terminal.note(sentence)
    short, customers, eligible = short_lists(settings.work_database())
    if short:
        terminal.note(
            f"{short:,} of {customers:,} lists are shorter than `list_length`: only {eligible:,} articles are eligible "
            "(sold within `eligible_days`, or named by a rule), and rules or `hide_bought_days` may hide some of them."
        )
    note_lists_left_out(settings.work_database(), settings.published_database())
    note_idle_rules(settings.work_database())
    note_wrong_labels(settings.published_database())
    with connect(settings.work_database(), read_only=True) as connection:
        ended = ended_week(connection, target_week=target_week)
        fit = fit_for(connection, target_week)
        is_fit_missing = fit is None and is_wanted(connection, target_week)
    if is_fit_missing:
        terminal.notes.print(
            "No week corrects the default weights: that takes a history and enough buyers in the last whole week.",
            soft_wrap=True,
        )
    elif fit and not fit.trees:
        terminal.notes.print(
            f"The week of {fit.fitted_week} was fitted, and corrects nothing: the default weights score as they are.",
            soft_wrap=True,
        )
    elif fit:
        terminal.notes.print(
            f"The week of {fit.fitted_week} corrects the default weights: MAP {fit.map_corrected:.4f} instead of "
            f"{fit.map_default:.4f} for the half of its customers that were left out of the fit.",
            soft_wrap=True,
        )
    if ended and ended.alarm:
        terminal.note(ended.alarm)
    elif ended:
        terminal.notes.print(f"The week that has ended, {ended}.", soft_wrap=True)
    terminal.next_command("recs show")
