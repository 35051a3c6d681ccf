"""The simulated shop: exact sizes, the same bytes for a seed, H&M's shape, and something to learn in it."""

from datetime import date

import duckdb
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from benchmarks.calibration import PUBLISHED, calibration_table
from recs_py.errors import UsageError
from recs_py.synthetic import WorldSettings, files, write_world

SIZES = {"customers": 8_000, "articles": 2_000, "transactions": 180_000}
TINY = {"customers": 200, "articles": 100, "transactions": 2_000}
FILES = ("articles", "customers", "transactions_train")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    directory = tmp_path_factory.mktemp("world")
    write_world(directory, **SIZES, seed=7)
    return directory


@pytest.fixture(scope="module")
def figures(world):
    return {figure.name: figure for figure in calibration_table(world)}


@pytest.fixture
def one(world):
    """Ask for the first row of a query over the three files."""
    with duckdb.connect() as connection:
        for name in FILES:
            connection.execute(f"create view {name} as from read_parquet('{world / name}.parquet')")
        yield lambda query: connection.execute(query).fetchone()


def test_numbers_of_rows_are_exact(world):
    rows = [pq.read_metadata(world / f"{name}.parquet").num_rows for name in FILES]
    assert rows == [SIZES["articles"], SIZES["customers"], SIZES["transactions"]]


@pytest.mark.parametrize(
    ("customers", "articles", "transactions"),
    [(1, 1, 1), (1, 1, 900), (3, 40, 5_000), (500, 7, 30)],
)
def test_small_worlds_have_exact_sizes_too(tmp_path, customers, articles, transactions):
    write_world(tmp_path, customers=customers, articles=articles, transactions=transactions, seed=1)
    rows = [pq.read_metadata(tmp_path / f"{name}.parquet").num_rows for name in FILES]
    assert rows == [articles, customers, transactions]


def test_columns_are_those_of_kaggle(world):
    for name, schema in zip(FILES, (files.ARTICLES, files.CUSTOMERS, files.TRANSACTIONS), strict=True):
        assert pq.read_schema(world / f"{name}.parquet").equals(schema)


def test_a_seed_gives_the_same_bytes_and_another_seed_another_world(tmp_path):
    for folder, seed in (("first", 3), ("again", 3), ("other", 4)):
        write_world(tmp_path / folder, **TINY, seed=seed)
    for name in FILES:
        first, again, other = (
            (tmp_path / folder / f"{name}.parquet").read_bytes() for folder in ("first", "again", "other")
        )
        assert first == again
        assert first != other


def test_csv_holds_what_parquet_holds(tmp_path):
    for file_format in ("csv", "parquet"):
        write_world(tmp_path, **TINY, seed=3, file_format=file_format)
    for name in FILES:
        table = pq.read_table(tmp_path / f"{name}.parquet")
        read = pyarrow.csv.read_csv(
            tmp_path / f"{name}.csv",
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=table.schema, strings_can_be_null=True, null_values=[""]
            ),
        )
        assert read.equals(table)


def test_progress_ends_with_everything(tmp_path):
    told = []
    write_world(tmp_path, **TINY, seed=3, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (2_000, 2_000)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"customers": 0}, "--customers"),
        ({"file_format": "xlsx"}, "xlsx"),
        ({"articles": 5_000_000}, "--articles"),
    ],
)
def test_what_cannot_be_written_is_said(tmp_path, wrong, message):
    with pytest.raises(UsageError, match=message):
        write_world(tmp_path, **{**TINY, "seed": 1, **wrong})


def test_a_longer_period_needs_volumes_of_its_months(tmp_path):
    with pytest.raises(UsageError, match="month_volumes"):
        write_world(tmp_path, **TINY, seed=1, settings=WorldSettings(last_day=date(2021, 1, 31)))


def test_every_line_has_its_customer_and_its_article(one):
    assert one("select count(*) from transactions_train anti join customers using (customer_id)") == (0,)
    assert one("select count(*) from transactions_train anti join articles using (article_id)") == (0,)
    for name in ("article", "customer"):
        assert one(f"select count(*) - count(distinct {name}_id) from {name}s") == (0,)


