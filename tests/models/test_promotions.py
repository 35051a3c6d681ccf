"""Promotions that are known in advance: for whom they are a signal, and what becomes of their lines."""

import duckdb

from recs_py.pipeline import dbt_build

WEEK = "2020-09-23"


def test_a_promotion_counts_in_its_week_and_segment(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute(
            """
            insert into raw.promotions values
                ('0000000101', 'display', '2020-09-20', '2020-09-23', null),
                (' 0000000101 ', 'mailer ', '2020-09-29', '2020-10-05', ' 30-34 '),
                ('0000000101', 'mailer', '2020-09-24', '2020-09-25', '30-34'),
                ('0000000201', 'display', '2020-09-30', '2020-10-05', ''),
                ('0000000201', ' ', '2020-09-23', '2020-09-29', null),
                ('0000000201', 'display', '2020-09-16', '2020-09-22', null),
                ('0000000301', 'mailer', '2020-09-23', '2020-09-29', 'nobody'),
                ('0000000301', 'mailer', '2020-09-29', '2020-09-23', null),
                ('9999999999', 'mailer', '2020-09-23', '2020-09-29', null)
            """
        )
    dbt_build.build(
        database=shop.database,
        variables={"target_week": WEEK},
        select=["+promoted", "+row_counts", "no_line_is_lost"],
    )
    promoted = shop.rows(
        """
        select segments.segment, articles.article_id, promoted.promoted
        from signals.promoted as promoted
        inner join (select distinct segment, segment_key from staging.customers) as segments using (segment_key)
        inner join staging.articles as articles using (article_key)
        """
    )
    segments = {segment for (segment,) in shop.rows("select distinct segment from staging.customers")}
    assert sorted(promoted) == sorted(
        (segment, "0000000101", 2.0 if segment == "30-34" else 1.0) for segment in segments
    )
    counts = shop.rows("select outcome, reason, lines from staging.row_counts where source_table = 'promotions'")
    assert sorted(counts) == [
        ("rejected", "ends before it begins", 1),
        ("rejected", "no customer in that segment", 1),
        ("rejected", "no kind", 1),
        ("rejected", "no such article", 1),
        ("used", "as it is", 5),
    ]
