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
def test_where_nobody_buys_again_own_history_counts_less(tmp_path):
    once = {}
    for line in TOY_LINES.strip().splitlines():
        _, customer, article = line.split()
        once.setdefault((customer, article), line)
    shop = Warehouse(tmp_path)
    source = write_toy_shop(tmp_path / "source", lines="\n".join(once.values()))
    load(name="hm", directory=source, database=shop.database)
    shop.score()
    weights = dict(shop.rows("select signal, weight from blend.signal_weights"))
    found = shop.rows("select source, listed, hits from blend.source_precision order by source")
    assert found == [("bestsellers", 16, 1), ("own_history", 10, 0)]
    # one hit is added to each at the precision of both, 1 of 26: 2 of 42 is 36 / 21 times as much as 1 of 36
    assert weights["repurchase"] == weights["repurchase_lasting"] == pytest.approx(21 / 36)
    assert weights["repurchase_recent"] == pytest.approx(0.4 * 21 / 36)
    assert weights["buyers_1_week"] == pytest.approx(0.2 * 36 / 21)
    # how many purchases a point of own history leads to is not known
    assert (weights["popularity"], weights["new_buyers"]) == (0.2, 0.8)
    assert set(shop.rows("select count(*) from recommendations.target_week_lists group by customer_key")) == {(12,)}
