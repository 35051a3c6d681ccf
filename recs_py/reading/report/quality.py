"""Figures on accuracy: by week, by segment, and the recall of the candidates."""

import altair as alt
from duckdb import DuckDBPyConnection

from recs_py.pipeline.baselines import baselines
from recs_py.reading.labels import labels
from recs_py.reading.report.figure import BLUE, COLOURS, GREY, ORANGE, Figure, data
from recs_py.rows import rows

# the k at which the latest week was judged: older ones may have been judged with longer lists
METRIC = """
    metric = 'map_kaggle'
    and k = (select max_by(k, (target_week, k)) from recs.evaluation where metric = 'map_kaggle')
"""


def quality(connection: DuckDBPyConnection) -> list[Figure]:
    """Figures of recs.evaluation, recs.comparisons and recs.candidate_recall; none while no past week was built."""
    systems = rows(
        connection,
        f"select system, avg(value) as value from recs.evaluation where {METRIC} and segment = 'all' "
        "group by system order by value desc, system",
    )
    compared = [row["system"] for row in systems if row["system"] in baselines()]
    if not compared or not any(row["system"] == "blend" for row in systems):
        return []
    figures = [
        _weeks(connection, ["blend", *compared]),
        _differences(connection, compared[0]),
        _segments(connection, compared[0]),
        _systems(connection),
    ]
    return [*figures, *_candidates(connection)]


