"""`recs forget`: removes customers from everywhere that recs has written them to."""

from collections.abc import Callable
from pathlib import Path

import duckdb

from recs_py.erasure import Erasure, erase
from recs_py.errors import RecsError, UsageError
from recs_py.postgres_session import Server, session
from recs_py.publish_parquet import CURRENT, refuse_what_is_not_ours, versions_in
from recs_py.published_file import published_dataset
from recs_py.settings import connect, quoted
from recs_py.versions import all_versions, alone_in, publishing, remove_leftovers


def forget(
    *,
    customers: list[str],
    database: Path,
    published: Path,
    folders: list[Path] = (),
    addresses: list[str] = (),
    on_place: Callable[[str], None] | None = None,
) -> list[Erasure]:
    """Removes customers from the work database, the published file with its versions, and other places.

    Parameters
    ----------
    customers
        Their ids, as the lists have them.
    database, published
        The work database and the published file; either may be missing.
    folders, addresses
        Folders of Parquet files and addresses of PostgreSQL, as for a publish.
    on_place
        Called with the name of each place.

    Returns
    -------
    list
        What was removed from each place.

    Raises
    ------
    UsageError
        If no place holds any of them, a place is none of recs's, or it is in use. Places before it are done then.
    RecsError
        If a place cannot be written.
    """
    tell = on_place or (lambda _: None)
    erased = []
    if database.exists():
        tell(str(database))
        erased.append(erase(database, customers, read_only=False))
    if published_dataset(published) is not None:
        with publishing(published):
            remove_leftovers(published)
            for file in (published, *all_versions(published)):
                tell(str(file))
                erased.append(erase(file, customers, read_only=True))
    for folder in folders:
        tell(str(folder))
        erased.append(_erase_parquet(folder, customers))
    for address in addresses:
        tell(address)
        erased.append(_erase_postgres(address, customers))
    if not any(place.rows for place in erased):
        raise UsageError(
            f"No place holds a customer {', '.join(customers)}: write the id as the lists have it, and name places "
            "that were published to with --to"
        )
    return erased


def _erase_parquet(folder: Path, customers: list[str]) -> Erasure:
    refuse_what_is_not_ours(folder)
    if not (folder / CURRENT).is_symlink():
        raise UsageError(f"Nothing is published in {folder}: name a folder that was published to")
    rows = 0
    with alone_in(folder, name=folder), connect(None) as connection:
        connection.execute("set preserve_insertion_order = true")
        for version in versions_in(folder):
            for file in sorted(version.rglob("*.parquet")):
                try:
                    rows += _erase_from_parquet_file(connection, file, customers)
                except (OSError, duckdb.IOException) as error:
                    raise RecsError(
                        f"{file} cannot be written: {str(error).splitlines()[0]}; it is as before"
                    ) from error
    return Erasure(str(folder), rows)


def _erase_from_parquet_file(connection: duckdb.DuckDBPyConnection, file: Path, customers: list[str]) -> int:
    lines = f"read_parquet('{quoted(file)}', hive_partitioning = false)"
    columns = {row[0] for row in connection.execute(f"describe from {lines}").fetchall()}
    if "customer_id" not in columns:
        return 0
    count = f"select count(*) from {lines} where list_contains(?, customer_id)"
    [rows] = connection.execute(count, [customers]).fetchone()
    if rows:
        fresh = file.with_name(f".{file.name}.new")
        try:
            connection.execute("create or replace temp table ids as select unnest(?::varchar[]) as id", [customers])
            connection.execute(
                f"copy (from {lines} where customer_id not in (from temp.ids)) "
                f"to '{quoted(fresh)}' (format parquet, compression zstd)"
            )
            fresh.replace(file)
        finally:
            fresh.unlink(missing_ok=True)
    return rows


def _erase_postgres(address: str, customers: list[str]) -> Erasure:
    with session(address) as server:
        rows = sum(_erase_from_table(server, table, customers) for table in _tables_with_customers(server))
    return Erasure(address, rows)


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
    return [table for (table,) in tables]


def _erase_from_table(server: Server, table: str, customers: list[str]) -> int:
    rows = 0
    for customer in customers:
        rows += server.value(f'select count(*) from recs_versions."{table}" where customer_id = $1', customer)
        server.run(f'delete from recs_versions."{table}" where customer_id = $1', customer)
    if rows:
        # what is deleted can be read in the files until then
        server.run(f'vacuum recs_versions."{table}"')
    return rows
