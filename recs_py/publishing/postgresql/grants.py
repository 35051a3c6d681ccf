"""Drops a view or function of `recs`, and makes it again with its grants, its owner and its comment."""

from dataclasses import dataclass

from recs_py.errors import UsageError
from recs_py.publishing.postgresql.session import Server
from recs_py.sql_text import literal


@dataclass(frozen=True)
class Catalog:
    """The system catalog of a kind of object, and its columns."""

    table: str
    owner: str
    name: str
    keyword: str


CATALOGS = {
    "view": Catalog(table="pg_class", owner="relowner", name="regclass", keyword=""),
    "function": Catalog(table="pg_proc", owner="proowner", name="regprocedure", keyword="function "),
}
PRIVILEGES = {
    "view": """
        select relowner as owner, null as column_name, acl.* from pg_class
        cross join lateral aclexplode(coalesce(relacl, acldefault('r', relowner))) as acl
        where oid = $1
        union all
        select relowner, attname::text, acl.* from pg_class
        inner join pg_attribute on pg_class.oid = attrelid and not attisdropped
        cross join lateral aclexplode(attacl) as acl
        where pg_class.oid = $1
    """,
    "function": """
        select proowner as owner, null as column_name, acl.* from pg_proc
        cross join lateral aclexplode(coalesce(proacl, acldefault('f', proowner))) as acl
        where oid = $1
    """,
}


@dataclass(frozen=True)
class Grant:
    """A privilege of a role on a whole object, or on a column of it."""

    privilege: str
    column: str | None
    grantee: str
    option: str


def make_again(server: Server, *, kind: str, name: str, statement: str) -> None:
    """Drop an object and make it again: privileges, owner and comment stay as they are.

    Parameters
    ----------
    kind
        view or function.
    name
        With schema; of a function also the types of its arguments.
    statement
        What makes it.

    Raises
    ------
    UsageError
        If somebody's view or function depends on it.
    """
    catalog = CATALOGS[kind]
    [(owner, comment)] = server.rows(
        f"select quote_ident(pg_get_userbyid({catalog.owner})), obj_description(oid, '{catalog.table}') "
        f"from {catalog.table} where oid = $1",
        _oid(server, kind=kind, name=name),
    )
    grants = _grants(server, kind=kind, name=name)
    drop(server, kind=kind, name=name)
    server.run(statement)
    place = f"{catalog.keyword}{name}"
    # default privileges gave what had perhaps been revoked
    for grantee in {grant.grantee for grant in _grants(server, kind=kind, name=name)}:
        server.run(f"revoke all on {place} from {grantee}")
    columns = {
        column
        for (column,) in server.rows(
            "select quote_ident(attname) from pg_attribute where attrelid = $1 and attnum > 0",
            _oid(server, kind=kind, name=name),
        )
    }
    for grant in grants:
        if grant.column is None or grant.column in columns:
            column = f" ({grant.column})" if grant.column else ""
            server.run(f"grant {grant.privilege}{column} on {place} to {grant.grantee}{grant.option}")
    if comment:
        server.run(f"comment on {kind} {name} is {literal(comment)}")
    if owner != server.value("select quote_ident(current_user)"):
        server.run(f"alter {kind} {name} owner to {owner}")


def drop(server: Server, *, kind: str, name: str) -> None:
    """Drop a view or function, unless something of somebody else's would have to go with it.

    Raises
    ------
    UsageError
        That names it.
    """
    dependants = server.rows(
        f"""
        select distinct coalesce(
            'view ' || rewrite.ev_class::regclass::text,
            pg_describe_object(depend.classid, depend.objid, depend.objsubid)
        )
        from pg_depend as depend
        left join pg_rewrite as rewrite on depend.classid = 'pg_rewrite'::regclass and depend.objid = rewrite.oid
        where
            depend.deptype in ('n', 'a')
            and (
                (depend.refclassid = '{CATALOGS[kind].table}'::regclass and depend.refobjid = $1)
                or (
                    depend.refclassid = 'pg_type'::regclass
                    and depend.refobjid in (select oid from pg_type where '{kind}' = 'view' and typrelid = $1)
                )
            )
            and rewrite.ev_class is distinct from $1
        order by 1
        """,
        _oid(server, kind=kind, name=name),
    )
    if dependants:
        [dependant] = dependants[0]
        raise UsageError(
            f"The {dependant} in PostgreSQL at {server.where} depends on the {kind} {name}, which differs in the "
            "other version: drop it, type the command again, then make it again. Readers see what they saw."
        )
    server.run(f"drop {kind} {name}")


def _oid(server: Server, *, kind: str, name: str) -> int:
    return server.value(f"select $1::text::{CATALOGS[kind].name}::oid", name)


def _grants(server: Server, *, kind: str, name: str) -> list[Grant]:
    """The privileges of all but the owner, those of columns after those of the whole."""
    return [
        Grant(*row)
        for row in server.rows(
            f"""
            select
                privilege_type,
                quote_ident(column_name),
                case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end,
                case when is_grantable then ' with grant option' else '' end
            from ({PRIVILEGES[kind]}) as privileges
            where grantee != owner
            order by column_name nulls first, grantee, privilege_type
            """,
            _oid(server, kind=kind, name=name),
        )
    ]
