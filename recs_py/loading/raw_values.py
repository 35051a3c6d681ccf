"""SQL expressions that convert a loader's values to those of a raw table: days, numbers and texts.

DuckDB's casts accept more than a shop means: `24-03-25` is a day of the year 24, and a zone or any other text after a
time is ignored. So a text is read by these rules.
"""

from recs_py.sql_text import literal

# Texts that stand for a missing value in an id, a date or a number: pandas' `na_values`, `\N` and the zero date of
# database dumps.
MISSING = (
    "NULL", "null", "\\N", "NaN", "nan", "-NaN", "-nan", "NA", "<NA>", "N/A", "n/a", "#N/A", "#NA", "#N/A N/A", "None",
    "NaT", "0000-00-00", "0000-00-00 00:00:00", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN",
)  # fmt: skip
# In a name or a group `None` and `NA` may be words.
MISSING_WORDS = ("NULL", "null", "\\N", "NaN", "nan", "<NA>")
# The date that .NET and others write for a missing one: its year has not lost two digits.
NO_DAY = "0001-01-01"

_DAY = r"\s*\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_TIME = r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
# Above these, several whole numbers are the same value of the type: different ids would become equal.
_WHOLE_NUMBERS = {"FLOAT": 2**24, "DOUBLE": 2**53}


def is_missing(column: str) -> str:
    """Return the condition that a text stands for a missing date or number."""
    return f"trim({column}) in ('', {', '.join(map(literal, MISSING))})"


def converted(column: str, *, made_type: str, data_type: str) -> str:
    """Return the expression for the value of a raw table, null where a value is unfit.

    Parameters
    ----------
    column
        The column that the loader made.
    made_type
        Its type; BLOB is decoded before.
    data_type
        The type that it must have: DATE, BIGINT, DOUBLE or VARCHAR.
    """
    if data_type == "VARCHAR":
        return _text(column, made_type)
    if data_type == "DATE":
        return _day(column) if made_type == "VARCHAR" else f"try_cast({column} as date)"
    if has_fractions(made_type, data_type):
        return _rounded(column)
    number = f"try_cast({column} as {data_type})"
    # DuckDB has a number for it, a shop has not
    return f"nullif({number}, 'nan')" if data_type == "DOUBLE" else number


def unfit(column: str, *, made_type: str, data_type: str) -> str:
    """Return the condition that a value is neither missing nor of the type that is needed."""
    value = converted(column, made_type=made_type, data_type=data_type)
    if made_type == "VARCHAR":
        missing = f" and not {is_missing(column)}"
    else:
        missing = f" and not isnan({column})" if made_type in _WHOLE_NUMBERS else ""
    return f"{column} is not null and {value} is null{missing}"


def has_zone(column: str) -> str:
    """Return the condition that a text is an instant: a time with a zone."""
    return f"strlen({column}) > 10 and {_instant(column)} is not null and not {_is_time(column)}"


def has_fractions(made_type: str, data_type: str) -> bool:
    """Return whether values of the type may have a fraction that the raw table cannot hold."""
    return data_type == "BIGINT" and made_type.startswith(("VARCHAR", "DOUBLE", "FLOAT", "DECIMAL"))


def has_two_digit_year(column: str) -> str:
    """Return the condition that a day is of a year that was written with two digits."""
    return f"isfinite({column}) and {column} < date '0100-01-01' and {column} <> date '{NO_DAY}'"


def largest_id(made_type: str) -> int | None:
    """Return the number above which numbers of the type stand for several ids; None if every number is distinct."""
    return _WHOLE_NUMBERS.get(made_type)


def _day(column: str) -> str:
    # a short text has no time; few texts are longer, and only these need a close look
    return f"""case
        when strlen({column}) <= 10 then case when {column} <> 'epoch' then try_cast({column} as date) end
        when {_is_time(column)} then try_cast({column} as date)
        else cast({_instant(column)} as date)
    end"""


def _is_time(column: str) -> str:
    return f"regexp_full_match({column}, '{_DAY}({_TIME})?\\s*')"


def _instant(column: str) -> str:
    without_space = f"regexp_replace(trim({column}), '\\s+([-+]\\d)', '\\1')"
    return f"case when regexp_matches({column}, '^{_DAY}{_TIME}') then try_cast({without_space} as timestamptz) end"


def _rounded(column: str) -> str:
    # a weighed quantity is a purchase, however small
    number = f"try_cast({column} as double)"
    return f"try_cast(sign({number}) * greatest(round(abs({number})), ceil(least(abs({number}), 1))) as bigint)"


def _text(column: str, made_type: str) -> str:
    if made_type in _WHOLE_NUMBERS:
        # A frame with missing ids turns them into floats: 17850.0 is the customer 17850, and nan is none.
        return (
            f"case when isfinite({column}) and {column} = trunc({column}) then {column}::hugeint::varchar"
            f" when not isnan({column}) then {column}::varchar end"
        )
    if made_type.startswith("DECIMAL"):
        return (
            f"case when {column} = trunc({column}) then trunc({column})::hugeint::varchar"
            f" else rtrim({column}::varchar, '0') end"
        )
    return f"{column}::varchar"
