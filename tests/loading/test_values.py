"""`recs load`: values that a cast accepts and a shop would not: days, zones, ids, texts for a missing value."""

import csv
import datetime as dt
import os
import re
import shutil
import subprocess
import sys
import unicodedata

import duckdb
import pytest

from recs_py.errors import RecsError, UsageError
from recs_py.loading.history import loaded
from recs_py.loading.load import load
from recs_py.loading.raw_tables import conform
from recs_py.loading.sources import loader_script
from recs_py.pipeline import dbt_build
from recs_py.reading.status import status

LOADER = (
    "create table raw.transactions as"
    " select day as transaction_date, who as customer_id, what as article_id, pieces as quantity,"
    " price from source.sales;"
)
CATALOGUE = (
    " create table raw.articles as select sku as article_id, style as product_code, title as name, department"
    " from source.products;"
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


@pytest.fixture
def database(tmp_path):
    return tmp_path / "warehouse.duckdb"


@pytest.fixture
def loader(tmp_path, monkeypatch):
    """Let a test write the loader `shop`."""
    loaders = tmp_path / "loaders"
    loaders.mkdir()
    monkeypatch.setattr(loader_script, "FOLDER", loaders)

    def write(sql):
        (loaders / "shop.sql").write_text(sql, encoding="utf-8")

    write(LOADER)
    return write


def write_sales(folder, *rows, name="sales.csv"):
    """Write rows of (day, customer, article, pieces, price)."""
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["day", "who", "what", "pieces", "price"], *rows])


def write_parquet(path, query):
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"copy ({query}) to '{path}' (format parquet)")


def query(database, sql):
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def load_shop(folder, database, *, replace=False):
    return load(name="shop", directory=folder, database=database, replace=replace)


def refused(folder, database):
    with pytest.raises(UsageError) as caught:
        load_shop(folder, database)
    assert not database.exists()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def days(database):
    return [
        day
        for (day,) in query(
            database, "select transaction_date::varchar from raw.transactions order by transaction_date, article_id"
        )
    ]


# An instant is a day in the shop's zone


INSTANTS = ("2024-01-01T23:30:00-05:00", "2024-01-02 04:30:00+00", "2024-01-02T04:30:00Z", "2024-01-02 10:00 +0530")


@pytest.mark.parametrize(
    ("zone", "expected"), [(None, "2024-01-02"), ("America/New_York", "2024-01-01"), ("Asia/Tokyo", "2024-01-02")]
)
@pytest.mark.parametrize("here", ["Pacific/Kiritimati", "America/New_York"])
def test_an_instant_is_a_day_in_the_zone_of_the_shop(folder, database, loader, zone, expected, here, monkeypatch):
    """Whether it is text or a timestamp of Parquet, and wherever this runs."""
    monkeypatch.setenv("TZ", here)
    loader(f"set timezone = '{zone}'; {LOADER}" if zone else LOADER)
    write_sales(folder, *[[instant, "a", "x", 1, 1] for instant in INSTANTS])
    load_shop(folder, database)
    assert days(database) == [expected] * 4
    (folder / "sales.csv").unlink()
    write_parquet(
        folder / "sales.parquet",
        "select '2024-01-02 04:30:00+00'::timestamptz as day, 'a' as who, 'x' as what, 1 as pieces, 1.5 as price",
    )
    load_shop(folder, database, replace=True)
    assert days(database) == [expected]
    assert query(database, "select time_zone from raw.dataset") == [(zone or "UTC",)]


def test_a_time_without_a_zone_is_of_the_day_that_it_names(folder, database, loader):
    # midnight of that day does not exist in Sao Paulo: its clocks went from 23:59 to 01:00
    loader(f"set timezone = 'America/Sao_Paulo'; {LOADER}")
    written = ["2018-11-04", "2018-11-04 00:00", "2018/11/4", "2018-11-04T23:59:59.999", " 2018-11-04 "]
    write_sales(folder, *[[day, "a", "x", 1, 1] for day in written])
    load_shop(folder, database)
    assert set(days(database)) == {"2018-11-04"}


