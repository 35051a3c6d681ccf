"""Ids of the transactions that the catalogue lacks: ids that are written differently in two files match nothing."""

from dataclasses import dataclass

import duckdb

from recs_py.errors import shortened
from recs_py.loading.ids import counted_ids
from recs_py.loading.raw_tables import ENTITY_KEYS

# Above this share of the lines the ids themselves are in doubt.
_DOUBTFUL = 0.5
LONGEST_EXAMPLE = 24


@dataclass(frozen=True)
class UnknownIds:
    """Ids of the transactions that a catalogue lacks.

    Parameters
    ----------
    table
        `articles` or `customers`.
    lines, ids
        The lines that have an id, and their distinct ids.
    unknown_lines, unknown_ids
        The lines and ids that the catalogue lacks.
    examples, catalogue_examples
        Up to three ids that only the lines have, and up to three that only the catalogue has.
    """

    table: str
    lines: int
    ids: int
    unknown_lines: int
    unknown_ids: int
    examples: tuple[str, ...]
    catalogue_examples: tuple[str, ...]

    @property
    def is_doubtful(self) -> bool:
        """Whether so many lines match nothing that the ids are probably written differently."""
        return self.unknown_lines > _DOUBTFUL * self.lines

    def __str__(self) -> str:
        count = (
            f"raw.{self.table} lacks {self.unknown_ids:,} of the {self.ids:,} {self.table} of the transactions"
            f" ({self.unknown_lines:,} of {self.lines:,} lines)"
        )
        if not self.is_doubtful:
            return count
        examples = ", ".join(shortened(text, LONGEST_EXAMPLE) for text in self.examples)
        catalogue = ", ".join(shortened(text, LONGEST_EXAMPLE) for text in self.catalogue_examples) or "no other"
        return f"{count}. Are ids written differently? The lines have {examples}; raw.{self.table} has {catalogue}"


def unknown_ids(
    connection: duckdb.DuckDBPyConnection, *, lines_in: str = "raw", counted: bool = False
) -> list[UnknownIds]:
    """Compare the ids of the transactions with the catalogues; empty where the catalogues know all.

    Groups all lines by customer and by article unless `clean_ids` has just done so: seconds for 30 million lines.

    Parameters
    ----------
    connection
        A database that is loaded.
    lines_in
        The schema of the transactions; the catalogues are those of `raw`. One that is empty is not compared.
    counted
        Whether `clean_ids` has counted the ids on this connection.
    """
    found = []
    for table, key in ENTITY_KEYS.items():
        grouped = f"select {key} as id, count(*) as lines from {lines_in}.transactions group by {key}"
        if counted:
            grouped = f"select * from {counted_ids('transactions', key)}"
        [values] = connection.execute(
            f"""
            with sold as (
                select * from ({grouped}) where id is not null
            ),

            catalogue as (
                select distinct {key} as id
                from raw.{table}
                where {key} is not null
            ),

            unknown as (
                select * from sold anti join catalogue on sold.id = catalogue.id
            ),

            unsold as (
                select * from catalogue anti join sold on catalogue.id = sold.id
            )

            select
                (select sum(lines) from sold),
                (select count(*) from sold),
                (select sum(lines) from unknown),
                (select count(*) from unknown),
                (select min(id, 3) from unknown),
                (select min(id, 3) from unsold)
            where exists (select 1 from catalogue) and exists (select 1 from unknown)
            """
        ).fetchall() or [None]
        if values:
            *counts, examples, catalogue_examples = values
            found.append(UnknownIds(table, *counts, tuple(examples), tuple(catalogue_examples or ())))
    # doubtful ids first
    return sorted(found, key=lambda unknown: not unknown.is_doubtful)
