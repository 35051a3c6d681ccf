"""Which learned blend is in use: promoted, taken back, put into use again; one for past weeks scores no other."""

import datetime as dt

import duckdb
import pytest
from click.testing import CliRunner

from recs_py.cli import main
from recs_py.errors import RecsError, UsageError
from recs_py.macros import returned
from recs_py.pipeline import dbt_build
from recs_py.pipeline.promotion import add_columns, blend_for, decide, next_week_blend, rollback, use
from recs_py.reading.status import status

PAST, NEXT = "2020-09-16", "2020-09-23"


def run(*arguments: str):
    return CliRunner().invoke(main, ["train", *arguments])


@pytest.fixture
def shop(fashion, tmp_path, monkeypatch):
    """The fashion shop with blend 1, trained for the next week, and then blend 2, trained for a past one."""
    shop = fashion.copy(tmp_path / "shop")
    signals = ",".join(signal["name"] for signal in dbt_build.project_variables()["signals"])
    version = returned("signals_version")
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute(
            f"""
            create schema if not exists learned;
            create table learned.blends as
            select unnest([1, 2]) as blend_id, 'synthetic' as dataset, unnest([date '{NEXT}', '{PAST}']) as trained_for,
                '{signals}' as signals, 64 as buckets, true as is_promoted;
            create table learned.shapes as
            select unnest([1, 2]) as blend_id, 'popularity' as signal, 1 as bucket, 0.1::double as lower,
                1.0::double as upper, unnest([1.0::double, 2.0]) as points;
            create table learned.interaction_shapes (
                blend_id integer, signal varchar, bucket integer, other_signal varchar, other_bucket integer,
                points double
            );
            """
        )
        add_columns(connection)
        connection.execute(f"update learned.blends set signals_version = {version}, promotion = blend_id")
        connection.execute(f"update learned.blends set used_before = '{NEXT}' where blend_id = 2")
    monkeypatch.setenv("RECS_DUCKDB", str(shop.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(shop.published))
    return shop


def in_sql(shop, week: str) -> int:
    """The blend whose points a build for that week takes."""
    dbt_build.build(
        database=shop.database, variables={"target_week": week}, select=["target_week", "signal_shapes"], command="run"
    )
    return int(shop.rows("select max(points) from blend.signal_shapes")[0][0])


def in_python(shop, week: str) -> int:
    with duckdb.connect(str(shop.database), read_only=True) as connection:
        return blend_for(connection, dt.date.fromisoformat(week))["blend_id"]


def test_a_training_for_a_past_week_never_scores_the_next_one(shop):
    assert (in_sql(shop, PAST), in_python(shop, PAST)) == (2, 2)
    assert (in_sql(shop, NEXT), in_python(shop, NEXT)) == (1, 1)
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("update learned.blends set is_promoted = false where blend_id = 1")
        assert next_week_blend(connection) is None


def test_a_rollback_takes_out_what_was_put_into_use_last_and_names_the_way_back(shop):
    outcome = run("--rollback")
    assert outcome.exit_code == 0, outcome.output
    assert "blend 2" in outcome.output
    assert "recs train --use 2" in outcome.output
    with duckdb.connect(str(shop.database), read_only=True) as connection:
        assert next_week_blend(connection)["blend_id"] == 1
        assert blend_for(connection, dt.date.fromisoformat(PAST)) is None
    assert run("--use", "2").exit_code == 0
    assert in_python(shop, PAST) == 2
    assert in_python(shop, NEXT) == 1


def test_a_blend_that_is_put_into_use_scores_before_those_that_came_after_it(shop):
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("update learned.blends set used_before = null")
    assert in_python(shop, NEXT) == 2
    change = use(database=shop.database, blend_id=1)
    assert (change.out_of_use, change.put_into_use, change.scores_next_week) == (2, 1, 1)
    assert (in_sql(shop, NEXT), in_python(shop, NEXT)) == (1, 1)
    assert rollback(database=shop.database).scores_next_week == 2


def test_blends_of_an_earlier_version_stay_in_use(shop):
    with duckdb.connect(str(shop.database)) as connection:
        for column in ("used_before", "promotion", "reason"):
            connection.execute(f"alter table learned.blends drop column {column}")
    assert (in_sql(shop, NEXT), in_python(shop, NEXT)) == (2, 2)
    assert use(database=shop.database, blend_id=1).scores_next_week == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--use", "7"], "There is no blend 7: choose from 1, 2."),
        (["--use", "1", "--rollback"], "leave one out"),
    ],
)
def test_wrong_use_is_one_sentence(shop, arguments, sentence):
    outcome = run(*arguments)
    assert outcome.exit_code == 2
    assert sentence in outcome.output


