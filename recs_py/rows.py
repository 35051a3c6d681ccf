"""Rows of a query by column name."""

from typing import Any

import duckdb


def rows(connection: duckdb.DuckDBPyConnection, query: str, values: list | None = None) -> list[dict[str, Any]]:
    """Every row as a dictionary, in the order of the query."""
    found = connection.execute(query, values or [])
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
