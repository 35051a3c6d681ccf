"""Translates DuckDB's SQL, in which the models are written, into Spark's."""

from collections.abc import Callable

import sqlglot
from sqlglot import exp
from sqlglot.dialects.spark import Spark
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.transforms import eliminate_qualify


def to_spark(tree: exp.Expression) -> str:
    """Return a statement of DuckDB as one of Spark that gives the same rows.

    sqlglot translates most of it. The tables below have the rest; a function in none of them is passed on by its name.

    Parameters
    ----------
    tree
        The statement, as sqlglot reads it.

    Raises
    ------
    sqlglot.errors.UnsupportedError
        If a part of it would give other rows.
    """
    return tree.sql(dialect=SparkOfDuckDB, unsupported_level=sqlglot.ErrorLevel.RAISE, comments=False)


def _template(template: str) -> Callable:
    """A function in Spark's SQL, with `{0}` for its first argument."""
    return lambda generator, *arguments: template.format(*(generator.sql(argument) for argument in arguments))


def _md5_half(first_byte: int) -> Callable:
    # DuckDB reads the bytes of the hash as a little-endian number
    places = ", ".join(f"substr(md5({{0}}), {2 * byte + 1}, 2)" for byte in reversed(range(first_byte, first_byte + 8)))
    return _template(f"cast(conv(concat({places}), 16, 10) as decimal(20, 0))")


def _hash(generator, *arguments: exp.Expression) -> str:
    # wide enough that a sum of many hashes stays exact
    return f"cast(xxhash64({', '.join(map(generator.sql, arguments))}) as decimal(20, 0))"


# DuckDB's functions that sqlglot passes on by name.
FUNCTIONS: dict[str, Callable] = {
    "error": _template("raise_error({0})"),
    "getvariable": _template("null"),
    "hash": _hash,
    "histogram": _template(
        "map_from_entries(transform(array_distinct(collect_list({0})), "
        "a_value -> struct(a_value, size(filter(collect_list({0}), same_value -> same_value = a_value)))))"
    ),
    # dates are always finite there; a comparison as text serves numbers as well
    "isfinite": _template("(cast({0} as string) not in ('NaN', 'Infinity', '-Infinity'))"),
    "list_last": _template("try_element_at({0}, -1)"),
    "list_product": _template("aggregate({0}, cast(1 as double), (product, number) -> product * number)"),
    "list_reduce": _template("aggregate(slice({0}, 2, 2147483647), get({0}, 0), {1})"),
    "md5_number_lower": _md5_half(8),
    "md5_number_upper": _md5_half(0),
}


def _in_order(generator, node: exp.ArrayAgg) -> str:
    """`list(value order by key, other)`: Spark's own list has no order, and no nulls."""
    value, keys = node.this, []
    if isinstance(value, exp.Order):
        value, keys = value.this, value.expressions
    if is_distinct := isinstance(value, exp.Distinct):
        [value] = value.expressions
    if any(key.args.get("nulls_first") for key in keys):
        generator.unsupported("a list with its nulls first")
    columns = [generator.sql(key.this) for key in keys]
    directions = {bool(key.args.get("desc")) for key in keys}
    if directions == {False}:
        # nulls are last in DuckDB, and first in a sorted array
        columns = [part for column in columns for part in (f"{column} is null", column)]
    names = [f"{column} as key_{number}" for number, column in enumerate(columns)]
    rows = f"collect_list(struct({', '.join([*names, generator.sql(value) + ' as value'])}))"
    if isinstance(node.parent, exp.Filter):
        rows += f" filter({generator.sql(node.parent.expression).strip()})"
    if len(directions) == 2:
        rows = f"array_sort({rows}, (one, other) -> {_comparison(keys)})"
    elif keys:
        rows = f"sort_array({rows}, {'false' if directions == {True} else 'true'})"
    # an aggregate without rows is null in DuckDB
    values = f"transform(nullif({rows}, array()), entry -> entry.value)"
    return f"array_distinct({values})" if is_distinct else values


