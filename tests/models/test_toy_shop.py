"""The whole way on a shop of thirty lines, with numbers worked out by hand."""

import datetime as dt

import duckdb
import pytest

from recs_py.pipeline import dbt_build
from recs_py.publishing.publish import publish

WEEK = dt.date(2020, 9, 23)


def test_the_target_week_follows_the_last_day(toy_shop):
    assert toy_shop.rows("select target_week, first_day, last_day from staging.target_week") == [
        (WEEK, dt.date(2020, 8, 25), dt.date(2020, 9, 22))
    ]


def test_repeated_lines_of_a_day_are_one_purchase_of_two_pieces(toy_shop):
    assert toy_shop.rows(
        """
        select quantity, price from staging.transactions
        inner join staging.customers using (customer_key) inner join staging.articles using (article_key)
        where customer_id = 'anna' and article_id = '0000000101' and transaction_date = '2020-09-08'
        """
    ) == [(2, pytest.approx(0.05))]


def test_every_line_is_accounted_for(toy_shop):
    counts = {
        (table, outcome, reason): lines for table, outcome, reason, lines in toy_shop.rows("from staging.row_counts")
    }
    assert counts == {
        ("transactions", "used", "as it is"): 30,
        ("transactions", "mended", "article is not in the catalogue: kept as an unknown article"): 1,
        ("articles", "used", "as it is"): 14,
        ("customers", "used", "as it is"): 6,
        ("customers", "mended", "age is impossible: taken as unknown"): 1,
    }


def test_an_article_that_the_catalogue_lacks_is_kept(toy_shop):
    assert toy_shop.rows("select article_id, name from staging.articles where not in_catalogue") == [
        ("A000001401", "unknown article")
    ]


def test_a_purchase_counts_half_after_a_half_life(toy_shop):
    # anna bought the shirt 29, 15 and 1 days before the target week
    purchases, decayed, last = toy_shop.rows(
        """
        select purchases, purchases_decayed, days_since_last from features.customer_articles
        inner join staging.customers using (customer_key) inner join staging.articles using (article_key)
        where customer_id = 'anna' and article_id = '0000000101'
        """
    )[0]
    assert (purchases, last) == (3, 1)
    assert decayed == pytest.approx(0.5 ** (29 / 56) + 0.5 ** (15 / 56) + 0.5 ** (1 / 56), abs=1e-6)


def test_bought_together_in_a_basket(toy_shop):
    # shirt and trousers: three baskets of 19 (anna twice, bert once); the shirt is in 4, the trousers are in 4
    assert toy_shop.rows("select count(distinct (customer_key, transaction_date)) from staging.transactions") == [(19,)]
    assert toy_shop.published_rows(
        """
        select together, lift, cosine from recs.bought_together
        where unit = 'basket' and article_id = '0000000101' and other_article_id = '0000000201'
        """
    ) == [(3, pytest.approx(3 / (4 * 4 / 19)), pytest.approx(3 / 4))]


def test_preferences_are_published_of_who_bought_lately(toy_shop):
    purchases, shares, least = toy_shop.published_rows(
        """
        select max(purchases_decayed), max(share), min(purchases_decayed) from recs.customer_preferences
        where customer_id = 'anna' and attribute = 'department'
        """
    )[0]
    assert purchases >= least >= 1
    assert 0 < shares <= 1


def test_articles_have_the_embeddings_of_their_words(toy_shop):
    lengths = toy_shop.published_rows(
        """
        select distinct method, round(list_inner_product(embedding, embedding), 4) from recs.article_embeddings
        order by all
        """
    )
    # nothing uses the factor model before a blend is learned; some article has no word that tells
    assert lengths == [("content", 0), ("content", 1)]


def test_last_weeks_units_and_trend(toy_shop):
    # one shirt in the last week, four in the last four: (1 + 1) / (4 / 4 + 1); 2020-08-25 is 29 days ago
    assert toy_shop.published_rows(
        "select units, trend from recs.popular_articles where segment = 'all' and article_id = '0000000101'"
    ) == [(1, pytest.approx(2 / (4 / 4 + 1)))]


def test_the_age_band_is_the_segment(toy_shop):
    assert dict(toy_shop.rows("select customer_id, segment from staging.customers")) == {
        "anna": "30-34", "bert": "35-44", "cleo": "unknown", "dora": "unknown", "emil": "55-64", "fritz": "20-24",
    }  # fmt: skip


def test_what_was_bought_most_comes_first_and_says_why(toy_shop):
    first = toy_shop.published_rows(
        """
        select article_id, main_signal, because_of_article_id, reason, other_reasons
        from recs.recommendations_explained
        where customer_id = 'anna' order by rank limit 4
        """
    )
    # shirts on 25 August, 8 and 22 September; points of purchases by three half-lives count together
    assert first == [
        (
            "0000000101", "repurchase", "0000000101", "Bought 3 times, last on 22 September",
            ["popular with all customers", "bestseller of last week"],
        ),
        (
            "0000000201", "repurchase", "0000000201", "Bought 2 times, last on 22 September",
            ["bestseller of last week", "popular with all customers"],
        ),
        (
            "0000000301", "repurchase", "0000000301", "Bought on 15 September",
            ["bestseller of last week", "popular with all customers"],
        ),
        (
            "A000001401", "new_buyers", None, "Many new buyers lately",
            ["bestseller of last week", "popular with all customers"],
        ),
    ]  # fmt: skip


