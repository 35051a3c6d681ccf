"""The pages on extending recs can be followed: what they show is written into a copy of the project, and works."""

import importlib
import re
from pathlib import Path

import pytest
import yaml

from recs_py import kernels
from recs_py.pipeline import dbt_build
from tests.test_project import project_copy  # noqa: F401
from tests.test_readme import HOW_TO, code_blocks

pytestmark = pytest.mark.slow

SIGNALS = "dbt_project/models/signals/signals.yml"


def named_files(page: str, *languages: str) -> dict[str, str]:
    """Blocks of a page that begin with their path in a comment."""
    blocks = code_blocks(page, *languages)
    return {path[1]: block for block in blocks if (path := re.match(r"(?:--|#) (\S+/\S+)\n", block))}


def insert(file: Path, entry: str, before: str) -> None:
    """Writes an entry before the last one of a list, as the page prints it."""
    head, last = file.read_text().rsplit(f"\n{before}", 1)
    file.write_text(f"{head}\n{entry}{before}{last}")
    assert yaml.safe_load(file.read_text())


def test_the_three_edits_add_a_signal(project_copy, toy_shop, tmp_path):  # noqa: F811
    page = (HOW_TO / "add-a-signal.md").read_text()
    [(path, model)] = named_files(page, "sql").items()
    (project_copy / path).write_text(model)
    line, entry = code_blocks(page, "yaml")
    insert(project_copy / "dbt_project.yml", line, "    - {name: ")
    insert(project_copy / SIGNALS, entry, "  - name: ")
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


def test_the_edits_add_a_similarity(project_copy, toy_shop, tmp_path, monkeypatch):  # noqa: F811
    page = (HOW_TO / "add-a-similarity.md").read_text()
    for path, text in named_files(page, "python", "sql").items():
        (project_copy / path).parent.mkdir(parents=True, exist_ok=True)
        (project_copy / path).write_text(text)
    monkeypatch.setattr(kernels, "__path__", [*kernels.__path__, str(project_copy / "recs_py" / "kernels")])
    importlib.invalidate_caches()
    of_neighbours, of_signal, line = code_blocks(page, "yaml")
    insert(project_copy / "dbt_project/models/similarities/similarities.yml", of_neighbours, "  - name: ")
    insert(project_copy / SIGNALS, of_signal, "  - name: ")
    insert(project_copy / "dbt_project.yml", line, "    - {name: ")
    shop = toy_shop.copy(tmp_path / "shop")
    dbt_build.build(database=shop.database, select=["+jaccard_neighbours", "+candidates", "+similar_articles"])
    # anna and bert bought shirts; anna, bert and cleo trousers: two buyers in common of three
    [(similarity,)] = shop.rows(
        """
        select similarity from recs.similar_articles
        where method = 'jaccard' and article_id = '0000000101' and similar_article_id = '0000000201'
        """
    )
    assert similarity == pytest.approx(2 / 3)
    assert shop.rows("select count(*) > 0 from candidates.candidates where jaccard is not null") == [(True,)]


def test_a_line_adds_a_metric(project_copy, toy_shop, tmp_path):  # noqa: F811
    [line] = code_blocks((HOW_TO / "add-a-metric.md").read_text(), "jinja")
    macro = project_copy / "dbt_project/macros/evaluation/accuracy_metrics.sql"
    before = "            ('map_kaggle', "
    assert before in macro.read_text()
    macro.write_text(macro.read_text().replace(before, line + before))
    shop = toy_shop.copy(tmp_path / "shop")
    dbt_build.build(database=shop.database, variables={**shop.variables("2020-09-16"), "customers": "buyers"})
    # 2 P R / (P + R) of a customer, and the mean over customers is no larger than that of either mean's maximum
    rows = shop.rows(
        """
        select count(*) > 0, bool_and(value between 0 and 1), bool_and(ci_low <= value and value <= ci_high)
        from recs.evaluation where metric = 'f1' and system = 'blend' and segment = 'all'
        """
    )
    assert rows == [(True, True, True)]
