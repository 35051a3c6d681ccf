"""Metrics, intervals and comparisons against other implementations, on cases by hand, at random and in a shop."""

import datetime as dt
import math
import random
import statistics

import duckdb
import numpy as np
import pytest
from scipy import stats

from recs_py.errors import RecsError
from recs_py.macros import returned
from recs_py.pipeline import dbt_build
from tests.models import test_promises
from tests.test_project import ROOT, add_signal, project_copy  # noqa: F401

RANKS = (1, 5, 12)
WEEK = dt.date(2020, 9, 16)
FROM_LISTS = ["system_lists", "customer_accuracy", "replicates", "metrics", "paired_differences", "weekly_replicates"]
EVALUATION = ["path:dbt_project/models/evaluation"]


def dense_metrics(ranked: list, bought: set, k: int) -> dict[str, float]:
    """The formulas as they are written, one customer at a time."""
    hits = [article in bought for article in ranked[:k]]
    precisions = sum(sum(hits[:place]) / place for place in range(1, len(hits) + 1) if hits[place - 1])
    ideal = sum(1 / math.log2(place + 1) for place in range(1, min(len(bought), k) + 1))
    return {
        "map_kaggle": precisions / min(len(bought), k),
        "map_trec": precisions / len(bought),
        "recall": sum(hits) / len(bought),
        "precision": sum(hits) / k,
        "ndcg": sum(1 / math.log2(place + 2) for place, hit in enumerate(hits) if hit) / ideal,
        "hit_rate": float(any(hits)),
        "mrr": next((1 / (place + 1) for place, hit in enumerate(hits) if hit), 0.0),
    }


def evaluate(
    warehouse,
    *,
    ground_truth: dict[int, set],
    lists: dict[int, list],
    segments: dict[int, list] | None = None,
    **variables,
):
    """Runs the models on made-up lists of the blend and a made-up ground_truth; customers and articles are numbers."""
    groups = [["all", *(segments[customer] if segments else [])] for customer in ground_truth]
    cells = {tuple(group): number for number, group in enumerate(sorted({tuple(group) for group in groups}))}
    with duckdb.connect(str(warehouse.database)) as connection:
        connection.execute("delete from evaluation.ground_truth")
        connection.executemany(
            "insert into evaluation.ground_truth (customer_key, article_key) values (?, ?)",
            [(customer, article) for customer, articles in ground_truth.items() for article in articles],
        )
        connection.execute("delete from evaluation.evaluated_customers")
        connection.executemany(
            """
            insert into evaluation.evaluated_customers
                (customer_key, articles, is_cold, segments, stratum_key, bootstrap_first, bootstrap_second)
            select
                ?, ?, false, ?, ?,
                md5_number_lower('1:' || ?) % 2147483647, md5_number_upper('1:' || ?) % 2147483647
            """,
            [
                (customer, len(articles), group, cells[tuple(group)], customer, customer)
                for (customer, articles), group in zip(ground_truth.items(), groups, strict=True)
            ],
        )
        connection.execute(
            "create or replace table recommendations.target_week_lists (customer_key int, article_key int, rank int)"
        )
        places = [
            (customer, article, rank)
            for customer, ranked in lists.items()
            for rank, article in enumerate(ranked, start=1)
        ]
        connection.executemany("insert into recommendations.target_week_lists values (?, ?, ?)", places)
    dbt_build.build(
        database=warehouse.database,
        variables={"target_week": "2020-09-16", "evaluated_systems": ["popularity_7_days"], **variables},
        select=FROM_LISTS,
        command="run",
    )
    rows = warehouse.rows(
        "select segment, metric, k, value, ci_low, ci_high from evaluation.metrics where system = 'blend'"
    )
    return {(segment, metric, k): (value, low, high) for segment, metric, k, value, low, high in rows}


@pytest.fixture(scope="module")
def bench(fashion, tmp_path_factory):
    """A warehouse whose evaluation tables tests overwrite."""
    return fashion.copy(tmp_path_factory.mktemp("bench"))


@pytest.fixture(scope="module")
def random_cases():
    """Truths of 1 to 40 articles, lists of 0 to 12, some customers with no list."""
    chance = random.Random(5)
    ground_truth, lists = {}, {}
    for customer in range(1, 401):
        ground_truth[customer] = set(chance.sample(range(1, 60), chance.choice([1, 1, 2, 3, 8, 20, 40])))
        if chance.random() > 0.15:
            lists[customer] = chance.sample(range(1, 60), chance.choice([1, 4, 11, 12, 12, 12]))
    return ground_truth, lists


