"""Lists are as long as they can be, hold nothing else, and have no gap, whatever the rules and settings."""

import collections
import itertools
import random
import shutil

import duckdb
import pytest
from click.testing import CliRunner

from recs_py.cli import main
from recs_py.errors import RecsError
from recs_py.loading.load import load
from recs_py.pipeline import dbt_build
from tests.conftest import Warehouse, replace_raw, write_toy_shop

GROUPS = ("department", "product_type", "colour")
WEEK = "2024-04-01"


@pytest.fixture(scope="module")
def small_shop(tmp_path_factory) -> Warehouse:
    """Sixty articles, forty customers in three segments: half is sold lately, some long ago, some never."""
    folder = tmp_path_factory.mktemp("small")
    shop = Warehouse(folder)
    load(name="hm", directory=write_toy_shop(folder / "source"), database=shop.database)
    draw = random.Random(28)
    articles = [f"a{number:02}" for number in range(60)]
    lines = []
    for customer in range(38):
        for _ in range(draw.choice((1, 5, 40))):
            article = min(int(draw.expovariate(1 / 10)), 41)
            days_ago = draw.randint(1, 90) if article < 36 else draw.randint(40, 90)
            lines.append((days_ago, f"c{customer:02}", articles[article]))
    # a customer who bought all popular articles
    lines += [(draw.randint(1, 20), "c00", article) for article in articles[:25]]
    replace_raw(
        shop,
        week=WEEK,
        purchases=lines,
        articles=[
            {
                "article_id": article,
                "product_code": f"p{number // 2}",
                "department": f"d{number % 3}",
                "product_type": f"t{number % 5}",
                "colour": None if number % 7 == 0 else f"k{number % 4}",
            }
            for number, article in enumerate(articles)
        ],
        customers=[
            {"customer_id": f"c{number:02}", "age_band": ("young", "old", None)[number % 3]} for number in range(40)
        ],
    )
    dbt_build.build(database=shop.database, variables={"target_week": WEEK}, select=["+rankings"], command="run")
    return shop


def random_rules(draw: random.Random) -> list[dict]:
    rules = []
    for action, chance in (("exclude", 0.5), ("only", 0.3), ("boost", 0.3), ("pin", 0.6), ("limit", 0.5)):
        while draw.random() < chance:
            attribute = draw.choice(GROUPS if action == "limit" else ("article_id", *GROUPS))
            rule = {"rule": action, "action": action, "attribute": attribute, "value": None}
            if action == "pin" or attribute == "article_id":
                rule |= {"attribute": "article_id", "value": f"a{draw.randrange(60):02}"}
            elif action != "limit" or draw.random() < 0.5:
                prefix, number = {"department": ("d", 3), "product_type": ("t", 5), "colour": ("k", 4)}[attribute]
                rule["value"] = f"{prefix}{draw.randrange(number)}"
            rule["number"] = {
                "boost": draw.choice((0.5, 3)),
                "pin": draw.randint(1, 12),
                "limit": draw.randint(1, 4),
            }.get(action)
            rule["segment"] = draw.choice((None, None, "young", "unknown"))
            rules.append(rule)
            if action in ("only", "limit"):
                chance /= 2
    return rules


