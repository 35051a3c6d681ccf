"""Hooks of MkDocs: pages that are generated, navigation by folder, and links out of docs/."""

import os
import re
import sys
from pathlib import Path, PurePosixPath

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parent))
import reference

ROOT = Path(__file__).resolve().parents[2]
# pages that stand at the root of the repository
PROJECT_PAGES = ("CONTRIBUTING.md", "CHANGELOG.md", "BENCHMARKS.md")
DBT_PAGE = ROOT / os.environ.get("DBT_TARGET_PATH", "target") / "static_index.html"
LANGUAGES = {".sql": "sql", ".py": "python", ".yml": "yaml", ".toml": "toml", ".css": "css"}

_LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)(?=[)#])")
_GENERATED = re.compile(r"^::: ([\w-]+).*$", flags=re.MULTILINE)
_FENCE = re.compile(r"(^ *```.*?^ *```$)", flags=re.MULTILINE | re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Replace `folder/*` in the navigation by the pages of the folder, and leave out pages that do not exist."""
    config.nav = _expanded(config.nav)
    return config


def _expanded(entries: list) -> list:
    found = []
    for entry in entries:
        if isinstance(entry, dict):
            [(title, inner)] = entry.items()
            pages = _expanded(inner) if isinstance(inner, list) else inner
            found += [{title: pages}] if pages else []
        elif entry.endswith("/*"):
            folder = ROOT / "docs" / entry[:-2]
            # README is the page of the folder itself
            found += [
                str(path.relative_to(ROOT / "docs"))
                for path in sorted(folder.glob("*.md"), key=lambda path: (path.name != "README.md", path.name))
            ]
        elif entry.startswith("project/") or (ROOT / "docs" / entry).exists():
            found.append(entry)
    return found


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add dbt's page, the pages at the root of the repository, and the source files that any page links to."""
    if not DBT_PAGE.exists():
        raise PluginError(f"{DBT_PAGE} is missing: `make docs` makes it first")
    files.append(File.generated(config, "models/index.html", abs_src_path=str(DBT_PAGE)))
    for name in PROJECT_PAGES:
        files.append(File.generated(config, f"project/{name}", content=(ROOT / name).read_text(encoding="utf-8")))
    linked = set()
    for file in files.documentation_pages():
        text = _with_generated(file.content_string)
        linked |= {path for path in (_target(file.src_uri, link) for link in _links(text)) if path}
    written = {file.src_uri for file in files}
    for path in sorted(linked):
        # MkDocs itself names a link that leads nowhere; a link to the folder of the pages is one to their first page
        if _uri(path) not in written and (ROOT / path).exists():
            files.append(File.generated(config, _uri(path), content=_source_page(path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace `::: name`, and links to files of the repository by links to their pages."""
    if page.file.src_uri.startswith("source/"):
        return markdown

    def relinked(match: re.Match) -> str:
        path = _target(page.file.src_uri, match[1])
        if path is None:
            return match[1]
        return os.path.relpath(_uri(path), PurePosixPath(page.file.src_uri).parent)

    parts = _FENCE.split(_with_generated(markdown))
    return "".join(part if number % 2 else _LINK.sub(relinked, part) for number, part in enumerate(parts))


def _with_generated(text: str) -> str:
    return _GENERATED.sub(lambda match: reference.GENERATED[match[1]](), text)


def _links(text: str) -> list[str]:
    return _LINK.findall("".join(_FENCE.split(text)[::2]))


def _source_of(src_uri: str) -> str:
    """The path in the repository of a page or file of the site."""
    return src_uri.removeprefix("project/") if src_uri.startswith("project/") else f"docs/{src_uri}"


def _target(src_uri: str, link: str) -> str | None:
    """The path in the repository that a link means; None where it stays within docs/."""
    path = os.path.normpath(PurePosixPath(_source_of(src_uri)).parent / link)
    if path.startswith("docs/") and not src_uri.startswith("project/"):
        return None
    return path


def _uri(path: str) -> str:
    """The page of the site for a path in the repository."""
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path == "docs" or path == "README.md":
        return "README.md"
    if path in PROJECT_PAGES:
        return f"project/{path}"
    # MkDocs leaves out what begins with a dot
    visible = "/".join(part.lstrip(".") for part in path.split("/"))
    return f"source/{visible}/README.md" if (ROOT / path).is_dir() else f"source/{visible}.md"


def _source_page(path: str) -> str:
    """A page that shows a file, or lists what a folder holds; the search leaves it out."""
    front = yaml.safe_dump({"title": path, "search": {"exclude": True}})
    if (ROOT / path).is_dir():
        names = [file.name for file in sorted((ROOT / path).iterdir()) if not file.name.startswith(("_", "."))]
        body = "\n".join(f"* `{name}`" for name in names)
    else:
        language = LANGUAGES.get(Path(path).suffix, "text")
        body = f"````{language}\n{(ROOT / path).read_text(encoding='utf-8')}\n````"
    return f"---\n{front}---\n\n# {path}\n\n{body}\n"
