"""Versions of earlier releases, which kept no views and functions of their own: they get the ones that fit them."""

import re

from recs_py.publishing.postgresql.functions import make_functions
from recs_py.publishing.postgresql.session import Server
from recs_py.publishing.postgresql.tables import PUBLIC
from recs_py.sql_text import literal

EARLIER_TABLES = PUBLIC
EARLIER_VIEWS = ("recommendations", "contributions")
EARLIER_FUNCTIONS = ("recommend", "recommend_with", "similar", "also_bought", "popular")
EARLIER_COLUMNS = [("version", "integer"), ("published_at", "timestamp with time zone"), ("is_live", "boolean")]

# Their contributions are written out.
EARLIER_QUERIES = {
    "recommendations": """
        select target_week, customer_id, rank, article_id, score
        from recs_versions.recommendations_explained_{version}
    """,
    "contributions": """
        select
            lists.target_week, lists.customer_id, lists.rank, lists.article_id,
            parts.signal, parts.points::double precision as points
        from recs_versions.recommendations_explained_{version} as lists
        cross join lateral jsonb_each(lists.contributions::jsonb) as parts (signal, points)
    """,
}


def adopt_earlier_versions(server: Server, *, mark: str) -> None:
    """Mark the table of versions, and give versions of earlier releases the views and functions that fit them."""
    statements = dict(
        server.rows(
            """
            select proname::text, pg_get_functiondef(oid) from pg_proc
            where pronamespace = 'recs'::regnamespace and proname = any($1::text[])
            """,
            list(EARLIER_FUNCTIONS),
        )
    )
    tables = {
        name for (name,) in server.rows("select tablename::text from pg_tables where schemaname = 'recs_versions'")
    }
    with server.transaction():
        server.run("alter table recs_versions.versions add dataset text, add objects text[]")
        server.run(f"comment on table recs_versions.versions is {literal(mark)}")
        # a publish that was stopped left tables without a row
        numbered = [re.fullmatch(r"([a-z_]+?)_(\d+)", table) for table in tables]
        known = {int(table[2]) for table in numbered if table and table[1] in EARLIER_TABLES}
        server.run(
            "insert into recs_versions.versions (version) select unnest($1::integer[]) on conflict do nothing",
            sorted(known),
        )
        for (version,) in server.rows("select version from recs_versions.versions"):
            dataset = None
            if f"runs_{version}" in tables:
                found = server.rows(
                    f"select dataset from recs_versions.runs_{version} order by finished_at desc, run_id desc limit 1"
                )
                dataset = found[0][0] if found else None
            if f"recommendations_explained_{version}" in tables:
                for view, query in EARLIER_QUERIES.items():
                    server.run(f"create view recs_versions.{view}_{version} as {query.format(version=version)}")
            make_functions(server, version=version, statements=statements)
            server.run(
                "update recs_versions.versions set dataset = $2, objects = $3 where version = $1",
                version,
                dataset,
                [*EARLIER_TABLES, *EARLIER_VIEWS, *statements],
            )
