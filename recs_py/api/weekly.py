"""The run of a week: load what is new, train when that is due, score, publish, and say what was done."""

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from recs_py.api.project import Project
from recs_py.database import connect, has_table
from recs_py.errors import UsageError
from recs_py.evaluation.ended_week import ended_week
from recs_py.loading.history import resolve_week
from recs_py.loading.sources.loader_script import read_loader
from recs_py.publishing.places import check_places
from recs_py.publishing.publish import check_place
from recs_py.reading.notes import after_score
from recs_py.scoring.staging_notes import staging_notes
from recs_py.training.weeks import HistoryTooShort


@dataclass(frozen=True)
class Step:
    """One step of the run: what it did, in a sentence, and its seconds."""

    step: str
    what: str
    seconds: float


@dataclass(frozen=True)
class WeeklyRun:
    """The target week, the steps in their order, notes on the data, and one if the ended week's lists were worse."""

    week: dt.date
    steps: list[Step]
    notes: list[str]
    alarm: str | None


def run_week(
    project: Project, name: str, directory: str | Path | None, *, places: Sequence[str], train_every: int
) -> WeeklyRun:
    """Do the work of a week, as `Project.weekly`, which has the parameters; a run that failed may run again.

    Raises
    ------
    UsageError
        If a setting, an argument or the delivery is wrong: the steps before have done their work, and nothing after.
    RecsError
        If a step fails.
    """
    steps, notes = [], []

    def do(step: str, work: Callable[[], str]) -> None:
        started = time.monotonic()
        steps.append(Step(step, work(), round(time.monotonic() - started, 1)))

    check_places(places)
    do("load", partial(_load, project, name, directory, notes))
    check_place(database=project.database, published=project.published, replace=False)
    if train_every and _is_due(project.database, train_every):
        do("train", partial(_train, project))
    do("score", lambda: f"published the week of {project.score()}")
    for place in places:
        do("publish", partial(_publish, project, place))
    with connect(project.database, read_only=True) as connection:
        [(week,)] = connection.execute("select target_week from staging.target_week").fetchall()
        ended = ended_week(connection, target_week=week)
    notes += [*staging_notes(project.database), *after_score(database=project.database, published=project.published)]
    # load and score both report ids that the catalogue lacks
    told = list(dict.fromkeys(f"{note.removesuffix('.')}." for note in notes))
    return WeeklyRun(week, steps, told, alarm=ended.alarm if ended else None)


def _load(project: Project, name: str, directory: str | Path | None, notes: list[str]) -> str:
    loaded = _loaded(project.database)
    if loaded not in (None, read_loader(name).name):
        raise UsageError(f"{loaded} is loaded: name its loader, or set RECS_DUCKDB to another file")
    report = project.load(name, directory, add=loaded is not None, skip_known=loaded is not None)
    notes += report.warnings
    lines = report.rows["transactions"]
    return f"{lines:,}{' new' if loaded else ''} transaction{'s' * (lines != 1)}"


def _loaded(database: Path) -> str | None:
    if not database.exists():
        return None
    with connect(database, read_only=True) as connection:
        if not has_table(connection, "raw.dataset"):
            return None
        return connection.execute("select name from raw.dataset").fetchone()[0]


def _is_due(database: Path, train_every: int) -> bool:
    with connect(database, read_only=True) as connection:
        if not has_table(connection, "learned.blends"):
            return True
        (newest,) = connection.execute("select max(trained_for) from learned.blends").fetchone()
    return newest is None or resolve_week(database=database, week=None) - newest >= dt.timedelta(weeks=train_every)


def _publish(project: Project, place: str) -> str:
    return f"{project.publish(place)['recommendations_explained']:,} rows to {place}"


def _train(project: Project) -> str:
    try:
        report = project.train()
    except HistoryTooShort as error:  # the default weights score until it is longer
        return f"not yet: {error}"
    return f"blend {report.blend_id}, {'promoted' if report.is_promoted else 'not promoted'}: {report.reason}"
