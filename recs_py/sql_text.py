"""Values, names and files as they stand in SQL, of DuckDB and PostgreSQL alike."""

from pathlib import Path


def literal(value: object) -> str:
    """Return a value as a quoted text of SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return a name as a quoted name of SQL."""
    return '"' + name.replace('"', '""') + '"'


def files_literal(path: Path, *, pattern: str = "") -> str:
    """Return what DuckDB's readers take: a file, or with a pattern such as `**/*.parquet` the files of a folder."""
    # the path is a pattern to DuckDB too; a bracket stands for itself only within brackets
    escaped = "".join(f"[{character}]" if character in "*?[" else character for character in str(path))
    return literal(f"{escaped}/{pattern}" if pattern else escaped)