def _comparison(keys: list[exp.Ordered]) -> str:
    """-1 where `one` comes before `other`, 1 where it comes after; nulls are last."""
    cases = ""
    for number, key in enumerate(keys):
        one, other = f"one.key_{number}", f"other.key_{number}"
        first, second = (one, other) if key.args.get("desc") else (other, one)
        cases += f" when {first} > {second} or {one} is not null and {other} is null then -1"
        cases += f" when {first} < {second} or {one} is null and {other} is not null then 1"
    return f"case{cases} else 0 end"


def _filtered(generator, node: exp.Filter) -> str:
    if isinstance(node.this, exp.ArrayAgg) or node.this.args.get("count"):
        return generator.sql(node.this)  # the filter stands within
    return Spark.Generator.filter_sql(generator, node)


def _largest_or_smallest(generator, node: exp.ArgMax | exp.ArgMin | exp.Max | exp.Min) -> str:
    """`arg_max(value, by)`, and with a number n the first n as a list; rows where either is null are left out."""
    value, count = generator.sql(node.this), node.args.get("count")
    is_largest = isinstance(node, (exp.ArgMax, exp.Max))
    by = generator.sql(node.expression) if isinstance(node, (exp.ArgMax, exp.ArgMin)) else None
    if not count:
        name = "max" if is_largest else "min"
        return f"{name}_by({value}, case when {value} is not null then {by} end)" if by else f"{name}({value})"
    conditions = f"{by or value} is not null and {value} is not null"
    if isinstance(node.parent, exp.Filter):
        conditions += f" and ({generator.sql(node.parent.expression.this)})"
    rows = f"collect_list(struct({by or value} as by, {value} as value)) filter(where {conditions})"
    ordered = f"sort_array({rows}, {'false' if is_largest else 'true'})"
    return f"transform(nullif(slice({ordered}, 1, {generator.sql(count)}), array()), entry -> entry.value)"


def _element(generator, node: exp.Bracket) -> str:
    """`list[place]`, `list[first:last]` or `struct['name']`; null beyond the end of a list, as in DuckDB."""
    whole, [place] = generator.sql(node.this), node.expressions
    if isinstance(place, exp.Slice):
        first, last = generator.sql(place.this) or "1", generator.sql(place.expression) or "2147483647"
        return f"slice({whole}, {first}, ({last}) - ({first}) + 1)"
    if place.is_string:
        return Spark.Generator.bracket_sql(generator, node)
    # sqlglot counts from 0 where it takes this for a place in a list, else it leaves the place as it is
    kind = annotate_types(node.this.copy()).type
    if kind is not None and not kind.is_type(exp.DataType.Type.UNKNOWN, *exp.DataType.ARRAY_TYPES):
        generator.unsupported(f"{node.sql('duckdb')}: name the list in a CTE before")
    if not annotate_types(place.copy()).is_type(*exp.DataType.INTEGER_TYPES):
        generator.unsupported(f"{node.sql('duckdb')}: cast the place to integer")
    if isinstance(place, exp.Neg) or (place.is_number and place.to_py() < 0):
        generator.unsupported(f"{node.sql('duckdb')}: count from the start of the list, or use list_last")
    return f"get({whole}, {generator.sql(place)})"


def _median_in_window(generator, node: exp.Window) -> str:
    if not isinstance(node.this, exp.Median) or not node.args.get("order"):
        return Spark.Generator.window_sql(generator, node)
    values = node.copy()
    values.set("this", exp.Anonymous(this="collect_list", expressions=[node.this.this.copy()]))
    ordered = f"sort_array({Spark.Generator.window_sql(generator, values)})"
    # the mean of the two in the middle, which are one if their number is odd
    middle = " + ".join(
        f"get(numbers, cast({rounded}((size(numbers) - 1) / 2) as int))" for rounded in ("floor", "ceil")
    )
    return f"transform(array({ordered}), numbers -> ({middle}) / 2)[0]"


