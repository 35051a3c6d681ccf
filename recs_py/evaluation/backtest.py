"""Past weeks, scored and evaluated one after the other by the models that score the next one."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from recs_py.database import connect
from recs_py.errors import UsageError, did_you_mean
from recs_py.evaluation.segments import check_segment_kind
from recs_py.evaluation.summary import Summary, check_segment, evaluated_with, summary
from recs_py.loading.history import loaded
from recs_py.pipeline import dbt_build
from recs_py.pipeline.fingerprint import fingerprint
from recs_py.pipeline.promotion import may_score, next_week_blend, promoted
from recs_py.pipeline.used_signals import listed_signals, used_signals
from recs_py.publishing.publish import has_lists_of_same_data, publish
from recs_py.training.default_fit import fit_defaults
from recs_py.weeks import parse_week

EVALUATION = "+recs.evaluation"
DEFAULT_WEEKS = 4
PUBLIC = ("evaluation", "comparisons", "candidate_recall")


@dataclass(frozen=True)
class Outcome:
    """The result of a backtest: the weeks evaluated now, the weeks evaluated before, and the summary of all of them.

    `judged_none` is a sentence where the default weights judged a week, and the learned blend of the next week none.
    """

    evaluated: list[dt.date]
    kept: list[dt.date]
    summary: Summary
    judged_none: str | None


def backtest(
    *,
    database: Path,
    published: Path,
    weeks: int | None,
    first: str | None,
    last: str | None,
    segment: str,
    without: tuple[str, ...],
    again: bool,
    on_step: Callable[[str, int, int | None], None] | None = None,
) -> Outcome:
    """Score and evaluate past weeks, for the customers who bought in them.

    The lists of weeks that were scored for everybody stay as they are, in the work database and in the published file.

    Parameters
    ----------
    database
        The work database, loaded.
    published
        The published file; where there is one, its evaluation tables are replaced.
    weeks
        How many weeks, up to `last`; None if `first` is given, or for the last four that a learned blend may judge.
    first, last
        The first and the last week, each an ISO week or a date; without `last`, the last whole week that has purchases.
    segment
        The segment to sum up, such as `all` or `recency: 1-7 days`.
    without
        Signals whose points are left out, one at a time, in systems called `without_<signal>`.
    again
        Evaluate weeks again that were evaluated with the same models, settings and data.
    on_step
        Called with what is being done, how many steps are behind, and how many there are.

    Raises
    ------
    UsageError
        If the history has no such weeks, there is no such signal or segment, or other data are published.
    """
    settings = dbt_build.project_variables()
    _check_signals(without, known=[signal["name"] for signal in listed_signals()])
    check_segment_kind(segment)
    chosen = choose_weeks(database=database, weeks=weeks, first=first, last=last)
    is_published = published.exists() and has_lists_of_same_data(database=database, published=published)
    made_with = fingerprint(database=database, asked=sorted(without))
    done = set() if again else evaluated_with(database=database, fingerprint=made_with)
    kept = [week for week in chosen if week in done]
    if kept:
        check_segment(database=database, segment=segment, weeks=kept)
    missing = [week for week in chosen if week not in kept]
    same = {
        "customers": "buyers",
        "apply_rules": False,
        "used_signals": used_signals(database=database, also=without),
        "ablations": list(without),
        "evaluation_fingerprint": made_with,
    }
    if missing and on_step:
        on_step("reading the project", 0, None)
    for number, week in enumerate(missing):

        def hear(step: dbt_build.Step, number: int = number, week: dt.date = week) -> None:
            if on_step:
                on_step(f"{week} {step.name}", number * step.total + step.number - 1, len(missing) * step.total)

        fit_defaults(database=database, week=week, lists_follow=False)
        # models that do not depend on the week are built once
        everything = [EVALUATION, *(f"recs.recs.{view}" for view in PUBLIC)]
        dbt_build.build(
            database=database,
            variables={"target_week": str(week), **same},
            select=everything if number == 0 else [f"target_week+,{EVALUATION}"],
            command="run",
            on_step=hear,
        )
        if number == 0:
            check_segment(database=database, segment=segment, weeks=[week])
    if is_published:
        publish(database=database, published=published, only=PUBLIC)
    found = summary(
        database=database,
        weeks=chosen,
        segment=segment,
        k=dbt_build.judged_rank(),
        level=settings["interval_level"],
    )
    with connect(database, read_only=True) as connection:
        blend = next_week_blend(connection)
    scored_with = {row.blend_id for row in found.weeks}
    # weeks that blends learned for them have judged need no hint
    is_unjudged = blend and None in scored_with and blend["blend_id"] not in scored_with
    return Outcome(
        evaluated=missing,
        kept=kept,
        summary=found,
        judged_none=judges_none(blend, chosen[0]) if is_unjudged else None,
    )


def choose_weeks(*, database: Path, weeks: int | None, first: str | None, last: str | None) -> list[dt.date]:
    """The weeks to evaluate, oldest first: whole weeks with purchases in them and a history before them.

    Raises
    ------
    UsageError
        Names the weeks that there are.
    """
    history = loaded(database)
    week_starts_on, days = history.week_starts_on, history.days
    # the first week has no history before it
    possible = history.whole_weeks()[1:]
    if not possible:
        raise UsageError(
            f"The transactions ({days[0]} to {days[-1]}) are too short for a backtest: it takes a week of history "
            "and a whole week after it."
        )
    there_are = f"whole weeks with purchases are {possible[0]} to {possible[-1]}"
    end = _week_asked_for(last, week_starts_on=week_starts_on, possible=possible, last_day=days[-1])
    until = [week for week in possible if week <= end]
    if first is None and weeks is None:
        return _judged_by_blends(database, until)
    if first is None:
        if weeks > len(until):
            raise UsageError(
                f"The history has {len(until)} weeks that can be backtested, not {weeks}: {there_are}, each with at "
                "least one week before it."
            )
        return until[-weeks:]
    begin = _week_asked_for(first, week_starts_on=week_starts_on, possible=possible, last_day=days[-1])
    if begin > end:
        raise UsageError(f"The week {begin} (--from) lies after the week {end} (--to): swap them.")
    return [week for week in until if week >= begin]


def _judged_by_blends(database: Path, weeks: list[dt.date]) -> list[dt.date]:
    """The last weeks that a learned blend in use may judge; the last of all where none is in use."""
    with connect(database, read_only=True) as connection:
        in_use = promoted(connection)
    judged = [week for week in weeks if not in_use or any(may_score(blend, week) for blend in in_use)]
    if not judged:
        last = weeks[-DEFAULT_WEEKS:]
        raise UsageError(
            f"{judges_none(in_use[0], last[0])} "
            f"`recs backtest --weeks {len(last)}` judges them with the default weights."
        )
    return judged[-DEFAULT_WEEKS:]


def judges_none(blend: dict, week: dt.date) -> str:
    """One sentence on a blend that may judge no week from `week` on, and on the way to one that may."""
    return (
        f"Blend {blend['blend_id']} learned"
        f" from weeks before {blend['trained_for']}, so it judges none of these weeks: "
        f"`recs train --week {week}`, then `recs backtest`, judges a blend by weeks that it has not seen."
    )


def _week_asked_for(text: str | None, *, week_starts_on: str, possible: list[dt.date], last_day: dt.date) -> dt.date:
    if text is None:
        return possible[-1]
    week = parse_week(text, week_starts_on=week_starts_on)
    if week in possible:
        return week
    choose = f"choose from the whole weeks with purchases, {possible[0]} to {possible[-1]}."
    if week > possible[-1]:
        raise UsageError(
            f"The week of {week} has no whole week of purchases, since the transactions end on {last_day}: {choose}"
        )
    if week < possible[0]:
        raise UsageError(f"The week of {week} has no history before it to recommend from: {choose}")
    raise UsageError(f"Nobody bought anything in the week of {week}: {choose}")


def _check_signals(without: tuple[str, ...], *, known: list[str]) -> None:
    for name in without:
        if name not in known:
            choose = did_you_mean(name, known, otherwise=f"the signals are {', '.join(known)}.")
            raise UsageError(f"There is no signal {name!r} to leave out: {choose}")
