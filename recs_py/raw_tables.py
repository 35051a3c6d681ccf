"""The raw tables: what they must hold, and the step that brings what a loader made into that form.

Every data set arrives in these tables, whatever its own columns are called, so nothing after them knows where
data came from. Rows stay as they are, dirty ones too; the staging models clean and count them.
"""

import datetime as dt
from dataclasses import dataclass

import duckdb

from recs_py.errors import UsageError

# What a sum of sales still holds, as the macro largest_fixed_sum has it.
LARGEST_QUANTITY = 9_000_000_000_000

TABLES = {
    "transactions": {
        "t_dat": "DATE",
        "customer_id": "VARCHAR",
        "article_id": "VARCHAR",
        "quantity": "BIGINT",
        "price": "DOUBLE",
        "channel": "VARCHAR",
    },
    "articles": {
        "article_id": "VARCHAR",
        "product_code": "VARCHAR",
        "name": "VARCHAR",
        "department": "VARCHAR",
        "category": "VARCHAR",
        "product_type": "VARCHAR",
        "colour": "VARCHAR",
        "brand": "VARCHAR",
        "text": "VARCHAR",
    },
    "customers": {
        "customer_id": "VARCHAR",
        "age": "BIGINT",
        "age_band": "VARCHAR",
        "income": "VARCHAR",
        "membership": "VARCHAR",
        "newsletter": "VARCHAR",
        "active": "VARCHAR",
        "region": "VARCHAR",
    },
    "promotions": {
        "article_id": "VARCHAR",
        "kind": "VARCHAR",
        "valid_from": "DATE",
        "valid_to": "DATE",
        "segment": "VARCHAR",
    },
}
REQUIRED = {
    "transactions": ("t_dat", "customer_id", "article_id"),
    "articles": ("article_id",),
    "customers": ("customer_id",),
    "promotions": ("article_id", "kind", "valid_from", "valid_to"),
}
# What lists ids; a loader that makes no such table gets one of the distinct ids that were sold.
ENTITY_KEYS = {"articles": "article_id", "customers": "customer_id"}


@dataclass
class UnfitValue(Exception):
    """A text in a raw table that is not of the type of its column; `alter_sql` is what could not be done."""

    table: str
    column: str
    data_type: str
    value: str
    alter_sql: str


def conform(connection: duckdb.DuckDBPyConnection, *, loader: str, files: dict[str, str]) -> list[str]:
    """Bring the tables of the schema `raw` into their form: names, types, and the optional ones.

    Types that fit already cost nothing: no table is copied.

    Parameters
    ----------
    connection
        In the transaction in which the loader has run.
    loader
        The file name of the loader, for messages.
    files
        The names of the files that each table was made from, for messages too.

    Returns
    -------
    list[str]
        Warnings.

    Raises
    ------
    UsageError
        If a table or a column is missing or unknown, or there is no transaction.
    UnfitValue
        If a text cannot be read as the date or number that its column needs.
    """
    _refuse_other_tables(connection, loader=loader)
    warnings = []
    made = _columns_by_table(connection)
    if "transactions" not in made:
        raise UsageError(f"{loader} makes no table raw.transactions: add `create table raw.transactions as select ...`")
    for table, columns in made.items():
        warnings += _conform_table(connection, table=table, columns=columns, loader=loader)
    for table in TABLES:
        if table not in made:
            _create_missing(connection, table=table)
    return warnings + _check_rows(connection, loader=loader, files=files)


def _refuse_other_tables(connection: duckdb.DuckDBPyConnection, *, loader: str) -> None:
    names = ", ".join(f"raw.{table}" for table in TABLES)
    for name, kind in connection.execute(
        """select table_name, table_type from information_schema.tables
        where table_catalog = current_database() and table_schema = 'raw' order by 1"""
    ).fetchall():
        if kind == "VIEW":
            raise UsageError(f"{loader} makes raw.{name} a view: write `create table raw.{name} as ...`")
        if name.lower() not in TABLES:
            raise UsageError(
                f"{loader} makes raw.{name}, which is not one of {names}: rename it, or make it a `create temp table`"
            )


