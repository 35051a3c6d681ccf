"""Macros are expanded without dbt as dbt would expand them."""

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
