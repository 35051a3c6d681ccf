"""Where things stand: what is loaded, built, published, judged and learned, how fresh it is, and what to type next."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from recs_py.ended_week import ended_week
from recs_py.errors import UsageError
from recs_py.promotion import next_week_blend
from recs_py.score import resolve_week
from recs_py.settings import connect, has_table


@dataclass(frozen=True)
class Step:
    """One step on the way to published lists.

    Parameters
    ----------
    step
        loaded, built, published, judged or learned.
    state
        What there is, in a few words; what is missing, if so.
    at
        When it was done (UTC); None where it was not, or where nobody knows.
    """

    step: str
    state: str
    at: dt.datetime | None = None


@dataclass(frozen=True)
class Status:
    """All steps, the command that brings things further, and an alarm if the last lists were worse than a baseline."""

    steps: list[Step]
    next_command: str
    alarm: str | None = None


def status(*, database: Path, published: Path) -> Status:
    """Looks at the work database and the published file, and changes nothing.

    Parameters
    ----------
    database, published
        The two files; either may be missing.

    Raises
    ------
    UsageError
        If a file is no DuckDB database, or is held by a build.
    """
    if not database.exists():
        steps = [Step("loaded", f"nothing: there is no {database}")]
        return Status([*steps, _published(published)[0]], "recs load complete-journey")
    with connect(database, read_only=True) as connection:
        loaded = _first(connection, "raw", "dataset", "select name, transactions, customers, loaded_at from {}")
        last_run = _first(
            connection, "recs", "runs",
            """
            select target_week, customers, versions['dbt'], finished_at, run_id from {}
            order by finished_at desc, run_id desc limit 1
            """,
        )  # fmt: skip
        is_unfinished = has_table(connection, "staging.unfinished_build")
        stands_at = _first(connection, "staging", "target_week", "select target_week from {}")
        judged = _first(
            connection, "evaluation", "metrics",
            "select count(distinct target_week), min(target_week), max(target_week), null from {} having count(*) > 0",
        )  # fmt: skip
        learned = _first(
            connection, "tuned", "blends",
            """
            select count(*) from {} having count(*) > 0
            """,
        )  # fmt: skip
        in_use = next_week_blend(connection)
        ended = ended_week(connection)
        days = _first(connection, "raw", "transactions", "select min(t_dat), max(t_dat) from {} having count(*) > 0")
    if loaded is None:
        return Status([Step("loaded", "nothing"), _published(published)[0]], "recs load complete-journey")
    name, transactions, customers, loaded_at = loaded
    steps = [
        Step(
            "loaded",
            f"{name}: {transactions:,} transactions from {days[0]} to {days[1]}, {customers:,} customers",
            loaded_at,
        )
        if days
        else Step("loaded", f"{name}: no transaction", loaded_at)
    ]
    steps.append(
        Step("built", f"week of {last_run[0]}, {last_run[1]:,} customers, dbt {last_run[2]}", last_run[3])
        if last_run
        else Step("built", "nothing yet")
    )
    publication, published_runs = _published(published)
    steps.append(publication)
    steps.append(
        Step("judged", f"{judged[0]} past week{'s' if judged[0] > 1 else ''}, {judged[1]} to {judged[2]}")
        if judged
        else Step("judged", "nothing yet")
    )
    if ended:
        steps.append(Step("last week", str(ended)))
    if learned is None:
        steps.append(Step("learned", "nothing yet: the default weights rule"))
    elif in_use is None:
        steps.append(
            Step("learned", f"{learned[0]} blend{'s' if learned[0] > 1 else ''}, none in use for the next week")
        )
    else:
        steps.append(
            Step(
                "learned",
                f"blend {in_use['blend_id']}: MAP {in_use['difference']:+.4f} on the week of {in_use['held_out_week']}",
            )
        )
    if last_run is None or is_unfinished or loaded_at > last_run[3] or last_run[0] < _week_to_score(database):
        following = "recs score"
    elif last_run[4] not in published_runs:
        # a backtest or a tuning leaves the models of a past week, which are not published as if they were of this one
        following = "recs publish" if stands_at == last_run[:1] else f"recs score --week {last_run[0]}"
    elif judged is None:
        following = "recs backtest --weeks 4"
    elif learned is None:
        following = "recs tune"
    else:
        following = "recs report"
    return Status(steps, following, alarm=ended.alarm if ended else None)


def _first(connection: DuckDBPyConnection, schema: str, table: str, query: str) -> tuple | None:
    if not has_table(connection, f"{schema}.{table}"):
        return None
    return connection.execute(query.format(f"{schema}.{table}")).fetchone()


def _week_to_score(database: Path) -> dt.date:
    try:
        return resolve_week(database=database, week=None)
    except UsageError:  # not one usable transaction: scoring says why
        return dt.date.min


def _published(published: Path) -> tuple[Step, set[str]]:
    """The step, and the runs whose lists are in the published file."""
    if not published.exists():
        return Step("published", f"nothing yet: there is no {published}"), set()
    with connect(published, read_only=True) as connection:
        runs = {run for (run,) in connection.execute("select run_id from recs.runs").fetchall()}
        weeks, latest, customers = connection.execute(
            """
            select count(distinct target_week), max(target_week),
                count(*) filter (where target_week = (select max(target_week) from recs.recommendations))
            from recs.recommendations where rank = 1
            """
        ).fetchone()
    at = dt.datetime.fromtimestamp(published.stat().st_mtime, tz=dt.UTC).replace(tzinfo=None)
    lists = f"{weeks} week{'s' if weeks != 1 else ''}, the latest of {latest} with {customers:,} lists"
    return Step("published", f"{published.name}: {lists if weeks else 'no list'}", at), runs