def test_ids_are_text_with_leading_zeros(one):
    pattern = "regexp_full_match(article_id, '0[0-9]{9}') and product_code = article_id[:7]"
    assert one(f"select bool_and({pattern}) from articles") == (True,)
    assert one("select bool_and(regexp_full_match(customer_id, '[0-9a-f]{64}')) from customers") == (True,)


def test_dates_cover_the_period_in_order(world, one):
    assert one("select min(t_dat), max(t_dat) from transactions_train") == (
        date(2018, 9, 20),
        date(2020, 9, 22),
    )
    days = pq.read_table(world / "transactions_train.parquet", columns=["t_dat"])["t_dat"].to_pylist()
    assert days == sorted(days)


def test_unknown_values_are_null(one):
    ages, flags, articles_without_text = one(
        """select (select avg((age is null)::int) from customers),
        (select avg((FN is null)::int) from customers),
        (select avg((detail_desc is null)::int) from articles)"""
    )
    assert 0.003 < ages < 0.03
    assert 0.6 < flags < 0.7
    assert 0 < articles_without_text < 0.02
    assert one("select min(FN), max(FN), min(Active), max(Active) from customers") == (1, 1, 1, 1)


def test_lines_are_repeated_for_quantity(one):
    (share,) = one(
        """with merged as (select distinct t_dat, customer_id, article_id from transactions_train)
        select 1 - (select count(*) from merged) / count(*) from transactions_train"""
    )
    assert 0.05 < share < 0.3  # 0.1 at full size: in a small shop more pieces coincide


def test_sizes_per_customer_and_article_have_heavy_tails(figures):
    for name, least, most in (
        ("lines per customer, median", 6, 14),
        ("lines per customer, largest", 300, 3_000),
        ("lines per article, median", 8, 80),
        ("articles per buyer in the week", 2.5, 3.7),
        ("customers who buy in the week", 0.035, 0.065),
        ("customers silent for 90 days", 0.4, 0.7),
        ("buyers of the week who buy for the first time", 0.03, 0.13),
        ("articles between first and last sale, mean share", 0.15, 0.45),
    ):
        assert least <= figures[name].simulated <= most, name


def test_swimwear_is_bought_in_summer_and_coats_in_winter(one):
    summer = """select avg((month(t_dat) in (5, 6, 7))::int) from transactions_train
        join articles using (article_id) where {}"""
    assert one(summer.format("product_group_name = 'Swimwear'")) > (0.4,)
    assert one(summer.format("garment_group_name = 'Outdoor'")) < (0.25,)


def test_the_young_buy_divided(one):
    share = """select avg((index_group_name = 'Divided')::int) from transactions_train
        join articles using (article_id) join customers using (customer_id) where age {}"""
    (young,), (old,) = one(share.format("< 25")), one(share.format("> 50"))
    assert young > 1.2 * old


def test_there_is_something_to_learn(figures):
    """Repurchase and item neighbours are more accurate than bestsellers alone."""
    bestsellers = figures["bestsellers of 7 days, MAP@12"].simulated
    assert bestsellers > 0
    assert figures["repurchase 90 days + bestsellers, MAP@12"].simulated > 1.2 * bestsellers
    assert figures["item-kNN 1/days and 30-day whitelist, MAP@12"].simulated > 1.2 * bestsellers


def test_the_table_holds_every_published_figure(figures):
    assert list(figures) == list(PUBLISHED)
    for figure in figures.values():
        assert figure.ratio == pytest.approx(figure.simulated / figure.published)


def test_a_table_of_nothing_is_refused(world, tmp_path):
    with pytest.raises(UsageError, match=r"transactions_train\.parquet"):
        calibration_table(tmp_path)
    with pytest.raises(UsageError, match="2021-01-06"):
        calibration_table(world, target_week=date(2021, 1, 6))
