"""Macros are expanded without dbt as dbt would expand them."""

import pytest

from recs_py.macros import returned
from recs_py.pipeline.used_signals import listed_signals


def test_a_macro_may_call_macros_of_other_files():
    assert (
        "repurchase_count"
        in returned("settings", signals=[], own_signals=[], list_length=12)["evaluated_systems"]["words"]
    )


def test_a_macro_gets_what_a_macro_of_its_own_file_returns():
    signals = listed_signals()
    top_k = {signal["name"]: signal["top_k"] for signal in signals}
    assert (top_k["repurchase"], top_k["copurchase"], top_k["price"]) == ("all", 12, 0)


@pytest.mark.parametrize(
    ("hide_bought_days", "explore_slots", "top_ks", "enough"),
    [(0, 0, [], 12), (0, 1, [], 24), (7, 0, [], 24), (7, 1, [], 24), (0, 1, [30, "all"], 30), (0, 0, [3], 12)],
)
def test_who_may_have_bought_a_list_of_bestsellers_is_offered_two(hide_bought_days, explore_slots, top_ks, enough):
    settings = {"list_length": 12, "hide_bought_days": hide_bought_days, "explore_slots": explore_slots}
    assert returned("enough_for_a_list", top_ks, **settings) == enough
