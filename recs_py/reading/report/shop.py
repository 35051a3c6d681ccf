"""Figures on the shop: exposure of articles, bestsellers, and the seasons of the departments."""

import altair as alt
from duckdb import DuckDBPyConnection

from recs_py.pipeline.baselines import baselines
from recs_py.reading.report.figure import BLUE, COLOURS, GREY, ORANGE, Figure, data
from recs_py.rows import rows

LATEST = "(select max(target_week) from recs.recommendations)"


def exposure(connection: DuckDBPyConnection) -> list[Figure]:
    """Distribution of the places in the lists over the articles."""
    curve = rows(
        connection,
        f"""
        with shown as (

            select article_id, count(*) as places
            from recs.recommendations
            where target_week = {LATEST}
            group by article_id

        ),

        ordered as (

            select
                row_number() over (order by places desc, article_id) as articles,
                sum(places) over (order by places desc, article_id) / sum(places) over () as share_of_places,
                count(*) over () as all_articles
            from shown

        )

        -- as many points as a curve needs: each of the first, then ever fewer
        select articles, share_of_places, all_articles
        from ordered
        where
            articles = all_articles or articles <= 10
            or floor(20 * ln(articles)) != floor(20 * ln(greatest(articles - 1, 1)))
        order by articles
        """,
    )
    chart = (
        alt.Chart(data(curve, "articles", "share_of_places"))
        .mark_line(color=BLUE, strokeWidth=2.5)
        .encode(
            x=alt.X("articles:Q", title="articles, the most often shown first", scale=alt.Scale(type="log")),
            y=alt.Y("share_of_places:Q", title="share of all places", axis=alt.Axis(format="%")),
            tooltip=["articles:Q", alt.Tooltip("share_of_places:Q", format=".1%")],
        )
    )
    beyond = rows(
        connection,
        """
        select system, metric, value from recs.evaluation
        where
            target_week = (select max(target_week) from recs.evaluation) and segment = 'all'
            and metric in (
                'coverage', 'exposure_gini', 'novelty', 'diversity', 'repurchase_share', 'repeat_recall',
                'repeat_precision', 'explore_recall', 'explore_precision'
            )
            and list_contains(?, system)
        order by metric, system
        """,
        [["blend", *baselines()]],
    )
    figures = [
        Figure(
            key="exposure",
            title=f"Exposure: {curve[-1]['all_articles']:,} articles are in some list",
            says="Share of all places in the lists that the most shown articles take. The faster it rises, the fewer "
            "articles are seen.",
            chart=chart.properties(width="container", height=220),
            columns={"articles": ("first articles", ","), "share_of_places": ("share of places", ".1%")},
            rows=curve[:: max(1, len(curve) // 24)],
        )
    ]
    if beyond:
        systems = list(dict.fromkeys(row["system"] for row in beyond))
        bars = (
            alt.Chart(data(beyond, "system", "metric", "value"))
            .mark_bar()
            .encode(
                x=alt.X("value:Q", title=None, axis=alt.Axis(tickCount=4)),
                y=alt.Y("system:N", title=None),
                color=alt.Color("system:N", scale=alt.Scale(domain=systems, range=COLOURS), legend=None),
                tooltip=["metric:N", "system:N", alt.Tooltip("value:Q", format=".4f")],
            )
            .properties(width=150, height=80)
            .facet(alt.Facet("metric:N", title=None), columns=3)
            .resolve_scale(x="independent")
            .properties(usermeta={"labels": 150})
        )
        figures.append(
            Figure(
                key="beyond",
                title="Beyond accuracy, latest week that was evaluated",
                says="coverage: share of the articles that may be recommended which stand in any list. exposure_gini: "
                "0 all shown alike, 1 one takes all. novelty: mean bits of surprise. diversity: how unlike the "
                "articles of a list are. repurchase_share: share of places with something bought before. "
                "repeat_recall: share of the articles bought again that lists held. repeat_precision: share of hits "
                "among places with articles bought before. explore: the same for articles never bought before.",
                chart=bars,
                columns={"metric": ("metric", ""), "system": ("system", ""), "value": ("value", ".4f")},
                rows=beyond,
            )
        )
    return figures


def sales(connection: DuckDBPyConnection) -> list[Figure]:
    """The bestsellers, and the seasons of the departments."""
    popular = rows(
        connection,
        """
        select popular.rank, popular.article_id, articles.display_name as name, popular.units, popular.trend,
            popular.rank || ' ' || coalesce(articles.display_name, popular.article_id) as label
        from recs.popular_articles as popular
        left join recs.article_details as articles on popular.article_id = articles.article_id
        where popular.segment = 'all' and popular.rank <= 20
        order by popular.rank
        """,
    )
    figures = []
    if popular:
        order = [row["label"] for row in popular]
        trends = alt.Color(
            "direction:N",
            scale=alt.Scale(domain=["rising", "steady", "falling"], range=[ORANGE, GREY, BLUE]),
            legend=alt.Legend(orient="top", title=None),
        )
        shapes = alt.Shape(
            "direction:N",
            scale=alt.Scale(domain=["rising", "steady", "falling"], range=["triangle-up", "circle", "triangle-down"]),
        )
        marked = [{**row, "direction": _direction(row["trend"])} for row in popular]
        chart = (
            alt.Chart(data(marked, "label", "units", "trend", "direction"))
            .mark_point(filled=True, size=90)
            .encode(
                # some count pieces and some millilitres: a logarithm shows both
                x=alt.X(
                    "units:Q",
                    title="units in the last week",
                    scale=alt.Scale(type="log"),
                    axis=alt.Axis(tickCount=4, format="~s"),
                ),
                y=alt.Y("label:N", sort=order, title=None),
                color=trends,
                shape=shapes,
                tooltip=["label:N", "units:Q", alt.Tooltip("trend:Q", format=".2f")],
            )
        )
        figures.append(
            Figure(
                key="popular",
                title="Bestsellers before the target week",
                says="Units of the last week, on a logarithmic scale. Trend: last week against the average of four; "
                "rising from 1.25, falling below 0.8.",
                chart=chart.properties(width="container", height=18 * len(order)),
                columns={
                    "rank": ("rank", ""), "article_id": ("article", ""), "name": ("name", ""), "units": ("units", ","),
                    "trend": ("trend", ".2f"),
                },
                rows=popular,
            )
        )  # fmt: skip
    return [*figures, *_seasons(connection)]


def _direction(trend: float) -> str:
    if trend >= 1.25:
        return "rising"
    return "falling" if trend < 0.8 else "steady"


def _seasons(connection: DuckDBPyConnection) -> list[Figure]:
    found = rows(
        connection,
        """
        with largest as (

            select department, sum(units) as units, sum(units) / count(distinct week) as units_per_week
            from recs.department_sales
            group by department
            order by units desc, department
            limit 16

        )

        select sales.week, sales.department, sales.units, largest.units_per_week,
            sales.units / largest.units_per_week as index
        from recs.department_sales as sales
        inner join largest on sales.department = largest.department
        order by largest.units desc, sales.department, sales.week
        """,
    )
    if not found:
        return []
    order = list(dict.fromkeys(row["department"] for row in found))
    within_the_axis = {
        "condition": [{"test": "datum.index < 0.1", "value": "left"}, {"test": "datum.index > 0.9", "value": "right"}],
        "value": "center",
    }
    capped = [{**row, "against average": min(2.0, round(row["index"], 3))} for row in found]
    chart = (
        alt.Chart(data(capped, "week", "department", "against average", "units"))
        .mark_rect()
        .encode(
            x=alt.X(
                "week:O",
                title="week",
                axis=alt.Axis(labelOverlap=True, labelAngle=0, ticks=False, labelAlign=within_the_axis),
            ),
            y=alt.Y("department:N", sort=order, title=None),
            # from dark to light for everybody: cividis was made for the colour-blind
            color=alt.Color(
                "against average:Q",
                scale=alt.Scale(scheme="cividis", domain=[0, 2]),
                legend=alt.Legend(orient="top", title="1 is an average week", gradientLength=180),
            ),
            tooltip=["department:N", "week:O", "units:Q", alt.Tooltip("against average:Q", format=".2f")],
        )
    )
    best = {}
    for row in found:
        if row["department"] not in best or row["units"] > best[row["department"]]["units"]:
            best[row["department"]] = row
    return [
        Figure(
            key="seasons",
            title="Seasons of the largest departments, over the whole history",
            says="Units of a week against the department's average week: 1 is average, 2 and more the lightest, blank "
            "where nothing was sold. The numbers below are the best week of each.",
            chart=chart.properties(width="container", height=18 * len(order)),
            columns={
                "department": ("department", ""), "week": ("best week", ""), "units": ("units", ","),
                "units_per_week": ("average week", ",.0f"),
            },
            rows=list(best.values()),
        )
    ]  # fmt: skip
