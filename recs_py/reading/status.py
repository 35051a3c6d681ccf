"""State of load, build, publish, evaluation and training, with ages, and the next command to type."""

import datetime as dt
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from recs_py.database import connect, has_table, open_published
from recs_py.errors import UsageError
from recs_py.evaluation.ended_week import ended_week
from recs_py.loading.history import resolve_week
from recs_py.loading.raw_tables import is_of_earlier_version
from recs_py.pipeline import dbt_build
from recs_py.pipeline.promotion import blend_for, next_week_blend
from recs_py.rows import rows


@dataclass(frozen=True)
class Step:
    """One step on the way to published lists.

    Parameters
    ----------
    step
        loaded, built, published, judged, last week or learned.
    state
        The state in a few words, or what is missing.
    at
        Time at which it was done (UTC); None if it was not done, or if the time is unknown.
    figures
        The figures and names in `state`, each by itself, for scripts.
    """

    step: str
    state: str
    at: dt.datetime | None = None
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Status:
    """All steps, the command that brings things further, and an alarm if the last lists were worse than a baseline."""

    steps: list[Step]
    next_command: str
    alarm: str | None = None

    @property
    def is_published(self) -> bool:
        """Whether there are lists to read."""
        return any(step.step == "published" and step.figures.get("weeks") for step in self.steps)


@dataclass(frozen=True)
class _Run:
    """The last run that made lists."""

    run_id: str
    target_week: dt.date
    finished_at: dt.datetime
    # None where an earlier version made it
    blend: str | None


def status(*, database: Path, published: Path) -> Status:
    """Look at the work database and the published file, and change nothing.

    Parameters
    ----------
    database, published
        The two files; either may be missing.

    Raises
    ------
    UsageError
        If a file is no DuckDB database, or recs has not published the published one.
    DatabaseInUse
        If a build holds the work database.
    """
    publication, published_runs = _published(published)
    nothing = f"nothing: there is no {database}"
    if database.exists():
        with connect(database, read_only=True) as connection:
            if has_table(connection, "raw.dataset"):
                loaded = _loaded(connection)
                built, run = _built(connection)
                judged, learned, ended = _judged(connection), _learned(connection), ended_week(connection)
                following = _next(
                    connection, database, loaded, run, published_runs, bool(judged.figures), bool(learned.figures)
                )
                last_week = [Step("last week", str(ended), figures=asdict(ended))] if ended else []
                steps = [loaded, built, publication, judged, *last_week, learned]
                return Status(steps, following, alarm=ended.alarm if ended else None)
        nothing = "nothing"
    return Status([Step("loaded", nothing), publication], "recs load complete-journey")


def _loaded(connection: DuckDBPyConnection) -> Step:
    if is_of_earlier_version(connection):
        figures = _row(connection, "raw.dataset", "select name as dataset from raw.dataset")
        return Step("loaded", f"{figures['dataset']}, by an earlier version of recs", figures=figures)
    figures = _row(
        connection, "raw.dataset",
        """
        select
            name as dataset, transactions, customers,
            (select min(transaction_date) from raw.transactions) as first_day,
            (select max(transaction_date) from raw.transactions) as last_day,
            loaded_at
        from raw.dataset
        """,
    )  # fmt: skip
    at = figures.pop("loaded_at")
    if figures["first_day"] is None:
        return Step("loaded", f"{figures['dataset']}: no transaction", at, figures)
    state = "{dataset}: {transactions:,} transactions from {first_day} to {last_day} by {customers:,} customers"
    return Step("loaded", state.format(**figures), at, figures)


def _built(connection: DuckDBPyConnection) -> tuple[Step, _Run | None]:
    figures = _row(
        connection, "recs.runs",
        """
        select
            target_week, recommendations, customers, versions['dbt'] as dbt, finished_at, run_id,
            settings['blend'] as blend
        from recs.runs
        order by finished_at desc, run_id desc
        limit 1
        """,
    )  # fmt: skip
    if not figures:
        return Step("built", "nothing yet"), None
    at = figures.pop("finished_at")
    state = "week of {target_week}, {customers:,} customers, dbt {dbt}".format(**figures)
    return Step("built", state, at, figures), _Run(figures["run_id"], figures["target_week"], at, figures["blend"])


def _judged(connection: DuckDBPyConnection) -> Step:
    figures = _row(
        connection, "evaluation.metrics",
        """
        select count(distinct target_week) as weeks, min(target_week) as first_week, max(target_week) as last_week
        from evaluation.metrics
        having count(*) > 0
        """,
    )  # fmt: skip
    if not figures:
        return Step("judged", "nothing yet")
    return Step(
        "judged",
        f"{_counted(figures['weeks'], 'past week')}, {figures['first_week']} to {figures['last_week']}",
        figures=figures,
    )


