# ruff: noqa: F401, F811 (fixtures are imported)
"""`recs load`: formats and columns of files, and the messages about them."""

import gzip

import duckdb
import pytest

from recs_py.errors import UsageError
from recs_py.loading.add import add
from recs_py.loading.load import load
from tests.conftest import write_toy_shop
from tests.loading.test_values import database, folder, load_shop, loader, query, refused, write_parquet

SALES = "day,who,what,pieces,price\n2024-01-02,C1,LÖR €5 … 1,1,2.5\n2024-01-03,C2,B,1,2\n"
PRODUCTS = "sku,style,title,department\nLÖR €5 … 1,P,Ä,Ö\nB,,b,b\n"
TWO_FILES = (
    "create table raw.transactions as select day as transaction_date, who as customer_id, what as article_id, price"
    " from source.sales;"
    " create table raw.articles as select sku as article_id, title as name from source.products;"
)


def articles(database):
    return query(database, "select article_id, name from raw.articles order by 1")


RIGHT = [("B", "b"), ("LÖR €5 … 1", "Ä")]


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8-sig", None),
        ("utf-8-sig", "cp1252"),
        ("utf-8", "cp1252"),
        ("utf-16", None),
        ("utf-16-be-mark", None),
        ("utf-32", None),
        ("utf-16", "cp1252"),
        ("utf-16-be", "utf-16-be"),
        ("utf-16-le", "UTF-16LE"),
        ("cp1252", "cp1252"),
        ("cp1252", "windows-1252"),
    ],
)
@pytest.mark.parametrize("is_zipped", [False, True])
def test_a_file_is_read_in_its_encoding(folder, database, loader, encoding, declared, is_zipped):
    loader(f"-- encoding: {declared}\n{TWO_FILES}" if declared else TWO_FILES)
    for stem, text in (("sales", SALES), ("products", PRODUCTS)):
        data = ("\ufeff" + text).encode("utf-16-be") if encoding == "utf-16-be-mark" else text.encode(encoding)
        # gzip is known by what it holds, not by its name
        (folder / f"{stem}.csv").write_bytes(gzip.compress(data) if is_zipped else data)
    load_shop(folder, database)
    assert articles(database) == RIGHT
    assert query(database, "select article_id from raw.transactions order by transaction_date") == [
        ("LÖR €5 … 1",),
        ("B",),
    ]
    assert [path.name for path in folder.parent.iterdir() if path.name.startswith("recs")] == []


def test_files_of_one_folder_may_be_encoded_differently(folder, database, loader):
    loader(f"-- encoding: cp1252\n{TWO_FILES}")
    (folder / "sales.csv").write_bytes(SALES.encode("cp1252"))
    (folder / "products.csv").write_bytes(PRODUCTS.encode("utf-8"))
    load_shop(folder, database)
    assert articles(database) == RIGHT


def test_a_plain_file_may_be_named_gz(folder, database, loader):
    loader(TWO_FILES)
    (folder / "sales.csv.gz").write_text(SALES, encoding="utf-8")
    (folder / "products.csv").write_text(PRODUCTS, encoding="utf-8")
    load_shop(folder, database)
    assert articles(database) == RIGHT


def test_the_encoding_that_is_advised_works(folder, database, loader):
    loader(TWO_FILES)
    (folder / "sales.csv").write_bytes(SALES.encode("cp1252"))
    (folder / "products.csv").write_bytes(PRODUCTS.encode("cp1252"))
    sentence = refused(folder, database)
    assert "sales.csv line 2 is not UTF-8" in sentence and "`-- encoding: cp1252`" in sentence
    loader(f"-- encoding: latin-1\n{TWO_FILES}")
    sentence = refused(folder, database)
    assert "sales.csv line 2 is not LATIN-1" in sentence and "`-- encoding: cp1252`" in sentence
    loader(f"-- encoding: cp1252\n{TWO_FILES}")
    load_shop(folder, database)
    assert articles(database) == RIGHT
    (folder / "sales.csv").write_bytes(SALES.encode("cp1252") + b"2024-01-03,C2,B\x81,1,2\n")
    assert "sales.csv line 4 is not CP1252" in refused_again(folder, database)


