"""The shop's own rules: a table of the work database, edited by SQL or replaced by a CSV file."""

import io
import math
import re
from pathlib import Path
from typing import Any

from recs_py.database import connect
from recs_py.errors import UsageError, did_you_mean
from recs_py.loading.sources.csv_records import MalformedLine, records_of
from recs_py.macros import returned
from recs_py.rows import rows
from recs_py.weeks import parse_day

COLUMNS = {
    "rule": "varchar",
    "action": "varchar",
    "attribute": "varchar",
    "value": "varchar",
    "number": "double",
    "segment": "varchar",
    "valid_from": "date",
    "valid_to": "date",
}
REQUIRED = ("action", "attribute")

NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]+)?", flags=re.IGNORECASE)

# The number of faults of a file that a message names.
MOST_FAULTS = 10
# The number of values that a sentence names where none is near.
FEW_VALUES = 10


def load_rules(*, database: Path, file: Path) -> int:
    """Replace the shop's rules by the lines of a CSV file, all or nothing.

    Parameters
    ----------
    database
        The work database, loaded.
    file
        With a header; columns of `COLUMNS` in any order, those that are not needed may be missing.

    Returns
    -------
    int
        How many lines there are.

    Raises
    ------
    UsageError
        Names the lines and columns at fault; the rules are then as they were.
    """
    lines = _read(file)
    if not database.exists():
        raise UsageError(f"Nothing is loaded in {database} that rules could name: type `recs load` first.")
    names = ", ".join(f"{name} {data_type}" for name, data_type in COLUMNS.items())
    _check_is_built(database)
    with connect(database) as connection:
        connection.execute("begin")
        connection.execute("create schema if not exists shop")
        connection.execute(f"create table if not exists shop.rules ({names})")
        connection.execute("delete from shop.rules")
        if lines:
            connection.executemany(f"insert into shop.rules values ({', '.join('?' * len(COLUMNS))})", lines)
        connection.execute("commit")
    return len(lines)


def checked_rules(*, database: Path) -> list[dict[str, Any]]:
    """The rules as they act in the week that was built last: the columns of `recs.rules`, and that `target_week`.

    Raises
    ------
    UsageError
        If nothing is built yet that they could be checked against.
    """
    if not database.exists():
        raise UsageError(f"Nothing is loaded in {database} yet: type `recs load` first.")
    _check_is_built(database)
    with connect(database, read_only=True) as connection:
        return rows(
            connection,
            f"""
            select line, {", ".join(COLUMNS)}, articles, acts, problem,
                (select target_week from staging.target_week) as target_week
            from staging.checked_rules
            order by line
            """,
        )


def guesses(*, database: Path, lines: list[dict[str, Any]]) -> list[str]:
    """Sentences on the first unknown values of rules, each with the nearest value that there is.

    Parameters
    ----------
    database
        The work database, built.
    lines
        From `checked_rules`.
    """
    unknown = [line for line in lines if line["problem"] == f"unknown {line['attribute']}"][:MOST_FAULTS]
    values, otherwise = {}, {}
    with connect(database, read_only=True) as connection:
        for attribute in {line["attribute"] for line in unknown}:
            found = connection.execute(f"select distinct {attribute} from staging.articles order by 1").fetchall()
            values[attribute] = [value for (value,) in found if value is not None]
            is_short = len(values[attribute]) <= FEW_VALUES
            names = f"there are {', '.join(values[attribute])}."
            otherwise[attribute] = names if is_short else "recs.article_details has all of them."
    return [
        f"No article has the {line['attribute']} {line['value']}: "
        + did_you_mean(line["value"], values[line["attribute"]], otherwise=otherwise[line["attribute"]])
        for line in unknown
    ]


def segments(database: Path) -> list[str]:
    """The segments of the customers that were built last, which a rule may name."""
    with connect(database, read_only=True) as connection:
        found = connection.execute("select distinct segment from staging.customers order by segment").fetchall()
    return [segment for (segment,) in found]


def _check_is_built(database: Path) -> None:
    with connect(database, read_only=True) as connection:
        # a view, so that it knows every change of the rules
        if not connection.execute("select 1 from duckdb_views() where view_name = 'checked_rules'").fetchall():
            raise UsageError("Rules are checked against what is built: type `recs score` first.")


def _read(file: Path) -> list[list]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not saved as UTF-8"
        raise UsageError(f"{file} cannot be read ({reason}): name a CSV file with --from") from error
    delimiter = ";" if ";" in text.split("\n", 1)[0] else ","
    try:
        (_, names), *found = list(records_of(io.StringIO(text, newline=""), delimiter=delimiter)) or [(1, [])]
    except MalformedLine as malformed:
        raise UsageError(f"{file}, {malformed}: correct it. The rules stay as they were.") from malformed
    header = [name.strip().lower() for name in names]
    faults = [f"a column {name!r}" for name in dict.fromkeys(header) if name not in COLUMNS]
    if len(set(header)) < len(header):
        faults.append("a column twice")
    faults += [f"no column {name}" for name in REQUIRED if name not in header]
    if faults:
        raise UsageError(f"{file} has {' and '.join(faults)}: rules have the columns {', '.join(COLUMNS)}, each once")
    choices = {"action": returned("rule_actions"), "attribute": ["article_id", *returned("rule_groups")]}
    lines = []
    for line, fields in found:
        if not any(field.strip() for field in fields):
            continue
        place = f"line {line}"
        if len(fields) != len(header):
            faults.append(
                f"{place}: has {len(fields)} fields where the header has {len(header)}: quote values that hold a comma"
            )
            continue
        texts = dict(zip(header, (field.strip() for field in fields), strict=True))
        faults += [f"{place}: has no {name}" for name in REQUIRED if not texts[name]]
        values = []
        for name in COLUMNS:
            try:
                values.append(_value(texts.get(name), column=name, choices=choices))
            except ValueError as error:
                faults.append(f"{place}: {error}")
        lines.append(values)
    if faults:
        more = f"; and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
        told = f"{file}, {'; '.join(faults[:MOST_FAULTS])}{more}"
        raise UsageError(f"{told}{'' if told.endswith('?') else '.'} The rules stay as they were.")
    return lines


def _value(text: str | None, *, column: str, choices: dict[str, list[str]]):
    if not text:
        return None
    if column in choices and text.lower() not in choices[column]:
        *others, last = choices[column]
        there_are = f"write {', '.join(others)} or {last}"
        raise ValueError(f"{column} is {text!r}: {did_you_mean(text, choices[column], otherwise=there_are)}")
    try:
        if COLUMNS[column] == "date":
            return parse_day(text)
        if COLUMNS[column] == "double":
            # `float` also takes 1_5, nan and the digits of other scripts
            if not NUMBER.fullmatch(text) or not math.isfinite(float(text)):
                raise ValueError
            return float(text)
    except (UsageError, ValueError):
        kind = "a day such as 2020-09-23" if COLUMNS[column] == "date" else "a number such as 1.5"
        raise ValueError(f"{column} is {text!r}, where {kind} is needed") from None
    return text