def test_a_blend_that_does_not_fit_is_refused_before_anything_is_built(shop):
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("update learned.blends set signals = 'repurchase'")
    steps = []
    for variables in ({}, {"target_week": PAST}):
        with pytest.raises(RecsError, match=r"The learned blend \d was fitted on another list of signals"):
            dbt_build.build(database=shop.database, variables=variables, select=["+rankings"], on_step=steps.append)
    assert steps == []
    # a training for the next week would leave the blend of a past week in use
    with pytest.raises(RecsError, match=f"run `recs train --week {PAST}` again"):
        dbt_build.build(database=shop.database, variables={"target_week": PAST}, select=["+rankings"])
    # the lists built before can still be published
    assert shop.rows("select 1 from duckdb_tables() where table_name = 'unfinished_build'") == []
    # models that need no blend are built, among them those of `recs train`, the way out
    dbt_build.build(database=shop.database, select=["target_week"], command="run")


def test_a_build_of_lists_that_fails_is_known_beside_a_learned_blend(shop):
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("drop table recommendations.target_week_lists")
    with pytest.raises(RecsError, match=r"The step rankings \(.*\) failed"):
        dbt_build.build(database=shop.database, select=["signal_shapes", "rankings"], command="run")
    assert shop.rows("select 1 from duckdb_tables() where table_name = 'unfinished_build'") == [(1,)]


@pytest.mark.parametrize(
    ("difference", "interval", "insisted", "promoted", "reason"),
    [
        (0.0075, (-0.0016, 0.0169), False, True, "higher by 0.0075, which may be chance (-0.0016 to +0.0169)"),
        (0.0075, (0.0016, 0.0169), False, True, "higher by 0.0075, more than chance"),
        (0.0, (-0.001, 0.001), False, False, "the same"),
        (-0.002, (-0.004, 0.001), False, False, "lower by 0.0020"),
        (-0.002, (-0.004, 0.001), True, True, "lower by 0.0020, but --promote insists"),
    ],
)
def test_a_blend_is_promoted_when_its_lists_were_better_and_says_how_sure_that_is(
    difference, interval, insisted, promoted, reason
):
    decision, told = decide(difference, interval, insisted=insisted)
    assert decision is promoted
    assert told.endswith(reason)


def test_there_is_nothing_to_put_into_use_before_anything_is_learned(toy_shop, tmp_path):
    with pytest.raises(UsageError, match="There is no blend 1: `recs train` learns the first one"):
        use(database=toy_shop.copy(tmp_path).database, blend_id=1)


def test_status_says_to_score_where_the_lists_are_of_another_blend(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path)

    def following() -> str:
        return status(database=shop.database, published=shop.published).next_command

    assert following() == "recs backtest --weeks 4"
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute(
            f"""
            create schema if not exists learned;
            create table learned.blends as
            select 1 as blend_id, date '{PAST}' as held_out_week, 0.01 as difference, date '{NEXT}' as trained_for,
                false as is_promoted
            """
        )
        add_columns(connection)
    assert following() == "recs backtest --weeks 4"
    use(database=shop.database, blend_id=1)
    assert following() == "recs score"
    rollback(database=shop.database)
    assert following() == "recs backtest --weeks 4"