def test_a_loader_that_cuts_the_zone_off_is_refused(folder, database, loader):
    loader(LOADER.replace("day as", "day::date as"))
    write_sales(folder, ["2024-01-01", "a", "x", 1, 1], ["2024-01-01T23:30:00-05:00", "a", "x", 1, 1])
    sentence = refused(folder, database)
    assert "sales.csv" in sentence and "'2024-01-01T23:30:00-05:00'" in sentence and "day::date" in sentence
    for way in ("day", "day::timestamptz::date", "cast(cast(day as timestamp with time zone) as date)"):
        loader(LOADER.replace("day as", f"{way} as"))
        load_shop(folder, database)
        assert days(database) == ["2024-01-01", "2024-01-02"]
    loader(
        "create temp table sales as select * replace (day::timestamptz as day) from source.sales; "
        + LOADER.replace("day as", "day::date as").replace("source.sales", "sales")
    )
    load_shop(folder, database)
    assert days(database) == ["2024-01-01", "2024-01-02"]


def test_the_zone_stands_before_the_tables(folder, database, loader):
    loader(f"{LOADER}\nset timezone = 'Europe/Berlin';")
    write_sales(folder, ["2024-01-01", "a", "x", 1, 1])
    assert "shop.sql line 2" in refused(folder, database)


def test_an_unknown_zone_is_named(folder, database, loader):
    loader(f"set timezone = 'Europe/Berln';\n{LOADER}")
    write_sales(folder, ["2024-01-01", "a", "x", 1, 1])
    assert "shop.sql line 1: Unknown TimeZone 'Europe/Berln'" in refused(folder, database)


FUTURE = """
import duckdb, sys
from pathlib import Path
from recs_py.loading.sources import loader_script
from recs_py.reading import status
from recs_py.loading.load import load
from recs_py.loading.raw_tables import conform
from recs_py.loading.history import lines_by_day
loader_script.FOLDER = Path("loaders")
load(name="shop", directory=Path("files"), database=Path("warehouse.duckdb"))
with duckdb.connect("warehouse.duckdb", read_only=True) as connection:
    print(len(connection.execute(lines_by_day()).fetchall()))
    print(connection.execute("select loaded_on from raw.dataset").fetchone()[0])
print(status.status(database=Path("warehouse.duckdb"), published=Path("none.duckdb")).steps[0].at)
"""


