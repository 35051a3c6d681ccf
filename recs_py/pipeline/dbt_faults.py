"""Failures of dbt as errors whose one sentence the user may read."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recs_py.distribution import ROOT
from recs_py.errors import MORE_MEMORY, RecsError, UsageError, did_you_mean
from recs_py.macros import returned

if TYPE_CHECKING:
    from dbt.artifacts.schemas.results import NodeResult

_MISTYPED = re.compile(r"Compilation Error in \w+ \w+ \((.+)\)\n\s*(.*'(?:str|int|float|bool|list|dict|NoneType)'.*)")


def failures(results: Sequence["NodeResult"], *, root: Path, variables: dict[str, Any]) -> str:
    """Why a run failed: the first model or test that did, and how many more there are.

    Parameters
    ----------
    results
        Of all nodes that ran.
    root
        The project's folder.
    variables
        The settings of the run.
    """
    failed = [result for result in results if result.status in ("error", "fail")]
    first = failed[0]
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    if first.status == "fail" and first.node.resource_type == "unit_test":
        return (
            f"The unit test {first.node.name} expects other rows of its model{more}: "
            f"`dbt test --select {first.node.name}` shows both."
        )
    if first.status == "fail":
        return (
            f"The data test {first.node.name} found {first.failures} row{'s' * (first.failures != 1)} that break its "
            f"promise{more}: `dbt show --select {first.node.name}` lists them; nothing was published."
        )
    path, told = first.node.original_file_path, _sentence(first.message or "", root=root, variables=variables)
    return f"The step {first.node.name}{'' if path in told else f' ({path})'} failed{more}: {told}"


def explain(message: str, *, root: Path, variables: dict[str, Any]) -> RecsError:
    """Return the error to raise when dbt stopped before it ran anything.

    It is a UsageError for settings, data and a learned blend that the user must change first.

    Parameters
    ----------
    message
        dbt's message.
    root
        The project's folder.
    variables
        The settings of the run.
    """
    # the project is read before `check_settings` runs: a text for a number may fail there, in the words of Python
    wrong_settings = _wrong_settings(variables) if _MISTYPED.search(message) else None
    if wrong_settings:
        return UsageError(wrong_settings)
    # what `check_settings`, `check_learned_blend` and the like refuse when a run starts
    is_refusal = "operation recs-on-run-start" in message
    return (UsageError if is_refusal else RecsError)(_sentence(message, root=root, variables=variables))


def _sentence(message: str, *, root: Path, variables: dict[str, Any]) -> str:
    """A message of dbt as one sentence, with the way out where a signal, a reference or a setting is wrong."""
    lists = [variables.get(name) for name in ("signals", "own_signals")]
    models = {
        signal["name"]: signal.get("model", signal["name"])
        for signals in lists
        for signal in (signals if isinstance(signals, list) else [])
        if isinstance(signal, dict) and "name" in signal
    }
    folder = "dbt_project/models" if (root / "dbt_project").is_dir() else "models"
    missing = re.search(r"'[\w.]+' \((.+)\) depends on a node named '(\w+)' which was not found", message)
    if missing and missing[2] in models.values():
        signal = next(name for name, model in models.items() if model == missing[2])
        return (
            f"The signal {signal} is listed in dbt_project.yml but has no model: "
            f"add {folder}/signals/{missing[2]}.sql, or remove its line."
        )
    if missing:
        files = [*(ROOT / "dbt_project" / "models").rglob("*"), *(root / "models").rglob("*")]
        known = [path.stem for path in files if path.suffix in (".sql", ".py")]
        if missing[2] in known and "unit_tests" in missing[1]:
            return (
                f"The unit test in {missing[1]} has no rows of {missing[2]}, which its model reads: add it to `given`."
            )
        guess = did_you_mean(missing[2], known, otherwise="correct the name, or add the model.")
        return f"{missing[1]} refers to a model {missing[2]}, which does not exist: {guess}"
    unread = re.search(r"Error reading \w+: (\S+).*?near line (\d+).*?Raw Error:\s*-+\s*([^\n]+)", message, re.DOTALL)
    if unread:
        return (
            f"{folder}/{unread[1]} is no YAML near line {unread[2]} ({unread[3].rstrip('.')}): correct it, "
            "such as by quotes around a text with a colon."
        )
    mistyped = _MISTYPED.search(message)
    if mistyped:
        return (
            f"{mistyped[1]} cannot be compiled ({mistyped[2]}): a setting in `vars` or --vars has the wrong type, "
            "or is missing."
        )
    memory = re.search(r"Out of Memory Error: .*", message)
    if memory:
        return f"{memory[0]}: {MORE_MEMORY}."
    # where a column is missing, DuckDB takes the name of the model's own row for it
    row = re.search(r"Unimplemented type for cast \(STRUCT\((.+)\) -> FLOAT\)", message)
    if row:
        return (
            f"A signal is called like its model, but is no column of it ({row[1]}): name the column in the model like "
            "the signal, or correct the name in its line."
        )
    unknown = re.search(r'models/(?:signals|candidates)/.*\n *Binder Error: .*"(\w+)"', message)
    if unknown and unknown[1] in models:
        return (
            f"The signal {unknown[1]} is listed in dbt_project.yml but is no column of its model {models[unknown[1]]}: "
            "correct the name in its line, or add the column."
        )
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    # dbt's words around a sentence of ours, and its place in the project, are of no use to the user
    around = ("Compilation Error", "Runtime Error", "Encountered an", "> in macro", "> called by")
    told = [line.removeprefix("Invalid Input Error: ") for line in lines if not line.startswith(around)]
    if not told:
        return "dbt gave no reason: see logs/dbt.log in the project."
    place = re.search(r"Compilation Error in (?:model|test|macro) \S+ \((.+)\)", message)
    return f"{place[1]}: {' '.join(told[:2])}" if place else " ".join(told[:2])


def wrong_values(variables: dict[str, Any]) -> list[str]:
    """The settings that are no number or no list where one is needed, each with what to choose.

    Python reads such settings before dbt runs `check_settings`, whose sentences these are.
    """
    return [
        f"{name} is {returned('shown', variables[name])}: {fault}"
        for name, setting in _settings(variables).items()
        if name in variables and _is_read(setting["type"], variables[name])
        for fault in returned("value_faults", variables[name], setting)
    ]


def named(faults: list[str]) -> str:
    """One sentence that names faults of settings, of dbt_project.yml or given with `--vars`."""
    begin = "A setting is wrong" if len(faults) == 1 else f"{len(faults)} settings are wrong"
    return f"{begin}: {'; '.join(faults)} (in vars of dbt_project.yml or --vars)."


def _is_read(kind: str, value: Any) -> bool:
    # whether the names of a list are known, dbt looks up
    are_names = isinstance(value, list) and all(isinstance(name, str) for name in value)
    return kind in ("whole", "number", "wholes", "half_lives", "signals") or (kind == "names" and not are_names)


def _wrong_settings(variables: dict[str, Any]) -> str | None:
    """Name the settings that are missing, unknown, or of a wrong type; None if there are none."""
    known = _settings(variables)
    faults = [
        *(f"there is no setting {name}" for name in variables if name not in known),
        *(f"the setting {name} is missing" for name in known if name not in variables),
        *wrong_values(variables),
    ]
    return named(faults) if faults else None


def _settings(variables: dict[str, Any]) -> dict[str, dict[str, Any]]:
    # the types are the same for all signals
    return returned("settings", signals=[], own_signals=[], list_length=variables.get("list_length"))
