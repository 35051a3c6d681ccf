"""Data set, settings and key figures of the run that made the lists."""

from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from recs_py.reading.labels import in_words, labels
from recs_py.reading.report.quality import METRIC
from recs_py.rows import rows


@dataclass(frozen=True)
class RunCard:
    """Lines of name and value, weights of the signals, and the seconds of the slowest steps."""

    dataset: str
    week: str
    lines: list[tuple[str, str]]
    settings: list[tuple[str, str]]
    weights: list[tuple[str, str]]
    steps: list[tuple[str, str]]


def run_card(connection: DuckDBPyConnection) -> RunCard:
    """The run that made the latest published lists."""
    [week] = connection.execute("select max(target_week) from recs.recommendations").fetchone()
    found = rows(
        connection,
        "select * from recs.runs where target_week = ? order by finished_at desc, run_id desc limit 1",
        [week],
    )
    weights = rows(connection, "select signal, weight from recs.blend_weights where weight > 0 order by 2 desc, 1")
    words = labels(connection)
    shown = [(in_words(row["signal"], words), f"{row['weight']:g}") for row in weights]
    if not found:
        return RunCard("unknown", str(week), [], [], shown, [])
    run = found[0]
    slowest = sorted(run["seconds_per_step"].items(), key=lambda item: (-item[1], item[0]))[:8]
    return RunCard(
        dataset=run["dataset"],
        week=str(week),
        lines=[
            ("data set", run["dataset"]),
            ("target week", str(week)),
            ("built", f"{run['finished_at']} UTC, in {run['seconds']:,.0f} s"),
            ("transactions", f"{run['transactions']:,}"),
            ("customers", f"{run['customers']:,}"),
            ("recommendations", f"{run['recommendations']:,}"),
            *sorted(run["versions"].items()),
        ],
        settings=sorted(run["settings"].items()),
        weights=shown,
        steps=[(name, f"{seconds:.1f} s") for name, seconds in slowest],
    )


def key_figures(connection: DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """Three or four numbers: value, what it is, and a remark."""
    [lists, customers, articles] = connection.execute(
        """
        select count(*), count(distinct customer_id), count(distinct article_id) from recs.recommendations
        where target_week = (select max(target_week) from recs.recommendations)
        """
    ).fetchone()
    figures = [(f"{customers:,}", "customers have a list", f"{lists // max(customers, 1)} articles each")]
    judged = rows(
        connection,
        f"select avg(value) as value, count(*) as weeks, max(k) as k from recs.evaluation "
        f"where {METRIC} and segment = 'all' and system = 'blend' having count(*) > 0",
    )
    if judged:
        row = judged[0]
        figures.append(
            (
                f"{row['value']:.4f}",
                f"MAP@{row['k']}",
                f"mean of {row['weeks']} past week{'s' if row['weeks'] > 1 else ''}",
            )
        )
    recall = rows(
        connection,
        "select recall, target_week from recs.candidate_recall where source = 'union' and within = 'all' "
        "order by target_week desc limit 1",
    )
    if recall:
        figures.append((f"{recall[0]['recall']:.0%}", "of the purchases", "were among the candidates"))
    figures.append((f"{articles:,}", "different articles", "are in some list"))
    return figures
