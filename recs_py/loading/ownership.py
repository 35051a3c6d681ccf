"""The list of tables that recs has made in the work database: it never replaces or drops another one.

The table `shop.made_by_recs` lists it. A load and the start of a dbt run (the macro `claim_relations`) add the names
that they are about to make, and stop where such a name is taken by a relation that is not listed.
"""

from duckdb import DuckDBPyConnection

from recs_py.database import drop, has_table
from recs_py.distribution import ROOT, own_project
from recs_py.errors import UsageError
from recs_py.loading.raw_tables import TABLES
from recs_py.sql_text import literal

Relation = tuple[str, str]

MODELS = ROOT / "dbt_project" / "models"
# Schemas that are computed from a data set, and emptied when another one is loaded: one for each folder of models.
DERIVED = (*sorted(folder.name for folder in MODELS.glob("*/")), "learned")
LEDGER = "shop.made_by_recs"

RAW = ("dataset", *TABLES)
# The macro `begin_run` makes it too, and `record_run` drops it.
UNFINISHED = "staging.unfinished_build"
# Of the default weights, fitted to what is loaded.
CORRECTIONS = (("learned", "fits"), ("learned", "corrections"), ("learned", "interaction_corrections"))
# Made by commands and macros. The macro `relations_of_recs` has them too, except those of a training.
NO_MODELS = (
    ("shop", "rules"),
    ("shop", "labels"),
    ("staging", "unfinished_build"),
    ("recs", "runs"),
    ("training", "training_weeks"),
    ("training", "training_baselines"),
    ("learned", "blends"),
    ("learned", "shapes"),
    ("learned", "interaction_shapes"),
    *CORRECTIONS,
)


def relations() -> set[Relation]:
    """All tables and views that recs makes, as schema and name: a model's folder is its schema."""
    own = own_project()
    files = [*MODELS.glob("*/*"), *(own.glob("models/signals/*") if own else ())]
    models = {(path.parent.name, path.stem) for path in files if path.suffix in (".sql", ".py")}
    return models | set(NO_MODELS) | {("raw", table) for table in RAW}


def refuse_others(connection: DuckDBPyConnection) -> None:
    """Refuse a database in which a name that recs needs is taken by a table of somebody else.

    Raises
    ------
    UsageError
        Names the first such table.
    """
    for schema, name in sorted((_existing(connection) & relations()) - made_by_recs(connection)):
        raise UsageError(
            f"The work database has a table {schema}.{name} that recs has not made and would have to replace: "
            "set RECS_DUCKDB to another file, or rename that table"
        )


def made_by_recs(connection: DuckDBPyConnection) -> set[Relation]:
    """The relations that recs has made, or is about to make, in this database."""
    if has_table(connection, LEDGER):
        return set(connection.execute(f"select schema_name, relation_name from {LEDGER}").fetchall())
    # an earlier version of recs kept no list, and took all of these names
    return relations() if _is_loaded(connection) else set()


def claim(connection: DuckDBPyConnection, names: set[Relation]) -> None:
    """Add relations to the list of what recs has made, which is made when it is missing."""
    known = made_by_recs(connection)
    listed = known if has_table(connection, LEDGER) else set()
    connection.execute("create schema if not exists shop")
    connection.execute(f"create table if not exists {LEDGER} (schema_name varchar, relation_name varchar)")
    connection.execute(
        f"comment on table {LEDGER} is 'Tables and views that recs has made. It replaces and drops no others.'"
    )
    for relation in sorted((known | names) - listed):
        connection.execute(f"insert into {LEDGER} values (?, ?)", list(relation))


def mark_unfinished(connection: DuckDBPyConnection, *, by: str) -> None:
    """Mark what is built as unfinished: it is not published until a build of lists has succeeded.

    Raises
    ------
    UsageError
        If the database has a table of the mark's name that recs has not made.
    """
    refuse_others(connection)
    claim(connection, {tuple(UNFINISHED.split("."))})
    connection.execute("create schema if not exists staging")
    drop(connection, UNFINISHED)
    connection.execute(f"create table {UNFINISHED} as select {literal(by)} as run_id")


def drop_corrections(connection: DuckDBPyConnection) -> None:
    """Drop the corrections of default weights, which were fitted to other data; the next score fits again."""
    for schema, table in CORRECTIONS:
        connection.execute(f"drop table if exists {schema}.{table}")


def drop_derived(connection: DuckDBPyConnection) -> None:
    """Drop what recs has computed from a data set; tables of somebody else in the same schemas stay."""
    for schema, name in sorted(_existing(connection) & made_by_recs(connection)):
        if schema in DERIVED:
            drop(connection, f"{schema}.{name}")


def _existing(connection: DuckDBPyConnection) -> set[Relation]:
    return set(
        connection.execute(
            """select lower(table_schema), lower(table_name) from information_schema.tables
            where table_catalog = current_database()"""
        ).fetchall()
    )


def _is_loaded(connection: DuckDBPyConnection) -> bool:
    """Whether `raw.dataset` is the table that a load writes."""
    [(columns,)] = connection.execute(
        """select count(*) from duckdb_columns()
        where database_name = current_database() and schema_name = 'raw' and table_name = 'dataset'
            and column_name in ('name', 'week_starts_on', 'loaded_at')"""
    ).fetchall()
    return columns == 3