@pytest.fixture(scope="module")
def random_figures(bench, random_cases):
    ground_truth, lists = random_cases
    return evaluate(bench, ground_truth=ground_truth, lists=lists)


def test_metrics_by_hand(bench):
    cases = {
        "all twelve of twenty": (set(range(1, 21)), list(range(1, 13))),
        "the only one, first": ({1}, [1, 2, 3]),
        "a list of three, hit last": ({3, 50}, [1, 2, 3]),
        "no list": ({1, 2}, []),
        "third and fifth": ({30, 50, 70}, [10, 20, 30, 40, 50]),
    }
    numbered = dict(enumerate(cases, start=1))
    figures = evaluate(
        bench,
        ground_truth={number: cases[name][0] for number, name in numbered.items()},
        lists={number: cases[name][1] for number, name in numbered.items()},
        segments={number: [name] for number, name in numbered.items()},
    )
    expected = {
        ("all twelve of twenty", "map_kaggle", 12): 1.0,
        ("all twelve of twenty", "map_trec", 12): 0.6,
        ("all twelve of twenty", "recall", 12): 0.6,
        ("all twelve of twenty", "ndcg", 12): 1.0,
        ("the only one, first", "ndcg", 12): 1.0,
        ("the only one, first", "map_kaggle", 1): 1.0,
        ("the only one, first", "precision", 12): 1 / 12,
        ("a list of three, hit last", "mrr", 12): 1 / 3,
        ("a list of three, hit last", "map_kaggle", 12): (1 / 3) / 2,
        ("a list of three, hit last", "hit_rate", 1): 0.0,
        ("no list", "map_kaggle", 12): 0.0,
        ("no list", "hit_rate", 12): 0.0,
        ("third and fifth", "map_kaggle", 5): (1 / 3 + 2 / 5) / 3,
        ("third and fifth", "ndcg", 5): (1 / 2 + 1 / math.log2(6)) / (1 + 1 / math.log2(3) + 1 / 2),
    }
    for key, value in expected.items():
        assert figures[key][0] == pytest.approx(value, abs=1e-9), key


def test_every_metric_has_a_formula_here_and_one_in_words():
    names = {metric["name"] for metric in returned("accuracy_metrics", **dbt_build.project_variables())}
    assert names == dense_metrics([1], {1}, 1).keys()
    for room in ("evaluation", "recs"):
        described = (ROOT / "dbt_project" / "models" / room / "evaluation.yml").read_text()
        assert not [name for name in names if f"{name}: " not in described], room


def test_metrics_equal_a_dense_implementation(random_figures, random_cases):
    ground_truth, lists = random_cases
    for k in RANKS:
        by_customer = [dense_metrics(lists.get(customer, []), bought, k) for customer, bought in ground_truth.items()]
        for metric in by_customer[0]:
            mean = math.fsum(figures[metric] for figures in by_customer) / len(by_customer)
            assert random_figures["all", metric, k][0] == pytest.approx(mean, abs=1e-9), (metric, k)


@pytest.mark.slow
def test_metrics_equal_ranx(random_figures, random_cases):
    import ranx

    ground_truth, lists = random_cases
    qrels = ranx.Qrels(
        {str(customer): {str(article): 1 for article in bought} for customer, bought in ground_truth.items()}
    )
    run = ranx.Run(
        {
            str(customer): {str(article): 100.0 - place for place, article in enumerate(lists.get(customer, [0]))}
            for customer in ground_truth
        }
    )
    theirs = {"map": "map_trec", "recall": "recall", "precision": "precision", "ndcg": "ndcg"}
    theirs |= {"hit_rate": "hit_rate", "mrr": "mrr"}
    for k in RANKS:
        figures = ranx.evaluate(qrels, run, [f"{name}@{k}" for name in theirs])
        for name, ours in theirs.items():
            assert random_figures["all", ours, k][0] == pytest.approx(figures[f"{name}@{k}"], abs=1e-9), (name, k)


