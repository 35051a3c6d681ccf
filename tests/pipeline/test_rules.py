"""The shop's own rules act before the cut: lists stay full, and every row names the rule that acted."""

import json
import re

import duckdb
import jinja2
import pytest
from click.testing import CliRunner

from recs_py.cli import main
from recs_py.distribution import ROOT
from recs_py.errors import RecsError, UsageError
from recs_py.evaluation.backtest import PUBLIC as EVALUATION
from recs_py.pipeline import dbt_build
from recs_py.pipeline.rules import checked_rules, guesses, load_rules
from recs_py.pipeline.used_signals import used_signals
from recs_py.publishing.publish import TABLES, VIEWS, in_schema, publish
from recs_py.reading.notes import idle_rules

# what a rule changes, but the evaluation: no test here is about it
CHANGED = [
    f"checked_rules+,+{wanted}"
    for wanted in ["recs.staging", *(f"recs.{in_schema(table)}" for table in {*TABLES, *VIEWS} - {*EVALUATION})]
]
LISTS = "select customer_id, list(article_id order by rank) from recs.recommendations group by 1 order by 1"


class Shop:
    """The fashion shop with rules: what `recs score` does with the steps that rules change."""

    def __init__(self, warehouse):
        self.warehouse = warehouse
        self.rows = warehouse.rows
        self.published_rows = warehouse.published_rows
        self.week = str(warehouse.rows("select target_week from staging.target_week")[0][0])

    def write(self, *lines: dict) -> None:
        """Replaces the rules as SQL would."""
        with duckdb.connect(str(self.warehouse.database)) as connection:
            connection.execute("delete from shop.rules")
            for line in lines:
                columns = ", ".join(line)
                marks = ", ".join("?" * len(line))
                connection.execute(f"insert into shop.rules ({columns}) values ({marks})", list(line.values()))

    def score(self, *lines: dict, tested: bool = False, **variables) -> None:
        self.write(*lines)
        dbt_build.build(
            command="build" if tested else "run",
            database=self.warehouse.database,
            variables={
                "target_week": self.week,
                "used_signals": used_signals(database=self.warehouse.database),
                **variables,
            },
            select=CHANGED,
        )
        publish(database=self.warehouse.database, published=self.warehouse.published)

    def lists(self) -> dict[str, list[str]]:
        return dict(self.published_rows(LISTS))

    def assert_full(self) -> dict[str, list[str]]:
        lists = self.lists()
        assert len(lists) == self.rows("select count(*) from staging.customers")[0][0]
        assert {len(articles) for articles in lists.values()} == {12}
        assert {len(set(articles)) for articles in lists.values()} == {12}
        return lists


@pytest.fixture(scope="module")
def shop(fashion, tmp_path_factory):
    return Shop(fashion.copy(tmp_path_factory.mktemp("rules")))


@pytest.fixture(scope="module")
def without_rules(fashion) -> dict[str, list[str]]:
    return dict(fashion.published_rows(LISTS))


def article(shop, order: str, number: int = 1) -> list[str]:
    return [
        row[0]
        for row in shop.rows(
            f"""select article_id from staging.articles left join features.article_popularity using (article_key)
            order by {order}, article_id limit {number}"""
        )
    ]


def exclude(value, attribute="article_id", **more) -> dict:
    return {"rule": "not for sale", "action": "exclude", "attribute": attribute, "value": value, **more}


def test_without_rules_no_article_has_a_row_and_no_row_names_one(shop):
    assert shop.rows("select count(*) from rules.eligible_articles_by_segment") == [(0,)]
    assert shop.published_rows("select count(*) from recs.removed_by_rules") == [(0,)]
    assert shop.published_rows("select count(rules) from recs.recommendations_explained") == [(0,)]