# every length with every time that hides; few sets, since dbt reads the project once for each of them
SETTINGS = [
    {
        "hide_bought_days": hide_bought_days,
        "list_length": list_length,
        "recommend_unsold": place % 2 == 1,
        "eligible_days": (28, 28, 1000)[(place + place // 3) % 3],
        "customers_per_block": (7, 40000)[place // 2 % 2],
        "explore_slots": (0, 2, list_length)[(place + place // 3) % 3],
    }
    for place, (list_length, hide_bought_days) in enumerate(itertools.product((12, 3, 30), (20, 0, 400)))
]


class Oracle:
    """Eligible articles of each customer, computed in Python from the raw tables and the rules that act."""

    def __init__(self, shop: Warehouse, settings: dict):
        self.settings = settings
        columns = ("article_id", *GROUPS)
        self.articles = {
            row[0]: dict(zip(columns, row, strict=True))
            for row in shop.rows(f"select {', '.join(columns)} from raw.articles order by article_id")
        }
        self.last_sold = dict(
            shop.rows(f"select article_id, min(date '{WEEK}' - transaction_date) from raw.transactions group by 1")
        )
        self.bought = collections.defaultdict(set)
        for customer, article in shop.rows(
            f"select customer_id, article_id from raw.transactions where date '{WEEK}' - transaction_date <= ?",
            settings["hide_bought_days"],
        ):
            self.bought[customer].add(article)
        names = ("action", "attribute", "value", "number", "segment")
        self.rules = [
            dict(zip(names, row, strict=True))
            for row in shop.rows(f"select {', '.join(names)} from staging.checked_rules where acts")
        ]

    def named(self, action: str, segment: str, article: str) -> list[dict]:
        return [
            rule
            for rule in self.rules
            if rule["action"] == action
            and rule["segment"] in (None, segment)
            and rule["value"] in (None, self.articles[article][rule["attribute"]])
        ]

    def pins(self, segment: str) -> dict[str, int]:
        """The articles with a rank; of two for one rank the first id that is not excluded has it."""
        ranks: dict[int, str] = {}
        for article in self.articles:
            lines = self.named("pin", segment, article)
            if lines and not self.named("exclude", segment, article):
                ranks.setdefault(min(int(line["number"]) for line in lines), article)
        return {article: rank for rank, article in ranks.items()}

    def may_be_shown(self, segment: str) -> set[str]:
        pins = self.pins(segment)
        campaign = any(rule["action"] == "only" and rule["segment"] in (None, segment) for rule in self.rules)
        shown = set()
        for article in self.articles:
            days = self.last_sold.get(article)
            is_sold = self.settings["recommend_unsold"] if days is None else days <= self.settings["eligible_days"]
            is_asked_for = bool(self.named("only", segment, article)) or article in pins
            if (is_asked_for or (is_sold and not campaign)) and not self.named("exclude", segment, article):
                shown.add(article)
        return shown

    def limits(self, segment: str, article: str) -> dict[str, int]:
        """The limit of each group of the article."""
        limits: dict[str, int] = {}
        for rule in self.named("limit", segment, article):
            if self.articles[article][rule["attribute"]] is not None:
                limits[rule["attribute"]] = min(int(rule["number"]), limits.get(rule["attribute"], 1000))
        return limits

    def fits(self, segment: str, article: str, listed: list[str]) -> bool:
        return all(
            sum(self.articles[other][group] == self.articles[article][group] for other in listed) < limit
            for group, limit in self.limits(segment, article).items()
        )

    def faults(self, customer: str, segment: str, ranks: list[int], listed: list[str]) -> list[str]:
        pins = self.pins(segment)
        eligible = {a for a in self.may_be_shown(segment) if a in pins or a not in self.bought[customer]}
        length = self.settings["list_length"]
        faults = []
        if ranks != list(range(1, len(ranks) + 1)) or len(ranks) > length:
            faults.append(f"ranks {ranks}")
        if len(set(listed)) < len(listed):
            faults.append("an article twice")
        if set(listed) - eligible:
            faults.append(f"not to be shown: {sorted(set(listed) - eligible)}")
        if len(listed) < length and (
            missing := [a for a in sorted(eligible - set(listed)) if self.fits(segment, a, listed)]
        ):
            faults.append(f"{len(listed)} of {length} though {missing} may be shown")
        faults += [
            f"{listed[place]} breaks a limit"
            for place in range(len(listed))
            if not self.fits(segment, listed[place], listed[:place] + listed[place + 1 :])
        ]
        others = [article for article in listed if article not in pins]
        for article, rank in pins.items():
            if article in listed:
                pinned_before = sum(pins[other] < rank for other in listed if other in pins)
                # in its place, or after all others if they end before it
                place = min(rank, len(others) + pinned_before + 1)
                if listed.index(article) + 1 != place:
                    faults.append(f"{article} is pinned to {rank}, not {listed.index(article) + 1}")
            elif rank <= length and not self.limits(segment, article):
                faults.append(f"{article} is pinned to {rank}, and missing")
        return faults


def faults_of(shop: Warehouse, settings: dict) -> list[str]:
    oracle = Oracle(shop, settings)
    lists = {
        customer: (segment, ranks, listed)
        for customer, segment, ranks, listed in shop.rows(
            """
            select
                customers.customer_id,
                customers.segment,
                coalesce(list(lists.rank order by lists.rank) filter (where lists.rank is not null), []),
                coalesce(list(articles.article_id order by lists.rank) filter (where lists.rank is not null), [])
            from staging.customers as customers
            left join recommendations.target_week_lists as lists using (customer_key)
            left join staging.articles as articles using (article_key)
            group by all
            """
        )
    }
    assert len(lists) == 40
    return [
        f"{customer}: {fault}" for customer, found in sorted(lists.items()) for fault in oracle.faults(customer, *found)
    ]


def build(
    shop: Warehouse, rules: list[dict], settings: dict, select: str = "checked_rules+,+target_week_lists"
) -> None:
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("delete from shop.rules")
        for rule in rules:
            connection.execute(
                f"insert into shop.rules ({', '.join(rule)}) values ({', '.join('?' * len(rule))})", list(rule.values())
            )
    dbt_build.build(
        database=shop.database,
        variables={"target_week": WEEK, "used_signals": USED, **settings},
        select=[select],
        command="run",
    )


# each kind of candidate source, without those that take long to learn
USED = ["repurchase", "popularity", "segment_popularity", "buyers_1_week", "item_cf", "variants", "similar_sales"]


# those with the same settings follow each other
SEEDS = sorted(range(24), key=lambda seed: seed % len(SETTINGS))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in SEEDS[1:])])
def test_lists_are_full_under_every_combination_of_rules_and_settings(small_shop, seed):
    settings = SETTINGS[seed % len(SETTINGS)]
    rules = random_rules(random.Random(seed))
    build(small_shop, rules, settings)
    assert not (faults := faults_of(small_shop, settings)), f"{settings} {rules}: {faults[:5]}"


@pytest.mark.slow
def test_what_was_not_sold_lately_is_in_no_list_and_lists_are_shorter(small_shop):
    settings = {"hide_bought_days": 0, "list_length": 60, "recommend_unsold": False, "eligible_days": 28}
    build(small_shop, [], settings)
    lately = {article for article, days in Oracle(small_shop, settings).last_sold.items() if days <= 28}
    assert 12 < len(lately) < 60
    listed = small_shop.rows(
        """
        select customer_key, list(articles.article_id) from recommendations.target_week_lists
        inner join staging.articles as articles using (article_key) group by 1
        """
    )
    assert len(listed) == 40
    assert all(set(articles) == lately for _, articles in listed)


def copy(shop: Warehouse, folder) -> Warehouse:
    shutil.copy(shop.database, folder / shop.database.name)
    return Warehouse(folder)


@pytest.mark.slow
def test_what_fills_a_list_is_popular_though_all_purchases_decayed_to_nothing(small_shop, tmp_path):
    shop = copy(small_shop, tmp_path)
    settings = {"eligible_days": 10000, "list_length": 60, "half_lives": {"recent": 1, "usual": 1, "lasting": 1}}
    dbt_build.build(
        database=shop.database,
        variables={"target_week": WEEK, "used_signals": USED, **settings},
        select=["+target_week_lists"],
        command="run",
    )
    decayed = shop.rows(
        """
        select lists.rank, popularity.purchases from recommendations.target_week_lists as lists
        inner join staging.customers as customers using (customer_key)
        inner join features.article_popularity as popularity using (article_key)
        where customers.customer_id = 'c39' and popularity.purchases_decayed = 0
        order by lists.rank
        """
    )
    purchases = [count for _, count in decayed]
    assert len(set(purchases)) > 1
    assert purchases == sorted(purchases, reverse=True)


@pytest.mark.slow
def test_a_score_says_that_lists_are_shorter(toy_shop, tmp_path, monkeypatch):
    shop = toy_shop.copy(tmp_path / "shop")
    monkeypatch.setenv("RECS_DUCKDB", str(shop.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(shop.published))
    outcome = CliRunner().invoke(main, ["score", "--week", "2020-09-02"])
    assert outcome.exit_code == 0, outcome.output
    # shirt, trousers, belt, dress and scarf were sold until then
    assert "6 of 6 lists are shorter than `list_length`: only 5 articles" in " ".join(outcome.stderr.split())
    assert set(shop.published_rows("select max(rank) from recs.recommendations where target_week = '2020-09-02'")) == {
        (5,)
    }


@pytest.mark.slow
def test_a_week_before_which_nothing_was_sold_lately_is_refused(small_shop, tmp_path):
    shop = copy(small_shop, tmp_path)
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute(f"delete from raw.transactions where transaction_date = date '{WEEK}' - 1")
    with pytest.raises(RecsError, match="some_article_may_be_recommended"):
        dbt_build.build(
            database=shop.database, variables={"target_week": WEEK, "eligible_days": 1}, select=["+target_week_lists"]
        )


def test_lines_that_do_nothing_for_the_sake_of_others_or_for_want_of_articles_are_reported(small_shop):
    pin = {"action": "pin", "attribute": "article_id"}
    rules = [
        {**pin, "rule": "a segment's", "value": "a01", "number": 1, "segment": "young"},
        {**pin, "rule": "everybody else's", "value": "a02", "number": 1},
        {**pin, "rule": "again", "value": "a02", "number": 4},
        {**pin, "rule": "too late", "value": "a09", "number": 1, "segment": "young"},
        {**pin, "rule": "another week's", "value": "a01", "number": 1, "valid_to": "2020-01-01"},
        {**pin, "rule": "gone", "value": "a03", "number": 2},
        {"rule": "not for sale", "action": "exclude", "attribute": "article_id", "value": "a03"},
        {"rule": "nothing has it", "action": "limit", "attribute": "brand", "number": 2},
        {"rule": "push what is gone", "action": "boost", "attribute": "article_id", "value": "a03", "number": 2},
        {"rule": "push by nothing", "action": "boost", "attribute": "article_id", "value": "a04", "number": 1},
        {"rule": "push a few", "action": "boost", "attribute": "department", "value": "d0", "number": 2},
        {"rule": "three", "action": "limit", "attribute": "department", "number": 3},
        {"rule": "four of one", "action": "limit", "attribute": "department", "value": "d1", "number": 4},
        {"rule": "two of one", "action": "limit", "attribute": "department", "value": "d0", "number": 2},
        {"rule": "one for some", "action": "limit", "attribute": "department", "number": 1, "segment": "young"},
    ]
    build(small_shop, rules, {}, select="checked_rules")
    assert dict(small_shop.rows("select rule, problem from staging.checked_rules where problem is not null")) == {
        "again": "another line pins the article",
        "gone": "another line excludes the article",
        "four of one": "another line sets a lower limit",
        "nothing has it": "no article has a brand",
        "push by nothing": "a factor of 1 changes nothing",
        "push what is gone": "other lines exclude what it boosts",
        "too late": "another line pins an article to this rank",
    }
    acting = {rule for (rule,) in small_shop.rows("select rule from staging.checked_rules where acts")}
    assert acting == {
        "a segment's", "everybody else's", "not for sale", "push a few", "three", "two of one", "one for some",
    }  # fmt: skip