@pytest.mark.slow
def test_the_interval_agrees_with_scipy(bench, random_cases):
    ground_truth, lists = random_cases
    figures = evaluate(bench, ground_truth=ground_truth, lists=lists, bootstrap_replicates=2000)
    for metric, k in (("map_kaggle", 12), ("recall", 5), ("hit_rate", 12)):
        values = np.array(
            [dense_metrics(lists.get(customer, []), bought, k)[metric] for customer, bought in ground_truth.items()]
        )
        theirs = stats.bootstrap(
            (values,), np.mean, n_resamples=5000, method="percentile", rng=np.random.default_rng(1), vectorized=True
        )
        # an end of an interval from 2000 draws has a standard error of 0.06 of the mean's
        tolerance = 4 * 0.07 * theirs.standard_error
        _, low, high = figures["all", metric, k]
        assert low == pytest.approx(theirs.confidence_interval.low, abs=tolerance)
        assert high == pytest.approx(theirs.confidence_interval.high, abs=tolerance)


@pytest.mark.slow
def test_the_interval_covers_a_known_mean(bench):
    # 1,000 experiments at once: each segment holds 150 customers with one bought article, found at a random rank
    chance = random.Random(3)
    experiments, size = 1000, 150
    ground_truth, lists, segments = {}, {}, {}
    for customer in range(experiments * size):
        ground_truth[customer] = {1}
        place = chance.choice([1, 2, 3, 5, 9, 12, None, None, None, None])
        lists[customer] = [] if place is None else [*range(2, place + 1), 1]
        segments[customer] = [f"experiment {customer // size}"]
    means = {
        "mrr": sum(1 / place for place in (1, 2, 3, 5, 9, 12)) / 10,
        "hit_rate": 0.6,
        "ndcg": sum(1 / math.log2(place + 1) for place in (1, 2, 3, 5, 9, 12)) / 10,
    }
    with duckdb.connect(str(bench.database)) as connection:
        connection.execute(
            "create or replace table recommendations.target_week_lists (customer_key int, article_key int, rank int)"
        )
        connection.execute("delete from evaluation.evaluated_customers")
        connection.execute("delete from evaluation.ground_truth")
        customers = _frame(
            customer_key=list(ground_truth), segment=[segments[customer][0] for customer in ground_truth]
        )
        connection.register("customers", customers)
        connection.execute(
            """
            insert into evaluation.evaluated_customers
                (customer_key, articles, is_cold, segments, stratum_key, bootstrap_first, bootstrap_second)
            select
                customer_key, 1, false, ['all', segment], dense_rank() over (order by segment),
                md5_number_lower('1:' || customer_key) % 2147483647, md5_number_upper('1:' || customer_key) % 2147483647
            from customers
            """
        )
        connection.execute(
            "insert into evaluation.ground_truth (customer_key, article_key) select customer_key, 1 from customers"
        )
        places = [(c, article, rank) for c, ranked in lists.items() for rank, article in enumerate(ranked, start=1)]
        keys, articles, ranks = zip(*places, strict=True)
        connection.register("places", _frame(customer_key=keys, article_key=articles, rank=ranks))
        connection.execute(
            "insert into recommendations.target_week_lists select customer_key, article_key, rank from places"
        )
    dbt_build.build(
        database=bench.database,
        variables={"target_week": "2020-09-16", "evaluated_systems": []},
        select=["system_lists", "customer_accuracy", "replicates", "metrics"],
        command="run",
    )
    for metric, mean in means.items():
        ((covered,),) = bench.rows(
            """
            select avg(cast(? between ci_low and ci_high as integer)) from evaluation.metrics
            where system = 'blend' and segment != 'all' and metric = ? and k = 12
            """,
            mean,
            metric,
        )
        # 0.95, less what a percentile interval of 150 skewed figures is known to lack, give or take 3 standard errors
        assert 0.915 <= covered <= 0.972, (metric, covered)


def _frame(**columns):
    import pyarrow as pa

    return pa.table({name: list(values) for name, values in columns.items()})


def test_weights_are_poisson_with_mean_1_and_independent(bench, random_cases):
    ground_truth, lists = random_cases
    evaluate(bench, ground_truth=ground_truth, lists=lists, bootstrap_replicates=2000)
    # the sd of a bootstrapped mean is the sd of the figures / sqrt(n)
    values = [dense_metrics(lists.get(customer, []), bought, 12)["recall"] for customer, bought in ground_truth.items()]
    (drawn,) = bench.rows(
        "select avg(recall_12), stddev(recall_12) from evaluation.replicates where system = 'blend' and segment = 'all'"
    )
    expected = statistics.stdev(values) / math.sqrt(len(values))
    assert drawn[0] == pytest.approx(statistics.fmean(values), abs=4 * expected / math.sqrt(2000))
    assert drawn[1] == pytest.approx(expected, rel=0.08)