def _one_or_more(generator, node: exp.Greatest | exp.Least) -> str:
    # of one value it is that value, which Spark refuses
    return generator.function_fallback_sql(node) if node.expressions else generator.sql(node.this)


def _map(generator, node: exp.ToMap) -> str:
    entries = ((exp.Literal.string(entry.name), entry.expression) for entry in node.this.expressions)
    return generator.func("map", *(part for entry in entries for part in entry))


def _select(generator, node: exp.Select) -> str:
    if node.args.get("qualify"):
        node = _without_qualify(generator, node)
    return Spark.Generator.TRANSFORMS[exp.Select](generator, node)


def _without_qualify(generator, node: exp.Select) -> exp.Select:
    """The same rows by a WHERE around the windows, before DISTINCT and LIMIT, which come after QUALIFY.

    sqlglot's own form has them before it, and of a star it also shows the columns of the windows.
    """
    inner = node.copy()
    if inner.args.get("distinct") and inner.args["distinct"].args.get("on"):
        generator.unsupported(f"{node.sql('duckdb')}: name the rows in a CTE before")
    last = {part: inner.args.pop(part, None) for part in ("distinct", "order", "limit", "offset")}
    named = len(inner.selects)
    outer = eliminate_qualify(inner)
    windows = outer.args["from_"].this.this.selects[named:]
    if inner.is_star:
        outer.set("expressions", [exp.Star(except_=[exp.to_identifier(each.alias_or_name) for each in windows])])
    for part, value in last.items():
        outer.set(part, value)
    return outer


def _cte(generator, node: exp.CTE) -> str:
    # Spark decides by itself what it computes once
    node.set("materialized", None)
    return Spark.Generator.cte_sql(generator, node)


class SparkOfDuckDB(Spark):
    """Spark's SQL for trees that were read from DuckDB's."""

    class Generator(Spark.Generator):
        """Writes what sqlglot's own generator for Spark leaves as it is, or drops."""

        TYPE_MAPPING = Spark.Generator.TYPE_MAPPING | {
            exp.DataType.Type.UTINYINT: "SMALLINT",
            exp.DataType.Type.USMALLINT: "INT",
            exp.DataType.Type.UINT: "BIGINT",
            # holds the same 64 bits; models read its bytes one by one
            exp.DataType.Type.UBIGINT: "BIGINT",
            exp.DataType.Type.INT128: "DECIMAL(38, 0)",
            exp.DataType.Type.UINT128: "DECIMAL(38, 0)",
        }
        TRANSFORMS = Spark.Generator.TRANSFORMS | {
            exp.ArgMax: _largest_or_smallest,
            exp.ArgMin: _largest_or_smallest,
            exp.ArrayAgg: _in_order,
            exp.Bracket: _element,
            exp.CTE: _cte,
            exp.Filter: _filtered,
            exp.Greatest: _one_or_more,
            exp.IgnoreNulls: lambda generator, node: (
                f"any_value({generator.sql(node.this.this)}, true)"
                if isinstance(node.this, exp.AnyValue)
                else Spark.Generator.ignorenulls_sql(generator, node)
            ),
            exp.Least: _one_or_more,
            exp.Max: _largest_or_smallest,
            exp.Min: _largest_or_smallest,
            exp.PercentileCont: lambda generator, node: generator.func("percentile", node.this, node.expression),
            exp.PercentileDisc: lambda generator, node: (
                f"percentile_disc({generator.sql(node.expression)}) within group (order by {generator.sql(node.this)})"
            ),
            exp.PrimaryKeyColumnConstraint: lambda generator, node: "",
            exp.RegexpFullMatch: lambda generator, node: (
                f"({generator.sql(node.this)} rlike concat('\\\\A(?:', {generator.sql(node.expression)}, ')\\\\z'))"
            ),
            exp.Select: _select,
            exp.ToMap: _map,
            exp.Window: _median_in_window,
        }

        def anonymous_sql(self, node: exp.Anonymous) -> str:  # noqa: D102
            function = FUNCTIONS.get(node.name.lower())
            return function(self, *node.expressions) if function else super().anonymous_sql(node)