def test_a_campaign_fills_every_list_though_most_of_it_was_never_proposed(shop):
    # the forty articles that sold least, some of them never or long ago
    campaign = article(shop, "purchases_decayed nulls first", 40)
    shop.score(
        *({"rule": "autumn", "action": "only", "attribute": "article_id", "value": id} for id in campaign), tested=True
    )
    lists = shop.assert_full()
    assert {id for articles in lists.values() for id in articles} <= set(campaign)
    assert shop.published_rows("select distinct rules from recs.recommendations_explained") == [("autumn",)]
    removed = shop.published_rows("select distinct rule, count(*) from recs.removed_by_rules group by 1")
    assert removed[0][0] == "autumn"
    assert removed[0][1] > 1000


def test_best_sellers_out_of_stock_are_not_shown_and_lists_are_full(shop):
    best = article(shop, "units_4_weeks desc nulls last", 50)
    shop.score(*({"rule": "stock", "action": "exclude", "attribute": "article_id", "value": id} for id in best))
    lists = shop.assert_full()
    assert not {id for articles in lists.values() for id in articles} & set(best)
    assert shop.published_rows("select distinct rule from recs.removed_by_rules") == [("stock",)]


@pytest.fixture(scope="module")
def grocery_shop(groceries, tmp_path_factory):
    return Shop(groceries.copy(tmp_path_factory.mktemp("grocery_rules")))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("action", "articles", "order"),
    [("only", 300, "md5(article_id)"), ("exclude", 1000, "units_4_weeks desc nulls last")],
    ids=["campaign", "stock-out"],
)
def test_real_groceries_keep_full_lists(grocery_shop, action, articles, order):
    named = article(grocery_shop, order, articles)
    grocery_shop.score(
        *({"rule": "ours", "action": action, "attribute": "article_id", "value": id} for id in named), tested=True
    )
    lists = grocery_shop.assert_full()
    shown = {id for articles in lists.values() for id in articles}
    assert shown <= set(named) if action == "only" else not shown & set(named)
    assert grocery_shop.published_rows("select distinct rule from recs.removed_by_rules") == [("ours",)]


def test_what_is_not_excluded_moves_up_in_its_order(shop, without_rules):
    [gone] = article(shop, "units_4_weeks desc nulls last")
    shop.score(exclude(gone))
    lists = shop.assert_full()
    for customer, articles in without_rules.items():
        left = [id for id in articles if id != gone]
        assert lists[customer][: len(left)] == left


def test_a_department_is_excluded_for_a_segment_alone(shop, without_rules):
    department, segment = shop.rows(
        """select mode(department), mode(segment) from recommendations.rankings
        inner join staging.articles using (article_key) inner join staging.customers using (customer_key)"""
    )[0]
    shop.score(exclude(department, attribute="department", segment=segment))
    lists = shop.assert_full()
    inside = {row[0] for row in shop.rows("select article_id from staging.articles where department = ?", department)}
    segments = dict(shop.rows("select customer_id, segment from staging.customers"))
    for customer, articles in lists.items():
        if segments[customer] == segment:
            assert not set(articles) & inside
        else:
            assert articles == without_rules[customer]


def test_a_boost_is_a_part_of_the_score_to_the_last_digit(shop, without_rules):
    [liked] = article(shop, "units_4_weeks desc nulls last")
    shop.score({"rule": "new in", "action": "boost", "attribute": "article_id", "value": liked, "number": 3})
    lists = shop.assert_full()

    def place(articles):
        return articles.index(liked) if liked in articles else 12

    assert all(place(lists[customer]) <= place(articles) for customer, articles in without_rules.items())
    assert any(place(lists[customer]) < place(articles) for customer, articles in without_rules.items())
    boosted = shop.published_rows(
        """select distinct e.article_id, e.rules from recs.contributions as c
        inner join recs.recommendations_explained as e using (target_week, customer_id, rank)
        where c.signal = 'rule new in' and c.points > 0 and abs(c.points * 3 / 2 - e.score) < 1e-6"""
    )
    assert boosted == [(liked, "new in")]
    assert not shop.published_rows(
        """select customer_id from recs.contributions
        inner join recs.recommendations using (target_week, customer_id, rank)
        group by customer_id, rank having sum(points) != any_value(score)"""
    )


