"""Expressions and statements in DuckDB's SQL give the same rows on Spark."""

import duckdb
import pytest

from recs_py.distribution import install_command

sqlglot = pytest.importorskip("sqlglot", reason=f"Spark comes with `{install_command('spark')}`")
UnsupportedError = sqlglot.errors.UnsupportedError

pytestmark = pytest.mark.slow

LINES = """
    (values
        (1, 'a', 3.5::double, date '2020-09-23'), (1, 'b', null, date '2020-09-24'), (1, 'b', 0.25, date '2020-01-01'),
        (2, 'c', 7.0, date '2019-12-31'), (2, null, 7.5, null)
    ) as lines (customer, article, price, day)
"""


@pytest.fixture
def lines(spark):
    from recs_py.spark.session import Cursor

    Cursor().execute(f"create or replace table default.lines as select * from {LINES}")
    return Cursor


@pytest.mark.parametrize(
    "expression",
    [
        # lists keep nulls, and have an order
        "list(article order by price)",
        "list(price order by article desc, price desc)",
        "list(price order by article desc, price)",
        "list(article order by price > 1, article desc, price)",
        "list(price order by price) filter (where price > 1)",
        "list_sort(list(distinct article))",
        # null where there is no row
        "list(article order by price) filter (where price > 100)",
        "arg_max(article, price, 2) filter (where price > 100)",
        "isfinite(max(price))",
        "isfinite('infinity'::double)",
        "isfinite(max(day))",
        "regexp_full_match(max(article) || chr(10), '[abc]')",
        "arg_max(article, price, 2)",
        "arg_min(article, price, 2)[:1]",
        "max(price, 2)",
        "list_last(max(price, 2))",
        "max(price)",
        "arg_max(article, price)",
        "any_value(article) filter (where price > 7.2)",
        # none beyond the end
        "list(price order by price)[9]",
        "list(price order by price)[cast(max(customer) as integer)]",
        "['Monday', 'Tuesday'][cast(date_diff('day', date '0001-01-01', date '2020-09-18') % 2 + 1 as integer)]",
        "list_product(list(price order by price) filter (where price is not null))",
        "list_reduce(list([article] order by price), lambda taken, other: case "
        "when array_length(list_filter(taken, lambda one: one < other[1])) < 1 then list_concat(taken, other) "
        "else taken end)",
        "list_sort(map_keys(histogram(article)))",
        "quantile_cont(price, 0.3)",
        "quantile_cont(price, [0.1, 0.9])",
        "quantile_disc(price, 0.3)",
        "median(price)",
        "cast(md5_number_lower(max(article)) as varchar)",
        "cast(md5_number_upper(max(article)) as varchar)",
        "regexp_full_match(max(article), '[ab]')",
        "date_diff('day', min(day), max(day))",
        "min(day) + 7",
        "greatest(max(price))",
        "max(customer) // 2",
        "cast(200 as utinyint) + cast(200 as usmallint)",
        "(cast(255 as ubigint) << 56) >> 4 & 255",
        "map_values(map {'highest': max(price)})",
        "list_reverse_sort([struct_pack(points := 1.5, name := 'b'), struct_pack(points := 2, name := '')])[1]['name']",
        "string_agg(article, ', ' order by article)",
    ],
)
def test_both_engines_give_the_same_rows(lines, expression):
    assert_equal(lines(), f"select customer, {expression} as value from LINES group by customer order by customer")


def test_a_median_of_the_rows_before(lines):
    assert_equal(
        lines(),
        """
        select day, median(sum(price)) over (order by day rows between 2 preceding and 1 preceding) as usual
        from LINES where day is not null group by day order by day
        """,
    )


@pytest.mark.parametrize(
    "query",
    [
        "select distinct customer from LINES qualify count(*) over (partition by customer, article) < 9 "
        "order by customer limit 2",
        "select day from LINES qualify row_number() over (partition by customer order by day desc nulls last) > 1 "
        "order by day desc nulls last limit 1",
        "select * from LINES qualify row_number() over (partition by customer order by price nulls last) = 1 "
        "order by price offset 1",
    ],
)
def test_what_comes_after_qualify(lines, query):
    assert_equal(lines(), query)


