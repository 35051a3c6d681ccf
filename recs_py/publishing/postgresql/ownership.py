"""The owner of the schemas `recs` and `recs_versions`: a publish names and refuses objects that recs did not make."""

import re

from recs_py.errors import UsageError
from recs_py.publishing.postgresql.earlier import EARLIER_COLUMNS, EARLIER_TABLES
from recs_py.publishing.postgresql.session import Server

# The comment on the table of versions, which distinguishes it from another program's table of that name.
MARK = "Made by recs: one row per version of the lists that `recs publish` put into this database."

# Tables, views and functions of a schema, each with what a person calls it.
OBJECTS = """
    select
        relname::text as name,
        case relkind
            when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' else 'table'
        end as kind
    from pg_class
    where relnamespace = to_regnamespace('{schema}') and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    union all
    select proname::text, 'function' from pg_proc where pronamespace = to_regnamespace('{schema}')
"""
# Views of `recs` that read tables of `recs_versions`, themselves or by other views of `recs`.
OUR_VIEWS = """
    with recursive reads as (

        select
            reader.relname::text as view,
            reader.relnamespace,
            reader.oid,
            read.relnamespace as read_namespace,
            read.oid as read
        from pg_depend as depend
        inner join pg_rewrite as rewrite on depend.objid = rewrite.oid
        inner join pg_class as reader on rewrite.ev_class = reader.oid
        inner join pg_class as read on depend.refobjid = read.oid
        where
            depend.classid = 'pg_rewrite'::regclass
            and depend.refclassid = 'pg_class'::regclass
            and reader.relnamespace = to_regnamespace('recs')

    ),

    ours as (

        select view, oid from reads where read_namespace = to_regnamespace('recs_versions')
        union
        select reads.view, reads.oid from reads inner join ours on reads.read = ours.oid

    )

    select distinct view from ours
"""


def is_ours(server: Server) -> bool:
    """Whether recs has published to this database.

    Raises
    ------
    UsageError
        If `recs_versions` is somebody else's.
    """
    objects = sorted(server.rows(OBJECTS.format(schema="recs_versions")))
    if ("versions", "table") in objects:
        comment = server.value("select obj_description('recs_versions.versions'::regclass, 'pg_class')")
        columns = server.rows(
            """
            select attname::text, format_type(atttypid, atttypmod) from pg_attribute
            where attrelid = 'recs_versions.versions'::regclass and attnum > 0 and not attisdropped order by attnum
            """
        )
        if comment == MARK or (columns == EARLIER_COLUMNS and all(_is_earlier(name) for name, _ in objects)):
            return True
    if objects:
        name, kind = next((found for found in objects if found[0] == "versions"), objects[0])
        raise _refusal(server, kind=kind, name=f"recs_versions.{name}")
    return False


def refuse_foreign_objects(server: Server, *, live: list[str], wanted: set[str]) -> None:
    """Refuse a schema `recs` in which somebody else has what a publish would replace.

    Parameters
    ----------
    live
        Names of the views and functions of the live version; none before the first one.
    wanted
        Names that the next version will take.

    Raises
    ------
    UsageError
        That names it.
    """
    views = {view for (view,) in server.rows(OUR_VIEWS)}
    for name, kind in sorted(server.rows(OBJECTS.format(schema="recs"))):
        ours = name in live and (kind == "function" or name in views)
        # beside a version of ours, others may keep views of their own
        if not ours and (not live or name in wanted):
            raise _refusal(server, kind=kind, name=f"recs.{name}")


def _is_earlier(name: str) -> bool:
    numbered = re.fullmatch(r"([a-z_]+?)_\d+", name)
    return name == "versions" or bool(numbered and numbered[1] in EARLIER_TABLES)


def _refusal(server: Server, *, kind: str, name: str) -> UsageError:
    return UsageError(
        f"The {kind} {name} in PostgreSQL at {server.where} was not made by recs, which needs the schemas recs and "
        "recs_versions for itself: move it to another schema, or publish to another database. Nothing was written."
    )