def test_a_factor_moves_scores_below_0_the_same_way():
    source = (ROOT / "dbt_project/macros/rules/shown_articles.sql").read_text()
    boost = re.search(r"macro points_of_boost\(factor, score\) -%\}\n(.*)\n", source)[1]
    template = jinja2.Environment().from_string(boost)
    for score in (0.5, -0.5):
        up, down = (
            duckdb.sql(f"select {score} + {template.render(factor=f, score=score, exact_points=str)}").fetchall()[0][0]
            for f in (2, 0.5)
        )
        assert down < score < up


def test_a_pinned_article_has_its_rank_in_every_list_of_the_segment(shop, without_rules):
    segment = shop.rows("select mode(segment) from staging.customers")[0][0]
    never_sold, other = article(shop, "purchases_decayed nulls first", 2)
    pin = {"rule": "hero", "action": "pin", "attribute": "article_id", "segment": segment}
    shop.score({**pin, "value": never_sold, "number": 2}, {**pin, "value": other, "number": 5}, hide_bought_days=30)
    lists = shop.assert_full()
    segments = dict(shop.rows("select customer_id, segment from staging.customers"))
    for customer, articles in lists.items():
        assert (articles[1] == never_sold and articles[4] == other) == (segments[customer] == segment)
    assert shop.published_rows(
        "select distinct rank from recs.recommendations_explained where rules = 'hero' order by rank"
    ) == [(2,), (5,)]
    # an article that only a rule puts there has no main signal
    assert not shop.published_rows(
        """select customer_id, rank from recs.recommendations_explained
        where (main_signal is null) != not coalesce(list_bool_or([c.points > 0 for c in contributions]), false)"""
    )


def test_a_list_holds_only_so_many_of_a_group(shop, without_rules):
    shop.score(
        {"rule": "variety", "action": "limit", "attribute": "product_type", "number": 2},
        {"rule": "one colour", "action": "limit", "attribute": "product_code", "number": 1},
    )
    lists = shop.assert_full()
    for group, most in (("product_type", 2), ("product_code", 1)):
        assert not shop.published_rows(
            f"""select customer_id from recs.recommendations inner join recs.article_details using (article_id)
            where {group} is not null group by customer_id, {group} having count(*) > {most}"""
        )
    # an article that a limit suppresses has the name of the limit, which the list has then reached
    removed = shop.published_rows("select customer_id, article_id, rule from recs.removed_by_rules")
    assert {rule for *_, rule in removed} == {"variety", "one colour"}
    types = dict(shop.published_rows("select article_id, product_type from recs.article_details"))
    codes = dict(shop.rows("select article_id, product_code from staging.articles"))
    for customer, id, rule in removed:
        assert id not in lists[customer]
        group, most = (types, 2) if rule == "variety" else (codes, 1)
        assert sum(group[other] == group[id] for other in lists[customer]) == most
    # without rules some of what fills lists now would not have been proposed, so the two lists differ a little
    gone = {(customer, id) for customer, ids in without_rules.items() for id in set(ids) - set(lists[customer])}
    assert len(gone & {(customer, id) for customer, id, _ in removed}) > 0.8 * len(gone)


