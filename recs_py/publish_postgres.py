"""Copies the published tables into PostgreSQL: versioned tables, and views that move to the new ones in one step."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from recs_py.errors import UsageError
from recs_py.postgres_session import Server, session
from recs_py.publish import FOR_OTHER_ENGINES, comments
from recs_py.settings import open_published

FUNCTIONS = Path(__file__).resolve().parent.parent / "sql" / "what_if" / "postgresql.sql"

# what a point query looks for; a customer's list is one short read
INDEXES = {
    "recommendations_explained": "customer_id, target_week, rank",
    "removed_by_rules": "customer_id",
    "similar_articles": "article_id, method, rank",
    "popular_articles": "segment, rank",
    "article_details": "article_id",
}
TYPES = {
    # sorted as DuckDB sorts it, byte by byte, which also makes the indexes of long ids cheap
    "VARCHAR": 'text collate "C"',
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "DOUBLE": "double precision",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}
VIEWS = {
    "recommendations": "select target_week, customer_id, rank, article_id, score from recs.recommendations_explained",
    "contributions": """
        select
            lists.target_week, lists.customer_id, lists.rank, lists.article_id,
            parts.signal, parts.points::double precision as points
        from recs.recommendations_explained as lists
        cross join lateral jsonb_each(lists.contributions) as parts (signal, points)
    """,
}

# Readers come before publishers: a step that has to wait for one gives way at once, and is tried again.
LOCK_TIMEOUT = "200ms"
PATIENCE_SECONDS = 120.0
# A statement that began before the new rows were there does not see them, even if it only then looks where the views
# point, as COPY does. Such statements are over in moments; who keeps a transaction open for longer is not waited for.
UNDER_WAY_SECONDS = 5.0


def publish_to_postgres(
    *,
    published: Path,
    address: str,
    keep: int,
    replace: bool = False,
    on_table: Callable[[str], None] | None = None,
) -> dict[str, int]:
    """Copies the published file into a PostgreSQL database as a new version of the schema `recs`.

    Tables go into the schema `recs_versions`, are indexed and analyzed; then the views in `recs` move to them in one
    transaction, which keeps their grants, and old versions are dropped.

    Parameters
    ----------
    published
        The published file.
    address
        `postgresql://user@host:port/database`, without a password: PGPASSWORD or `~/.pgpass` hold it.
    keep
        How many versions before the new one stay.
    on_table
        Called with the name of each table before it is copied.

    Returns
    -------
    dict
        Rows per table.

    Raises
    ------
    UsageError
        If the address holds a password, or there is nothing to copy.
    RecsError
        If PostgreSQL cannot be reached or refuses; readers then see what they saw before.
    """
    with open_published(published) as source, session(address) as server:
        _prepare(server)
        server.run("set maintenance_work_mem = '256MB'")
        version = server.value("select coalesce(max(version), 0) + 1 from recs_versions.versions")
        rows = {}
        for table in FOR_OTHER_ENGINES:
            if on_table:
                on_table(table)
            rows[table] = _copy(server, source, table=table, version=version)
        server.run("insert into recs_versions.versions (version) values ($1)", version)
        _let_finish_what_is_under_way(server)
        _move_views(server, version=version, comments=_comments(source))
        versions = server.rows("select version from recs_versions.versions where not is_live order by version desc")
        for (old,) in versions[keep:]:
            _drop(server, version=old)
    return rows


def roll_back_postgres(*, address: str) -> str:
    """Moves the views to the version before, and drops the one that was live.

    Returns
    -------
    str
        When the version that is now live was published.

    Raises
    ------
    UsageError
        If there is none.
    """
    with session(address) as server:
        _prepare(server)
        live = server.value("select max(version) from recs_versions.versions where is_live")
        before = server.rows(
            """
            select version, to_char(published_at, 'YYYY-MM-DD HH24:MI') from recs_versions.versions
            where not is_live order by version desc limit 1
            """
        )
        if not before:
            raise UsageError("There is no version before the published one to go back to in this database.")
        [(version, published_at)] = before
        _move_views(server, version=version, comments=[])
        _drop(server, version=live)
    return published_at


def _prepare(server: Server) -> None:
    """The two schemas, and no table of a publish that was interrupted."""
    existing = {name for (name,) in server.rows("select nspname::text from pg_namespace")}
    # asked first, since `if not exists` needs the right to create even where it creates nothing
    for schema in {"recs", "recs_versions"} - existing:
        server.run(f"create schema {schema}")
    if not server.rows("select 1 from pg_tables where schemaname = 'recs_versions' and tablename = 'versions'"):
        server.run(
            """
            create table recs_versions.versions (
                version integer primary key,
                published_at timestamptz not null default now(),
                is_live boolean not null default false
            )
            """
        )
    known = {version for (version,) in server.rows("select version from recs_versions.versions")}
    for (table,) in server.rows("select tablename::text from pg_tables where schemaname = 'recs_versions'"):
        numbered = re.fullmatch(r"[a-z_]+?_(\d+)", table)
        if numbered and int(numbered[1]) not in known:
            server.run(f'drop table recs_versions."{table}"')
    # complete, but a crash kept the views from moving to it
    for (version,) in server.rows(
        "select version from recs_versions.versions where version > "
        "(select coalesce(max(version), 0) from recs_versions.versions where is_live)"
    ):
        _drop(server, version=version)


def _copy(server: Server, source, *, table: str, version: int) -> int:
    columns = source.execute(
        "select column_name, data_type from duckdb_columns() where schema_name = 'recs' and table_name = ? "
        "order by column_index",
        [table],
    ).fetchall()
    target = f"{table}_{version}"
    definitions = ", ".join(f'"{name}" {TYPES.get(data_type, "json")}' for name, data_type in columns)
    server.run(f"create table recs_versions.{target} ({definitions})")
    selected = ", ".join(
        f'"{name}"' if data_type in TYPES else f'{_as_json(name, data_type)} as "{name}"' for name, data_type in columns
    )
    server.ingest(target, source.sql(f"select {selected} from recs.{table}").to_arrow_reader(100_000))
    if table in INDEXES:
        server.run(f"create index on recs_versions.{target} ({INDEXES[table]})")
    server.run(f"analyze recs_versions.{target}")
    return server.value(f"select count(*) from recs_versions.{target}")


def _as_json(name: str, data_type: str) -> str:
    """What PostgreSQL has no type for travels as JSON; contributions as an object from signal to points."""
    if data_type != "STRUCT(points DOUBLE, signal VARCHAR)[]":
        return f'cast(to_json("{name}") as varchar)'
    members = f"list_transform(\"{name}\", lambda part: concat(to_json(part.signal), ':', part.points))"
    return f"concat('{{', array_to_string({members}, ','), '}}')"


def _comments(source) -> list[tuple[str, str | None, str]]:
    """Of what PostgreSQL has: view, column (None: the view itself), text."""
    [(database,)] = source.execute("select current_database()").fetchall()
    has = {*FOR_OTHER_ENGINES, *VIEWS}
    return [comment for comment in comments(source, database=database) if comment[0] in has]


def _let_finish_what_is_under_way(server: Server) -> None:
    """Waits, but not for ever, until the transactions of this database that are older than the new rows have ended."""
    under_way = """
        select locks.virtualtransaction from pg_locks as locks
        inner join pg_stat_activity as activity on locks.pid = activity.pid
        where locks.locktype = 'virtualxid' and locks.granted
            and activity.datname = current_database() and locks.pid != pg_backend_pid()
    """
    until = time.monotonic() + UNDER_WAY_SECONDS
    older = set(server.rows(under_way))
    while older and time.monotonic() < until:
        time.sleep(0.02)
        older &= set(server.rows(under_way))


def _move_views(server: Server, *, version: int, comments: list[tuple[str, str | None, str]]) -> None:
    """Points every view to a version's tables, in one transaction."""
    statements = [f"create or replace view recs.{name} as {query}" for name, query in _views(server, version=version)]
    for table, column, comment in comments:
        text = comment.replace("'", "''")
        target = f'column recs.{table}."{column}"' if column else f"view recs.{table}"
        statements.append(f"comment on {target} is '{text}'")
    functions = FUNCTIONS.read_text(encoding="utf-8")
    statements += re.findall(r"create or replace function .*?\$\$.*?\$\$", functions, flags=re.DOTALL)
    statements.append(f"update recs_versions.versions set is_live = (version = {version})")
    existing = server.rows("select viewname::text from pg_views where schemaname = 'recs' order by viewname")
    lock = f"lock table {', '.join(f'recs.{name}' for (name,) in existing)} in access exclusive mode"
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        server.run("begin")
        try:
            server.run(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
            if existing:
                server.run(lock)
            for statement in statements:
                server.run(statement)
            server.run("commit")
            return
        except BaseException as error:
            server.run("rollback")
            if "lock timeout" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.1)


def _views(server: Server, *, version: int) -> list[tuple[str, str]]:
    views = []
    for table in FOR_OTHER_ENGINES:
        columns = server.rows(
            """
            select column_name::text, data_type::text from information_schema.columns
            where table_schema = 'recs_versions' and table_name = $1 order by ordinal_position
            """,
            f"{table}_{version}",
        )
        if columns:
            selected = ", ".join(
                f'"{name}"::jsonb as "{name}"' if data_type == "json" else f'"{name}"' for name, data_type in columns
            )
            views.append((table, f"select {selected} from recs_versions.{table}_{version}"))
    return views + list(VIEWS.items())


def _drop(server: Server, *, version: int) -> None:
    """Drops a version that nobody reads any more; the next publish drops what somebody still does."""
    server.run(f"set lock_timeout = '{LOCK_TIMEOUT}'")
    try:
        tables = [f"recs_versions.{table}_{version}" for table in FOR_OTHER_ENGINES]
        server.run(f"drop table if exists {', '.join(tables)}")
        server.run("delete from recs_versions.versions where version = $1", version)
    except Exception as error:
        if "lock timeout" not in str(error):
            raise
    finally:
        server.run("reset lock_timeout")
