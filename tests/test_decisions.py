"""Decisions are numbered records of one shape, each listed once in their index."""

import re

import pytest

from recs_py.distribution import ROOT

FOLDER = ROOT / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
LONGEST = 65


def superseded_by(record: str) -> list[str]:
    """Files of the records that take the place of this one."""
    [status] = re.findall(r"^- \*\*Status:\*\* (.+)$", record, flags=re.MULTILINE)
    if status == "accepted":
        return []
    assert re.fullmatch(r"superseded by \[\d{4}\]\(\S+\.md\)( and \[\d{4}\]\(\S+\.md\))*", status)
    return re.findall(r"\((\S+\.md)\)", status)


def test_numbers_have_no_gap():
    assert [path.name[:4] for path in RECORDS] == [f"{number:04}" for number in range(1, len(RECORDS) + 1)]


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_record_has_the_shape_of_the_others_and_fits_on_a_screen_or_so(path):
    record = path.read_text()
    number = path.name[:4]
    assert re.match(rf"# {number}\. .+\n\n- \*\*Status:\*\* .+\n- \*\*Date:\*\* \d{{4}}-\d\d-\d\d\n", record)
    headings = re.findall(r"^## (.+)$", record, flags=re.MULTILINE)
    newer = superseded_by(record)
    assert headings == ["Context", "Decision", "Consequences", *([] if newer else ["Revisit when"])]
    assert len(record.splitlines()) <= LONGEST
    for name in newer:
        supersedes = re.search(r"^- \*\*Supersedes:\*\* (.+)$", (FOLDER / name).read_text(), flags=re.MULTILINE)
        assert path.name in supersedes[1], f"{name} does not name {path.name}"


def test_the_index_lists_every_record_once_with_its_title_and_status():
    listed = re.findall(r"^- \[(\d{4})\]\((\S+)\) (.+)$", (FOLDER / "README.md").read_text(), flags=re.MULTILINE)
    expected = []
    for path in RECORDS:
        record = path.read_text()
        newer = " and ".join(name[:4] for name in superseded_by(record))
        title = re.match(r"# \d{4}\. (.+)", record)[1]
        expected.append((path.name[:4], path.name, f"{title} (superseded by {newer})" if newer else title))
    assert sorted(listed) == expected