def test_what_a_customer_is_shown_by_a_rule_says_so(shop, monkeypatch):
    monkeypatch.setenv("RECS_DUCKDB", str(shop.warehouse.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(shop.warehouse.published))
    [never_sold] = article(shop, "purchases_decayed nulls first")
    shop.score({"rule": "hero", "action": "pin", "attribute": "article_id", "value": never_sold, "number": 2})
    [(customer,)] = shop.published_rows("select min(customer_id) from recs.recommendations")
    shown = CliRunner().invoke(main, ["show", customer]).output
    assert shown.count("rule hero") == 1
    found = json.loads(CliRunner().invoke(main, ["show", customer, "--json"]).output)["recommendations"]
    assert [row["rank"] for row in found if row["rules"] == "hero"] == [2]


def test_of_two_pins_on_one_rank_the_second_does_nothing_and_is_not_named(shop):
    first, second = sorted(article(shop, "purchases_decayed desc nulls last", 2))
    pin = {"action": "pin", "attribute": "article_id", "number": 1}
    shop.score({**pin, "rule": "first", "value": first}, {**pin, "rule": "second", "value": second})
    assert {ids[0] for ids in shop.assert_full().values()} == {first}
    assert shop.published_rows("select distinct rules from recs.recommendations_explained where rules is not null") == [
        ("first",)
    ]
    assert shop.published_rows("select rule, acts, problem from recs.rules order by 1") == [
        ("first", True, None),
        ("second", False, "another line pins an article to this rank"),
    ]


def test_a_pin_that_does_nothing_brings_no_article_into_a_campaign(shop):
    department = shop.rows("select mode(department) from staging.articles")[0][0]
    first, second = sorted(
        id
        for (id,) in shop.rows(
            """select article_id from features.article_popularity inner join staging.articles using (article_key)
            where department != ? order by purchases_decayed desc nulls last, article_id limit 2""",
            department,
        )
    )
    pin = {"action": "pin", "attribute": "article_id", "number": 1}
    shop.score(
        {"rule": "week of it", "action": "only", "attribute": "department", "value": department},
        {**pin, "rule": "first", "value": first},
        {**pin, "rule": "second", "value": second},
    )
    lists = shop.assert_full()
    assert {articles[0] for articles in lists.values()} == {first}
    assert second not in {id for articles in lists.values() for id in articles}


def test_a_rule_acts_on_its_days_alone(shop, without_rules):
    [gone] = article(shop, "units_4_weeks desc nulls last")
    shop.score(exclude(gone, valid_to="2020-09-15"), exclude(gone, valid_from="2020-09-23"))
    assert shop.lists() == without_rules
    assert shop.published_rows("select acts, problem from recs.rules") == [(False, None)] * 2
    shop.score(exclude(gone, valid_from="2020-09-22", valid_to="2020-09-30"))
    assert gone not in {id for articles in shop.lists().values() for id in articles}


def test_what_is_wrong_with_a_rule_is_reported_and_counted_and_the_others_act(shop, without_rules):
    [gone] = article(shop, "units_4_weeks desc nulls last")
    attributes = "article_id, product_code, product_type, category, department, colour"
    wrong = {
        "unknown article_id": exclude("0000000000"),
        "unknown department": exclude("x' or 1=1 --", attribute="department"),
        "unknown action: write exclude, only, boost, pin or limit": {**exclude(gone), "action": "hide"},
        f"unknown attribute: write {attributes} or brand": exclude(gone, attribute="size"),
        "unknown segment": exclude(gone, segment="teenagers"),
        "no value": exclude(None),
        "ends before it begins": exclude(gone, valid_from="2020-09-30", valid_to="2020-09-01"),
        "a boost needs a factor above 0, at most 1000": {**exclude(gone), "action": "boost", "number": 0},
        "a pin needs a rank from 1 to 12": {**exclude(gone), "action": "pin", "number": 13},
        "a pin names an article_id": {**exclude("x", attribute="department"), "action": "pin", "number": 1},
        "a limit needs a whole number from 1": {"action": "limit", "attribute": "product_type", "number": 0.5},
        "a limit names a group of articles": {**exclude(gone), "action": "limit", "number": 1},
    }
    shop.score(*wrong.values())
    assert shop.lists() == without_rules
    problems = shop.published_rows("select problem from recs.rules where not acts order by 1")
    assert [problem for (problem,) in problems] == sorted(wrong)
    counts = dict(shop.rows("select reason, lines from staging.row_counts where source_table = 'rules'"))
    assert counts == dict.fromkeys(wrong, 1)
    shop.score(*wrong.values(), exclude(gone))
    assert gone not in {id for articles in shop.assert_full().values() for id in articles}


def test_rules_that_leave_too_little_stop_the_build_and_the_old_lists_stay(shop):
    few = article(shop, "purchases_decayed desc nulls last", 5)
    before = shop.lists()
    with pytest.raises(RecsError, match="rules_leave_enough_for_full_lists"):
        shop.score(
            *({"rule": "few", "action": "only", "attribute": "article_id", "value": id} for id in few), tested=True
        )
    assert shop.lists() == before


def test_rules_come_from_a_csv_file(shop, tmp_path, monkeypatch):
    monkeypatch.setenv("RECS_DUCKDB", str(shop.warehouse.database))
    monkeypatch.setenv("COLUMNS", "200")
    file = tmp_path / "rules.csv"
    [gone] = article(shop, "units_4_weeks desc nulls last")
    file.write_text(
        "rule,action,attribute,value,segment,valid_to\n"
        f"stock,exclude,article_id,{gone},teenagers,\nold,exclude,article_id,999,,2020-01-01\n"
    )
    outcome = CliRunner().invoke(main, ["rules", "--from", str(file)])
    assert outcome.exit_code == 0, outcome.output
    assert "unknown article_id" in outcome.output
    assert "The segments are 20-24, 25-29, 30-34, " in outcome.output
    assert "No article has the article_id 999: recs.article_details has all of them." in outcome.output
    assert "Checked against the last build, of the week of 2020-09-16" in outcome.output
    assert shop.rows("select rule, value from shop.rules order by rule") == [("old", "999"), ("stock", gone)]


def test_rules_that_do_not_act_are_told_with_the_nearest_value_that_there_is(shop):
    [(kind,)] = shop.rows("select min(product_type) from staging.articles where length(product_type) > 5")
    shop.score(
        exclude("1", valid_to="2020-01-01"),
        exclude(kind, attribute="product_type", valid_to="2020-01-01"),
        exclude(f"{kind}x", attribute="product_type"),
    )
    lines = checked_rules(database=shop.warehouse.database)
    sentences = guesses(database=shop.warehouse.database, lines=lines)
    assert f"No article has the product_type {kind}x: did you mean {kind}?" in sentences
    told = " ".join(idle_rules(shop.warehouse.database))
    assert "Of the 3 lines of the rules, 1 have no day in the week of 2020-09-16" in told
    assert "2 lines of the rules without effect" in told


UNCLOSED = 'action,attribute,value\nonly,colour,"Red\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("action,attribute,value,number\nboost,article_id,1,much\n", "line 2: number is 'much'"),
        ("action,attribute,value,valid_to\nexclude,article_id,1,soon\n", "line 2: valid_to is 'soon'"),
        ("action,value\nexclude,1\n", "no column attribute"),
        ("action,attribute,article\n", "a column 'article'"),
        ("action,attribute,value\nexclude,article_id,1,2\n", "line 2: has 4 fields"),
        ("action,attribute,value,number\nboost,article_id,1,nan\n", "number is 'nan'"),
        ("action,attribute,value,number\nboost,article_id,1,1_5\n", "number is '1_5', where a number such as 1.5"),
        ("action,attribute,value,number\nboost,article_id,1,1e999\n", "number is '1e999'"),
        # Python's reader refuses a field of this length by default
        pytest.param(UNCLOSED + 10_000 * "only,colour,Red\n", "line 2 opens a quote that is never", id="unclosed"),
        pytest.param(UNCLOSED + 150_000 * "only,colour,Red\n", "line 2 holds a text of more than 2 MB", id="long"),
        ("action,attribute,value,valid_from\nexclude,article_id,1,2020-W39\n", "valid_from is '2020-W39', where a day"),
        ("action,attribute,value\nexclud,article_id,1\n", "line 2: action is 'exclud': did you mean exclude?"),
        (
            "action,attribute,value\nhide,colour,1\n",
            "line 2: action is 'hide': write exclude, only, boost, pin or limit",
        ),
        ("action,attribute,value\nexclude,color,1\n", "line 2: attribute is 'color': did you mean colour?"),
        ("action,attribute,value\n,colour,1\n", "line 2: has no action"),
        # all faults at once
        (
            "value,article,by_segment\n",
            "a column 'article' and a column 'by_segment' and no column action and no column attribute",
        ),
        (
            "action,attribute,value,number,valid_to\nboost,article_id,1,much,soon\nexclude,article_id\npin,article_id,1,x,\n",
            "line 2: number is 'much'.*; line 2: valid_to is 'soon'.*; line 3: has 2 fields.*; line 4: number is 'x'",
        ),
    ],
)
def test_a_fault_in_the_file_is_named_and_the_rules_stay(toy_shop, tmp_path, text, sentence):
    file = tmp_path / "rules.csv"
    file.write_text(text)
    before = toy_shop.rows("from shop.rules")
    with pytest.raises(UsageError, match=sentence):
        load_rules(database=toy_shop.database, file=file)
    assert toy_shop.rows("from shop.rules") == before


