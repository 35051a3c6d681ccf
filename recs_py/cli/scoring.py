"""The commands `recs score` and `recs weekly`."""

from dataclasses import asdict
from pathlib import Path

import click

from recs_py import settings, terminal, work_lock
from recs_py.cli.options import target_option
from recs_py.cli.serving import published_rows
from recs_py.errors import UsageError
from recs_py.terminal import Column, Table


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
    from recs_py.reading.notes import after_score
    from recs_py.scoring.score import score as score_week
    from recs_py.scoring.staging_notes import staging_notes
    from recs_py.training.default_fit import FEWEST_BUYERS, fit_for, is_wanted

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
    files = {"database": settings.work_database(), "published": settings.published_database()}
    for sentence in (*staging_notes(settings.work_database()), *after_score(**files)):
        terminal.note(sentence)
    with connect(settings.work_database(), read_only=True) as connection:
        ended = ended_week(connection, target_week=target_week)
        fit = fit_for(connection, target_week)
        is_fit_missing = fit is None and is_wanted(connection, target_week)
    if is_fit_missing:
        terminal.notes.print(
            f"No week corrects the default weights: that takes {FEWEST_BUYERS} buyers in the last whole week, more "
            "than two weeks of history before it, and articles that may be recommended in it.",
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


@click.command(short_help="Load what is new, train when due, score and publish.")
@click.argument("name")
@click.option("--from", "directory", type=click.Path(path_type=Path), help="Folder with the delivery.")
@click.option("--to", "places", multiple=True, help="Also publish here, as `recs publish --to`; may be repeated.")
@click.option(
    "--train-every",
    type=click.IntRange(min=0),
    default=4,
    show_default=True,
    metavar="WEEKS",
    help="Train when the newest learned blend is so many weeks old; 0: never.",
)
@target_option
@terminal.json_option
def weekly(name: str, directory: Path | None, places: tuple[str, ...], train_every: int, as_json: bool) -> None:
    """Do the work of a week in one command: load what is new, train when that is due, score, publish.

    NAME is the loader, as for `recs load`. Lines that are loaded already are left out, so a run that failed may run
    again. The exit code is 1 as well where the lists of the week that has ended were worse than a baseline beyond
    chance; the new lists are published then.

    \b
    Example:
      recs weekly my-shop --from week39 --to postgresql://publisher@localhost/shop
      recs weekly my-shop --from week39 --train-every 8 --json
    """
    from recs_py.api.project import Project

    click.get_current_context().with_resource(work_lock.held(settings.work_database(), command="recs weekly"))
    with terminal.progress("weekly") as advance:
        run = Project(tell=advance).weekly(name, directory, places=places, train_every=train_every)
    steps = Table(
        name="steps",
        title=f"Week of {run.week}",
        rows=[asdict(step) for step in run.steps],
        columns=(
            Column("step", "{step}"),
            Column("what", "{what}"),
            Column("seconds", "{seconds:.1f}", number=True),
        ),
    )
    outcome = Table(name="run", title="", rows=[{"week": run.week, "notes": run.notes, "alarm": run.alarm}], columns=())
    terminal.show(*([steps, outcome] if as_json else [steps]), as_json=as_json)
    for sentence in () if as_json else run.notes:
        terminal.note(sentence)
    if run.alarm:
        terminal.note(run.alarm)
        click.get_current_context().exit(1)
