"""Figures of the blend: mean points of each signal, and the points of each bucket."""

import altair as alt
from duckdb import DuckDBPyConnection

from recs_py.reading.labels import in_words, labels
from recs_py.reading.report.figure import BLUE, ORANGE, Figure, data
from recs_py.rows import rows

SHAPES = 9
# contributions are averaged over at most this many customers, the same ones each time
CUSTOMERS = 20_000


def signals(connection: DuckDBPyConnection) -> list[Figure]:
    """Figures of recs.contributions and recs.blend_shapes for the latest week."""
    contributed = rows(
        connection,
        f"""
        with latest as (

            select *
            from recs.recommendations_explained
            where
                target_week = (select max(target_week) from recs.recommendations)
                and hash(customer_id) % greatest(1, (
                    select count(*) // {CUSTOMERS} from recs.recommendations
                    where rank = 1 and target_week = (select max(target_week) from recs.recommendations)
                )) = 0

        ),

        points as (

            select
                main_signal,
                unnest(contributions, recursive := true)
            from latest

        ),

        summed as (

            select
                signal,
                -- points are multiples of 2^-32: as whole numbers they sum to the same in any order
                cast(sum(cast(points * 4294967296 as hugeint)) as double) / 4294967296 as points,
                count(*) filter (where main_signal = signal) as leads
            from points
            group by signal
            having max(abs(points)) > 0

        ),

        sizes as (

            select count(*) as lines, count(distinct customer_id) as customers
            from latest

        )

        select
            summed.signal,
            summed.points / sizes.lines as mean_points,
            summed.leads / sizes.lines as leads,
            sizes.customers
        from summed
        cross join sizes
        order by abs(summed.points) desc, summed.signal
        limit 24
        """,
    )
    words = labels(connection)
    contributed = [{"label": in_words(row["signal"], words), **row} for row in contributed]
    order = [row["label"] for row in contributed]
    chart = (
        alt.Chart(data(contributed, "label", "signal", "mean_points", "leads"))
        .mark_bar()
        .encode(
            x=alt.X("mean_points:Q", title="mean points"),
            y=alt.Y("label:N", sort=order, title=None),
            color=alt.condition("datum.mean_points >= 0", alt.value(BLUE), alt.value(ORANGE)),
            tooltip=["signal:N", alt.Tooltip("mean_points:Q", format="+.3f"), alt.Tooltip("leads:Q", format=".1%")],
        )
    )
    customers = contributed[0]["customers"] if contributed else 0
    figures = [
        Figure(
            key="contributions",
            title="Points by signal",
            says="Mean points that each signal gave to a recommended article; the points of a recommendation sum to "
            f"its score. Lists of {customers:,} customers.",
            chart=chart.properties(width="container", height=16 * len(order)),
            columns={
                "label": ("signal", ""), "signal": ("name", ""), "mean_points": ("mean points", "+.4f"),
                "leads": ("main signal of", ".1%"),
            },
            rows=contributed,
        )
    ]  # fmt: skip
    return [*figures, _shapes(connection, words)]


def _shapes(connection: DuckDBPyConnection, words: dict[str, str]) -> Figure:
    found = rows(
        connection,
        f"""
        with widest as (

            select signal, max(points) - min(points) as span
            from recs.blend_shapes
            group by signal
            order by span desc, signal
            limit {SHAPES}

        )

        select shapes.signal, shapes.bucket, shapes.lower, shapes.upper, shapes.points
        from recs.blend_shapes as shapes
        inner join widest on shapes.signal = widest.signal
        order by widest.span desc, shapes.signal, shapes.bucket
        """,
    )
    found = [{"label": in_words(row["signal"], words), **row} for row in found]
    order = list(dict.fromkeys(row["label"] for row in found))
    lines = (
        alt.Chart(data(found, "label", "signal", "bucket", "points", "lower"))
        .mark_line(interpolate="step-after", color=BLUE, clip=True)
        .encode(
            x=alt.X("bucket:Q", title=None, axis=alt.Axis(tickCount=4)),
            y=alt.Y("points:Q", title=None),
            tooltip=["signal:N", "bucket:Q", alt.Tooltip("points:Q", format="+.3f"), "lower:Q"],
        )
        .properties(width=170, height=90)
        .facet(alt.Facet("label:N", sort=order, title=None), columns=3)
        .properties(usermeta={"labels": 40})
    )
    return Figure(
        key="shapes",
        title=f"Points by value: the {len(order)} signals with the widest range of points",
        says="Points (upward) of each bucket of a signal's values (to the right, from bucket 0, where the signal is "
        "absent, to the highest values).",
        chart=lines,
        columns={
            "label": ("signal", ""), "signal": ("name", ""), "bucket": ("bucket", ""), "lower": ("from", ".4g"),
            "upper": ("to", ".4g"), "points": ("points", "+.4f"),
        },
        rows=[row for row in found if row["bucket"] % 8 == 0],
    )  # fmt: skip
