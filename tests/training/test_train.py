"""`recs train` on a small fashion shop: learned from the past, exact in SQL, refused where it does not belong."""

from collections import defaultdict

import duckdb
import numpy as np
import pytest

from recs_py.errors import RecsError, UsageError
from recs_py.pipeline import dbt_build
from recs_py.pipeline.promotion import Change, rollback
from recs_py.pipeline.used_signals import listed_signals
from recs_py.training.train import train
from recs_py.training.weeks import past_weeks

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(fashion, tmp_path_factory):
    """The fashion shop with a blend learned for the week of 2020-09-16, promoted, and that week scored with it."""
    shop = fashion.copy(tmp_path_factory.mktemp("learned") / "shop")
    shop.report = train(database=shop.database, week="2020-09-16", training_weeks=3, promote=True, compare=False)
    shop.score("2020-09-16")
    return shop


def test_it_learns_only_from_weeks_before(trained):
    assert [str(week) for week in trained.report.training_weeks] == ["2020-08-26", "2020-09-02", "2020-09-09"]
    assert str(trained.report.held_out_week) == "2020-09-09"
    assert trained.published_rows("select blend_id, trained_for::varchar, is_promoted from recs.blends") == [
        (1, "2020-09-16", True)
    ]


def test_no_training_rows_are_left_behind(trained):
    assert trained.rows("select table_name from duckdb_tables() where table_name like 'training%'") == []


def test_the_blend_view_adds_up_the_learned_points(trained):
    """The score of the SQL view equals the sum of the stored points over the view's buckets, on every row."""
    with duckdb.connect(str(trained.database), read_only=True) as connection:
        signals = [
            row[0] for row in connection.execute("select signal from blend.signal_weights order by position").fetchall()
        ]
        rows = connection.execute(
            f"""
            select blended.score, {", ".join(f"{signal}_bucket as {signal}" for signal in signals)}
            from blend.blended inner join blend.bucketed using (customer_key, article_key)
            """
        ).fetchnumpy()
        points = {
            (signal, bucket): value
            for signal, bucket, value in connection.execute(
                "select signal, bucket, points from learned.shapes where blend_id = 1"
            ).fetchall()
        }
        pair_points = connection.execute(
            "select signal, other_signal, bucket, other_bucket, points"
            " from learned.interaction_shapes where blend_id = 1"
        ).fetchall()
    expected = np.zeros(len(rows["score"]))
    for signal in signals:
        table = np.array([points[signal, bucket] for bucket in range(65)])
        expected += table[rows[signal]]
    grids = {}
    for one, other, bucket, other_bucket, value in pair_points:
        grids.setdefault((one, other), np.zeros((65, 65)))[bucket, other_bucket] = value
    for (one, other), grid in grids.items():
        expected += grid[rows[one], rows[other]]
    np.testing.assert_allclose(rows["score"], expected, atol=1e-9, rtol=0)


def test_contributions_of_learned_points_sum_to_the_score_exactly(trained):
    assert not trained.published_rows(
        """
        select rank from recs.contributions
        inner join recs.recommendations using (target_week, customer_id, rank)
        where target_week = '2020-09-16'
        group by target_week, customer_id, rank, score
        having sum(points) != score
        """
    )


def test_lists_are_in_the_order_of_their_points(trained):
    """A list is ordered by a sum of fewer parts than its points, which are added up for what is shown alone."""
    assert trained.rows("select count(*) from learned.interaction_shapes")[0] > (0,)
    with duckdb.connect(str(trained.database), read_only=True) as connection:
        different = connection.execute(
            """
            with best as (
                select customer_key, article_key, score
                from blend.blended inner join rules.eligible_articles using (article_key)
                qualify row_number() over (partition by customer_key order by score desc, popularity_rank) <= 12
            )

            select count(*)
            from best full join recommendations.target_week_lists as lists using (customer_key, article_key)
            where best.score is distinct from lists.score
            """
        ).fetchone()
    assert different == (0,)


def test_a_changed_point_changes_every_list_in_the_view_at_once(trained, tmp_path):
    shop = trained.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.database)) as connection:
        before = connection.execute(
            "select customer_key, article_key from recommendations.live_lists where rank = 1 order by all"
        ).fetchall()
        connection.execute(
            "update blend.signal_shapes set points = -5 where signal = 'popularity' and bucket > 40"
        ).fetchall()
        after = connection.execute(
            "select customer_key, article_key from recommendations.live_lists where rank = 1 order by all"
        ).fetchall()
    assert before != after


def test_training_twice_learns_the_same(trained, tmp_path):
    shop = trained.copy(tmp_path / "shop")
    # the champion decides which rows are sampled: taken back, it is the same as when the first blend was learned
    rollback(database=shop.database)
    again = train(database=shop.database, week="2020-09-16", training_weeks=3, promote=True, compare=False)
    assert again.blend_id == 2
    different = shop.rows(
        """
        select count(*) from learned.shapes as one
        full join learned.shapes as other
            on one.signal = other.signal and one.bucket = other.bucket and other.blend_id = ?
        where one.blend_id = 1 and (one.points is distinct from other.points or one.lower is distinct from other.lower)
        """,
        again.blend_id,
    )
    assert different == [(0,)]


def in_use(shop, week: str) -> str:
    """Return which blend a build for that week uses; all pairs of the default weights have one of two signals."""
    dbt_build.build(
        database=shop.database,
        variables={"target_week": week},
        command="run",
        select=["target_week", "signal_shapes", "interaction_shapes"],
    )
    signals = shop.rows("select distinct other_signal from blend.interaction_shapes order by 1")
    return "default weights" if signals == [("new_buyers",), ("repeat_rate_of_type",)] else "learned blend"


