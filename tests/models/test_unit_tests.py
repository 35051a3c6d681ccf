"""The unit tests of dbt: each model's formula on a few rows, with numbers worked by hand (`models/*/unit_tests`)."""

from recs_py.pipeline import dbt_build


def test_every_model_follows_its_formula(whole_toy_shop, tmp_path):
    database = whole_toy_shop.copy(tmp_path).database
    # a unit test takes the types of its rows from the tables, also from those of signals that a score does not use
    seconds = dbt_build.build(database=database, command="test", select=["test_type:unit"])
    assert "season_is_the_share_of_four_weeks_a_year_ago_over_the_share_of_a_year" in seconds
