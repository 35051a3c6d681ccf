"""How far own history is trusted before anything is learned."""

import pytest

from recs_py.loading.load import load
from tests.conftest import TOY_LINES, Warehouse, write_toy_shop


def test_the_last_week_is_foreseen_from_the_time_before(toy_shop):
    # Five customers bought something from 2020-09-16 on. Of the 13 articles that they had bought before they bought 3
    # again: anna 101 and 201, dora 801. The week before sold 401, 501, 301, 601 and 801: bert bought 301, dora 801.
    found = toy_shop.rows("select source, listed, hits from blend.source_precision order by source")
    assert found == [("bestsellers", 25, 2), ("own_history", 13, 3)]
    # 3 of 13 is more than 2 of 25
    weights = dict(toy_shop.rows("select signal, weight from blend.signal_weights"))
    assert (weights["repurchase"], weights["buyers_1_week"]) == (1.0, 0.2)


@pytest.mark.slow
def test_where_nobody_buys_again_own_history_has_no_say(tmp_path):
    once = {}
    for line in TOY_LINES.strip().splitlines():
        _, customer, article = line.split()
        once.setdefault((customer, article), line)
    shop = Warehouse(tmp_path)
    source = write_toy_shop(tmp_path / "source", lines="\n".join(once.values()))
    load(name="hm", directory=source, database=shop.database)
    shop.score()
    weights = dict(shop.rows("select signal, weight from blend.signal_weights"))
    assert weights["repurchase"] == weights["repurchase_recent"] == weights["repurchase_lasting"] == 0
    assert weights["popularity"] == 0.2
    # own history has precision 0, so the bestsellers get the largest factor, 4
    assert weights["buyers_1_week"] == 0.8
    assert set(shop.rows("select count(*) from recommendations.target_week_lists group by customer_key")) == {(12,)}