def test_rollback_goes_back_to_the_default_weights(trained, tmp_path):
    shop = trained.copy(tmp_path / "shop")
    assert in_use(shop, "2020-09-16") == "learned blend"
    assert rollback(database=shop.database) == Change(out_of_use=1, put_into_use=None, scores_next_week=None)
    with pytest.raises(UsageError, match="No learned blend is in use"):
        rollback(database=shop.database)
    assert in_use(shop, "2020-09-16") == "default weights"


def test_a_week_before_it_was_trained_for_keeps_the_default_weights(trained, tmp_path):
    shop = trained.copy(tmp_path / "shop")
    assert in_use(shop, "2020-09-09") == "default weights"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("update learned.blends set signals = 'repurchase,other'", "another list of signals or buckets"),
        ("update learned.blends set buckets = 32", "another list of signals or buckets"),
        ("update learned.blends set signals_version = 0", "another version of recs"),
        ("alter table learned.blends drop column signals_version", "another version of recs"),
        ("update learned.blends set dataset = 'elsewhere'", "comes from the data set elsewhere"),
    ],
)
def test_a_blend_that_does_not_belong_is_refused(trained, tmp_path, change, sentence):
    shop = trained.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute(change).fetchall()
    with pytest.raises(RecsError, match=sentence):
        dbt_build.build(
            database=shop.database,
            variables={"target_week": "2020-09-16"},
            command="run",
            select=["+target_week_lists"],
        )
    # the way out, `recs train`, begins with this
    assert past_weeks(database=shop.database, week="2020-09-16", training_weeks=2)[1]


def test_only_so_many_buyers_are_learned_from_whatever_they_bought(fashion, tmp_path):
    shop = fashion.copy(tmp_path / "shop")

    def drawn() -> list[tuple]:
        variables = {"target_week": "2020-09-09", "customers": "buyers", "training": True, "training_customers": 7}
        dbt_build.build(database=shop.database, variables=variables, command="run", select=["+training_rows"])
        return shop.rows("select distinct customer_key from training.training_rows order by all")

    before = drawn()
    assert len(before) == 7
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute(
            """
            update raw.transactions set article_id = (select max(article_id) from raw.transactions)
            where transaction_date between '2020-09-09' and '2020-09-15'
            """
        ).fetchall()
    assert drawn() == before


def test_a_history_that_is_too_short_is_refused(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    with pytest.raises(UsageError, match="Training needs 3 whole weeks"):
        train(database=shop.database, week="2020-09-09", training_weeks=5, promote=False, compare=False)


def test_a_week_that_the_data_cannot_tell_of_is_refused(fashion):
    with pytest.raises(UsageError, match="The week of 2031-01-01 lies after the weeks that can be scored"):
        past_weeks(database=fashion.database, week="2031-01-01", training_weeks=3)


def test_weeks_without_purchases_are_not_learned_from(fashion, tmp_path):
    shop = fashion.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute(
            "delete from raw.transactions where transaction_date between '2020-09-02' and '2020-09-08'"
        ).fetchall()
    _, weeks = past_weeks(database=shop.database, week="2020-09-16", training_weeks=2)
    assert [str(week) for week in weeks] == ["2020-09-09", "2020-08-26", "2020-08-19", "2020-08-12"]


def test_a_reason_comes_from_a_signal_that_speaks_of_the_customer(trained):
    """Points of pairs are folded into one of their signals; what is only popular has no purchase behind it."""
    reasons = trained.published_rows(
        """
        select main_signal, because_of_article_id = article_id, count(*)
        from recs.recommendations_explained
        where target_week = '2020-09-16'
        group by all
        """
    )
    of_article = {"popularity", "segment_popularity", "similar_sales", "season", "price", "days_on_sale"}
    item_item = {"copurchase", "item_cf", "tfidf", "factors", "variants"}
    assert any(itself for _, itself, _ in reasons)
    for signal, itself, count in reasons:
        if signal in of_article:
            assert itself is None, (signal, count)
        if itself is False:
            assert signal in item_item, (signal, count)


def test_a_main_signal_has_a_reason_and_the_most_points_with_its_interactions(trained):
    """Folded again, in Python, from the contributions of each article."""
    listed = listed_signals()
    by_name = {signal["name"]: signal for signal in listed}

    def order(name: str) -> tuple:
        keys = by_name[name]["keys"]
        grains = ["customer_key article_key", "customer_key", "segment_key", "article_key"]
        grain = next((i for i, grain in enumerate(grains) if set(grain.split()) <= set(keys)), 4)
        return not by_name[name]["reason"], 5 if keys == ["customer_key"] else grain, list(by_name).index(name)

    rows = trained.published_rows(
        """
        select main_signal, contributions, reason from recs.recommendations_explained where target_week = '2020-09-16'
        """
    )
    compared = 0
    for main, contributions, reason in rows:
        folded = defaultdict(float)
        for part in contributions:
            folded[min(part["signal"].split(" & "), key=order)] += part["points"]
        of_reason = defaultdict(float)
        for name, points in folded.items():
            of_reason[by_name[name]["reason"]] += points
        assert (main is None) == (reason is None)
        if main is not None:
            told = by_name[main]["reason"]
            assert told
            # an absent signal may have points, but is no reason: the main one may have fewer than those
            compared += of_reason[told] == max(points for other, points in of_reason.items() if other)
    assert compared > 0.5 * len(rows)


def test_explanations_of_all_lists_need_little_memory(trained):
    """A blend has hundreds of thousands of points: a copy of them for every list, or article, would take gigabytes."""
    with duckdb.connect(str(trained.published), read_only=True, config={"memory_limit": "500MB"}) as connection:
        lists, parts = connection.execute(
            "select count(*), sum(len(contributions)) from recs.recommendations_explained"
        ).fetchone()
    assert parts > lists > 5000
