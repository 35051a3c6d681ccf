"""Removes customers from the tables of all versions in PostgreSQL."""

from recs_py.postgres_session import Server


def erase_from_postgres(server: Server, customers: list[str]) -> int:
    """Deletes the rows of some customers.

    Returns
    -------
    int
        How many rows that were.
    """
    rows = 0
    for table in _tables_with_customers(server):
        found = [server.value(f"select count(*) from {table} where customer_id = $1", one) for one in customers]
        for customer in customers:
            server.run(f"delete from {table} where customer_id = $1", customer)
        if sum(found):
            _clear(server, table)
        rows += sum(found)
    return rows


def erase_absent_from_postgres(server: Server, *, version: int) -> None:
    """Deletes the rows of customers who have no list in a version any more from all other versions."""
    for table in _tables_with_customers(server):
        absent = (
            f"from {table} as lines where not exists (select 1 from recs_versions.recommendation_buckets_{version} "
            "as lists where lists.customer_id = lines.customer_id)"
        )
        if server.value(f"select count(*) {absent}"):
            server.run(f"delete {absent}")
            _clear(server, table)


def _tables_with_customers(server: Server) -> list[str]:
    tables = server.rows(
        """
        select table_name::text
        from information_schema.columns as columns
        inner join information_schema.tables as tables using (table_schema, table_name)
        where
            table_schema = 'recs_versions' and table_type = 'BASE TABLE'
            and columns.column_name = 'customer_id' and table_name ~ '^[a-z_]+_[0-9]+$'
        order by 1
        """
    )
    return [f'recs_versions."{table}"' for (table,) in tables]


def _clear(server: Server, table: str) -> None:
    """A deleted row stays in the files of the server until then."""
    server.run(f"vacuum {table}")