@pytest.mark.parametrize("here", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_today_is_the_day_of_the_shop_wherever_it_is_loaded(folder, database, loader, zone, here):
    """Kiritimati is 25 hours before Pago Pago: their days always differ."""
    loader(f"set timezone = '{zone}'; {LOADER}")
    with duckdb.connect() as connection:
        connection.execute(f"set timezone = '{zone}'")
        [(today, tomorrow)] = connection.execute("select current_date::varchar, (current_date + 1)::varchar").fetchall()
    write_sales(folder, [today, "a", "x", 1, 1], [tomorrow, "a", "x", 1, 1])
    done = subprocess.run(
        [sys.executable, "-c", FUTURE],
        cwd=folder.parent,
        env={**os.environ, "TZ": here},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines, loaded_on, loaded_at = done.stdout.splitlines()
    assert (lines, loaded_on) == ("1", today)
    assert (
        dt.timedelta()
        <= dt.datetime.now(dt.UTC).replace(tzinfo=None) - dt.datetime.fromisoformat(loaded_at)
        < dt.timedelta(minutes=10)
    )


# Days


@pytest.mark.parametrize("text", ["24-03-25", "24/3/25", "0024-03-25"])
@pytest.mark.parametrize("cast", ["", "::date"])
def test_a_year_of_two_digits_is_refused_with_its_place(folder, database, loader, text, cast):
    loader(LOADER.replace("day as", f"day{cast} as"))
    write_sales(folder, ["2024-03-24", "a", "x", 1, 1], [text, "b", "x", 1, 1])
    sentence = refused(folder, database)
    assert f"sales.csv line 3, column day: {text!r}" in sentence
    assert "strptime(day, '%y-%m-%d')::date" in sentence and "shop.sql line 1" in sentence


def test_days_of_promotions_and_ages_of_customers_follow_the_same_rules(folder, database, loader):
    loader(
        LOADER + " create table raw.promotions as select what as article_id, 'mailer' as kind, begins as valid_from,"
        " begins as valid_to from source.flyers;"
        " create table raw.customers as select who as customer_id, age from source.people;"
    )
    write_sales(folder, ["2024-03-24", "a", "x", 1, 1])
    (folder / "flyers.csv").write_text("what,begins\n NULL ,2024-03-01\nx,2024-03-01T23:00:00-05:00\nx,24-03-01\n")
    (folder / "people.csv").write_text("who,age\na,NULL\nb\t,44.0\n")
    assert "flyers.csv line 4, column begins: '24-03-01'" in refused(folder, database)
    (folder / "flyers.csv").write_text("what,begins\n NULL ,2024-03-01\nx,2024-03-01T23:00:00-05:00\n")
    report = load_shop(folder, database)
    assert query(database, "select article_id, valid_from::varchar from raw.promotions order by 2") == [
        (None, "2024-03-01"),
        ("x", "2024-03-02"),
    ]
    assert query(database, "select customer_id, age from raw.customers order by 1") == [("a", None), ("b", 44)]
    assert "1 of 2 values of raw.customers.age stand for a missing value: taken as missing" in report.warnings
    (folder / "people.csv").write_text("who,age\na,old\n")
    with pytest.raises(UsageError, match=r"people\.csv line 2, column age: 'old' is not a number"):
        load_shop(folder, database)


def test_a_year_of_two_digits_in_a_format_is_refused_with_its_place(folder, database, loader):
    loader(LOADER.replace("day as", "strptime(day, '%d.%m.%Y')::date as"))
    write_sales(folder, ["24.03.2024", "a", "x", 1, 1], ["25.03.24", "b", "x", 1, 1])
    sentence = refused(folder, database)
    assert "sales.csv line 3, column day: '25.03.24'" in sentence and "%y" in sentence


@pytest.mark.parametrize("text", ["2024-01-02 10:00:00 blue", "epoch", "2024-01-02 BC", "12024-01-02"])
def test_a_text_that_only_a_cast_takes_for_a_day_is_refused(folder, database, loader, text):
    write_sales(folder, ["2024-03-24", "a", "x", 1, 1], [text, "b", "x", 1, 1])
    assert f"sales.csv line 3, column day: {text!r} is not a date" in refused(folder, database)


def test_the_earliest_date_is_a_setting_of_the_loader(folder, database, loader):
    write_sales(folder, ["1969-12-31", "a", "x", 1, 1], ["0001-01-01", "a", "x", 1, 1], ["1900-01-01", "a", "x", 1, 1])
    load_shop(folder, database)
    with pytest.raises(UsageError, match=r"can be used \(3 date before 1970-01-01\)"):
        loaded(database)
    loader(f"set variable earliest_date = '1960-01-01'; {LOADER}")
    load_shop(folder, database)
    assert [str(day) for day in loaded(database).days] == ["1969-12-31"]
    loader(f"set variable earliest_date = 'long ago'; {LOADER}")
    with pytest.raises(UsageError, match="'long ago': write a date"):
        load_shop(folder, database)


def test_where_no_line_can_be_used_the_reasons_are_named(folder, database, loader):
    write_sales(folder, ["2024-01-01", "a", "x", -1, 1], ["2024-01-01", "a", "y", -1, 1], ["2024-01-01", "", "x", 1, 1])
    report = load_shop(folder, database)
    sentence = "Not one line of the transactions can be used (2 returned, 1 no customer): load other files"
    assert sentence in report.warnings
    with pytest.raises(UsageError, match=re.escape(sentence)):
        loaded(database)


@pytest.mark.parametrize(
    "change",
    ["alter table raw.dataset drop column loaded_on", "alter table raw.transactions rename transaction_date to t_dat"],
)
def test_data_of_an_earlier_version_is_to_be_loaded_again(folder, database, loader, change):
    write_sales(folder, ["2024-01-01", "a", "x", 1, 1])
    load_shop(folder, database)
    with duckdb.connect(str(database)) as connection:
        connection.execute(change)
    with pytest.raises(UsageError, match="loaded by an earlier version of recs: run `recs load` again"):
        loaded(database)
    with pytest.raises(RecsError, match="loaded by an earlier version of recs: run `recs load` again"):
        dbt_build.build(database=database, select=["checked_transactions"])
    found = status(database=database, published=folder / "recommendations.duckdb")
    assert found.next_command == "recs load shop"


# Texts for a missing value


NULL_TEXTS = ("NULL", "\\N", "nan", "NA", "None", "  ", "null", "<NA>", "\u00a0\t")


def test_a_text_for_a_missing_id_is_no_id(folder, database, loader):
    loader(LOADER + CATALOGUE)
    write_sales(
        folder,
        *[["2024-01-01", text, "x", 1, 1] for text in NULL_TEXTS],
        ["2024-01-01", "Nancy", "y", 1, 1],
        ["2024-01-01", "Nancy", "NULL", 1, 1],
    )
    (folder / "products.csv").write_text("sku,style,title,department\nx,nan,nan,NULL\nNULL,n,n,n\ny,s,NA,None\n")
    report = load_shop(folder, database)
    assert query(database, "select customer_id, count(*) from raw.transactions group by all order by all") == [
        ("Nancy", 2),
        (None, len(NULL_TEXTS)),
    ]
    # names of a catalogue may be NA or None
    assert query(database, "from (select article_id, product_code, name, department from raw.articles) order by 1") == [
        ("x", None, None, None),
        ("y", "s", "NA", "None"),
        (None, "n", "n", "n"),
    ]
    assert any(
        warning.startswith("9 of 11 values of raw.transactions.customer_id") and "'NULL'" in warning
        for warning in report.warnings
    )
    assert any(warning.startswith("1 of 11 values of raw.transactions.article_id") for warning in report.warnings)
    assert query(database, "select customer_id from raw.customers") == [("Nancy",)]


def test_a_text_for_a_missing_number_or_day_is_missing(folder, database, loader):
    write_sales(
        folder,
        ["2024-01-01", "a", "x", "NULL", "nan"],
        ["0000-00-00", "a", "y", "2", "\\N"],
        ["2024-01-01", "a", "z", "", " "],
    )
    report = load_shop(folder, database)
    assert query(
        database, "select transaction_date::varchar, quantity, price from raw.transactions order by article_id"
    ) == [
        ("2024-01-01", None, None),
        (None, 2, None),
        ("2024-01-01", None, None),
    ]
    assert "3 of 3 values of raw.transactions.price stand for a missing value" in " ".join(report.warnings)
    assert "1 of 3 rows of raw.transactions have no transaction_date" in report.warnings


def test_not_a_number_in_parquet_is_missing(folder, database, loader):
    write_parquet(
        folder / "sales.parquet",
        "select date '2024-01-01' as day, 'a' as who, 'x' as what, unnest(['nan'::double, 2]) as pieces, 1 as price",
    )
    report = load_shop(folder, database)
    assert query(database, "select quantity from raw.transactions order by all") == [(2,), (None,)]
    assert "1 of 2 values of raw.transactions.quantity stand for a missing value: taken as missing" in report.warnings


# Ids


def test_ids_are_the_same_whatever_is_invisible_about_them(folder, database, loader):
    loader(LOADER + CATALOGUE)
    decomposed = unicodedata.normalize("NFD", "Öl1")
    write_sales(
        folder,
        *[
            ["2024-01-01", who, what, 1, 1]
            for who, what in [
                ("c1", "Öl1"), ("c1\t", decomposed), ("\ufeffc1", "Öl\u200b1"), (" c1\u00a0", "\u200eÖl1"),
                ("c 1", "Öl1\n"),
            ]
        ],
    )  # fmt: skip
    (folder / "products.csv").write_text(f"sku,style,title,department\n{decomposed},s,Oil,food\n", encoding="utf-8")
    report = load_shop(folder, database)
    assert query(database, "select distinct article_id from raw.transactions") == [("Öl1",)]
    assert query(database, "select article_id from raw.articles") == [("Öl1",)]
    assert query(database, "select customer_id, count(*) from raw.transactions group by all order by all") == [
        ("c 1", 1),
        ("c1", 4),
    ]
    assert any(
        "3 of 5 values of raw.transactions.customer_id" in warning and "invisible" in warning
        for warning in report.warnings
    )
    assert any("4 of 5 values of raw.transactions.article_id" in warning for warning in report.warnings)


@pytest.mark.parametrize(
    "id_type", ["decimal(12,2)", "double", "float", "bigint", "hugeint", "usmallint", "decimal(20,0)"]
)
def test_whole_numbers_are_whole_numbers_of_any_type(folder, database, loader, id_type):
    write_parquet(
        folder / "sales.parquet",
        f"select date '2024-01-01' as day, unnest([17850, null])::{id_type} as who, 7::{id_type} as what, 1 as pieces,"
        " 1.5 as price",
    )
    load_shop(folder, database)
    assert query(database, "select customer_id, article_id from raw.transactions order by all") == [
        ("17850", "7"),
        (None, "7"),
    ]


def test_a_column_of_whole_numbers_with_a_fraction_of_zero_is_one_of_whole_numbers(folder, database, loader):
    """As pandas writes a column with gaps; where some ids are text, `7.0` is one too."""
    loader(LOADER + CATALOGUE)
    write_sales(folder, ["2024-01-01", "17850.0", "7.0", 1, 1], ["2024-01-01", "", "A7", 1, 1])
    (folder / "products.csv").write_text("sku,style,title,department\n7.0,3.00,t,1.0\nA7,,t,2.0\n")
    report = load_shop(folder, database)
    assert query(database, "select customer_id, article_id from raw.transactions order by all") == [
        ("17850", "7.0"),
        (None, "A7"),
    ]
    assert query(database, "select article_id, product_code, department from raw.articles order by 1") == [
        ("7.0", "3", "1.0"),
        ("A7", None, "2.0"),
    ]
    assert any("raw.transactions.customer_id" in warning and ".0" in warning for warning in report.warnings)


@pytest.mark.parametrize(("id_type", "largest"), [("float", 2**24), ("double", 2**53)])
def test_numbers_that_cannot_tell_ids_apart_are_refused(folder, database, loader, id_type, largest):
    def write(article):
        write_parquet(
            folder / "sales.parquet",
            f"select date '2024-01-01' as day, 'a' as who, {article}::{id_type} as what, 1 as pieces, 1.5 as price",
        )

    write(largest - 1)
    load_shop(folder, database)
    assert query(database, "select article_id from raw.transactions") == [(str(largest - 1),)]
    database.unlink()
    write(largest * 4)
    sentence = refused(folder, database)
    assert "raw.transactions.article_id" in sentence and id_type in sentence.lower() and "as text" in sentence


def test_text_that_parquet_holds_as_bytes_is_text(folder, database, loader):
    write_parquet(
        folder / "sales.parquet",
        "select date '2024-01-01' as day, 'a' as who, 'ÄA000'::blob as what, 1 as pieces, 1.5 as price".replace(
            "'ÄA000'::blob", "encode('ÄA000')"
        ),
    )
    for cast in ("", "::varchar"):
        loader(LOADER.replace("what as", f"what{cast} as"))
        load_shop(folder, database)
        assert query(database, "select article_id from raw.transactions") == [("ÄA000",)]
    database.unlink()
    write_parquet(
        folder / "sales.parquet",
        "select date '2024-01-01' as day, 'a' as who, '\\xC4A'::blob as what, 1 as pieces, 1.5 as price",
    )
    assert "sales.parquet" in refused(folder, database)


def test_a_database_opens_again_after_a_crash_right_after_a_load_that_changed_types(tmp_path):
    database, crashed = tmp_path / "warehouse.duckdb", tmp_path / "crashed.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema raw")
        connection.execute("begin")
        connection.execute(
            """create table raw.transactions as
            select '2024-01-02' as transaction_date, encode('C1') as customer_id, 17.0 as article_id,
            '2.4' as quantity"""
        )
        conform(connection, loader="shop.sql", files={})
        connection.execute("commit")
        # the state after a killed process: nothing is in the file yet, all is in its log
        shutil.copy(database, crashed)
        shutil.copy(f"{database}.wal", f"{crashed}.wal")
    with duckdb.connect(str(crashed)) as connection:
        assert connection.execute(
            "select transaction_date, customer_id, article_id, quantity from raw.transactions"
        ).fetchall() == [(dt.date(2024, 1, 2), "C1", "17", 2)]
