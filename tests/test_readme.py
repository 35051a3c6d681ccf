"""README and pages can be followed: their commands exist, their SQL and Python run, their links lead somewhere."""

import os
import re
import shlex
import subprocess

import duckdb
import pytest
import yaml
from click.testing import CliRunner
from dbt.cli.main import cli as dbt

from recs_py.cli import main as recs
from recs_py.distribution import ROOT
from recs_py.loading.load import load
from recs_py.loading.sources import loader_script

README = (ROOT / "README.md").read_text()
HOW_TO = ROOT / "docs" / "how-to"
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *(str(page.relative_to(ROOT)) for page in sorted((ROOT / "docs").rglob("*.md"))),
)
SIGNAL_PAGES = sorted((ROOT / "docs" / "signals").glob("*.md"))


def code_blocks(page: str, *languages: str) -> list[str]:
    """The fenced blocks of a language, without the indent of the list that they stand in."""
    fences = re.findall(r"^( *)```(\w+)\n(.*?)^ *```$", page, flags=re.MULTILINE | re.DOTALL)
    return [
        re.sub(f"^{indent}", "", text, flags=re.MULTILINE) for indent, language, text in fences if language in languages
    ]


def commands() -> list[tuple[str, list[str]]]:
    """Every command in the shell blocks of the pages, once: its program and its arguments."""
    found = []
    for page in PAGES:
        if page.startswith("docs/tutorial/") or page == "docs/explanation/one-purchase.md":
            continue  # tests/docs/test_tutorial.py runs these as they stand
        for block in code_blocks((ROOT / page).read_text(), "bash", "console"):
            for line in block.splitlines():
                for command in re.split(r" && | \| ", line.removeprefix("$ ")):
                    program, *arguments = shlex.split(command, comments=True) or [""]
                    program = program.removeprefix(".venv/bin/")
                    if (program, arguments) not in found:
                        found.append((program, arguments))
    return found


def of(program: str) -> list[list[str]]:
    return [arguments for name, arguments in commands() if name == program]


@pytest.mark.parametrize("arguments", of("recs"), ids=" ".join)
def test_a_recs_command_is_understood(arguments):
    name, *rest = arguments
    assert name in recs.commands
    # parsed, not run: an option or argument that the command does not take is an error
    recs.commands[name].make_context(name, list(rest))


# commands that run as written on the toy shop; those that need more data or a PostgreSQL server have tests of their own
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(a, marks=[pytest.mark.slow] if a[0] == "score" else [], id=" ".join(a))
        for a in of("recs")
        if a[0] not in ("load", "backtest", "train", "weekly") and "postgresql" not in " ".join(a)
    ],
)
def test_a_recs_command_runs(arguments, toy_shop, tmp_path, monkeypatch):
    shop = toy_shop.copy(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECS_DUCKDB", str(shop.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(shop.published))
    [rules] = [
        block for block in code_blocks((HOW_TO / "rules.md").read_text(), "text") if block.startswith("rule,action")
    ]
    (tmp_path / "campaign.csv").write_text(rules)
    toys = {
        "1013": "anna",
        "1082185": "0000000101",
        "2018-W02": "2020-W39",
        "2017-12-28": "2020-09-18",
        "/srv/recommendations": str(tmp_path / "parquet"),
    }
    outcome = CliRunner().invoke(recs, [toys.get(argument, argument) for argument in arguments])
    assert outcome.exit_code == 0, outcome.output


@pytest.mark.parametrize("page", SIGNAL_PAGES, ids=lambda page: page.stem)
def test_a_signal_page_says_formula_source_settings_and_when_it_helps(page):
    headings = re.findall(r"^## (.+)$", page.read_text(), flags=re.MULTILINE)
    assert headings == ["Formula", "Source", "Settings", "When it helps"]


def test_every_signal_has_a_page():
    signals = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]["signals"]
    told = [name for page in SIGNAL_PAGES for name in re.findall(r"`(\w+)`", page.read_text().split("## ")[0])]
    names = {signal["name"] for signal in signals}
    assert not names - set(told), "write a page in docs/signals for these signals, or name them at the top of one"
    assert not set(told) - names, "pages in docs/signals are about signals that do not exist"
    assert len(told) == len(set(told)), "a signal stands on one page"


@pytest.mark.parametrize("arguments", of("dbt"), ids=" ".join)
def test_a_dbt_command_is_understood(arguments):
    name, *rest = arguments
    dbt.commands[name].make_context(name, list(rest))


