"""A score computes the signals that add points, and the sources of candidates of a learned blend."""

import duckdb

from recs_py.pipeline.used_signals import used_signals


def test_a_learned_blend_needs_its_signals_and_the_sources_of_candidates(tmp_path):
    database = tmp_path / "shop.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema if not exists learned")
        connection.execute("create table learned.blends as select 1 as blend_id, true as is_promoted")
        connection.execute(
            "create table learned.shapes as select 1 as blend_id, unnest(['trend_month', 'price']) as signal,"
            " unnest([0.5, 0.0]) as points"
        )
        connection.execute(
            "create table learned.interaction_shapes as"
            " select 1 as blend_id, 'season' as signal, 'visits' as other_signal, 0.1 as points"
        )
    used = set(used_signals(database=database))
    # factors has no weight, but its articles become candidates
    assert {"repurchase", "factors", "trend_month", "season", "visits"} <= used
    assert not used & {"price", "share_of_type", "promoted", "articles_per_visit"}
