"""The types that columns have in PostgreSQL, and how they travel there."""

import re

from recs_py.sql_text import identifier

# DuckDB's types and PostgreSQL's; what PostgreSQL has none for, and lists and maps, become jsonb. Embeddings, lists of
# floats, are arrays.
TYPES = {
    # sorted as DuckDB sorts it, byte by byte, which also makes the indexes of long ids cheap
    "VARCHAR": 'text collate "C"',
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "numeric(38, 0)",
    "UTINYINT": "smallint",
    "USMALLINT": "integer",
    "UINTEGER": "bigint",
    "UBIGINT": "numeric(20, 0)",
    "UHUGEINT": "numeric(38, 0)",
    "FLOAT": "real",
    "FLOAT[]": "real[]",
    "DOUBLE": "double precision",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "INTERVAL": "interval",
    "BLOB": "bytea",
    "UUID": "uuid",
}
# The type in which a column travels, where it is not its own.
TRAVELS_AS = {
    "TINYINT": "smallint",
    "HUGEINT": "decimal(38, 0)",
    "UTINYINT": "smallint",
    "USMALLINT": "integer",
    "UINTEGER": "bigint",
    "UBIGINT": "decimal(20, 0)",
    "UHUGEINT": "decimal(38, 0)",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
}


def postgres_type(data_type: str) -> str:
    """PostgreSQL's type for one of DuckDB's; `json` where it has none."""
    if re.fullmatch(r"DECIMAL\(\d+,\d+\)", data_type):
        return data_type.replace("DECIMAL", "numeric")
    if data_type.startswith("ENUM("):
        return TYPES["VARCHAR"]
    return TYPES.get(data_type, "json")


def selected(name: str, data_type: str) -> str:
    """The column as it travels, in DuckDB's SQL."""
    column = identifier(name)
    if data_type == "UUID":
        # binary, as PostgreSQL takes it
        return f"unhex(replace(cast({column} as varchar), '-', '')) as {column}"
    if data_type in TRAVELS_AS:
        return f"cast({column} as {TRAVELS_AS[data_type]}) as {column}"
    if data_type.startswith("ENUM("):
        return f"cast({column} as varchar) as {column}"
    return column if postgres_type(data_type) != "json" else f"cast(to_json({column}) as varchar) as {column}"
