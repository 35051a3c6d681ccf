"""The versions in PostgreSQL: tables, views and functions of `recs_versions` that end in the version's number."""

from dataclasses import dataclass

from recs_py.publishing.postgresql.earlier import (
    EARLIER_FUNCTIONS,
    EARLIER_TABLES,
    EARLIER_VIEWS,
    adopt_earlier_versions,
)
from recs_py.publishing.postgresql.ownership import MARK, is_ours, refuse_foreign_objects
from recs_py.publishing.postgresql.session import DEPENDENT_OBJECTS, LOCK_NOT_AVAILABLE, Server, sqlstate
from recs_py.publishing.postgresql.tables import INTERNAL

# Readers come before publishers: a step that has to wait for one gives way at once, and is tried again.
LOCK_TIMEOUT_MS = 200


@dataclass(frozen=True)
class Version:
    """A version whose lists are in the database."""

    number: int
    dataset: str | None
    published_at: str
    # names without the number
    objects: list[str]


def open_versions(server: Server, *, objects: list[str]) -> None:
    """Make the two schemas where they are missing, and clear away what an interrupted publish left.

    Parameters
    ----------
    objects
        Names of the tables, views and functions of the version to come.

    Raises
    ------
    UsageError
        If somebody else has what would be replaced; nothing is written then.
    """
    ours = is_ours(server)
    live, known = _objects(server) if ours else ([], set())
    refuse_foreign_objects(server, live=live, wanted=known.union(objects) - {*INTERNAL})
    # asked first, since `if not exists` needs the right to create even where it creates nothing
    existing = {name for (name,) in server.rows("select nspname::text from pg_namespace")}
    for schema in sorted({"recs", "recs_versions"} - existing):
        server.run(f"create schema {schema}")
    if not ours:
        server.run(
            """
            create table recs_versions.versions (
                version integer primary key,
                published_at timestamptz not null default now(),
                is_live boolean not null default false
            )
            """
        )
    if "objects" not in _columns(server):
        adopt_earlier_versions(server, mark=MARK)
    # a publish was stopped before the views moved
    for (version,) in server.rows(
        "select version from recs_versions.versions where version > "
        "(select coalesce(max(version), 0) from recs_versions.versions where is_live)"
    ):
        drop_version(server, version=version)


def live_version(server: Server) -> Version | None:
    """The version that the views show; None before the first publish."""
    found = _versions(server, where="is_live")
    return found[0] if found else None


def versions_before(server: Server) -> list[Version]:
    """The versions before the live one, the newest first."""
    return _versions(
        server, where="version < (select max(version) from recs_versions.versions where is_live) and not is_live"
    )


def new_version(server: Server, *, dataset: str | None, objects: list[str]) -> int:
    """Take the next number; its row is there before its tables, so that a crash leaves none unknown."""
    number = server.value("select coalesce(max(version), 0) + 1 from recs_versions.versions")
    server.run(
        "insert into recs_versions.versions (version, dataset, objects) values ($1, $2, $3)",
        number,
        dataset,
        objects,
    )
    return number


def drop_version(server: Server, *, version: int) -> None:
    """Drop a version that nobody reads any more; the next publish drops what somebody still does."""
    recorded = server.value("select objects from recs_versions.versions where version = $1", version)
    names = [f"{name}_{version}" for name in recorded]
    parts = server.rows(
        """
        select case relkind when 'v' then 'view' else 'table' end as kind, string_agg(oid::regclass::text, ', ')
        from pg_class
        where relnamespace = 'recs_versions'::regnamespace and relkind in ('r', 'v') and relname = any($1::text[])
        group by kind
        union all
        select 'function', string_agg(oid::regprocedure::text, ', ')
        from pg_proc
        where pronamespace = 'recs_versions'::regnamespace and proname = any($1::text[])
        having count(*) > 0
        order by kind desc
        """,
        names,
    )
    try:
        with server.transaction():
            server.run(f"set local lock_timeout = {LOCK_TIMEOUT_MS}")
            # views before the tables that they read
            for kind, objects in parts:
                server.run(f"drop {kind} {objects}")
            server.run("delete from recs_versions.versions where version = $1", version)
    except Exception as error:
        if sqlstate(error) not in (LOCK_NOT_AVAILABLE, DEPENDENT_OBJECTS):
            raise


def _versions(server: Server, *, where: str) -> list[Version]:
    return [
        Version(*row)
        for row in server.rows(
            f"""
            select version, dataset, to_char(published_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'), objects
            from recs_versions.versions where {where} order by version desc
            """
        )
    ]


def _columns(server: Server) -> set[str]:
    return {
        name
        for (name,) in server.rows(
            "select attname::text from pg_attribute where attrelid = 'recs_versions.versions'::regclass and attnum > 0"
        )
    }


def _objects(server: Server) -> tuple[list[str], set[str]]:
    """Names of the views and functions of the live version, and of all versions."""
    if "objects" not in _columns(server):
        names = [*EARLIER_TABLES, *EARLIER_VIEWS, *EARLIER_FUNCTIONS]
        return names if server.rows("select 1 from recs_versions.versions where is_live") else [], set(names)
    live = live_version(server)
    known = server.rows("select distinct unnest(objects) from recs_versions.versions")
    return live.objects if live else [], {name for (name,) in known}