def test_windows_that_leave_rows_out_are_no_columns(lines):
    assert_equal(
        lines(),
        """
        select * from (
            select *, price + 1 as dearer
            from (select * from LINES qualify row_number() over (partition by customer order by price) = 1) as cheapest
            qualify count(*) over () > 1
        ) as kept
        order by customer
        """,
    )


def assert_equal(cursor, query: str) -> None:
    cursor.execute(query.replace("LINES", "default.lines"))
    assert _plain(cursor.fetchall()) == _plain(duckdb.sql(query.replace("LINES", LINES)).fetchall())


def _plain(value):
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if value is None or isinstance(value, (str, bool)):
        return value
    return str(value) if hasattr(value, "isoformat") else float(f"{float(value):.12g}")


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("select places[place] from places", "cast the place to integer"),
        ("select list(a order by b nulls first) from rows", "nulls first"),
        ("select places[-1] from places", "count from the start"),
        ("select quantile_cont(x, [0.1])[1] from rows", "name the list in a CTE"),
    ],
)
def test_what_would_give_other_rows_is_refused(query, fault):
    from recs_py.spark.translation import to_spark

    with pytest.raises(UnsupportedError, match=fault):
        to_spark(sqlglot.parse_one(query, read="duckdb"))


def test_rows_are_changed_deleted_and_added_in_a_table(lines):
    cursor = lines()
    cursor.execute(
        """
        update default.lines set article = article || '!', price = 0 where price > 7;
        delete from default.lines where article = 'b';
        insert into default.lines by name select 3 as customer, 'd' as article;
        select customer, article, price from default.lines order by customer, price
        """
    )
    # nothing is known of null: it is neither changed nor deleted
    assert _plain(cursor.fetchall()) == [[1, "a", 3.5], [2, None, 0], [2, "c", 7], [3, "d", None]]


def test_a_materialized_cte_is_computed_once(lines):
    cursor = lines()
    cursor.execute(
        """
        create or replace table default.twice as
        with drawn as (select customer from default.lines),
        numbered as materialized (select customer, random() as number from drawn)
        select a.number = b.number as is_equal from numbered as a inner join numbered as b on a.customer = b.customer
        where a.customer = 2 and a.number = b.number
        """
    )
    cursor.execute("select count(*) from default.twice")
    assert cursor.fetchall()[0][0] == 2
    cursor.execute("show tables in default like '*numbered*'")
    assert cursor.fetchall() == []


def test_a_column_of_an_incremental_table_is_added_by_dbts_own_statement(lines):
    cursor = lines()
    cursor.execute('/* {"app": "dbt"} */ alter table default.lines add columns (`colour` string)')
    cursor.execute("select colour, count(*) from default.lines group by colour")
    assert _plain(cursor.fetchall()) == [[None, 5]]


@pytest.mark.parametrize(
    "statement",
    ["update default.lines set colour = 'red'", "delete from default.lines using other where other.a = lines.customer"],
)
def test_a_change_without_a_counterpart_is_refused(lines, statement):
    with pytest.raises(UnsupportedError):
        lines().execute(statement)


def test_the_catalogue_of_duckdb_is_not_asked_in_its_place(lines):
    from dbt_common.exceptions import DbtRuntimeError

    with pytest.raises(DbtRuntimeError, match="catalogue"):
        lines().execute("select count(*) from duckdb_tables()")


def test_a_rewrite_that_was_killed_is_finished(lines, spark):
    from recs_py.spark.session import finish_rewrites

    # killed after the old table was dropped, and before the new one had its name
    spark.sql("alter table default.lines rename to default.lines__fresh")
    finish_rewrites(spark)
    assert spark.table("default.lines").count() == 5
    # killed before
    spark.sql("create table default.lines__fresh using parquet as select 1 as a")
    finish_rewrites(spark)
    assert spark.table("default.lines").count() == 5
    assert not spark.catalog.tableExists("default.lines__fresh")


def test_what_reads_no_table_is_answered_by_duckdb(lines):
    cursor = lines()
    cursor.execute("select jaro_winkler_similarity('wieght', 'weight') > 0.8 as is_near")
    assert cursor.fetchall() == [(True,)]
    assert [column[0] for column in cursor.description] == ["is_near"]
