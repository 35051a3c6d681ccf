"""The README can be followed: its commands exist, its SQL and Python run, its links lead somewhere."""

import re
import shlex
from pathlib import Path

import duckdb
import pytest
import yaml
from click.testing import CliRunner
from dbt.cli.main import cli as dbt

from recs_py.cli import main as recs
from recs_py.distribution import ROOT
from recs_py.loading.load import load
from recs_py.loading.sources import loader_script
from recs_py.pipeline import dbt_build
from tests.test_project import project_copy  # noqa: F401

README = (ROOT / "README.md").read_text()
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
        for block in code_blocks((ROOT / page).read_text(), "bash", "console"):
            for line in block.splitlines():
                for command in re.split(r" && | \| ", line.removeprefix("$ ")):
                    program, *arguments = shlex.split(command, comments=True) or [""]
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
        if a[0] not in ("load", "backtest", "train") and "postgresql" not in " ".join(a)
    ],
)
def test_a_recs_command_runs(arguments, toy_shop, tmp_path, monkeypatch):
    shop = toy_shop.copy(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECS_DUCKDB", str(shop.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(shop.published))
    [rules] = [block for block in code_blocks(README, "text") if block.startswith("rule,action")]
    (tmp_path / "campaign.csv").write_text(rules)
    toys = {
        "1013": "anna",
        "1082185": "0000000101",
        "2018-W02": "2020-W39",
        "/srv/recommendations": str(tmp_path / "parquet"),
    }
    outcome = CliRunner().invoke(recs, [toys.get(argument, argument) for argument in arguments])
    assert outcome.exit_code == 0, outcome.output


@pytest.mark.parametrize("command", list(recs.commands))
def test_the_table_of_commands_has_them_all(command):
    assert f"| `recs {command}" in (ROOT / "docs" / "commands.md").read_text()


@pytest.mark.parametrize("page", SIGNAL_PAGES, ids=lambda page: page.stem)
def test_a_signal_page_says_formula_source_settings_and_when_it_helps(page):
    headings = re.findall(r"^## (.+)$", page.read_text(), flags=re.MULTILINE)
    assert headings == ["Formula", "Source", "Settings", "When it helps"]


def test_every_signal_has_a_page():
    signals = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]["signals"]
    told = [name for page in SIGNAL_PAGES for name in re.findall(r"`(\w+)`", page.read_text().split("## ")[0])]
    assert sorted(told) == sorted(signal["name"] for signal in signals)


@pytest.mark.parametrize("arguments", of("dbt"), ids=" ".join)
def test_a_dbt_command_is_understood(arguments):
    name, *rest = arguments
    dbt.commands[name].make_context(name, list(rest))


@pytest.mark.parametrize("arguments", of("make"), ids=" ".join)
def test_a_make_target_exists(arguments):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert set(arguments) <= set(targets)


@pytest.mark.parametrize("arguments", of("duckdb"), ids=" ".join)
def test_a_duckdb_command_runs(arguments, toy_shop):
    option, file, *query = arguments
    assert (option, file) == ("-readonly", "recommendations.duckdb")
    sql = (ROOT / query[1]).read_text() if query[0] == "<" else query[0]
    toy_shop.published_rows(sql)


@pytest.mark.parametrize("command", ["load", "score", "show", "similar", "publish"])
def test_the_readme_shows_the_command(command):
    assert command in [arguments[0] for arguments in of("recs")]


def test_the_python_that_reads_the_lists_runs(toy_shop, monkeypatch):
    monkeypatch.chdir(toy_shop.folder)
    [snippet] = code_blocks(README, "python")
    names = {}
    exec(snippet.replace("'1013'", "'anna'"), names)
    assert list(names["lists"]["rank"]) == list(range(1, 13))


def test_the_ten_lines_of_a_loader_load(tmp_path, monkeypatch):
    [script] = [block for block in code_blocks(README, "sql") if "create table raw.transactions" in block]
    assert len(script.splitlines()) == 10
    name = re.search(r"`sql/load/(\w+)\.sql`", README)[1]
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


@pytest.mark.slow
def test_the_three_edits_add_a_signal(project_copy, toy_shop, tmp_path):  # noqa: F811
    [model] = [block for block in code_blocks(README, "sql") if "{{ ref(" in block]
    line, entry = code_blocks(README, "yaml")
    path = re.search(r"^-- (\S+)\n", model)[1]
    (project_copy / path).write_text(model)
    for file, edit, before in (
        ("dbt_project.yml", line, "    - {name: "),
        ("dbt_project/models/signals/signals.yml", entry, "  - name: "),
    ):
        # before the last entry, as it is printed
        head, last = (project_copy / file).read_text().rsplit(f"\n{before}", 1)
        text = f"{head}\n{edit}{before}{last}"
        assert yaml.safe_load(text)
        (project_copy / file).write_text(text)
    shop = toy_shop.copy(tmp_path / "shop")
    signal = Path(path).stem
    dbt_build.build(database=shop.database, select=["+candidates"], command="run")
    # shirts are what she buys most, three of her six purchases and the latest among them
    rows = shop.rows(
        f"""
        select articles.name, candidates.{signal} > 0.4 from candidates.candidates
        inner join staging.customers using (customer_key) inner join staging.articles using (article_key)
        where customer_id = 'anna' and candidates.{signal} is not null order by candidates.{signal} desc limit 1
        """
    )
    assert rows == [("Blue shirt", True)]


def test_every_setting_is_explained():
    variables = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
    explained = re.findall(r"^\| `(\w+)` \|", README.split("## Settings")[1], flags=re.MULTILINE)
    assert set(variables) - set(explained) == set(), "dbt_project.yml has variables that README.md does not explain"


def test_every_public_view_is_listed_with_its_columns():
    listed = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", README, flags=re.MULTILINE))
    described = [
        model
        for path in (ROOT / "dbt_project" / "models" / "recs").glob("*.yml")
        for model in yaml.safe_load(path.read_text()).get("models", [])
    ]
    for model in described:
        columns = {column["name"] for column in model["columns"]}
        words = set(re.findall(r"\w+", listed.get(model["name"], "")))
        if model["name"] == "recommendations_explained":  # "the above, and ..."
            columns -= {"target_week", "customer_id", "rank", "article_id", "score"}
        assert columns <= words, f"README.md does not list {columns - words} of recs.{model['name']}"


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    text = (ROOT / page).read_text()
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        file, _, heading = link.partition("#")
        target = (ROOT / page).parent / file if file else ROOT / page
        assert target.exists(), link
        if heading:
            titles = re.findall(r"^#+ (.+)$", target.read_text(), flags=re.MULTILINE)
            anchors = [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]
            assert heading in anchors, link
