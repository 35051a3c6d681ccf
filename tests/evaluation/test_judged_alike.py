"""An article that may not be shown to a customer is in no list of any system, and not in the ground truth."""

import pytest

from recs_py.pipeline import dbt_build

HIDDEN = """
    semi join features.customer_articles as history
        on judged.customer_key = history.customer_key
        and judged.article_key = history.article_key
        and history.days_since_last <= 400
"""


@pytest.fixture(scope="module")
def hiding(fashion, tmp_path_factory):
    """The fashion shop, of which a past week is judged, and made rows to learn from, while nothing is shown again."""
    shop = fashion.copy(tmp_path_factory.mktemp("hiding"))
    dbt_build.build(
        database=shop.database,
        variables={
            "target_week": "2020-09-09", "customers": "buyers", "hide_bought_days": 400, "training": True,
            "ablations": ["copurchase"],
        },
        select=["+path:dbt_project/models/evaluation", "+training_rows"],
        command="run",
    )  # fmt: skip
    return shop


def test_no_system_shows_what_is_hidden(hiding):
    systems = {name for (name,) in hiding.rows("select distinct system from evaluation.system_lists")}
    assert {"blend", "popularity_7_days", "repurchase_count", "copurchase", "without_copurchase"} <= systems
    assert hiding.rows(f"select distinct system from evaluation.system_lists as judged {HIDDEN}") == []


def test_what_is_hidden_is_no_ground_truth(hiding):
    assert hiding.rows("select count(*) > 0 from evaluation.ground_truth") == [(True,)]
    assert hiding.rows(f"select * from evaluation.ground_truth as judged {HIDDEN}") == []
    assert hiding.rows(
        "select sum(articles) = (select count(*) from evaluation.ground_truth) from evaluation.evaluated_customers"
    ) == [(True,)]


def test_every_system_has_full_lists_still(hiding):
    assert (
        hiding.rows(
            "select system from evaluation.system_lists group by system, customer_key "
            "having count(*) != 12 or max(rank) != 12"
        )
        == []
    )


def test_candidates_are_recalled_of_what_may_be_shown(hiding):
    assert hiding.rows(f"select * from evaluation.evaluated_candidates as judged {HIDDEN}") == []


def test_a_blend_learns_of_what_may_be_shown(hiding):
    assert hiding.rows("select count(*) > 0 from training.training_rows where is_bought") == [(True,)]
    assert hiding.rows(f"select * from training.training_rows as judged {HIDDEN}") == []
    # only purchases that a list could have held count as bought
    different = """
        select customer_key from training.training_rows inner join evaluation.evaluated_customers using (customer_key)
        where articles_bought != articles
    """
    assert hiding.rows(different) == []
