"""Notes on the loaded data after a build: stray days, rows left out, repeated, unknown and improbable ids."""

from pathlib import Path

from duckdb import DuckDBPyConnection

from recs_py.database import connect
from recs_py.loading.catalogue_match import UnknownIds
from recs_py.macros import macros
from recs_py.rows import rows
from recs_py.weeks import next_week

# An id of a tenth of all purchases, of more than the next three ids together, and of twice the share of an average id,
# stands for many or for nobody, unless a larger one does not.
ABSURD_SHARE = 0.1
NEXT_IDS = 3
TIMES_THE_AVERAGE = 2
EXAMPLES = 3
REPEATED = "repeats the id of another line"


def staging_notes(database: Path) -> list[str]:
    """Sentences about the transactions and catalogues that the last build read.

    Parameters
    ----------
    database
        The work database, built.
    """
    with connect(database, read_only=True) as connection:
        sentences = (
            _stray_transactions(connection)
            + _cut_week(connection)
            + _short_week(connection)
            + _lines_left_out(connection)
            + _impossible_values(connection)
        )
        sentences += _repeated_ids(connection)
        for entity in ("customer", "article"):
            sentences += _unknown_ids(connection, entity) + _absurd_shares(connection, entity)
    return sentences


def _stray_transactions(connection: DuckDBPyConnection) -> list[str]:
    [found] = rows(connection, "from staging.target_week")
    if not found["stray_lines"]:
        return []
    few = f"{found['stray_lines']:,} transactions lie" if found["stray_lines"] > 1 else "1 transaction lies"
    sentence = (
        f"{few} far after all others, which end on {found['last_day']}; the last one is of {found['last_stray_day']}"
    )
    after = next_week(found["last_stray_day"], week_starts_on=found["week_starts_on"])
    if found["target_week"] > found["week_after_last_day"]:
        return [f"{sentence}. The lists follow them, since the week of {found['target_week']} was asked for."]
    return [
        f"{sentence}. The default week is the one after the others: correct the dates, or type "
        f"`recs score --week {after}` if they are right."
    ]


def _cut_week(connection: DuckDBPyConnection) -> list[str]:
    [found] = rows(connection, "from staging.target_week")
    if not found["target_week"] == found["default_week"] < found["week_after_last_day"]:
        return []
    return [
        f"The transactions end on {found['last_day']}, in a week that holds less than a third of a usual week's, so "
        f"the lists are for that week, from {found['target_week']}, and know none of its purchases. "
        f"For the next one, type `recs score --week {found['week_after_last_day']}`."
    ]


def _short_week(connection: DuckDBPyConnection) -> list[str]:
    """A short week before the target week: `default_week` notices one that was cut, before its end."""
    found = connection.execute(
        f"""
        with compared as (
            select
                week,
                lines,
                {macros("weeks").usual_lines("lines")} as usual_lines
            from staging.weeks
        )

        select
            compared.week,
            compared.lines,
            compared.usual_lines::bigint
        from compared
        inner join staging.target_week as target on compared.week = target.target_week - 7
        -- another note reports stray lines
        where compared.week <= target.last_day
            and {macros("weeks").is_short("compared.lines", "compared.usual_lines")}
        """
    ).fetchone()
    if not found:
        return []
    week, lines, usual = found
    return [
        f"The week of {week} has {lines:,} line{'s' if lines > 1 else ''}, where a usual one has {usual:,}: if its "
        "delivery is not complete, load the rest and score again."
    ]


def _lines_left_out(connection: DuckDBPyConnection) -> list[str]:
    return [
        f"{row['left_out']:,} of {row['lines']:,} {row['source_table']} are left out: {row['reasons']}."
        for row in rows(
            connection,
            f"""
            select
                source_table,
                sum(lines) as lines,
                sum(lines) filter (where is_left_out) as left_out,
                string_agg(format('{{:,}} {{}}', lines, reason), ', ' order by lines desc, reason)
                    filter (where is_left_out) as reasons
            from (
                select *, outcome = 'rejected' and reason != '{REPEATED}' as is_left_out
                from staging.row_counts
                where source_table != 'rules' and outcome in ('used', 'rejected')
            )
            group by source_table
            having left_out > 0
            order by source_table = 'transactions' desc, source_table
            """,
        )
    ]