def test_paired_differences_and_effect_size(bench, random_cases):
    ground_truth, lists = random_cases
    evaluate(bench, ground_truth=ground_truth, lists=lists)
    other = {}
    for customer, article, rank in bench.rows(
        """
        select customer_key, article_key, rank from evaluation.system_lists
        where system = 'popularity_7_days' order by customer_key, rank
        """
    ):
        other.setdefault(customer, []).append(article)
        assert len(other[customer]) == rank
    differences = [
        dense_metrics(lists.get(customer, []), bought, 12)["map_kaggle"]
        - dense_metrics(other[customer], bought, 12)["map_kaggle"]
        for customer, bought in ground_truth.items()
    ]
    ((difference, low, high, effect, customers),) = bench.rows(
        """
        select difference, ci_low, ci_high, effect_size, customers from evaluation.paired_differences
        where other_system = 'popularity_7_days' and segment = 'all' and metric = 'map_kaggle' and k = 12
        """
    )
    assert customers == len(ground_truth)
    assert difference == pytest.approx(statistics.fmean(differences), abs=1e-9)
    assert effect == pytest.approx(statistics.fmean(differences) / statistics.stdev(differences), abs=1e-6)
    half = 1.96 * statistics.stdev(differences) / math.sqrt(len(differences))
    assert low == pytest.approx(difference - half, abs=0.35 * half)
    assert high == pytest.approx(difference + half, abs=0.35 * half)


def _lists(rows) -> dict:
    """Rows (system, customer, article) in the order of rank, as lists."""
    lists = {}
    for system, customer, article in rows:
        lists.setdefault((system, customer), []).append(article)
    return lists


def test_every_system_ranks_as_it_should(fashion):
    eligible = dict(fashion.rows("select article_key, article_order from rules.eligible_articles"))
    popularity = {
        article: figures
        for article, *figures in fashion.rows(
            "select article_key, purchases_decayed, buyers_1_week, buyers_4_weeks from features.article_popularity"
        )
    }
    by = {
        "popularity": lambda article: (-popularity[article][0], eligible[article]),
        "popularity_7_days": lambda article: (-popularity[article][1], -popularity[article][2], eligible[article]),
        "popularity_28_days": lambda article: (-popularity[article][2], -popularity[article][1], eligible[article]),
    }
    buyers = [row[0] for row in fashion.rows("select customer_key from evaluation.evaluated_customers")]
    own = {}
    for signal in ("repurchase", "copurchase", "item_cf", "tfidf", "variants"):
        for customer, article, value in fashion.rows(
            f"select customer_key, article_key, {signal} from candidates.candidates where {signal} > 0"
        ):
            own.setdefault((signal, customer), []).append((-value, eligible[article], article))
    for customer, article, purchases, days, decayed in fashion.rows(
        """
        select customer_key, article_key, purchases, days_since_last, purchases_decayed
        from features.customer_articles
        """
    ):
        if article in eligible:
            own.setdefault(("repurchase_count", customer), []).append((-purchases, days, eligible[article], article))
            own.setdefault(("repurchase_decayed", customer), []).append((-decayed, eligible[article], article))
    ranked = _lists(
        fashion.rows(
            "select system, customer_key, article_key from evaluation.system_lists order by system, customer_key, rank"
        )
    )
    systems = {system for system, _ in ranked}
    assert systems == {
        "blend", "popularity_7_days", "popularity_28_days", "repurchase_count", "repurchase_decayed", "repurchase",
        "repurchase_recent", "repurchase_lasting", "copurchase", "item_cf", "tfidf", "variants",
    }  # fmt: skip
    assert len(ranked) == len(systems) * len(buyers)
    for system in systems - {"blend", "repurchase_recent", "repurchase_lasting"}:
        popular = sorted(eligible, key=by.get(system, by["popularity"]))
        for customer in buyers:
            expected = [row[-1] for row in sorted(own.get((system, customer), []))][:12]
            expected += [article for article in popular if article not in expected][: 12 - len(expected)]
            assert ranked[system, customer] == expected, (system, customer)


