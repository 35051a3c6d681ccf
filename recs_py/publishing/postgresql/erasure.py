"""Removes customers from the tables of all versions in PostgreSQL."""

from collections import Counter

from recs_py.publishing.postgresql.ownership import is_ours
from recs_py.publishing.postgresql.session import Server
from recs_py.publishing.postgresql.versions import open_versions


def erase_from_postgres(server: Server, customers: list[str]) -> Counter[str]:
    """Delete the rows of some customers.

    Returns
    -------
    Counter
        How many rows that were of each customer.
    """
    if not is_ours(server):
        return Counter()
    open_versions(server, objects=[])
    rows = Counter()
    for table in _tables_with_customers(server):
        theirs = f"from {table} where customer_id = any($1::text[])"
        found = Counter(dict(server.rows(f"select customer_id::text, count(*) {theirs} group by 1", customers)))
        if found:
            server.run(f"delete {theirs}", customers)
            _clear(server, table)
        rows += found
    return rows


def erase_absent_from_postgres(server: Server, *, version: int) -> None:
    """Delete the rows of customers without a list in this version from the other versions of its data set."""
    [(dataset,)] = server.rows("select dataset from recs_versions.versions where version = $1", version)
    for table in _tables_with_customers(server, dataset=dataset):
        absent = (
            f"from {table} as lines where not exists (select 1 from recs_versions.recommendation_lists_{version} "
            "as lists where lists.customer_id = lines.customer_id)"
        )
        if server.value(f"select count(*) {absent}"):
            server.run(f"delete {absent}")
            _clear(server, table)


def _tables_with_customers(server: Server, *, dataset: str | None = None) -> list[str]:
    """Return the tables with a customer's id, of all versions or of the versions of one data set."""
    tables = server.rows(
        """
        select tables.oid::regclass::text
        from recs_versions.versions
        cross join unnest(versions.objects) as name
        inner join pg_class as tables
            on tables.relname = name || '_' || versions.version
            and tables.relnamespace = 'recs_versions'::regnamespace
            and tables.relkind = 'r'
        inner join pg_attribute as columns
            on tables.oid = columns.attrelid and columns.attname = 'customer_id' and not columns.attisdropped
        where versions.dataset = $1::text or $1::text is null
        order by 1
        """,
        dataset,
    )
    return [table for (table,) in tables]


def _clear(server: Server, table: str) -> None:
    """Vacuum a table: until then a deleted row stays in the server's files, and its id in the planner's statistics."""
    server.run(f"vacuum (analyze, truncate false) {table}")
