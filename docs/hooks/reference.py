"""Parts of the reference, made from the code when the site is built; a line such as `::: commands` in a page is one."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import yaml

from recs_py.cli import main as recs
from recs_py.loading.raw_tables import REQUIRED, TABLES
from recs_py.macros import returned

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "dbt_project"


def table(headings: list[str], rows: list[list[Any]]) -> str:
    """A Markdown table; a cell may hold anything but line breaks."""
    lines = [headings, ["---"] * len(headings), *rows]
    cells = [[_cell(str(cell)) for cell in line] for line in lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in cells) + "\n"


def _cell(text: str) -> str:
    parts = text.replace("|", "\\|").replace("\n", " ").strip().split("`")
    # `without_<signal>` is no HTML; within backticks all stays
    return "`".join(part if number % 2 else part.replace("<", "&lt;") for number, part in enumerate(parts))


def commands() -> str:
    """Every command of `recs`: usage, what it does, options, examples."""
    parts = []
    for name, command in recs.commands.items():
        context = click.Context(command, info_name=f"recs {name}")
        text, _, examples = inspect.cleandoc(command.help or "").partition("\b\nExample:\n")
        usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
        parts.append(f"## recs {name}\n\n```text\n{usage}\n```\n")
        parts.append(re.sub(r"(?<!`)(--\w[\w-]*)(?!`)", r"`\1`", text.strip()) + "\n")
        options = [record for parameter in command.params if (record := parameter.get_help_record(context))]
        parts.append(table(["option", "what it does"], [[f"`{option}`", what] for option, what in options]))
        examples = "\n".join(f"$ {line.strip()}" for line in examples.strip().splitlines())
        parts.append(f"```console\n{examples}\n```\n")
    return "\n".join(parts)


def settings() -> str:
    """Every variable of dbt_project.yml: default, what may be set, and the comment above it."""
    text = (ROOT / "dbt_project.yml").read_text(encoding="utf-8")
    comments, allowed = _comments(text.split("\nvars:\n")[1]), _allowed(yaml.safe_load(text)["vars"])
    rows = []
    for name, value in yaml.safe_load(text)["vars"].items():
        default = "the list of signals" if name == "signals" else f"`{_shown(value)}`"
        rows.append([f"`{name}`", default, allowed[name], comments[name]])
    return table(["setting", "default", "allowed", "what it does"], rows)


def _comments(text: str) -> dict[str, str]:
    """The comment above each variable; variables that stand together share it, and may have a line each in it."""
    found = {}
    for paragraph in text.split("\n\n"):
        comment = " ".join(line.strip(" #") for line in paragraph.splitlines() if re.match(r"  # ?\S", line))
        of_one = dict(re.findall(r"^  # {3}(\w+) +(.+)$", paragraph, flags=re.MULTILINE))
        for name in re.findall(r"^  (\w+):", paragraph, flags=re.MULTILINE):
            found[name] = f"{comment} {of_one[name][0].upper()}{of_one[name][1:]}." if name in of_one else comment
    return found


def _allowed(variables: dict[str, Any]) -> dict[str, str]:
    """What `check_settings` takes for each variable, in words."""
    words = {
        "whole": "whole number", "number": "number", "boolean": "true, false", "text": "text",
        "wholes": "list of whole numbers", "names": "list of names", "signals": "list of signals",
        "week": "date or ISO week", "day": "date", "half_lives": "days for each of recent, usual, lasting",
    }  # fmt: skip
    phrases = {"least": "from {}", "above": "above {}", "most": "to {}", "below": "below {}"}
    found = {}
    for name, setting in returned("settings", **variables).items():
        if setting["type"] == "choices":
            found[name] = ", ".join(f"`{choice}`" for choice in setting["choices"])
            continue
        ends = [phrase.format(setting[end]) for end, phrase in phrases.items() if end in setting]
        found[name] = " ".join(["`all`, or a"] * ("instead" in setting) + [words[setting["type"]], *ends])
    return found


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ", ".join(f"{key}: {number}" for key, number in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value) or "empty"


def signal_keys() -> str:
    """The keys of an entry in the list of signals, from the comment above the list."""
    text = (ROOT / "dbt_project.yml").read_text(encoding="utf-8")
    comment = text.split("  # The signals. ")[1].split("\n  signals:\n")[0]
    rows: list[list[str]] = []
    for line in comment.splitlines()[1:]:
        name = re.match(r"  #   (\w+) +(.+)", line)
        if name:
            rows.append([f"`{name[1]}`", name[2]])
        else:
            rows[-1][1] += " " + line.strip(" #")
    return table(["key", "what it is"], rows)


def signals() -> str:
    """Every signal with its weight, its grain, and its page."""
    pages = {
        name: page
        for page in sorted((ROOT / "docs" / "signals").glob("*.md"))
        for name in re.findall(r"`(\w+)`", page.read_text(encoding="utf-8").split("## ")[0])
    }
    rows = []
    for signal in yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]["signals"]:
        grain = " x ".join(key.removesuffix("_key") for key in signal.get("keys", ["customer_key", "article_key"]))
        page = pages[signal["name"]]
        title = page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        candidates = signal.get("top_k", 0 if "keys" in signal else "all")
        rows.append(
            [f"`{signal['name']}`", grain, signal.get("weight", 0), candidates, f"[{title}](../signals/{page.name})"]
        )
    return table(["signal", "grain", "default weight", "candidates (`top_k`)", "page"], rows)


def views() -> str:
    """Every view of the schema recs with its columns, from dbt's yml, and `recs.runs`, which a macro makes."""
    parts = []
    for path in sorted((PROJECT / "models" / "recs").glob("*.yml"), key=lambda path: path.stem != "recs"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            parts.append(_view(model["name"], model["description"], model["columns"]))
    columns = [
        {"name": column["name"], "data_type": column["type"], "description": column["description"]}
        for column in returned("columns_of_runs")
    ]
    live = "Only in what is published: whether the lists of its week are this run's."
    columns.append({"name": "is_live", "data_type": "boolean", "description": live})
    return "\n".join([*parts, _view("runs", returned("description_of_runs"), columns)])


def _view(name: str, description: str, columns: list[dict[str, str]]) -> str:
    rows = [[f"`{column['name']}`", f"`{column['data_type']}`", column["description"]] for column in columns]
    return f"## recs.{name}\n\n{description.strip()}\n\n{table(['column', 'type', 'what it is'], rows)}"


def functions() -> str:
    """The table macros of the published file: comment and signature of each."""
    text = (ROOT / "sql" / "what_if" / "duckdb.sql").read_text(encoding="utf-8")
    found = re.findall(r"((?:^-- .*\n)+)create macro (recs\.\w+\(.*?\))", text, flags=re.MULTILINE)
    return table(
        ["function", "what it returns"],
        [[f"`{signature}`", comment.replace("\n-- ", " ").removeprefix("-- ")] for comment, signature in found],
    )


def queries() -> str:
    """The cookbook: every file of sql/queries with its first comment."""
    rows = []
    for path in sorted((ROOT / "sql" / "queries").glob("*.sql")):
        comment = re.match(r"((?:-- .*\n)+)", path.read_text(encoding="utf-8"))[1]
        rows.append(
            [f"[{path.name}](../../sql/queries/{path.name})", comment.replace("\n-- ", " ").removeprefix("-- ")]
        )
    return table(["query", "what it answers"], rows)


def raw_tables() -> str:
    """Every raw table with its columns; those that a loader must fill in bold."""
    [sources] = [
        source["tables"]
        for source in yaml.safe_load((PROJECT / "models/staging/staging.yml").read_text(encoding="utf-8"))["sources"]
        if source["name"] == "raw"
    ]
    about = {source["name"]: source["description"] for source in sources}
    descriptions = {
        (source["name"], column["name"]): column["description"]
        for source in sources
        for column in source.get("columns", [])
    }
    parts = []
    for name, columns in TABLES.items():
        rows = [
            [
                f"`{column}`",
                f"`{data_type.lower()}`",
                "yes" if column in REQUIRED[name] else "",
                descriptions.get((name, column), ""),
            ]
            for column, data_type in columns.items()
        ]
        parts.append(
            f"## raw.{name}\n\n{about[name].strip()}\n\n{table(['column', 'type', 'required', 'what it is'], rows)}"
        )
    return "\n".join(parts)


def metrics() -> str:
    """Every metric with its formula in words, and in SQL where it is computed per customer."""
    models = yaml.safe_load((PROJECT / "models" / "evaluation" / "evaluation.yml").read_text(encoding="utf-8"))[
        "models"
    ]
    [columns] = [model["columns"] for model in models if model["name"] == "metrics"]
    [text] = [column["description"] for column in columns if column["name"] == "metric"]
    formulas = re.findall(
        r"\('(\w+)', '\w+', (.+?)\),$",
        (PROJECT / "macros" / "evaluation" / "accuracy_metrics.sql").read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    in_sql = {
        name: re.sub(r"' ~ k ~ '|' ~ k\b|^'|'$", lambda part: "k" if "k" in part[0] else "", sql).replace("k.0", "k")
        for name, sql in formulas
    }
    # "... scores 0. map_kaggle: sum of ... . map_trec: ..."
    parts = re.split(r"(?<=\. )([a-z][a-z_]+): ", " ".join(text.split()))
    rows = [
        [
            f"`{name}`",
            words.removesuffix("Of the lists themselves, without interval. ").strip(),
            f"`{in_sql[name]}`" if name in in_sql else "none: a metric of the lists themselves, without interval",
        ]
        for name, words in zip(parts[1::2], parts[2::2], strict=True)
    ]
    missing = set(in_sql) - set(parts[1::2])
    if missing:
        raise ValueError(f"the description of evaluation.metrics has no formula of {missing}")
    return f"{parts[0].strip()}\n\n{table(['metric', 'formula', 'of one customer, in SQL'], rows)}"


def models() -> str:
    """Every model by its room, with its description and a link to dbt's page."""
    order = [
        "staging", "rules", "features", "similarities", "signals", "candidates", "training", "blend", "recommendations",
        "internal", "evaluation", "recs",
    ]  # fmt: skip
    parts = []
    for room in order:
        rows = []
        for path in sorted((PROJECT / "models" / room).glob("*.yml")):
            for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
                link = f"../models/index.html#!/model/model.recs.{model['name']}"
                rows.append([f"[`{model['name']}`]({link})", model["description"]])
        parts.append(f"## {room}\n\n{table(['model', 'what it is'], rows)}")
    return "\n".join(parts)


GENERATED: dict[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings,
    "signal-keys": signal_keys,
    "signals": signals,
    "views": views,
    "functions": functions,
    "queries": queries,
    "raw-tables": raw_tables,
    "metrics": metrics,
    "models": models,
}