@pytest.mark.slow
def test_a_rule_of_a_shop_with_few_articles_acts_on_its_short_lists(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.database)) as connection:
        for table in ("transactions", "articles"):
            connection.execute(f"delete from raw.{table} where article_id > '0000000501'")
        connection.execute(
            "insert into shop.rules (rule, action, attribute, value) "
            "values ('out', 'exclude', 'article_id', '0000000101')"
        )
        connection.execute("drop schema staging cascade")
    dbt_build.build(database=shop.database, select=["+target_week_lists", "rules_leave_enough_for_full_lists"])
    listed = shop.rows(
        """
        select articles.article_id, max(lists.rank) from recommendations.target_week_lists as lists
        inner join staging.articles as articles on lists.article_key = articles.article_key
        group by all order by all
        """
    )
    assert "0000000101" not in dict(listed)
    assert 0 < max(dict(listed).values()) < 12


def test_two_limits_leave_as_many_as_both_allow(shop):
    shop.score(
        {"rule": "variety", "action": "limit", "attribute": "product_type", "number": 2},
        {"rule": "colours", "action": "limit", "attribute": "colour", "number": 3},
        tested=True,
    )
    lists = shop.lists()
    details = {id: groups for id, *groups in shop.rows("select article_id, product_type, colour from staging.articles")}
    for ids in lists.values():
        for place, most in ((0, 2), (1, 3)):
            groups = [details[id][place] for id in ids if details[id][place] is not None]
            assert max(map(groups.count, groups)) <= most
    shop.assert_full()


