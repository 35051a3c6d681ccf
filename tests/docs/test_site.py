"""The documentation site is built without a broken link, asks nothing of the network, and has what the code has."""

import html
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from recs_py.cli import main as recs
from recs_py.distribution import ROOT
from recs_py.publishing.publish import INTERNAL, TABLES, VIEWS
from tests.reading.test_report import browser, needs_chromium  # noqa: F401

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(toy_shop, tmp_path_factory) -> Path:
    """The site as `make docs` builds it, in a folder of the test."""
    pytest.importorskip("material", reason="the site is built with packages of the extra `docs`: `make docs`")
    recipe = re.search(
        r"^docs:.*\n\t\$\(BIN\)/dbt (.*)\n\t\S* ?\$\(BIN\)/mkdocs (.*)\n", (ROOT / "Makefile").read_text(), flags=re.M
    )
    folder = tmp_path_factory.mktemp("site")
    environment = {
        **os.environ,
        "RECS_DUCKDB": str(toy_shop.copy(folder / "shop").database),
        "DBT_TARGET_PATH": str(folder / "target"),
        "NO_MKDOCS_2_WARNING": "1",
    }
    programs = Path(sys.executable).parent
    for command in (
        [programs / "dbt", *recipe[1].split()],
        [programs / "mkdocs", *recipe[2].split(), "--site-dir", folder / "site"],
    ):
        # strict: a broken link, a missing anchor or a page outside of the navigation is an error
        outcome = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return folder / "site"


class Assets(HTMLParser):
    """The files that a page loads of itself, and its links."""

    def __init__(self, page: Path):
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list) -> None:
        values = dict(attrs)
        self.ids.add(values.get("id") or "")
        if tag == "a":
            self.links.append(values.get("href") or "")
        elif tag != "meta":
            self.loaded += [values[name] for name in ("src", "href", "srcset", "data") if values.get(name)]


def pages(site: Path) -> dict[Path, Assets]:
    # dbt's page has links of its own kind
    return {path: Assets(path) for path in site.rglob("*.html") if path.parent.name != "models"}


def test_the_site_loads_nothing_from_the_network(site):
    for path, page in pages(site).items():
        assert [address for address in page.loaded if re.match(r"(https?:)?//", address)] == [], path
        assert "mermaid" not in page.ids, path
    for style in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?https?:|@import", style.read_text(encoding="utf-8")), style
    # dbt's page brings all of itself
    assert not re.search(r"(src|href)=\"https?:[^\"]*\\.(js|css|woff2?)", (site / "models" / "index.html").read_text())


def test_every_link_leads_to_a_page_and_a_heading(site):
    found = pages(site)
    for path, page in found.items():
        if path.name == "404.html":
            continue
        for link in page.links:
            if re.match(r"\w+:", link) or link in ("", "."):
                continue
            file, _, heading = link.partition("#")
            target = (path.parent / file).resolve() if file else path
            assert target.exists(), f"{path}: {link}"
            if heading and target in found:
                assert heading in found[target].ids, f"{path}: {link}"


def test_every_page_has_its_own_heading(site):
    """A page that is made for a link must not take the place of one that is written."""
    other = []
    for page in (ROOT / "docs").rglob("*.md"):
        name = page.relative_to(ROOT / "docs")
        built = site / (name.with_name("index.html") if name.name == "README.md" else name.with_suffix(".html"))
        heading = re.search(r"^# (.+)$", page.read_text(), flags=re.MULTILINE)[1].replace("`", "")
        shown = re.search(r"<h1[^>]*>(.*?)<a class=.headerlink", built.read_text(), flags=re.DOTALL)[1]
        if html.unescape(re.sub("<[^>]+>", "", shown)).strip() != heading:
            other.append(f"{name}: {shown}")
    assert other == []


def test_the_reference_has_every_command_setting_view_signal_and_model(site):
    def text(name: str) -> str:
        return (site / "reference" / name).read_text(encoding="utf-8")

    variables = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
    for name, command in recs.commands.items():
        assert f">recs {name}<" in text("commands.html")
        assert all(option in text("commands.html") for parameter in command.params for option in parameter.opts)
    settings = text("settings.html")
    assert all(f"<code>{name}</code>" in settings for name in variables)
    assert not re.search(r"<td></td>\s*</tr>", settings), "a setting has no comment"
    machine = set(re.findall(r"RECS_[A-Z]+", (ROOT / "recs_py" / "settings.py").read_text()))
    assert all(f"<code>{name}</code>" in settings for name in machine)
    assert all(f">recs.{view}<" in text("views.html") for view in {*TABLES, *VIEWS} - {*INTERNAL})
    assert all(f"<code>{signal['name']}</code>" in text("signals.html") for signal in variables["signals"])
    models = [*(ROOT / "dbt_project" / "models").rglob("*.sql"), *(ROOT / "dbt_project" / "models").rglob("*.py")]
    assert all(f">{model.stem}<" in text("models.html") for model in models)


@needs_chromium
@pytest.mark.parametrize("width", [1280, 420])
@pytest.mark.parametrize(
    "name", ["index", "tutorial/1-demo", "how-to/rules", "reference/settings", "explanation/blend"]
)
def test_a_page_fits_into_a_window_and_asks_nothing_of_the_network(name, width, site, browser):  # noqa: F811
    requests = []
    tab = browser.new_page(viewport={"width": width, "height": 900})
    tab.on("request", lambda request: requests.append(request.url))
    tab.goto((site / f"{name}.html").as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert [address for address in requests if not address.startswith(("file:", "data:", "blob:"))] == []
    tab.close()


@needs_chromium
def test_the_search_works_in_a_page_that_is_opened_from_disk(site, browser):  # noqa: F811
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.goto((site / "index.html").as_uri())
    tab.locator(".md-search__input").click()
    tab.locator(".md-search__input").press_sequentially("training weeks")
    tab.locator(".md-search-result__item").first.wait_for()
    tab.close()


def test_dbt_s_page_is_a_part_of_the_site_and_knows_every_model_and_reader(site):
    page = (site / "models" / "index.html").read_text()
    assert all(name in page for name in ("recommendations_explained", "customer_articles", "exposure.recs.report"))


def test_every_chart_of_the_report_has_an_entry_of_one_shape():
    sources = (ROOT / "recs_py" / "reading" / "report").glob("*.py")
    charts = {key for path in sources for key in re.findall(r"\bkey=\"(\w+)\"", path.read_text())}
    entries = (ROOT / "docs" / "report.md").read_text().split("\n## ")[1:]
    assert charts <= {key for entry in entries for key in re.findall(r"\{#(\w+)\}", entry.splitlines()[0])}
    for entry in entries:
        assert re.findall(r"^\*\*(.+?)\.\*\*", entry, flags=re.M) == [
            "What it shows",
            "How to read it",
            "What to do",
        ], entry