@pytest.mark.parametrize("arguments", of("make"), ids=" ".join)
def test_a_make_target_exists(arguments):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert set(arguments) <= set(targets)


@pytest.mark.parametrize(("told", "is_compiled"), [("", False), ("1", True)])
def test_an_installation_compiles_modules_where_their_first_import_keeps_nothing(told, is_compiled):
    commands = subprocess.run(
        ["make", "--dry-run", "--always-make", "install"], cwd=ROOT, capture_output=True, text=True, check=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": told},
    ).stdout  # fmt: skip
    assert ("--no-compile" not in commands) == is_compiled


@pytest.mark.parametrize("arguments", of("duckdb"), ids=" ".join)
def test_a_duckdb_command_runs(arguments, toy_shop):
    option, file, *query = arguments
    assert (option, file) == ("-readonly", "recommendations.duckdb")
    sql = (ROOT / query[1]).read_text() if query[0] == "<" else query[0]
    toy_shop.published_rows(sql)


def test_the_readme_is_a_screen_and_a_half():
    assert len(README.split()) < 700


def test_the_python_that_reads_the_lists_runs(toy_shop, monkeypatch):
    monkeypatch.chdir(toy_shop.folder)
    [snippet] = code_blocks((HOW_TO / "query.md").read_text(), "python")
    names = {}
    exec(snippet.replace("'1013'", "'anna'"), names)
    assert list(names["lists"]["rank"]) == list(range(1, 13))


def test_the_ten_lines_of_a_loader_load(tmp_path, monkeypatch):
    page = (HOW_TO / "load-your-data.md").read_text()
    [script] = code_blocks(page, "sql")
    assert len(script.splitlines()) == 10
    name = re.search(r"`sql/load/(\w+)\.sql`", page)[1]
    (tmp_path / f"{name}.sql").write_text(script)
    monkeypatch.setattr(loader_script, "FOLDER", tmp_path)
    (tmp_path / "order_lines.csv").write_text(
        "order_date;customer;sku;quantity;unit_price\n"
        "20/09/2020;00017;0108775015;2;2,55\n"
        "21/09/2020;00018;85123A;;0,85\n"
    )
    (tmp_path / "products.csv").write_text(
        "sku;style;title;product_group\n0108775015;0108775;Stra\xdfenhose;Hosen\n", encoding="cp1252"
    )
    database = tmp_path / "warehouse.duckdb"
    load(name=name.replace("_", "-"), directory=tmp_path, database=database)
    with duckdb.connect(str(database), read_only=True) as connection:
        assert connection.sql(
            "select transaction_date::varchar, customer_id, article_id, quantity, price"
            " from raw.transactions order by transaction_date"
        ).fetchall() == [("2020-09-20", "00017", "0108775015", 2, 2.55), ("2020-09-21", "00018", "85123A", None, 0.85)]
        assert connection.sql("select name from raw.articles").fetchall() == [("Straßenhose",)]
        assert connection.sql("select week_starts_on from raw.dataset").fetchall() == [("Sunday",)]


# tables that commands and macros make
OTHER_TABLES = {
    "recs.runs",
    "recs.recommend",
    "recs.recommend_with",
    "recs.similar",
    "recs.also_bought",
    "recs.popular",
    "recs.before_target_week",
}


@pytest.mark.parametrize(
    "page", [page for page in PAGES if not page.startswith(("docs/decisions", "docs/lab", "CHANGE"))]
)
def test_a_page_names_tables_that_exist(page):
    models = ROOT / "dbt_project" / "models"
    tables = {f"{path.parent.name}.{path.stem}" for path in [*models.rglob("*.sql"), *models.rglob("*.py")]}
    rooms = "|".join(path.name for path in models.iterdir())
    named = re.findall(rf"\b((?:{rooms})\.\w+)", (ROOT / page).read_text())
    files = {"duckdb", "fish", "html", "md", "py", "sql", "versions", "yml"}
    assert {name for name in named if name.split(".")[1] not in files} - tables - OTHER_TABLES == set()


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    text = (ROOT / page).read_text()
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        if link == "../models/index.html":  # `make docs` puts it there
            continue
        file, _, heading = link.partition("#")
        target = (ROOT / page).parent / file if file else ROOT / page
        assert target.exists(), link
        if heading:
            titles = re.findall(r"^#+ (.+)$", target.read_text(), flags=re.MULTILINE)
            anchors = [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]
            assert heading in anchors, link
