"""`recs load --add`: the files of a source are added to what is loaded, all or nothing.

They are loaded and checked in a database of their own; then one transaction adds its rows.
"""

import datetime as dt
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from recs_py.database import connect, has_table
from recs_py.errors import RecsError, UsageError, first_line
from recs_py.loading.catalogue_match import unknown_ids
from recs_py.loading.history import loaded_history
from recs_py.loading.load import LoadReport, Progress, load
from recs_py.loading.ownership import drop_corrections
from recs_py.loading.raw_tables import ENTITY_KEYS, TABLES, refuse_earlier_version
from recs_py.scratch import room_for_copies
from recs_py.sql_text import literal


@dataclass(frozen=True)
class _Dataset:
    """A data set: its name, the day on which its weeks start, its time zone, and its last day that is not stray."""

    name: str
    week_starts_on: str
    time_zone: str
    last_day: dt.date | None


_PROMOTION = ", ".join(TABLES["promotions"])
# Price and channel do not identify a purchase: a later export may have added or corrected them.
_PURCHASE = "transaction_date, customer_id, article_id, coalesce(quantity, 1) as quantity"
_DAYS_ADDED = """(
    transaction_date is null
    or transaction_date between (select min(transaction_date) from recs_addition.raw.transactions)
    and (select max(transaction_date) from recs_addition.raw.transactions)
)"""
# Leaves out as many lines of a purchase as are loaded already.
_NEW_LINES = f"""
    with known as (
        select {_PURCHASE}, count(*) as lines
        from raw.transactions
        where {_DAYS_ADDED}
        group by all
    ),

    added as (
        select
            *,
            row_number() over (
                partition by transaction_date, customer_id, article_id, coalesce(quantity, 1) order by price, channel
            ) as number
        from recs_addition.raw.transactions
    )

    select added.* exclude (number)
    from added
    left join known
        on
            added.transaction_date is not distinct from known.transaction_date
            and added.customer_id is not distinct from known.customer_id
            and added.article_id is not distinct from known.article_id
            and coalesce(added.quantity, 1) = known.quantity
    where added.number > coalesce(known.lines, 0)
"""


def add(
    *,
    name: str,
    directory: Path | None,
    database: Path,
    dataset_name: str | None = None,
    progress: Progress | None = None,
    skip_known: bool = False,
) -> LoadReport:
    """Add the files of a source to the data set that is loaded.

    Transactions are added. Articles and customers are added where they are new, and replaced where the files have more
    than their id; what the files leave empty stays as it was. Promotions are added unless they are there
    already.

    Parameters
    ----------
    name, directory, database, dataset_name, progress
        As for `load`.
    skip_known
        Whether lines that are loaded already (same day, customer, article and quantity) are left out, as many as there
        are.

    Returns
    -------
    LoadReport
        With the rows that were added to, or replaced in, each raw table.

    Raises
    ------
    UsageError
        If nothing or another data set is loaded, if all lines are there already (unless they are skipped), or for what
        `load` raises it for; nothing was changed then.
    RecsError
        If memory or disk are not enough; nothing was changed then.
    """
    started = time.monotonic()
    nothing = f"Nothing is loaded in {database} that could be added to: leave --add out"
    if not database.exists():
        raise UsageError(nothing)
    with connect(database, read_only=True) as connection:
        if not has_table(connection, "raw.dataset"):
            raise UsageError(nothing)
        refuse_earlier_version(connection)
    with room_for_copies(database) as scratch:
        addition = scratch / "addition.duckdb"
        report = load(
            name=name,
            directory=directory,
            database=addition,
            dataset_name=dataset_name,
            progress=progress,
            is_addition=True,
            scratch=scratch,
        )
        if progress:
            progress("adding")
        rows, warnings = _merge(database, addition=addition, skip_known=skip_known)
    return LoadReport(
        dataset=report.dataset,
        rows=rows,
        seconds=time.monotonic() - started,
        warnings=(*report.warnings, *warnings),
    )