def refused_again(folder, database):
    with pytest.raises(UsageError) as caught:
        load_shop(folder, database)
    return str(caught.value)


def test_faults_of_a_copied_file_are_said_of_the_file(folder, database, loader):
    loader(TWO_FILES)
    (folder / "products.csv").write_text(PRODUCTS, encoding="utf-16")
    (folder / "sales.csv").write_text(SALES + "2024-01-03,C2,B\n", encoding="utf-16")
    assert f"{folder}/sales.csv line 4 has 3 fields where the header has 5" in refused(folder, database)
    (folder / "sales.csv").write_text(SALES + "2024-01-03,C2,B,1,free\n", encoding="utf-16")
    assert f"{folder}/sales.csv line 4, column price: 'free' is not a number" in refused(folder, database)


# Columns


def without(path, *columns):
    with duckdb.connect() as connection:
        left = f"select * exclude ({', '.join(columns)}) from read_csv('{path}', all_varchar = true)"
        connection.execute(f"create table t as {left}")
        path.unlink()
        connection.execute(f"copy t to '{path}' (header)")


def test_hm_needs_ids_and_days_alone(tmp_path):
    shop = write_toy_shop(tmp_path / "shop")
    without(shop / "transactions_train.csv", "price", "sales_channel_id")
    without(shop / "customers.csv", "FN", "Active", "club_member_status", "fashion_news_frequency", "postal_code")
    with duckdb.connect() as connection:
        # as pandas writes an index, and with the customers' columns joined
        connection.execute(
            f"copy (select row_number() over () as __index_level_0__, *, 30 as age"
            f" from read_csv('{shop}/transactions_train.csv', all_varchar = true))"
            f" to '{shop}/transactions_train.parquet'"
        )
    (shop / "transactions_train.csv").unlink()
    report = load(name="hm", directory=shop, database=tmp_path / "warehouse.duckdb")
    assert query(
        tmp_path / "warehouse.duckdb", "select count(*), count(price), count(channel) from raw.transactions"
    ) == [(30, 0, 0)]
    assert "transactions_train.parquet has no column price, sales_channel_id: left empty" in report.warnings
    assert any(warning.startswith("customers.csv has no column club_member_status") for warning in report.warnings)
    without(shop / "customers.csv", "customer_id")
    with pytest.raises(UsageError, match=r"customers\.csv has no column customer_id"):
        load(name="hm", directory=shop, database=tmp_path / "warehouse.duckdb")


def test_optional_columns_of_a_file_that_is_not_read_are_refused(folder, database, loader):
    loader(f"-- optional: sale (price)\n{TWO_FILES}")
    with pytest.raises(UsageError, match=r"columns of sale are optional, but reads no source\.sale: .*optional: sales"):
        load_shop(folder, database)


def test_a_comment_on_optional_columns_that_names_none_is_refused(folder, database, loader):
    loader(f"-- optional: sales\n{TWO_FILES}")
    with pytest.raises(UsageError, match="has a line -- optional: without a file and its columns"):
        load_shop(folder, database)


