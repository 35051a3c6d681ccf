"""Notes on the lists of a score, a sentence each: what is short, left out, or does nothing."""

from pathlib import Path

from recs_py.database import connect
from recs_py.pipeline import dbt_build
from recs_py.pipeline.rules import checked_rules
from recs_py.publishing.lists import lists_left_out
from recs_py.reading.labels import wrong_labels


def after_score(*, database: Path, published: Path) -> list[str]:
    """All of them, in the order in which `recs score` prints them."""
    return [
        *short(database),
        *left_out(database, published),
        *idle_rules(database),
        *labels_without_effect(published),
    ]


def short(database: Path) -> list[str]:
    """Lists with fewer articles than `list_length`."""
    with connect(database, read_only=True) as connection:
        lists, customers, eligible = connection.execute(
            """
            select
                (select count(*) from features.scored_customers)
                - (select count(*) from recommendations.target_week_lists where rank = ?),
                (select count(*) from features.scored_customers),
                (select count(*) from rules.eligible_articles)
            """,
            [dbt_build.project_variables()["list_length"]],
        ).fetchone()
    if not lists:
        return []
    return [
        f"{lists:,} of {customers:,} lists are shorter than `list_length`: only {eligible:,} articles are eligible "
        "(sold within `eligible_days`, or named by a rule), and rules or `hide_bought_days` may hide some of them."
    ]


def left_out(database: Path, published: Path) -> list[str]:
    """Broken lists, which are not published."""
    customers = lists_left_out(database=database, published=published)
    if not customers:
        return []
    lists = "list" if len(customers) == 1 else "lists"
    return [
        f"{len(customers):,} {lists} with a gap or an article twice not published, such as that of customer "
        f"{customers[0]}: type `recs score`, which makes them again. All other lists are published."
    ]


def idle_rules(database: Path) -> list[str]:
    """Lines of the rules that do nothing: they are wrong, or of another week."""
    found = checked_rules(database=database)
    wrong = [row for row in found if row["problem"]]
    of_other_weeks = [row for row in found if not row["problem"] and not row["acts"]]
    sentences = []
    if of_other_weeks:
        sentences.append(
            f"Of the {len(found)} lines of the rules, {len(of_other_weeks)} have no day in the week of "
            f"{found[0]['target_week']}: see `recs rules`."
        )
    if wrong:
        first = wrong[0]
        sentences.append(
            f"{len(wrong)} line{'s' * (len(wrong) > 1)} of the rules without effect, such as {first['rule'] or ''!r} "
            f"on {first['attribute']} {first['value']}: {first['problem']}. See `recs rules`."
        )
    return sentences


def labels_without_effect(published: Path) -> list[str]:
    """Lines of the shop's labels that do nothing."""
    wrong = wrong_labels(published)
    if not wrong:
        return []
    signal, problem = wrong[0]
    return [
        f"{len(wrong)} line{'s' * (len(wrong) > 1)} of shop.labels without effect, such as {signal!r}: {problem}. "
        "All are in recs.signals."
    ]