def test_the_blend_is_evaluated_as_it_is_published(fashion):
    bought = {}
    for customer, article in fashion.rows(
        "select distinct customer_id, article_id from raw.transactions where transaction_date between ? and ?",
        WEEK,
        WEEK + dt.timedelta(days=6),
    ):
        bought.setdefault(customer, set()).add(article)
    lists = {}
    for customer, article in fashion.published_rows(
        "select customer_id, article_id from recs.recommendations where target_week = ? order by customer_id, rank",
        WEEK,
    ):
        lists.setdefault(customer, []).append(article)
    published = fashion.published_rows(
        """
        select metric, k, value, ci_low, ci_high, customers from recs.evaluation
        where target_week = ? and system = 'blend' and segment = 'all'
        """,
        WEEK,
    )
    checked = 0
    for metric, k, value, low, high, customers in published:
        assert customers == len(bought)
        by_customer = [dense_metrics(lists.get(customer, []), articles, k) for customer, articles in bought.items()]
        if metric in by_customer[0]:
            assert value == pytest.approx(math.fsum(row[metric] for row in by_customer) / len(bought), abs=1e-9)
            assert low <= value <= high
            checked += 1
    assert checked == 7 * len(RANKS)


def test_metrics_of_the_lists_themselves(fashion):
    lists = _lists(
        fashion.rows(
            "select system, customer_key, article_key from evaluation.system_lists order by system, customer_key, rank"
        )
    )
    eligible = [row[0] for row in fashion.rows("select article_key from rules.eligible_articles")]
    history = set(fashion.rows("select customer_key, article_key from features.customer_articles"))
    bought = set(fashion.rows("select customer_key, article_key from evaluation.ground_truth"))
    with_history = len({customer for customer, _ in history})
    buyers = dict.fromkeys(eligible, 0)
    for _, article in history:
        buyers[article] = buyers.get(article, 0) + 1
    attributes = {
        article: values
        for article, *values in fashion.rows(
            """
            select article_key, department_key, category_key, product_type_key, colour_key, brand_key
            from staging.articles
            """
        )
    }
    cold = {row[0] for row in fashion.rows("select customer_key from evaluation.evaluated_customers where is_cold")}
    assert cold == {row[0] for row in fashion.rows("select customer_key from evaluation.evaluated_customers")} - {
        customer for customer, _ in history
    }
    for system in ("blend", "popularity_7_days", "item_cf"):
        of_system = {customer: ranked for (name, customer), ranked in lists.items() if name == system}
        places = [(customer, article) for customer, ranked in of_system.items() for article in ranked]
        shown = dict.fromkeys(eligible, 0)
        for _, article in places:
            shown[article] += 1
        exposures = sorted(shown.values())
        n = len(exposures)
        gini = 2 * sum(place * x for place, x in enumerate(exposures, start=1)) / (n * sum(exposures)) - (n + 1) / n
        diversities = []
        for ranked in of_system.values():
            known = equal = 0
            for one in range(12):
                for other in range(one):
                    for a, b in zip(attributes[ranked[one]], attributes[ranked[other]], strict=True):
                        known += a is not None and b is not None
                        equal += a is not None and a == b
            diversities.append(1 - equal / known)
        expected = {
            "coverage": sum(x > 0 for x in exposures) / n,
            "exposure_gini": gini,
            "novelty": statistics.fmean(-math.log2(max(1, buyers[article]) / with_history) for _, article in places),
            "diversity": statistics.fmean(diversities),
            "repurchase_share": sum(place in history for place in places) / len(places),
        }
        for kind, purchases, listed in (
            ("repeat", bought & history, set(places) & history),
            ("explore", bought - history, set(places) - history),
        ):
            hits = len(purchases & listed)
            expected |= {f"{kind}_recall": hits / len(purchases), f"{kind}_precision": hits / len(listed)}
        if cold:
            expected["cold_served"] = 1.0
        figures = dict(
            fashion.rows(
                """
                select metric, value from evaluation.metrics
                where system = ? and segment = 'all' and ci_low is null and target_week = ?
                """,
                system,
                WEEK,
            )
        )
        assert figures == pytest.approx(expected, abs=1e-9), system