def test_every_contribution_of_a_reason_is_of_a_signal_that_is_listed(toy_shop):
    signals = toy_shop.published_rows("select number, signal, label, reason, problem from recs.signals order by number")
    assert [number for number, *_ in signals] == list(range(1, len(signals) + 1))
    assert all(label and problem is None for _, _, label, _, problem in signals)
    told = {signal for _, signal, _, reason, _ in signals if reason}
    main = toy_shop.published_rows("select distinct main_signal from recs.recommendations_explained")
    assert {signal for (signal,) in main} <= told


@pytest.mark.slow
def test_a_shop_translates_its_reasons(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute(
            """
            insert into shop.labels values
            ('repurchase', 'frühere Käufe', '[{times} Mal gekauft, zuletzt ]am {last_date}'),
            ('popularity', 'beliebt', null)
            """
        )
    publish(database=shop.database, published=shop.published)
    assert shop.published_rows(
        """
        select reason, other_reasons from recs.recommendations_explained
        where customer_id = 'anna' order by rank limit 1
        """
    ) == [("3 Mal gekauft, zuletzt am 2020-09-22", ["beliebt", "bestseller of last week"])]


def test_another_colour_of_a_bought_product_is_a_candidate(toy_shop):
    rows = toy_shop.rows(
        """
        select article_id from signals.variants
        inner join staging.customers using (customer_key) inner join staging.articles using (article_key)
        where customer_id = 'cleo'
        """
    )
    # coats 701 and 702 share the product code 00000007: each is a variant of the other
    assert sorted(rows) == [("0000000701",), ("0000000702",)]


def test_who_never_bought_gets_what_is_popular(toy_shop):
    signals = toy_shop.published_rows(
        "select distinct main_signal from recs.recommendations_explained where customer_id = 'fritz'"
    )
    assert {signal for (signal,) in signals} <= {"popularity", "buyers_1_week", "new_buyers"}


def with_lines(toy_shop, tmp_path, *lines: tuple):
    """The toy shop with more raw lines: day, customer, article, quantity, price."""
    shop = toy_shop.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.database)) as connection:
        connection.executemany(
            "insert into raw.transactions (transaction_date, customer_id, article_id, quantity,"
            " price) values (?, ?, ?, ?, ?)",
            lines,
        )
    return shop


def test_lines_without_a_price_do_not_lower_the_price_of_a_day(toy_shop, tmp_path):
    shop = with_lines(
        toy_shop,
        tmp_path,
        ("2020-09-21", "emil", "0000001301", 1, 10),
        ("2020-09-21", "emil", "0000001301", 3, 6),
        ("2020-09-21", "emil", "0000001301", 4, None),
        ("2020-09-21", "emil", "0000001201", 2, None),
    )
    dbt_build.build(database=shop.database, select=["+transactions"], command="run")
    assert shop.rows(
        """
        select articles.article_id, transactions.quantity, transactions.price
        from staging.transactions as transactions
        inner join staging.articles as articles using (article_key)
        inner join staging.customers as customers using (customer_key)
        where customers.customer_id = 'emil' and transactions.transaction_date = '2020-09-21'
        order by articles.article_id
        """
    ) == [("0000001201", 2, None), ("0000001301", 8, 7.0)]


@pytest.mark.slow
def test_a_line_with_impossible_numbers_stops_nothing_and_is_counted(toy_shop, tmp_path):
    shop = with_lines(
        toy_shop,
        tmp_path,
        ("2020-09-21", "emil", "0000001301", 1, "nan"),
        ("2020-09-21", "emil", "0000001301", 1, "inf"),
        ("2020-09-21", "emil", "0000001301", 1, 1e300),
        ("2020-09-21", "emil", "0000001301", 9223372036854775807, 1),
        ("-infinity", "emil", "0000001301", 1, 1),
        ("2020-11-01", " ", "0000001301", 1, 1),
    )
    shop.score()
    assert shop.rows("select target_week from staging.target_week") == [(WEEK,)]
    counts = dict(shop.rows("select reason, lines from staging.row_counts where source_table = 'transactions'"))
    assert counts["price is impossible: taken as unknown"] == 3
    assert counts["quantity is impossible"] == counts["no date"] == counts["no customer"] == 1


@pytest.mark.slow
def test_who_was_erased_gets_no_list(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("delete from raw.customers where customer_id in ('fritz', 'anna')").fetchall()
        connection.execute("delete from raw.transactions where customer_id = 'anna'").fetchall()
    shop.score()
    listed = {customer for (customer,) in shop.published_rows("select distinct customer_id from recs.recommendations")}
    assert listed == {"bert", "cleo", "dora", "emil"}


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{"evaluated_ranks": [5, 12]}, {"list_length": 1}])
def test_a_past_week_is_evaluated_at_any_ranks(toy_shop, tmp_path, settings):
    shop = toy_shop.copy(tmp_path / "shop")
    dbt_build.build(database=shop.database, variables={**shop.variables("2020-09-16"), **settings})
    ranks = {k for (k,) in shop.rows("select distinct k from evaluation.metrics where metric = 'map_kaggle'")}
    assert ranks == set(settings.get("evaluated_ranks", [1]))


@pytest.mark.slow
def test_a_purchase_of_long_ago_decays_to_nothing_and_stops_nothing(toy_shop, tmp_path):
    shop = with_lines(toy_shop, tmp_path, ("2012-01-02", "fritz", "0000000101", 1, 10))
    dbt_build.build(database=shop.database)
    assert not shop.rows("select signal from blend.signal_shapes where not isfinite(upper)")
    assert shop.rows("select count(*) from recommendations.target_week_lists") == [(72,)]