def test_own_loaders_may_have_optional_columns_too(folder, database, loader):
    loader(f"-- optional: sales (price, who)\n-- optional: products (title)\n{TWO_FILES}")
    (folder / "sales.csv").write_text("day,what,who\n2024-01-02,B,c\n")
    (folder / "products.csv").write_text("sku\nB\n")
    report = load_shop(folder, database)
    assert articles(database) == [("B", None)]
    assert "sales.csv has no column price: left empty" in report.warnings


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_hm_ids_that_pandas_made_floats_are_padded_ids_again(tmp_path, suffix):
    shop = write_toy_shop(tmp_path / "shop")
    database = tmp_path / "warehouse.duckdb"
    lines = (shop / "transactions_train.csv").read_text().replace("A000001401", "0000001401")
    (shop / "transactions_train.csv").write_text(lines)
    load(name="hm", directory=shop, database=database)
    ids = "select article_id, count(*) from raw.transactions group by all order by all"
    right = query(database, ids)
    with duckdb.connect() as connection:
        connection.execute(
            f"create table t as select * replace (article_id::double as article_id)"
            f" from read_csv('{shop}/transactions_train.csv', all_varchar = true)"
        )
        (shop / "transactions_train.csv").unlink()
        connection.execute(f"copy t to '{shop}/transactions_train.{suffix}'")
    load(name="hm", directory=shop, database=database)
    assert query(database, ids) == right
    (shop / f"transactions_train.{suffix}").unlink()
    write_parquet(
        shop / "transactions_train.parquet",
        "select '2020-09-01' as t_dat, 'anna' as customer_id, 510000001::float as article_id",
    )
    with pytest.raises(UsageError, match="an id is of type FLOAT, which cannot tell ids apart"):
        load(name="hm", directory=shop, database=database)


# Ids that match nothing


def test_how_many_of_the_lines_the_catalogue_knows_is_said(folder, database, loader):
    loader(TWO_FILES + " create table raw.customers as select id as customer_id from source.customers;")
    (folder / "sales.csv").write_text(
        "day,who,what,price\n" + "".join(f"2024-01-0{n},c{n},a{n % 4},1\n" for n in range(1, 9))
    )
    (folder / "products.csv").write_text("sku,title\n" + "".join(f"a{n},t\n" for n in range(1, 6)))
    (folder / "customers.csv").write_text("id\nC-1\nC-2\nC-3\nC-4\nc8\n")
    report = load_shop(folder, database)
    warnings = " ".join(report.warnings)
    assert "raw.articles lacks 1 of the 4 articles of the transactions (2 of 8 lines)" in warnings
    assert "raw.customers lacks 7 of the 8 customers of the transactions (7 of 8 lines)" in warnings
    assert "Are ids written differently? The lines have c1, c2, c3; raw.customers has C-1, C-2, C-3" in warnings
    (folder / "customers.csv").write_text("id\n" + "".join(f"c{n}\n" for n in range(9)))
    (folder / "products.csv").write_text("sku,title\n" + "".join(f"a{n},t\n" for n in range(6)))
    assert load_shop(folder, database).warnings == ()


# Loaders


@pytest.mark.parametrize(
    "sql",
    [
        "create table raw.transactions as select * from orders",
        "create table raw.transactions as select nofunction(what) as transaction_date from source.sales",
        "create table raw.transactions as select sum(day) as transaction_date, who from source.sales",
        "selec 1",
        "create table raw.transactions as select [day] as transaction_date, who as customer_id, 1 as"
        " article_id from source.sales",
    ],
)
def test_an_error_of_a_loader_is_not_one_of_the_work_database(folder, database, loader, sql):
    """Nothing in it has to do with what an earlier version made."""
    loader(sql)
    (folder / "sales.csv").write_text(SALES, encoding="utf-8")
    sentence = refused(folder, database)
    assert "shop.sql" in sentence
    assert "Error:" not in sentence and "delete" not in sentence


# Adding


ADDED = "select transaction_date::varchar, customer_id, article_id, price from raw.transactions order by all"


