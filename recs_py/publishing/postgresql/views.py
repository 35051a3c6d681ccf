"""The views and functions in `recs`, which move to a version in one transaction and keep their grants."""

import time
from itertools import chain, repeat

from recs_py.errors import RecsError
from recs_py.publishing.postgresql.grants import drop, make_again
from recs_py.publishing.postgresql.session import (
    DEADLOCK_DETECTED,
    INVALID_FUNCTION_DEFINITION,
    INVALID_TABLE_DEFINITION,
    LOCK_NOT_AVAILABLE,
    QUERY_CANCELED,
    Server,
    sqlstate,
)
from recs_py.publishing.postgresql.tables import INTERNAL
from recs_py.publishing.postgresql.versions import LOCK_TIMEOUT_MS, live_version

PATIENCE_SECONDS = 120.0
# So long an attempt waits for the locks of all views. Readers who come meanwhile wait behind it, so the first attempts
# are short; where queries take longer, only a longer one outlasts those under way. After a second (deadlock_timeout)
# PostgreSQL would look for a deadlock and might end a reader's query.
ATTEMPTS_MS = [LOCK_TIMEOUT_MS, 400, 800]

# Tables and views of a version with the select that a public view of them is.
VIEWS_OF_VERSION = """
    select
        left(relations.relname, -length($1::text)) as name,
        'select ' || string_agg(
            format(
                case columns.atttypid when 'json'::regtype then '%1$I::jsonb as %1$I' else '%1$I' end, columns.attname
            ),
            ', ' order by columns.attnum
        ) || ' from ' || relations.oid::regclass::text as query
    from pg_class as relations
    inner join pg_attribute as columns
        on relations.oid = columns.attrelid and columns.attnum > 0 and not columns.attisdropped
    where
        relations.relnamespace = 'recs_versions'::regnamespace
        and relations.relkind in ('r', 'v')
        and relations.relname = any($2::text[])
    group by relations.oid, relations.relname
    order by relations.relname
"""
COMMENTS_OF_VERSION = """
    select
        format(
            case comments.objsubid when 0 then 'comment on view recs.%1$I is %3$L'
                else 'comment on column recs.%1$I.%2$I is %3$L' end,
            left(relations.relname, -length($1::text)), columns.attname, comments.description
        )
    from pg_class as relations
    inner join pg_description as comments
        on relations.oid = comments.objoid and comments.classoid = 'pg_class'::regclass
    left join pg_attribute as columns
        on relations.oid = columns.attrelid and comments.objsubid = columns.attnum and columns.attnum > 0
    where
        relations.relnamespace = 'recs_versions'::regnamespace
        and relations.relkind in ('r', 'v')
        and relations.relname = any($2::text[])
    order by relations.relname, comments.objsubid
"""
FUNCTIONS_OF_VERSION = """
    select
        left(proname, -length($1::text)) as name,
        'recs.' || quote_ident(left(proname, -length($1::text)))
        || '(' || pg_get_function_identity_arguments(oid) || ')' as target,
        replace(
            pg_get_functiondef(oid), 'recs_versions.' || quote_ident(proname) || '(',
            'recs.' || quote_ident(left(proname, -length($1::text))) || '('
        ) as statement,
        (
            select existing.oid::regprocedure::text from pg_proc as existing
            where
                existing.pronamespace = 'recs'::regnamespace
                and existing.proname = left(kept.proname, -length($1::text))
                and existing.proargtypes = kept.proargtypes
        ) as existing
    from pg_proc as kept
    where pronamespace = 'recs_versions'::regnamespace and proname = any($2::text[])
    order by proname
"""