def _impossible_values(connection: DuckDBPyConnection) -> list[str]:
    return [
        f"{row['lines']:,} line{'s' * (row['lines'] != 1)} of raw.{row['source_table']}: {row['reason']}."
        for row in rows(
            connection,
            """
            select
                source_table,
                replace(reason, ':', ',') as reason,
                lines
            from staging.row_counts
            where outcome = 'mended' and row_counts.reason like '% is impossible: %'
            order by source_table desc, reason
            """,
        )
    ]


def _repeated_ids(connection: DuckDBPyConnection) -> list[str]:
    return [
        f"{row['repeated']:,} of {row['lines']:,} lines of raw.{row['source_table']} repeat an id: "
        "of several values of a column the most frequent one counts."
        for row in rows(
            connection,
            f"""
            select
                source_table,
                sum(lines) filter (where outcome in ('used', 'rejected')) as lines,
                coalesce(sum(lines) filter (where reason = '{REPEATED}'), 0) as repeated
            from staging.row_counts
            where source_table in ('articles', 'customers')
            group by source_table
            having repeated > 0
            order by source_table
            """,
        )
    ]


def _unknown_ids(connection: DuckDBPyConnection, entity: str) -> list[str]:
    lines, unknown_lines, has_catalogue = connection.execute(
        f"""
        select
            sum(lines) filter (where outcome = 'used'),
            sum(lines) filter (where reason = '{entity} is not in the catalogue: kept as an unknown {entity}'),
            exists (select 1 from staging.{entity}s where in_catalogue)
        from staging.row_counts
        where source_table = 'transactions'
        """
    ).fetchone()
    if not unknown_lines or not has_catalogue:
        return []
    ids, unknown, examples, catalogue_examples = connection.execute(
        f"""
        with entities as (
            select
                {entity}_id as id,
                in_catalogue,
                {entity}_key in (select {entity}_key from staging.transactions) as is_sold
            from staging.{entity}s
        )

        select
            count(*) filter (where is_sold),
            count(*) filter (where is_sold and not in_catalogue),
            coalesce(min(id, {EXAMPLES}) filter (where is_sold and not in_catalogue), []),
            coalesce(min(id, {EXAMPLES}) filter (where not is_sold and in_catalogue), [])
        from entities
        """
    ).fetchone()
    found = UnknownIds(f"{entity}s", lines, ids, unknown_lines, unknown, tuple(examples), tuple(catalogue_examples))
    return [f"{found}."]


def _absurd_shares(connection: DuckDBPyConnection, entity: str) -> list[str]:
    return [
        f"{row['share']:.0%} of all purchases are of {entity} {row['id']}, more than of the next {NEXT_IDS} together: "
        f"if the id stands for many {entity}s or for none, leave its lines out in the loader."
        for row in rows(
            connection,
            f"""
            -- no more ids than these can have such a share, and be compared
            with most_bought as (
                select
                    {entity}_key,
                    count(*) as purchases
                from staging.transactions
                group by {entity}_key
                order by purchases desc, {entity}_key
                limit {round(1 / ABSURD_SHARE) + NEXT_IDS}
            ),

            compared as (
                select
                    {entity}_key,
                    purchases,
                    purchases / (select count(*) from staging.transactions) as share,
                    purchases > sum(purchases) over next_ids and count(*) over next_ids = {NEXT_IDS} as stands_out
                from most_bought
                window next_ids as (
                    order by purchases desc, {entity}_key rows between 1 following and {NEXT_IDS} following
                )
            )

            select
                {entity}_id as id,
                share
            from compared
            inner join staging.{entity}s using ({entity}_key)
            where share >= greatest(
                {ABSURD_SHARE}, {TIMES_THE_AVERAGE} / (select count(distinct {entity}_key) from staging.transactions)
            )
            qualify bool_and(stands_out) over (order by purchases desc, {entity}_key)
            order by share desc, id
            """,
        )
    ]