def _columns_by_table(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    found = {}
    for table, column, data_type in connection.execute(
        """select lower(table_name), lower(column_name), data_type from duckdb_columns()
        where database_name = current_database() and schema_name = 'raw' order by table_name, column_index"""
    ).fetchall():
        found.setdefault(table, {})[column] = data_type
    return found


def _conform_table(
    connection: duckdb.DuckDBPyConnection, *, table: str, columns: dict[str, str], loader: str
) -> list[str]:
    canonical = TABLES[table]
    for column in columns:
        if column not in canonical:
            raise UsageError(
                f"{loader} makes a column {column} in raw.{table}, which can have {', '.join(canonical)}:"
                " rename it or leave it out"
            )
    for column in REQUIRED[table]:
        if column not in columns:
            raise UsageError(f"{loader} makes no column {column} in raw.{table}: select one `as {column}`")
    warnings = []
    for column, data_type in canonical.items():
        if column not in columns:
            connection.execute(f"alter table raw.{table} add column {column} {data_type}").fetchall()
        elif columns[column] != data_type:
            warnings += _change_type(
                connection,
                table=table,
                column=column,
                made_type=columns[column],
                data_type=data_type,
                loader=loader,
            )
    return warnings


def _change_type(
    connection: duckdb.DuckDBPyConnection,
    *,
    table: str,
    column: str,
    made_type: str,
    data_type: str,
    loader: str,
) -> list[str]:
    converted = f"{column}::{data_type}"
    has_fractions = data_type == "BIGINT" and made_type.startswith(("VARCHAR", "DOUBLE", "FLOAT", "DECIMAL"))
    if data_type == "VARCHAR" and made_type in ("DOUBLE", "FLOAT"):
        # A frame with missing ids turns them into floats: 17850.0 is the customer 17850, and nan is none.
        converted = (
            f"case when isfinite({column}) and {column} = trunc({column}) then {column}::hugeint::varchar"
            f" when not isnan({column}) then {column}::varchar end"
        )
    elif has_fractions:
        # what is weighed is bought, however little of it
        number = f"{column}::double"
        converted = f"(sign({number}) * greatest(round(abs({number})), ceil(least(abs({number}), 1))))::bigint"
    alter_sql = f"alter table raw.{table} alter column {column} type {data_type} using {converted}"
    warnings = []
    try:
        if data_type != "VARCHAR":
            unfit = connection.execute(
                f"select {column}::varchar from raw.{table}"
                f" where {column} is not null and try_cast({column} as {data_type}) is null limit 1"
            ).fetchall()
            if unfit:
                raise UnfitValue(table, column, data_type, unfit[0][0], alter_sql)
        if has_fractions:
            [(fractions,)] = connection.execute(
                f"select count(*) from raw.{table} where {column}::double <> round({column}::double)"
            ).fetchall()
            if fractions:
                warnings.append(
                    f"{fractions:,} values of raw.{table}.{column} have a fraction and were rounded, none of them to 0"
                )
        connection.execute(alter_sql).fetchall()
    except duckdb.Error as error:
        raise UsageError(
            f"{loader} makes raw.{table}.{column} of type {made_type}, which cannot be made {data_type}:"
            " convert it in the loader"
        ) from error
    return warnings


def _create_missing(connection: duckdb.DuckDBPyConnection, *, table: str) -> None:
    columns = ", ".join(f"{column} {data_type}" for column, data_type in TABLES[table].items())
    connection.execute(f"create table raw.{table} ({columns})").fetchall()
    key = ENTITY_KEYS.get(table)
    if key:
        connection.execute(
            f"insert into raw.{table} ({key}) select distinct {key} from raw.transactions"
            f" where {key} is not null order by {key}"
        ).fetchall()


def _check_rows(connection: duckdb.DuckDBPyConnection, *, loader: str, files: dict[str, str]) -> list[str]:
    warnings = []
    for table, required in REQUIRED.items():
        counts = ", ".join(f"count({column})" for column in required)
        [(rows, *filled)] = connection.execute(f"select count(*), {counts} from raw.{table}").fetchall()
        if table == "transactions" and not rows:
            raise UsageError(
                f"{loader} finds no transaction in {files.get(table) or 'any file'}:"
                " it has no rows, or all were left out"
            )
        if not rows and table in ENTITY_KEYS:
            warnings.append(f"raw.{table} is empty: there are no rows in {files.get(table) or 'any file'}")
        for column, count in zip(required, filled, strict=True):
            if table == "transactions" and rows and not count:
                raise UsageError(f"{loader} leaves raw.{table}.{column} empty in every row: map it to another column")
            if count < rows:
                warnings.append(f"{rows - count:,} of {rows:,} rows of raw.{table} have no {column}")
    return warnings


def days_with_purchases(connection: duckdb.DuckDBPyConnection, schema: str = "raw") -> list[dt.date]:
    """The days, in order, of the lines that staging uses: a date in the future must not move anything.

    Empty where not one line can be used.
    """
    days = connection.execute(
        f"""
        select distinct transactions.t_dat
        from {schema}.transactions as transactions
        cross join {schema}.dataset as dataset
        where
            isfinite(transactions.t_dat)
            and transactions.t_dat <= cast(dataset.loaded_at as date)
            and {_is_filled("transactions.customer_id")}
            and {_is_filled("transactions.article_id")}
            and coalesce(transactions.quantity, 1) > 0
            and coalesce(transactions.quantity, 1) <= {LARGEST_QUANTITY}
        order by transactions.t_dat
        """
    ).fetchall()
    return [day for (day,) in days]


def _is_filled(column: str) -> str:
    # few ids begin with a space, and to trim every one would take ten times as long
    return f"({column} != '' and (not starts_with({column}, ' ') or trim({column}) != ''))"
