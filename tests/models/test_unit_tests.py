"""The unit tests of dbt: each model's formula on a few rows, with numbers worked by hand (`models/*/unit_tests`)."""

from types import SimpleNamespace

from recs_py.distribution import ROOT
from recs_py.pipeline import dbt_build, dbt_faults


def test_every_model_follows_its_formula(whole_toy_shop, tmp_path):
    database = whole_toy_shop.copy(tmp_path).database
    # a unit test takes the types of its rows from the tables, also from those of signals that a score does not use
    seconds = dbt_build.build(database=database, command="test", select=["test_type:unit"])
    assert "season_is_the_share_of_four_weeks_a_year_ago_over_the_share_of_a_year" in seconds


def test_rows_to_learn_from_follow_their_formula(whole_toy_shop, tmp_path):
    # only a training has these models
    database = whole_toy_shop.copy(tmp_path).database
    seconds = dbt_build.build(
        database=database, variables={"training": True}, command="test", select=["test_type:unit,training_rows"]
    )
    assert "candidates_are_ranked_as_in_a_list_and_all_that_a_buyer_bought_counts" in seconds


def test_a_unit_test_that_fails_is_no_data_test_whose_rows_could_be_listed():
    failed = {
        kind: dbt_faults.failures(
            [SimpleNamespace(status="fail", failures=1, node=SimpleNamespace(name="a_name", resource_type=kind))],
            root=ROOT,
            variables={},
        )
        for kind in ("unit_test", "test")
    }
    assert failed["unit_test"] == (
        "The unit test a_name expects other rows of its model: `dbt test --select a_name` shows both."
    )
    assert failed["test"].startswith("The data test a_name found 1 row")