def test_what_a_failed_build_left_is_not_published(shop):
    with pytest.raises(RecsError, match="rules_leave_enough_for_full_lists"):
        shop.score(
            {"rule": "one", "action": "only", "attribute": "article_id", "value": article(shop, "article_id")[0]},
            tested=True,
        )
    with pytest.raises(UsageError, match="failed or was stopped"):
        publish(database=shop.warehouse.database, published=shop.warehouse.published)
    shop.score()
    shop.assert_full()


def test_a_number_is_read_as_a_plain_decimal(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    file = tmp_path / "rules.csv"
    written = ["1.5", "+2", ".5", "3.", "1E1"]
    file.write_text("action,attribute,value,number\n" + "".join(f"boost,colour,Red,{text}\n" for text in written))
    load_rules(database=shop.database, file=file)
    assert shop.rows("select number from shop.rules order by 1") == [(0.5,), (1.5,), (2.0,), (3.0,), (10.0,)]


def test_a_file_of_rules_that_names_a_column_twice_is_refused(shop, tmp_path):
    file = tmp_path / "rules.csv"
    file.write_text("rule,action,attribute,value,value\ngone,exclude,article_id,1,2\n")
    with pytest.raises(UsageError, match="a column twice"):
        load_rules(database=shop.warehouse.database, file=file)