def _merge(database: Path, *, addition: Path, skip_known: bool) -> tuple[dict[str, int], list[str]]:
    with connect(database) as connection:
        try:
            connection.execute(f"attach {literal(addition)} as recs_addition (read_only)")
            before, new = _dataset(connection, "raw"), _dataset(connection, "recs_addition.raw")
            if before.name != new.name:
                raise UsageError(
                    f"{before.name} is loaded, to which {new.name} cannot be added; without --add, {new.name} replaces "
                    "all that is loaded"
                )
            if before.week_starts_on != new.week_starts_on:
                raise UsageError(
                    f"{before.name} is loaded with weeks from {before.week_starts_on}, to which weeks from "
                    f"{new.week_starts_on} cannot be added: set the same day in the loader, or load all files again "
                    "without --add"
                )
            if before.time_zone != new.time_zone:
                raise UsageError(
                    f"{before.name} is loaded with days of {before.time_zone}, to which days of {new.time_zone} cannot"
                    " be added: set the same zone in the loader, or load all files again without --add"
                )
            warnings = _lines_out_of_order(connection, before=before, skip_known=skip_known)
            connection.execute("begin")
            lines = _NEW_LINES if skip_known else "select * from recs_addition.raw.transactions"
            rows = {"transactions": _count(connection, f"insert into raw.transactions by name {lines}")}
            for table, key in ENTITY_KEYS.items():
                rows[table] = _replace_entities(connection, table=table, key=key)
            rows["promotions"] = _count(
                connection,
                f"""insert into raw.promotions by name
                select {_PROMOTION} from recs_addition.raw.promotions except select {_PROMOTION} from raw.promotions""",
            )
            connection.execute(
                """update raw.dataset set
                    source = (select source from recs_addition.raw.dataset),
                    loaded_at = (select loaded_at from recs_addition.raw.dataset),
                    loaded_on = (select loaded_on from recs_addition.raw.dataset),
                    transactions = (select count(*) from raw.transactions),
                    articles = (select count(*) from raw.articles),
                    customers = (select count(distinct customer_id) from raw.transactions)"""
            )
            drop_corrections(connection)
            warnings = [*map(str, unknown_ids(connection, lines_in="recs_addition.raw")), *warnings]
            connection.execute("commit")
        except duckdb.Error as error:
            raise RecsError(f"{database} could not be written ({first_line(str(error))}): it is as before") from error
    return rows, warnings


def _dataset(connection: duckdb.DuckDBPyConnection, schema: str) -> _Dataset:
    names = connection.execute(f"select name, week_starts_on, time_zone from {schema}.dataset").fetchone()
    # a stray day must not make every later file late
    days = loaded_history(connection, schema).days
    return _Dataset(*names, days[-1] if days else None)


def _lines_out_of_order(connection: duckdb.DuckDBPyConnection, *, before: _Dataset, skip_known: bool) -> list[str]:
    """Return warnings about late and known lines; refuse files without a new line, unless known ones are skipped."""
    lines, late, known, known_late = connection.execute(
        f"""
        with added as (
            select {_PURCHASE} from recs_addition.raw.transactions
        ),

        known as (
            from added intersect all
            select {_PURCHASE} from raw.transactions where {_DAYS_ADDED}
        )

        select
            (select count(*) from added),
            (select count(*) from added where transaction_date <= $last_day),
            (select count(*) from known),
            (select count(*) from known where transaction_date <= $last_day)
        """,
        {"last_day": before.last_day},
    ).fetchone()
    if known == lines and not skip_known:
        raise UsageError(
            f"All {lines:,} lines are loaded already: add files with other lines. With --skip-known lines that are"
            " loaded are left out, and a job may run again"
        )
    warnings = []
    if skip_known:
        late -= known_late
    if late:
        warnings.append(
            f"{late:,} of {lines:,} lines are not later than {before.last_day}, the last day that was loaded:"
            " `recs score` computes their weeks again"
        )
    if known and skip_known:
        warnings.append(f"{known:,} of {lines:,} lines were loaded already and were left out")
    elif known:
        warnings.append(
            f"{known:,} of {lines:,} lines were loaded already and are there twice now: if they are the same"
            " purchases, load everything without --add; next time, --skip-known leaves them out"
        )
    return warnings


def _replace_entities(connection: duckdb.DuckDBPyConnection, *, table: str, key: str) -> int:
    attributes = [column for column in TABLES[table] if column != key]
    says_more = f"coalesce({', '.join(f'added.{column}::varchar' for column in attributes)}) is not null"
    kept = ", ".join(f"if(max(added.{column}) is null, max(known.{column}), null) as {column}" for column in attributes)
    connection.execute(
        f"""create or replace temp table kept as
        select {key}, {kept}
        from raw.{table} as known
        inner join recs_addition.raw.{table} as added using ({key})
        group by {key}"""
    )
    connection.execute(
        f"""delete from raw.{table}
        where {key} in (select {key} from recs_addition.raw.{table} as added where {says_more})"""
    )
    return _count(
        connection,
        f"""insert into raw.{table} by name
        select added.* replace ({", ".join(f"coalesce(added.{name}, kept.{name}) as {name}" for name in attributes)})
        from recs_addition.raw.{table} as added
        left join kept using ({key})
        where
            {says_more}
            or added.{key} is null
            or added.{key} not in (select {key} from raw.{table} where {key} is not null)""",
    )


def _count(connection: duckdb.DuckDBPyConnection, insert: str) -> int:
    return connection.execute(insert).fetchone()[0]
