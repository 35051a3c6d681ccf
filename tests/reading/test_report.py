"""`recs report`: one file that holds everything, and in a real browser works by click and by key."""

import json
import re
import shutil
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from recs_py.cli import main
from recs_py.distribution import install_command
from recs_py.pipeline import dbt_build
from recs_py.publishing.publish import publish
from recs_py.reading.labels import in_words
from recs_py.reading.report import write_report
from recs_py.reading.report.customers import _largest
from recs_py.reading.report.page import _as_script

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(
    not CHROMIUM, reason="a real browser is needed: install Chromium (apt-get install chromium)"
)


@pytest.fixture(scope="module")
def page(fashion, tmp_path_factory) -> Path:
    """The report of a small fashion shop, of a past week that was judged."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(published=fashion.published, path=path)
    return path


def embedded(page: Path, name: str):
    return json.loads(
        re.search(f'<script type="application/json" id="{name}">(.*?)</script>', page.read_text(), re.S)[1]
    )


def test_the_command_writes_it_and_says_how_large_it_is(toy_shop, tmp_path, monkeypatch):
    monkeypatch.setenv("RECS_PUBLISHED", str(toy_shop.published))
    outcome = CliRunner().invoke(main, ["report", "--to", str(tmp_path / "toy.html"), "--json"])
    assert outcome.exit_code == 0, outcome.output
    [row] = json.loads(outcome.stdout)["report"]
    assert (tmp_path / "toy.html").stat().st_size == row["bytes"]
    assert row["customers"] == 6


def test_where_no_past_week_was_judged_it_says_what_to_type(toy_shop, tmp_path):
    write_report(published=toy_shop.published, path=tmp_path / "toy.html")
    assert "recs backtest --weeks 4" in (tmp_path / "toy.html").read_text()


@pytest.mark.parametrize(
    ("published", "to", "sentence"),
    [
        ("none.duckdb", "report.html", "There is no published file"),
        (None, "no/such/folder/report.html", "name another file with --to"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(toy_shop, tmp_path, monkeypatch, published, to, sentence):
    monkeypatch.setenv("RECS_PUBLISHED", str(tmp_path / published if published else toy_shop.published))
    outcome = CliRunner().invoke(main, ["report", "--to", str(tmp_path / to)])
    assert outcome.exit_code == 2
    assert sentence in outcome.output


def test_it_is_one_file_under_five_megabytes_that_names_nothing_outside(page):
    text = page.read_text()
    assert page.stat().st_size < 5_000_000
    markup = re.sub(r"(<script[^>]*>).*?</script>", r"\1", text, flags=re.S)
    assert not re.findall(r'(?:src|href)="(?!data:|#)', markup)
    assert "url(" not in re.search(r"<style>(.*?)</style>", text, re.S)[1]


def test_the_same_published_file_gives_the_same_page(fashion, page, tmp_path):
    write_report(published=fashion.published, path=tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == page.read_bytes()


def test_names_of_articles_cannot_become_code():
    assert "</script" not in _as_script({"name": "</script><script>alert(1)"})


def test_the_largest_points_are_shown_also_those_that_are_taken_away():
    points = {"a": 1, "b": 0.5, "c": -4, "d": 2, "e": 1, "f": 0.25, "g": 3}
    assert _largest([{"signal": signal, "points": points[signal]} for signal in points]) == [
        ["c", -4], ["g", 3], ["d", 2], ["a", 1], ["e", 1], ["2 others", 0.75],
    ]  # fmt: skip


def test_every_segment_has_customers_and_every_list_is_the_published_one(fashion, page):
    browser = embedded(page, "browser")
    segments = {segment for customer in browser["customers"] for segment in customer["segments"]}
    assert segments == {row[0] for row in fashion.published_rows("select distinct segment from recs.sample_customers")}
    assert {segment.split(":")[0] for segment in segments} == {"recency", "activity", "age"}
    for customer in browser["customers"][:20]:
        for week, items in customer["lists"].items():
            published = fashion.published_rows(
                """
                select article_id, score from recs.recommendations
                where customer_id = ? and target_week = ? order by rank
                """,
                customer["id"],
                week,
            )
            assert [(item[0], item[1]) for item in items] == published
            for item in items:
                assert sum(points for _, points in item[5]) == pytest.approx(item[1], abs=1e-3)


def test_a_week_of_which_some_days_are_known_has_begun_and_is_not_past(fashion, page, tmp_path):
    assert embedded(page, "browser")["weeks"] == [{"week": "2020-09-16", "past": True, "until": None}]
    shop = fashion.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.published)) as connection:
        connection.execute(
            "update recs.sample_customers set known_until = '2020-09-18'; "
            "delete from recs.sample_purchases where day > '2020-09-18'; delete from recs.evaluation"
        )
    write_report(published=shop.published, path=tmp_path / "begun.html")
    [week] = embedded(tmp_path / "begun.html", "browser")["weeks"]
    begun = {"week": "2020-09-16", "past": False, "until": "2020-09-18"}
    assert week == begun
    # lists of the week after it make no past week of one that is known in part
    with duckdb.connect(str(shop.published)) as connection:
        connection.execute(
            "insert into internal.recommendation_buckets "
            "select * replace (target_week + 7 as target_week) from internal.recommendation_buckets"
        )
    write_report(published=shop.published, path=tmp_path / "next.html")
    assert embedded(tmp_path / "next.html", "browser")["weeks"] == [
        {"week": "2020-09-23", "past": False, "until": None}
    ]


def test_what_was_bought_in_the_week_is_marked_and_nothing_else(fashion, page):
    browser = embedded(page, "browser")
    marked = {
        (customer["id"], item[0])
        for customer in browser["customers"]
        for item in customer["lists"]["2020-09-16"]
        if item[4]
    }
    truly = fashion.rows(
        """
        select distinct customer_id, article_id from raw.transactions
        where transaction_date >= '2020-09-16' and transaction_date < '2020-09-23'
        """
    )
    listed = {
        (customer["id"], item[0]) for customer in browser["customers"] for item in customer["lists"]["2020-09-16"]
    }
    assert marked == listed & set(truly)
    assert marked


def test_no_more_purchases_are_published_than_the_page_shows(fashion, page):
    shown = {
        (customer["id"], day, article)
        for customer in embedded(page, "browser")["customers"]
        for day, article, _ in customer["purchases"]
    }
    published = fashion.published_rows("select customer_id, day::varchar, article_id from recs.sample_purchases")
    assert {row for row in published if row[1] < "2020-09-16"} == shown
    assert {row for row in published if row[1] >= "2020-09-16"}
    bought = fashion.rows(
        """
        select count(distinct (transaction_date, article_id)) from raw.transactions
        where transaction_date < '2020-09-16' and customer_id in (select customer_id from recs.sample_customers)
        group by customer_id order by 1 desc limit 1
        """
    )
    assert bought > [(40,)]


@pytest.mark.slow
def test_purchases_are_published_only_as_far_as_a_setting_allows(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    purchases = "select count(*), count(distinct customer_id) from recs.sample_purchases"
    for settings, expected in (
        ({"report_purchases": 1}, (5, 5)),
        ({"report_purchases": 0}, (0, 0)),
        ({"report_customers": 0}, (0, 0)),
    ):
        dbt_build.build(
            database=shop.database, select=["sample_customers", "sample_purchases"], command="run", variables=settings
        )
        assert shop.rows(purchases) == [expected]
    publish(database=shop.database, published=shop.published)
    write_report(published=shop.published, path=tmp_path / "toy.html")


def test_the_numbers_are_those_of_the_views(fashion, page):
    weeks = re.search(r'id="figure-weeks".*?</table>', page.read_text(), re.S)[0]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", line) for line in re.findall(r"<tr>(.*?)</tr>", weeks, re.S)]
    shown = {(week, system): value for week, system, value, *_ in filter(None, cells)}
    for week, system, value in fashion.published_rows(
        """
        select target_week::varchar, system, value from recs.evaluation
        where metric = 'map_kaggle' and k = 12 and segment = 'all' and system in ('blend', 'popularity_28_days')
        """
    ):
        assert shown[week, system] == f"{value:.4f}"


def test_every_figure_has_a_title_a_sentence_and_its_numbers(page):
    figures = re.findall(r"<figure.*?</figure>", page.read_text(), re.S)
    assert len(figures) >= 10
    for figure in figures:
        assert re.search(r"<h3>[^<]{10,}</h3>", figure)
        assert re.search(r'<p id="says-\w+">[^<]{30,}</p>', figure)
        assert re.search(r'role="img" aria-label="[^"]+"', figure)
        assert figure.count("<tr>") > 1


def test_a_rule_that_acted_stands_beside_the_reason(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.published)) as connection:
        connection.execute("update internal.recommendation_buckets set rules = 'boost summer' where rank = 3")
    write_report(published=shop.published, path=tmp_path / "toy.html")
    for customer in embedded(tmp_path / "toy.html", "browser")["customers"]:
        for items in customer["lists"].values():
            assert [item[6] for item in items[:4]] == [None, None, "boost summer", None]


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason=f"playwright comes with `{install_command('dev')}`")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, page, request):
    """The page in a browser, which fails the test if it complains or asks for anything outside."""
    complaints, requests = [], []
    options = getattr(request, "param", {"viewport": {"width": 1280, "height": 900}})
    tab = browser.new_context(**options).new_page()
    tab.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda asked: requests.append(asked.url))
    tab.goto(page.as_uri())
    tab.wait_for_selector("body[data-drawn=yes]", timeout=30_000)
    yield tab
    tab.context.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []


WIDTHS = [
    {"viewport": {"width": 1280, "height": 900}},
    {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True},
]


@needs_chromium
@pytest.mark.parametrize("opened", WIDTHS, indirect=True, ids=["desk", "phone"])
def test_every_chart_is_drawn_within_the_width_of_the_page(opened, page):
    charts = opened.locator(".chart")
    for number in range(charts.count()):
        assert charts.nth(number).locator("svg").count() == 1
        assert charts.nth(number).locator("svg path").count() > 0
    assert opened.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    width = opened.viewport_size["width"]
    opened.screenshot(path=page.with_name(f"report-{width}.png"), full_page=True)
    assert page.with_name(f"report-{width}.png").stat().st_size > 50_000


@needs_chromium
def test_a_customer_is_chosen_by_click(opened, fashion):
    opened.select_option("#people", index=2)
    chosen = opened.input_value("#people")
    shown = opened.locator("#customer .list > li > span small").all_inner_texts()
    assert [(article,) for article in shown] == fashion.published_rows(
        """
        select article_id from recs.recommendations
        where customer_id = ? and target_week = '2020-09-16' order by rank
        """,
        chosen,
    )
    assert chosen in opened.url


@needs_chromium
def test_a_customer_is_found_by_keyboard_alone(opened):
    wanted = opened.locator("#people option").nth(5).get_attribute("value")
    opened.focus("#search")
    opened.keyboard.type(wanted)
    assert opened.locator("#people option").count() == 1
    assert opened.inner_text("#customer h3 >> nth=0") == f"Customer {wanted}"
    for _ in wanted:
        opened.keyboard.press("Backspace")
    opened.focus("#people")
    before = opened.input_value("#people")
    opened.keyboard.press("ArrowDown")
    assert opened.input_value("#people") != before
    assert opened.inner_text("#customer h3 >> nth=0") == f"Customer {opened.input_value('#people')}"


@needs_chromium
def test_a_segment_narrows_the_customers(opened):
    everybody = opened.locator("#people option").count()
    opened.select_option("#segment", "recency: 1-7 days")
    narrowed = opened.locator("#people option").all_inner_texts()
    assert 0 < len(narrowed) < everybody
    assert all("recency: 1-7 days" in text for text in narrowed)


@needs_chromium
def test_the_neighbours_of_an_article_are_those_of_the_view(opened, fashion):
    opened.select_option("#article", index=1)
    article = opened.input_value("#article")
    shown = opened.locator("#neighbours > div", has_text="item_cf").locator("small").all_inner_texts()
    assert [(similar,) for similar in shown] == fashion.published_rows(
        """
        select similar_article_id from recs.similar_articles
        where article_id = ? and method = 'item_cf' and rank <= 8 order by rank
        """,
        article,
    )


def test_a_signal_of_a_rule_is_no_pair_whatever_the_rule_is_called():
    words = {"tfidf": "alike in text", "popularity": "bestsellers"}
    assert in_words("tfidf & popularity", words) == "alike in text & bestsellers"
    assert in_words("rule tfidf & popularity", words) == "rule tfidf & popularity"
