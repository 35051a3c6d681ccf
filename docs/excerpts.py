"""Run the tutorial and the worked example, and write into their pages and the README what the commands print.

`make tutorial` types it. Commands are the lines after `$ ` of a `console` block, run in the order of the pages in a
copy of the project; a block with a `title` is a file of that name. A comment stands before a block of output:

    <!-- output -->                                          all that the last command has printed
    <!-- output from `Recommended` 1-4 9 -->                 some lines, counted from the first one that begins so
    <!-- output of `make demo` from `Recommended` 1-4 -->    of another command

tests/docs/test_tutorial.py fails when a page and its commands disagree.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *sorted((ROOT / "docs" / "tutorial").glob("[0-9]*.md")),
    ROOT / "docs" / "explanation" / "one-purchase.md",
    ROOT / "README.md",
]

_FENCE = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
_EXCERPT = re.compile(
    r"(<!-- output(?: of `([^`]+)`)?(?: from `([^`]+)`)?((?: \d+(?:-\d+)?)*) -->\n\n```text\n)(.*?)(^```$)",
    flags=re.MULTILINE | re.DOTALL,
)
# differs from run to run
_TIMES = re.compile(r"\d[\d.,]* s\b|\d+ (?:min|h) ago")


@dataclass(frozen=True)
class Run:
    """A command of a page, and what it printed on standard output."""

    page: Path
    command: str
    output: str


def play(folder: Path, pages: list[Path] = PAGES) -> list[Run]:
    """Run all commands of the pages in a copy of the project.

    Raises
    ------
    RuntimeError
        If a command fails.
    """
    _copy_project(folder)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RECS_", "DBT_"))}
    environment |= {
        "PATH": f"{folder}/.venv/bin:{environment['PATH']}",
        # the copy, and not the project that is installed
        "PYTHONPATH": str(folder),
        "COLUMNS": "80",
        "NO_COLOR": "1",
    }
    runs = []
    for page in pages:
        if page.name == "README.md":  # its commands are those of the tutorial
            continue
        for language, title, body in _FENCE.findall(page.read_text(encoding="utf-8")):
            if title:
                (folder / title).parent.mkdir(parents=True, exist_ok=True)
                (folder / title).write_text(body, encoding="utf-8")
            for command in commands(body) if language == "console" else []:
                if command.startswith("export "):
                    environment |= dict(setting.split("=", 1) for setting in shlex.split(command)[1:])
                done = subprocess.run(
                    ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
                )
                if done.returncode:
                    raise RuntimeError(f"{page.name}: `{command}` failed:\n{done.stdout}\n{done.stderr}")
                runs.append(Run(page, command, "\n".join(line.rstrip() for line in done.stdout.splitlines())))
    return runs


def commands(block: str) -> list[str]:
    """The commands of a console block."""
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def rewritten(page: Path, runs: list[Run]) -> str:
    """The text of a page with the output that its commands, or a command of another page, have printed."""
    text = page.read_text(encoding="utf-8")
    own = [run for run in runs if run.page == page]

    def output(match: re.Match) -> str:
        head, named, beginning, ranges, old, end = match.groups()
        if named:
            run = next(run for run in runs if run.command == named)
        else:
            blocks = _FENCE.findall(text[: match.start()])
            run = own[sum(len(commands(body)) for language, _, body in blocks if language == "console") - 1]
        new = _lines(run.output, beginning or "", ranges)
        same = _TIMES.sub("_", new) == _TIMES.sub("_", old)
        return head + (old if same else new) + end

    return _EXCERPT.sub(output, text)


def _lines(text: str, beginning: str, ranges: str) -> str:
    """Lines of a text from the first one with this beginning on, with dots in place of lines that are left out."""
    lines = text.splitlines()
    first_line = next(number for number, line in enumerate(lines) if line.startswith(beginning))
    lines, last = lines[first_line:], 0
    if not ranges:
        return "".join(f"{line}\n" for line in lines)
    shown = []
    for part in ranges.split():
        first, _, end = part.partition("-")
        if int(first) > last + 1:
            shown.append("...")
        shown += lines[int(first) - 1 : int(end or first)]
        last = int(end or first)
    return "".join(f"{line}\n" for line in [*shown, *(["..."] if last < len(lines) else [])])


def _copy_project(folder: Path) -> None:
    """A clone as it stands here, with an environment that is already made."""
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for name in tracked:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    if (ROOT / "target" / "parsed").exists():
        shutil.copytree(ROOT / "target" / "parsed", folder / "target" / "parsed")
    (folder / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        if part.is_dir() or part.name == "pyvenv.cfg":
            (folder / ".venv" / part.name).symlink_to(part)
    for marker in re.findall(r"^(\.venv/[\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE):
        (folder / marker).touch()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        outcome = play(Path(scratch) / "recs")
    for path in PAGES:
        new_text = rewritten(path, outcome)
        if new_text != path.read_text(encoding="utf-8"):
            path.write_text(new_text, encoding="utf-8")
            print(f"{path.relative_to(ROOT)} has changed")