def move_views(server: Server, *, version: int) -> None:
    """Point every view and function in `recs` to a version, all at once.

    Where the columns of a view or the result of a function differ, it is dropped and made again with its grants.

    Parameters
    ----------
    version
        One whose tables, views and functions are in `recs_versions`.

    Raises
    ------
    UsageError
        If somebody's view or function depends on one that has to be dropped.
    RecsError
        If the transactions of readers hold a view for two minutes.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    for milliseconds in chain(ATTEMPTS_MS, repeat(ATTEMPTS_MS[-1])):
        try:
            with server.transaction():
                server.run(f"set local lock_timeout = {milliseconds}")
                # the file decides which columns there are; a function that needs another one fails when it is called
                server.run("set local check_function_bodies = off")
                _move(server, version=version, milliseconds=milliseconds)
            return
        except Exception as error:
            if sqlstate(error) not in (LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED, QUERY_CANCELED):
                raise
            if time.monotonic() > until:
                raise RecsError(
                    f"PostgreSQL at {server.where} was not published to: transactions of readers hold the views. End "
                    "those that stay open (pg_stat_activity has them), and publish again; readers see what they saw."
                ) from error
            time.sleep(0.1)


def _lock_views(server: Server, names: list[str], *, milliseconds: int) -> None:
    """Lock what moves, so that readers see all views of one version."""
    # `lock table` would also lock the tables that a view reads, for which readers who have the view already then wait,
    # and the publish for them. Replacing a view resets its options anyway.
    locks = [f"alter view recs.{name} reset (security_barrier);" for name in names]
    # lock_timeout holds for each view by itself
    server.run(f"set local statement_timeout = {milliseconds}")
    server.run(f"do $$ begin {' '.join(locks)} end $$")
    server.run("set local statement_timeout to default")


def _move(server: Server, *, version: int, milliseconds: int) -> None:
    before = live_version(server)
    existing = {name for (name,) in server.rows("select viewname::text from pg_views where schemaname = 'recs'")}
    ours = sorted(existing & set(before.objects)) if before else []
    _lock_views(server, ours, milliseconds=milliseconds)
    objects = server.value("select objects from recs_versions.versions where version = $1", version)
    place = (f"_{version}", [f"{name}_{version}" for name in objects if name not in INTERNAL])
    views = dict(server.rows(VIEWS_OF_VERSION, *place))
    # first the views that keep their columns: then none of our views depends on one that is dropped
    changed = [name for name, query in views.items() if not _replace(server, _view_statement(name, query))]
    for name in changed:
        make_again(server, kind="view", name=f"recs.{name}", statement=_view_statement(name, views[name]))
    for name in ours:
        if name not in views:
            drop(server, kind="view", name=f"recs.{name}")
    for (statement,) in server.rows(COMMENTS_OF_VERSION, *place):
        server.run(statement)
    _move_functions(server, before=before, place=place)
    server.run(
        """
        update recs_versions.versions set
            is_live = (version = $1),
            published_at = case when version = $1 and version > $2 then now() else published_at end
        """,
        version,
        before.number if before else 0,
    )


def _move_functions(server: Server, *, before, place: tuple[str, list[str]]) -> None:
    made = server.rows(FUNCTIONS_OF_VERSION, *place)
    for _, target, statement, existing in made:
        if not _replace(server, statement):
            make_again(server, kind="function", name=existing or target, statement=statement)
    if before:
        of_before = (f"_{before.number}", [f"{name}_{before.number}" for name in before.objects])
        kept = {existing or target for _, target, _, existing in made}
        for _, _, _, existing in server.rows(FUNCTIONS_OF_VERSION, *of_before):
            if existing and existing not in kept:
                drop(server, kind="function", name=existing)


def _view_statement(name: str, query: str) -> str:
    return f"create or replace view recs.{name} as {query}"


def _replace(server: Server, statement: str) -> bool:
    """Whether PostgreSQL could replace it in place: same columns, perhaps more behind them, or the same result."""
    server.run("savepoint replacing")
    try:
        server.run(statement)
    except Exception as error:
        if sqlstate(error) not in (INVALID_TABLE_DEFINITION, INVALID_FUNCTION_DEFINITION):
            raise
        server.run("rollback to savepoint replacing")
        return False
    server.run("release savepoint replacing")
    return True
