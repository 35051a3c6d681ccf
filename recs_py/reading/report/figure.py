"""A figure of the report, and the style that all figures share."""

from dataclasses import dataclass
from typing import Any

import altair as alt

# Okabe and Ito's colours, which people with any kind of colour blindness can tell apart
# (https://jfly.uni-koeln.de/color/); dark enough and light enough for both grounds.
BLUE, ORANGE, GREEN, PINK, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8a8a8a"
COLOURS = [BLUE, ORANGE, GREEN, PINK, "#E69F00", "#56B4E9"]


@dataclass(frozen=True)
class Figure:
    """A chart with the numbers behind it.

    Parameters
    ----------
    key
        Its id in the page.
    title, says
        Text above the chart, with its unit; a sentence on it, also for readers who cannot see the chart.
    chart
        The chart, as wide as its container.
    columns
        Heading and format of every column of the numbers.
    rows
        The numbers, by name.
    """

    key: str
    title: str
    says: str
    chart: alt.TopLevelMixin
    columns: dict[str, tuple[str, str]]
    rows: list[dict[str, Any]]

    def spec(self) -> dict[str, Any]:
        """The Vega-Lite specification."""
        spec = self.chart.to_dict()
        # the page has a style of its own, for a light and a dark ground
        spec.pop("config", None)
        return spec

    def cells(self) -> list[list[str]]:
        """The numbers as text."""
        return [
            ["" if row[name] is None else format(row[name], shape) for name, (_, shape) in self.columns.items()]
            for row in self.rows
        ]


def data(rows: list[dict[str, Any]], *names: str) -> alt.Data:
    """Rows for a chart; only the named values, and dates as text that Vega reads as days of the calendar."""
    return alt.Data(
        values=[
            {name: str(row[name]) if hasattr(row[name], "isoformat") else row[name] for name in names} for row in rows
        ]
    )