def _learned(connection: DuckDBPyConnection) -> Step:
    figures = _row(connection, "learned.blends", "select count(*) as blends from learned.blends having count(*) > 0")
    if not figures:
        return Step("learned", "nothing yet: the default weights score")
    blend = next_week_blend(connection)
    if blend is None:
        state = f"{_counted(figures['blends'], 'blend')}, none in use for the next week"
        return Step("learned", state, figures=figures)
    names = ("blend_id", "held_out_week", "difference", "ci_low", "ci_high", "map_learned", "map_baseline")
    # blends of earlier versions lack later columns
    figures |= {name: blend.get(name) for name in names}
    state = "blend {blend_id}: MAP {difference:+.4f} on the week of {held_out_week}"
    if None not in (figures["ci_low"], figures["ci_high"]) and figures["ci_low"] <= 0 <= figures["ci_high"]:
        state += ", which may be chance ({ci_low:+.4f} to {ci_high:+.4f})"
    if figures["map_baseline"] is not None and figures["map_learned"] < figures["map_baseline"]:
        state += f"; {blend['best_baseline']} has {{map_baseline:.4f}} there, the blend {{map_learned:.4f}}"
    return Step("learned", state.format(**figures), figures=figures)


def _next(
    connection: DuckDBPyConnection,
    database: Path,
    loaded: Step,
    run: _Run | None,
    published_runs: set[str],
    is_judged: bool,
    is_learned: bool,
) -> str:
    if is_of_earlier_version(connection):
        # every other command asks for this first
        return f"recs load {loaded.figures['dataset']}"
    if (
        run is None
        or has_table(connection, "staging.unfinished_build")
        or loaded.at > run.finished_at
        or _is_past(run.target_week, database=database, last_day=loaded.figures["last_day"])
        or _is_of_another_blend(connection, run)
    ):
        return "recs score"
    if run.run_id not in published_runs:
        # a backtest or a training leaves the models of a past week, which are not published as if they were of this one
        stands_at = _row(connection, "staging.target_week", "select target_week from staging.target_week")
        return (
            "recs publish"
            if stands_at.get("target_week") == run.target_week
            else f"recs score --week {run.target_week}"
        )
    if not is_judged:
        return "recs backtest --weeks 4"
    return "recs report" if is_learned else "recs train"


def _is_of_another_blend(connection: DuckDBPyConnection, run: _Run) -> bool:
    """Whether a blend was put into use, or taken out of it, since the lists were made."""
    blend = blend_for(connection, run.target_week)
    now = str(blend["blend_id"]) if blend else "default weights"
    return run.blend not in (None, now) and dbt_build.project_variables()["learned"]


def _is_past(week: dt.date, *, database: Path, last_day: dt.date | None) -> bool:
    # after the last day there is no later week to score: only for an earlier one are all lines looked at
    return last_day is not None and week <= last_day and week < _week_to_score(database)


def _row(connection: DuckDBPyConnection, table: str, query: str) -> dict[str, Any]:
    """The first row of a query by column name, empty where there is none or its table does not exist."""
    found = rows(connection, query) if has_table(connection, table) else []
    return found[0] if found else {}


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"


def _week_to_score(database: Path) -> dt.date:
    try:
        return resolve_week(database=database, week=None)
    except UsageError:  # not one usable transaction: scoring reports the reason
        return dt.date.min


def _published(published: Path) -> tuple[Step, set[str]]:
    """The step, and the runs whose lists are in the published file."""
    if not published.exists():
        return Step("published", f"nothing yet: there is no {published}"), set()
    with open_published(published) as connection:
        runs = {run for (run,) in connection.execute("select run_id from recs.runs").fetchall()}
        [figures] = rows(
            connection,
            """
            select
                count(distinct target_week) as weeks,
                max(target_week) as target_week,
                count(*) filter (where target_week = (select max(target_week) from recs.recommendations)) as customers
            from recs.recommendations
            where rank = 1
            """,
        )
    at = dt.datetime.fromtimestamp(published.stat().st_mtime, tz=dt.UTC).replace(tzinfo=None)
    lists = "the latest of {target_week} with {customers:,} lists".format(**figures) if figures["weeks"] else "no list"
    return Step("published", f"{published.name}: {_counted(figures['weeks'], 'week')}, {lists}", at, figures), runs
