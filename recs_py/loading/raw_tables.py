"""The raw tables: what they must hold, and the step that brings what a loader made into that form.

Every data set arrives in these tables, whatever its own columns are called, so nothing after them knows where
data came from. Rows stay as they are, dirty ones too; the staging models clean and count them.
"""

from dataclasses import dataclass

import duckdb

from recs_py.errors import UsageError, first_line
from recs_py.loading.ids import IDS, clean_ids, clean_words
from recs_py.loading.raw_values import converted, has_fractions, has_two_digit_year, largest_id, unfit
from recs_py.macros import macros

# A larger one would not fit into a sum of sales.
LARGEST_QUANTITY = int(macros("arithmetic").largest_fixed_sum())

TABLES = {
    "transactions": {
        "transaction_date": "DATE",
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
    "transactions": ("transaction_date", "customer_id", "article_id"),
    "articles": ("article_id",),
    "customers": ("customer_id",),
    "promotions": ("article_id", "kind", "valid_from", "valid_to"),
}
# Columns that a database of an earlier version lacks; macro claim_relations looks for them too.
NEEDED = {("dataset", "loaded_on"), ("transactions", "transaction_date")}
# Names that a loader may give a column too: H&M's name of the day.
ALSO_CALLED = {"transactions": {"t_dat": "transaction_date"}}
# Catalogues by their id column. If a loader makes no such table, it gets the distinct ids of the transactions.
ENTITY_KEYS = {"articles": "article_id", "customers": "customer_id"}


@dataclass
class UnfitValue(Exception):
    """A value that a loader made and a raw table cannot hold; `check_sql` fails with an error that quotes it."""

    table: str
    column: str
    value: str
    wanted: str
    check_sql: str
    has_two_digit_year: bool


def conform(
    connection: duckdb.DuckDBPyConnection, *, loader: str, files: dict[str, str], is_addition: bool = False
) -> list[str]:
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
    is_addition
        Whether the catalogue is loaded already, so that one without rows is nothing to warn of.

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
    for table in TABLES.keys() - made.keys():
        columns = ", ".join(f"{column} {data_type}" for column, data_type in TABLES[table].items())
        connection.execute(f"create table raw.{table} ({columns})")
    warnings += clean_ids(connection)
    for table in made.keys() - {"transactions"}:
        words = [column for column, data_type in TABLES[table].items() if data_type == "VARCHAR"]
        clean_words(connection, table=table, columns=[word for word in words if word not in IDS[table]])
    for table in ENTITY_KEYS.keys() - made.keys():
        _fill_from_transactions(connection, table=table, key=ENTITY_KEYS[table])
    return warnings + _check_rows(connection, loader=loader, files=files, is_addition=is_addition)


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
    for other, column in ALSO_CALLED.get(table, {}).items():
        if other in columns and column not in columns:
            connection.execute(f"alter table raw.{table} rename column {other} to {column}")
            columns[column] = columns.pop(other)
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
        made_type = columns.get(column)
        try:
            if made_type is None:
                connection.execute(f"alter table raw.{table} add column {column} {data_type}")
                continue
            if made_type == "BLOB":
                _rewrite(connection, table=table, column=column, value=f"decode({column})", data_type="VARCHAR")
                made_type = "VARCHAR"
            warnings += _check_values(connection, table=table, column=column, made_type=made_type, data_type=data_type)
            if made_type != data_type:
                value = converted(column, made_type=made_type, data_type=data_type)
                _rewrite(connection, table=table, column=column, value=value, data_type=data_type)
        except (duckdb.OutOfMemoryException, duckdb.IOException):
            raise
        except duckdb.Error as error:
            raise UsageError(
                f"{loader} makes raw.{table}.{column} of type {columns.get(column)}, which cannot be made {data_type}"
                f" ({first_line(str(error))}): convert it in the loader"
            ) from error
    return warnings


def _rewrite(connection: duckdb.DuckDBPyConnection, *, table: str, column: str, value: str, data_type: str) -> None:
    """Give a column of a raw table another type, and the values of an expression.

    Not by `alter column ... using`: after a crash DuckDB cannot replay one that calls a function, so that the file does
    not open any more. Nor by another `create table`, which takes ten times as long.
    """
    for statement in (
        f"alter table raw.{table} add column recs_converted {data_type}",
        f"update raw.{table} set recs_converted = {value}",
        f"alter table raw.{table} drop column {column}",
        f"alter table raw.{table} rename column recs_converted to {column}",
    ):
        connection.execute(statement)


def _check_values(
    connection: duckdb.DuckDBPyConnection, *, table: str, column: str, made_type: str, data_type: str
) -> list[str]:
    """Return warnings of values that change with the type; raise where one is unfit."""
    value = column if made_type == data_type else converted(column, made_type=made_type, data_type=data_type)
    if data_type == "DATE":
        _refuse(
            connection, table=table, column=column, condition=has_two_digit_year(value),
            wanted="a date with a year of four digits", has_two_digit_year=True,
        )  # fmt: skip
    if made_type == data_type:
        return []
    warnings = []
    if data_type == "VARCHAR":
        _refuse_large_numbers(connection, table=table, column=column, made_type=made_type)
    else:
        [(missing,)] = connection.execute(
            f"select count(*) from raw.{table} where {column} is not null and {value} is null"
        ).fetchall()
        if missing:
            _refuse(
                connection, table=table, column=column,
                condition=unfit(column, made_type=made_type, data_type=data_type),
                wanted="a date" if data_type == "DATE" else "a number",
            )  # fmt: skip
            [(rows,)] = connection.execute(f"select count(*) from raw.{table}").fetchall()
            warnings.append(
                f"{missing:,} of {rows:,} values of raw.{table}.{column} stand for a missing value: taken as missing"
            )
    if has_fractions(made_type, data_type):
        number = f"try_cast({column} as double)"
        [(fractions,)] = connection.execute(
            f"select count(*) from raw.{table} where {number} <> round({number})"
        ).fetchall()
        if fractions:
            warnings.append(
                f"{fractions:,} values of raw.{table}.{column} have a fraction and were rounded, none of them to 0"
            )
    return warnings


def _refuse(
    connection: duckdb.DuckDBPyConnection,
    *,
    table: str,
    column: str,
    condition: str,
    wanted: str,
    has_two_digit_year: bool = False,
) -> None:
    for (value,) in connection.execute(
        f"select {column}::varchar from raw.{table} where {condition} limit 1"
    ).fetchall():
        raise UnfitValue(
            table=table,
            column=column,
            value=value,
            wanted=wanted,
            check_sql=f"select count(case when {condition} then error('unfit') end) from raw.{table}",
            has_two_digit_year=has_two_digit_year,
        )


def _refuse_large_numbers(connection: duckdb.DuckDBPyConnection, *, table: str, column: str, made_type: str) -> None:
    largest = largest_id(made_type)
    if largest is None:
        return
    [(found,)] = connection.execute(f"select max(abs({column})) from raw.{table} where isfinite({column})").fetchall()
    if found is not None and found > largest:
        raise UsageError(
            f"raw.{table}.{column} is of type {made_type}, which cannot tell whole numbers above {largest:,} apart, and"
            f" holds {found:,.0f}: export the file again with this column as text or as integers"
        )


def _fill_from_transactions(connection: duckdb.DuckDBPyConnection, *, table: str, key: str) -> None:
    connection.execute(
        f"insert into raw.{table} ({key}) select distinct {key} from raw.transactions"
        f" where {key} is not null order by {key}"
    )


def _check_rows(
    connection: duckdb.DuckDBPyConnection, *, loader: str, files: dict[str, str], is_addition: bool
) -> list[str]:
    warnings = []
    for table, required in REQUIRED.items():
        counts = ", ".join(f"count({column})" for column in required)
        [(rows, *filled)] = connection.execute(f"select count(*), {counts} from raw.{table}").fetchall()
        if table == "transactions" and not rows:
            raise UsageError(
                f"{loader} finds no transaction in {files.get(table) or 'any file'}:"
                " it has no rows, or all were left out"
            )
        if not rows and table in ENTITY_KEYS and not is_addition:
            warnings.append(f"raw.{table} is empty: there are no rows in {files.get(table) or 'any file'}")
        for column, count in zip(required, filled, strict=True):
            if table == "transactions" and rows and not count:
                raise UsageError(f"{loader} leaves raw.{table}.{column} empty in every row: map it to another column")
            if count < rows:
                warnings.append(f"{rows - count:,} of {rows:,} rows of raw.{table} have no {column}")
    return warnings


def refuse_earlier_version(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse a database that an earlier version of recs loaded.

    Raises
    ------
    UsageError
        If its raw tables lack what this version needs.
    """
    if is_of_earlier_version(connection):
        raise UsageError("The data was loaded by an earlier version of recs: run `recs load` again")


def is_of_earlier_version(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether an earlier version of recs loaded what is loaded."""
    found = connection.execute(
        "select table_name, column_name from duckdb_columns()"
        " where database_name = current_database() and schema_name = 'raw'"
    ).fetchall()
    return bool(NEEDED - set(found))