def test_recall_of_candidates_equals_a_dense_count(fashion):
    ground_truth = {}
    for customer, article in fashion.rows("select customer_key, article_key from evaluation.ground_truth"):
        ground_truth.setdefault(customer, set()).add(article)
    order = dict(fashion.rows("select article_key, article_order from rules.eligible_articles"))
    by_popularity = dict(fashion.rows("select article_key, popularity_rank from rules.eligible_articles"))
    sources = {}
    for signal in ("repurchase", "copurchase", "item_cf", "variants", "popularity", "segment_popularity"):
        sources[signal] = fashion.rows(
            f"select customer_key, article_key, {signal} from candidates.candidates where {signal} > 0"
        )
    # of all that has a popularity the best few are proposed, to everybody or to everybody in a segment
    segments = dict(fashion.rows("select customer_key, segment_key from staging.customers"))
    for signal, proposed, segment_key in (("popularity", 24, "0"), ("segment_popularity", 12, "segment_key")):
        best = {}
        for segment, article, value in fashion.rows(
            f"select {segment_key}, article_key, {signal} from signals.{signal} "
            "semi join rules.eligible_articles using (article_key)"
        ):
            best.setdefault(segment, []).append((-value, by_popularity[article], article))
        offered = {segment: {row[-1] for row in sorted(articles)[:proposed]} for segment, articles in best.items()}
        sources[signal] = [
            row for row in sources[signal] if row[1] in offered[0 if segment_key == "0" else segments[row[0]]]
        ]
    sources["union"] = fashion.rows("select customer_key, article_key, score from blend.blended")
    for source, rows in sources.items():
        candidates = {}
        ties = by_popularity if source == "union" else order
        for customer, article, value in rows:
            if customer in ground_truth:
                candidates.setdefault(customer, []).append((-value, ties[article], article))
        for within, depth in (("12", 12), ("50", 50), ("100", 100), ("300", 300), ("all", None)):
            found = {
                customer: len(bought & {row[-1] for row in sorted(candidates.get(customer, []))[:depth]})
                for customer, bought in ground_truth.items()
            }
            ((recall, share, candidates_per_customer),) = fashion.rows(
                """
                select recall, share_of_purchases, candidates_per_customer from evaluation.recall_of_candidates
                where target_week = ? and source = ? and within = ?
                """,
                WEEK,
                source,
                within,
            )
            mean = statistics.fmean(found[customer] / len(bought) for customer, bought in ground_truth.items())
            assert recall == pytest.approx(mean, abs=1e-9), (source, within)
            assert share == pytest.approx(sum(found.values()) / sum(map(len, ground_truth.values())), abs=1e-9)
            assert candidates_per_customer == pytest.approx(
                sum(map(len, candidates.values())) / len(ground_truth), abs=1e-9
            )


def test_segments_split_all_customers(fashion):
    counts = dict(
        fashion.rows(
            """
            select segment, customers from evaluation.metrics
            where system = 'blend' and metric = 'map_kaggle' and k = 12 and target_week = ?
            """,
            WEEK,
        )
    )
    for name in ("recency", "activity", "age"):
        assert (
            sum(customers for segment, customers in counts.items() if segment.startswith(f"{name}: ")) == counts["all"]
        )
    ((bought_last_week,),) = fashion.rows(
        """
        select count(distinct customer_id) from raw.transactions as past
        where transaction_date between date '2020-09-09' and date '2020-09-15' and customer_id in (
            select customer_id from raw.transactions
            where transaction_date between date '2020-09-16' and date '2020-09-22'
        )
        """
    )
    assert counts["recency: 1-7 days"] == bought_last_week


def test_a_segment_is_added_in_one_place(project_copy, fashion, tmp_path):  # noqa: F811
    macro = project_copy / "dbt_project/macros/evaluation/evaluation_segments.sql"
    line = """{'name': 'newsletter', 'value': "coalesce(newsletter, 'unknown')"},\n        {'name': 'age',"""
    macro.write_text(macro.read_text().replace("{'name': 'age',", line))
    shop = fashion.copy(tmp_path / "shop")
    dbt_build.build(database=shop.database, variables=shop.variables("2020-09-16"), select=EVALUATION)
    segments = {row[0] for row in shop.rows("select distinct segment from evaluation.metrics")}
    assert any(segment.startswith("newsletter: ") for segment in segments)
    assert any(segment.startswith("age: ") for segment in segments)