def _weeks(connection: DuckDBPyConnection, systems: list[str]) -> Figure:
    found = rows(
        connection,
        f"select target_week, system, value, ci_low, ci_high, customers, k from recs.evaluation "
        f"where {METRIC} and segment = 'all' and list_contains(?, system) "
        "order by target_week, list_position(?, system)",
        [systems, systems],
    )
    k = found[0]["k"]
    (rules,) = connection.execute("select count(*) from recs.rules where acts").fetchone()
    base = alt.Chart(data(found, "target_week", "system", "value", "ci_low", "ci_high")).encode(
        x=alt.X("target_week:O", title="target week", axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        xOffset=alt.XOffset("system:N", sort=systems),
        color=alt.Color(
            "system:N",
            sort=systems,
            scale=alt.Scale(domain=systems, range=COLOURS[: len(systems)]),
            legend=alt.Legend(orient="bottom", title=None),
        ),
    )
    points = base.mark_point(filled=True, size=70).encode(
        y=alt.Y("value:Q", title=f"MAP@{k}", scale=alt.Scale(zero=False)),
        shape=alt.Shape("system:N", sort=systems, scale=alt.Scale(domain=systems)),
        tooltip=["system:N", "target_week:O", alt.Tooltip("value:Q", format=".4f")],
    )
    intervals = base.mark_rule().encode(y=alt.Y("ci_low:Q", title=f"MAP@{k}"), y2="ci_high:Q")
    return Figure(
        key="weeks",
        title=f"MAP@{k} by week",
        says="Mean average precision of the lists, against the purchases of the week, from 0 to 1, with intervals "
        "(`interval_level`). Higher is better."
        + " Rules of the shop act on the lists of a score, and not on baselines or in a backtest." * bool(rules),
        chart=(intervals + points).properties(width="container", height=260),
        columns={
            "target_week": ("week", ""), "system": ("system", ""), "value": (f"MAP@{k}", ".4f"),
            "ci_low": ("from", ".4f"), "ci_high": ("to", ".4f"), "customers": ("customers", ","),
        },
        rows=found,
    )  # fmt: skip


def _differences(connection: DuckDBPyConnection, baseline: str) -> Figure:
    found = rows(
        connection,
        f"select target_week, difference, ci_low, ci_high, customers from recs.comparisons "
        f"where {METRIC} and segment = 'all' and other_system = ? order by target_week",
        [baseline],
    )
    base = alt.Chart(data(found, "target_week", "difference", "ci_low", "ci_high")).encode(
        x=alt.X("target_week:O", title="target week", axis=alt.Axis(labelAngle=0, labelOverlap=True))
    )
    chart = (
        alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(strokeDash=[4, 4], color=GREY).encode(y="zero:Q")
        + base.mark_rule(color=BLUE, strokeWidth=2).encode(y=alt.Y("ci_low:Q", title="difference"), y2="ci_high:Q")
        + base.mark_point(filled=True, size=80, color=BLUE).encode(
            y="difference:Q", tooltip=["target_week:O", alt.Tooltip("difference:Q", format="+.4f")]
        )
    )
    return Figure(
        key="differences",
        title=f"Difference to the best baseline, {baseline}",
        says="Difference in MAP on the same customers, with intervals (`interval_level`). Above the dashed line the "
        "blend is better; an interval that does not touch it is no coincidence.",
        chart=chart.properties(width="container", height=200),
        columns={
            "target_week": ("week", ""), "difference": ("difference", "+.4f"), "ci_low": ("from", "+.4f"),
            "ci_high": ("to", "+.4f"), "customers": ("customers", ","),
        },
        rows=found,
    )  # fmt: skip


def _segments(connection: DuckDBPyConnection, baseline: str) -> Figure:
    found = rows(
        connection,
        f"select target_week, segment, system, value, ci_low, ci_high, customers, k from recs.evaluation "
        f"where {METRIC} and system in ('blend', ?) and target_week = (select max(target_week) from recs.evaluation) "
        # by kind, then by the first number in the name: 8-30 days come before 31-90
        "order by segment != 'all', split_part(segment, ':', 1), "
        "try_cast(regexp_extract(segment, '[0-9]+') as integer) nulls last, segment, system = 'blend' desc",
        [baseline],
    )
    k = found[0]["k"]
    segments = list(dict.fromkeys(row["segment"] for row in found))
    base = alt.Chart(data(found, "segment", "system", "value", "ci_low", "ci_high")).encode(
        y=alt.Y("segment:N", sort=segments, title=None),
        yOffset=alt.YOffset("system:N", sort=["blend", baseline]),
        color=alt.Color(
            "system:N",
            scale=alt.Scale(domain=["blend", baseline], range=[BLUE, ORANGE]),
            legend=alt.Legend(orient="top", title=None),
        ),
    )
    chart = base.mark_rule().encode(x=alt.X("ci_low:Q", title=f"MAP@{k}"), x2="ci_high:Q") + base.mark_point(
        filled=True, size=50
    ).encode(x="value:Q", shape=alt.Shape("system:N", scale=alt.Scale(domain=["blend", baseline])))
    return Figure(
        key="segments",
        title=f"MAP@{k} by customer segment, week of {found[0]['target_week']}",
        says="Each customer is in one segment of every kind, as it was at the start of the week. Lines are intervals "
        "(`interval_level`); few customers make long ones.",
        chart=chart.properties(width="container", height=26 * len(segments)),
        columns={
            "segment": ("segment", ""), "system": ("system", ""), "value": (f"MAP@{k}", ".4f"),
            "ci_low": ("from", ".4f"), "ci_high": ("to", ".4f"), "customers": ("customers", ","),
        },
        rows=found,
    )  # fmt: skip


def _systems(connection: DuckDBPyConnection) -> Figure:
    found = rows(
        connection,
        f"""
        select system, avg(value) as value, min(value) as worst, max(value) as best, count(*) as weeks,
            any_value(k) as k
        from recs.evaluation where {METRIC} and segment = 'all'
        group by system order by value desc, system limit 25
        """,
    )
    k = found[0]["k"]
    words = labels(connection)
    found = [{"label": words.get(row["system"], row["system"]), **row} for row in found]
    order = [row["label"] for row in found]
    chart = (
        alt.Chart(data(found, "label", "system", "value"))
        .mark_bar()
        .encode(
            x=alt.X("value:Q", title=f"MAP@{k}, mean of the weeks"),
            y=alt.Y("label:N", sort=order, title=None),
            color=alt.condition("datum.system == 'blend'", alt.value(BLUE), alt.value(GREY)),
            tooltip=["system:N", alt.Tooltip("value:Q", format=".4f")],
        )
    )
    return Figure(
        key="systems",
        title="Systems: the blend, the baselines, and single signals of a customer and an article",
        says=f"MAP@{k}, mean over the weeks that were evaluated. A single signal ranks its own candidates by "
        "its value.",
        chart=chart.properties(width="container", height=16 * len(order)),
        columns={
            "label": ("system", ""), "system": ("name", ""), "value": (f"mean MAP@{k}", ".4f"),
            "worst": ("worst week", ".4f"), "best": ("best week", ".4f"), "weeks": ("weeks", ""),
        },
        rows=found,
    )  # fmt: skip


def _candidates(connection: DuckDBPyConnection) -> list[Figure]:
    found = rows(
        connection,
        """
        select target_week, source, within, recall, candidates_per_customer, customers from recs.candidate_recall
        where target_week = (select max(target_week) from recs.candidate_recall)
        order by
            source != 'union', max(recall) over (partition by source) desc, source,
            try_cast(within as integer) nulls last
        """,
    )
    if not found:
        return []
    week = found[0]["target_week"]
    words = labels(connection)
    everything = [{"label": words.get(row["source"], row["source"]), **row} for row in found if row["within"] == "all"][
        :16
    ]
    order = [row["label"] for row in everything]
    by_source = (
        alt.Chart(data(everything, "label", "source", "recall", "candidates_per_customer"))
        .mark_bar()
        .encode(
            x=alt.X("recall:Q", title="share of purchases", axis=alt.Axis(format="%")),
            y=alt.Y("label:N", sort=order, title=None),
            color=alt.condition("datum.source == 'union'", alt.value(BLUE), alt.value(GREY)),
            tooltip=["source:N", alt.Tooltip("recall:Q", format=".1%"), "candidates_per_customer:Q"],
        )
    )
    union = [row for row in found if row["source"] == "union"]
    depth = (
        alt.Chart(data(union, "within", "recall"))
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("within:N", sort=None, title="first candidates", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("recall:Q", title="share of purchases", axis=alt.Axis(format="%")),
        )
    )
    shared = {"recall": ("recall", ".1%"), "customers": ("customers", ",")}
    return [
        Figure(
            key="sources",
            title=f"Candidates by source, week of {week}",
            says="Mean share of a customer's purchases among the candidates of each source. Union is all "
            "sources together: no blend can recommend what it lacks.",
            chart=by_source.properties(width="container", height=16 * len(order)),
            columns={
                "label": ("source", ""),
                "source": ("name", ""),
                **shared,
                "candidates_per_customer": ("candidates per customer", ".1f"),
            },
            rows=everything,
        ),
        Figure(
            key="depth",
            title=f"Recall by depth, week of {week}",
            says="Share of a customer's purchases among the first candidates of the blend.",
            chart=depth.properties(width="container", height=200),
            columns={"within": ("within", ""), **shared},
            rows=union,
        ),
    ]
