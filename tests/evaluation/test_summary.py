"""The summary of a backtest, by hand: two weeks, two baselines, three replicates."""

import datetime as dt

import duckdb
import pytest

from recs_py.evaluation.summary import summary

WEEKS = [dt.date(2020, 9, 9), dt.date(2020, 9, 16)]

# system: MAP of each week, and of each replicate of each week
FIGURES = {
    "blend": [(0.3, [0.3, 0.4, 0.2]), (0.5, [0.5, 0.5, 0.5])],
    "popularity_7_days": [(0.2, [0.2, 0.2, 0.2]), (0.1, [0.1, 0.1, 0.1])],
    "repurchase_count": [(0.1, [0.1, 0.1, 0.1]), (0.4, [0.4, 0.2, 0.4])],
    # the best of all, but no baseline
    "repurchase": [(0.6, [0.6, 0.6, 0.6]), (0.6, [0.6, 0.6, 0.6])],
}


@pytest.fixture
def database(tmp_path):
    file = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            """
            create schema evaluation;
            create table evaluation.metrics (
                target_week date, system varchar, segment varchar, metric varchar, k integer, value double,
                customers bigint
            );
            create table evaluation.paired_differences (
                target_week date, other_system varchar, segment varchar, metric varchar, k integer, difference double,
                ci_low double, ci_high double
            );
            create table evaluation.weekly_replicates (
                target_week date, system varchar, segment varchar, replicates integer[], "values" double[]
            );
            create table evaluation.evaluated_weeks as
            select * from (values (date '2020-09-09', null), (date '2020-09-16', 2)) as t (target_week, blend_id)
            """
        )
        for system, of_weeks in FIGURES.items():
            for week, (value, replicates), (ours, _) in zip(WEEKS, of_weeks, FIGURES["blend"], strict=True):
                same = [week, system, "all", "map_kaggle", 12]
                connection.execute("insert into evaluation.metrics values (?, ?, ?, ?, ?, ?, 10)", [*same, value])
                if system != "blend":
                    connection.execute(
                        "insert into evaluation.paired_differences values (?, ?, ?, ?, ?, ?, -1, 1)",
                        [*same, ours - value],
                    )
                connection.execute(
                    "insert into evaluation.weekly_replicates values (?, ?, 'all', [1, 2, 3], ?)",
                    [week, system, replicates],
                )
    return file


def test_the_blend_is_compared_with_the_best_baseline_by_the_mean_of_the_weeks(database):
    found = summary(database=database, weeks=WEEKS, segment="all", k=12, level=0.5)
    # means of the baselines: 0.15 and 0.25
    assert found.best_baseline == "repurchase_count"
    assert [(row.week, row.blend, row.baseline, row.blend_id) for row in found.weeks] == [
        (WEEKS[0], 0.3, 0.1, None), (WEEKS[1], 0.5, 0.4, 2),
    ]  # fmt: skip
    assert (found.mean.blend, found.mean.baseline, found.mean.customers) == (0.4, 0.25, 20)
    assert found.mean.difference == pytest.approx(0.15)
    # the mean differences of the replicates are 0.15, 0.3 and 0.1; half of them lie between the quartiles
    assert (found.mean.ci_low, found.mean.ci_high) == pytest.approx((0.125, 0.225))


def test_systems_are_listed_from_the_best_to_the_worst(database):
    found = summary(database=database, weeks=WEEKS, segment="all", k=12, level=0.5)
    assert [row.system for row in found.systems] == ["repurchase", "blend", "repurchase_count", "popularity_7_days"]
    by_name = {row.system: row for row in found.systems}
    assert by_name["blend"].difference is None
    assert by_name["repurchase"].difference == pytest.approx(-0.2)
    # 0.3, 0.35 and 0.25 above
    low, high = by_name["popularity_7_days"].ci_low, by_name["popularity_7_days"].ci_high
    assert (low, high) == pytest.approx((0.225, 0.275))


def test_a_replicate_that_draws_nobody_of_a_week_has_no_mean(database):
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            'update evaluation.weekly_replicates set replicates = replicates[:2], "values" = "values"[:2] '
            "where target_week = '2020-09-16'"
        )
    found = summary(database=database, weeks=WEEKS, segment="all", k=12, level=0.5)
    # the first two replicates have both weeks, with mean differences of 0.15 and 0.3
    assert (found.mean.ci_low, found.mean.ci_high) == pytest.approx((0.1875, 0.2625))


def test_a_system_that_a_week_lacks_is_compared_with_nothing(database):
    """One that was added after the first week: a mean over fewer weeks would be of others."""
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "insert into evaluation.metrics values "
            "('2020-09-16', 'popularity_28_days', 'all', 'map_kaggle', 12, 0.9, 10)"
        )
    found = summary(database=database, weeks=WEEKS, segment="all", k=12, level=0.5)
    assert found.best_baseline == "repurchase_count"
    assert "popularity_28_days" not in {row.system for row in found.systems}