def test_without_a_signal_that_is_worth_nothing_the_lists_are_the_blends(project_copy, fashion, tmp_path):  # noqa: F811
    shop = fashion.copy(tmp_path / "shop")
    before = shop.rows("select count(*), bit_xor(hash(r)) from recommendations.rankings as r")
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("update blend.signal_shapes set points = 0 where signal = 'tfidf'")
    variables = shop.variables("2020-09-16") | {"ablations": ["tfidf", "repurchase"]}
    select = ["target_week_lists", *EVALUATION]
    dbt_build.build(database=shop.database, variables=variables, select=select, command="run")
    different = dict(
        shop.rows(
            """
            select other.system, count(*) filter (where other.article_key != blend.article_key)
            from evaluation.system_lists as other
            inner join evaluation.system_lists as blend using (customer_key, rank)
            where blend.system = 'blend' and other.system like 'without_%' group by 1
            """
        )
    )
    assert different["without_tfidf"] == 0
    assert different["without_repurchase"] > 0
    assert shop.rows("select count(*), bit_xor(hash(r)) from recommendations.rankings as r") == before


def test_no_k_is_larger_than_a_list_is_long(fashion, tmp_path):
    shop = fashion.copy(tmp_path / "shop")
    variables = shop.variables("2020-09-16") | {"list_length": 6}
    dbt_build.build(
        database=shop.database, variables=variables, select=["+target_week_lists", *EVALUATION], command="run"
    )
    ks = "select distinct k from evaluation.metrics where metric = 'map_kaggle' and system = 'blend' order by k"
    assert shop.rows(ks) == [(1,), (5,), (6,)]
    assert shop.rows("select max(rank) from evaluation.system_lists") == [(6,)]


def test_a_system_that_does_not_exist_is_named(fashion, tmp_path):
    shop = fashion.copy(tmp_path / "shop")
    with pytest.raises(RecsError, match="there is no system magic, choose from blend, baselines"):
        dbt_build.build(
            database=shop.database,
            variables=shop.variables("2020-09-16") | {"evaluated_systems": ["magic"]},
            select=EVALUATION,
        )


def test_a_week_without_purchases_is_no_error_and_leaves_other_weeks(fashion, tmp_path):
    shop = fashion.copy(tmp_path / "shop")
    count = "select target_week, count(*), bit_xor(hash(m)) from evaluation.metrics as m group by 1 order by 1"
    before = shop.rows(count)
    assert [row[0] for row in before] == [WEEK]
    dbt_build.build(database=shop.database)
    assert shop.rows("select target_week from staging.target_week") == [(dt.date(2020, 9, 23),)]
    assert shop.rows(count) == before
    assert shop.rows("select target_week from evaluation.evaluated_weeks") == [(WEEK,)]


def test_half_a_week_is_not_evaluated(fashion, tmp_path):
    shop = fashion.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("delete from raw.transactions where transaction_date > '2020-09-18'")
    dbt_build.build(
        database=shop.database, variables={"target_week": "2020-09-16"}, select=["+ground_truth"], command="run"
    )
    assert shop.rows("select last_day from staging.target_week") == [(dt.date(2020, 9, 18),)]
    assert shop.rows("select count(*) from evaluation.ground_truth") == [(0,)]


def test_any_number_of_threads_gives_the_same_evaluation(fashion, tmp_path, monkeypatch):
    shop = fashion.copy(tmp_path / "shop")
    tables = (
        "system_lists",
        "customer_accuracy",
        "replicates",
        "metrics",
        "paired_differences",
        "recall_of_candidates",
    )
    contents = {}
    for threads in ("1", "4"):
        monkeypatch.setenv("RECS_THREADS", threads)
        dbt_build.build(
            database=shop.database, variables=shop.variables("2020-09-16"), select=EVALUATION, command="run"
        )
        contents[threads] = [
            shop.rows(f"select count(*), bit_xor(hash(t)), sum(hash(t)) from evaluation.{table} as t")
            for table in tables
        ]
    assert contents["1"] == contents["4"]


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("{{ in_target_week('transaction_date') }}", id="the target week itself"),
        pytest.param("true", id="no rule of time at all", marks=pytest.mark.slow),
    ],
)
def test_a_planted_leak_is_caught(condition, project_copy, fashion, tmp_path, request):  # noqa: F811
    (project_copy / "dbt_project/models/signals/leak.sql").write_text(
        f"""
        select customer_key, article_key, cast(count(*) as real) as leak
        from {{{{ ref('transactions') }}}}
        where {condition}
        group by customer_key, article_key
        """
    )
    add_signal(project_copy, "leak")
    with pytest.raises(AssertionError, match=r"signals\.leak"):
        test_promises.test_nothing_on_or_after_the_target_week_moves_anything(
            "fashion", "2020-09-16", request, tmp_path
        )