def test_lines_that_are_known_can_be_left_out_of_what_is_added(folder, database, loader, tmp_path):
    loader(TWO_FILES.split(" create")[0])
    (folder / "sales.csv").write_text("day,who,what,price\n2024-01-01,a,x,1\n2024-01-02,a,x,1\n2024-01-02,a,x,1\n")
    load_shop(folder, database)
    new = tmp_path / "new"
    new.mkdir()
    # one line of 01-02 more than there is, one line of a new day; a price was corrected
    (new / "sales.csv").write_text("day,who,what,price\n" + "2024-01-02,a,x,2\n" * 3 + "2024-01-03,b,x,3\n")
    report = add(name="shop", directory=new, database=database, skip_known=True)
    assert report.rows["transactions"] == 2
    assert "2 of 4 lines were loaded already and were left out" in report.warnings
    expected = [
        ("2024-01-01", "a", "x", 1.0),
        ("2024-01-02", "a", "x", 1.0),
        ("2024-01-02", "a", "x", 1.0),
        ("2024-01-02", "a", "x", 2.0),
        ("2024-01-03", "b", "x", 3.0),
    ]
    assert query(database, ADDED) == expected
    # again: nothing is new, and nothing happens
    report = add(name="shop", directory=new, database=database, skip_known=True)
    assert report.rows["transactions"] == 0
    assert query(database, ADDED) == expected
    with pytest.raises(UsageError, match=r"loaded already.*--skip-known"):
        add(name="shop", directory=new, database=database)
    (new / "sales.csv").write_text("day,who,what,price\n2024-01-03,b,x,3\n2024-01-04,b,x,3\n")
    report = add(name="shop", directory=new, database=database)
    assert any("1 of 2 lines were loaded already and are there twice now" in warning for warning in report.warnings)
    assert any("--skip-known" in warning for warning in report.warnings)


def test_a_table_of_two_files_is_added_whole_or_not_at_all(folder, database, loader, tmp_path):
    loader(
        TWO_FILES.split(" create")[0]
        + " create table raw.articles as select sku as article_id, title || aisle as name, aisle as shelf"
        " from source.Products join source.aisles using (sku);"
        " update raw.articles set name = name || shelf;"
        " alter table raw.articles drop column shelf;"
        " create table raw.customers as select who as customer_id, age from source.members;"
    )
    (folder / "sales.csv").write_text("day,who,what,price\n2024-01-01,a,x,1\n")
    (folder / "products.csv").write_text("sku,title\nx,milk \n")
    (folder / "aisles.csv").write_text("sku,aisle\nx,7\n")
    (folder / "members.csv").write_text("who,age\na,30\n")
    load_shop(folder, database)
    new = tmp_path / "new"
    new.mkdir()
    (new / "sales.csv").write_text("day,who,what,price\n2024-01-02,b,x,3\n")
    (new / "products.csv").write_text("sku,title\nx,cream \n")
    (new / "members.csv").write_text("who,age\nb,40\n")
    report = add(name="shop", directory=new, database=database)
    assert {"transactions": 1, "articles": 0, "customers": 1}.items() <= report.rows.items()
    assert f"{new} has no aisles.csv: nothing is added from it" in report.warnings
    assert "products is not read, since its table also needs a file that is missing" in report.warnings
    assert articles(database) == [("x", "milk 77")]
    assert query(database, "select customer_id, age from raw.customers order by 1") == [("a", 30), ("b", 40)]


def test_known_lines_without_a_day_are_not_late(folder, database, loader, tmp_path):
    loader(TWO_FILES.split(" create")[0])
    (folder / "sales.csv").write_text("day,who,what,price\n2024-01-01,a,x,1\n,a,x,1\n,b,x,1\n")
    load_shop(folder, database)
    (folder / "sales.csv").write_text("day,who,what,price\n2024-01-01,b,x,1\n,a,x,1\n,b,x,1\n")
    report = add(name="shop", directory=folder, database=database, skip_known=True)
    [late] = [warning for warning in report.warnings if "not later than" in warning]
    assert late.startswith("1 of 3 lines")
    assert "2 of 3 lines were loaded already and were left out" in report.warnings


def test_what_is_added_is_of_the_same_zone(folder, database, loader, tmp_path):
    loader(TWO_FILES.split(" create")[0])
    (folder / "sales.csv").write_text("day,who,what,price\n2024-01-01,a,x,1\n")
    load_shop(folder, database)
    loader("set timezone = 'Asia/Tokyo'; " + TWO_FILES.split(" create")[0])
    (folder / "sales.csv").write_text("day,who,what,price\n2024-01-02,a,x,1\n")
    with pytest.raises(UsageError, match=r"UTC.*Asia/Tokyo"):
        add(name="shop", directory=folder, database=database)
