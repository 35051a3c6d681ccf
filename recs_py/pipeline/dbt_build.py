"""Runs the dbt project in this process and reports its progress."""

import atexit
import contextlib
import functools
import gc
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from recs_py import settings, work_lock
from recs_py.database import LOCKED, in_use
from recs_py.distribution import ROOT, link_models, own_project, project, read_project
from recs_py.errors import RecsError, UsageError
from recs_py.macros import returned
from recs_py.pipeline import dbt_faults

if TYPE_CHECKING:  # dbt takes two seconds to import, for which a command that builds nothing does not wait
    from dbt.cli.main import dbtRunner, dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest


@dataclass(frozen=True)
class Step:
    """One node of the graph as it starts: its name and its place among all that will run."""

    name: str
    number: int
    total: int


class _Settings(dict):
    def __missing__(self, name: str) -> NoReturn:
        raise UsageError(f"dbt_project.yml has no setting {name}: add it to `vars`.")


def build(
    *,
    database: Path,
    variables: dict | None = None,
    select: list[str] | None = None,
    command: str = "build",
    on_step: Callable[[Step], None] | None = None,
) -> dict[str, float]:
    """Build (and test) the models in the work database.

    A process reads the project's files once for all weeks: a change of them is seen by the next process.

    Parameters
    ----------
    database
        The work database.
    variables
        dbt variables, such as `{"target_week": "2020-09-23"}`.
    select
        dbt selectors; everything by default.
    command
        `build` (models and data tests) or `run` (models only).
    on_step
        Called as each model or test starts.

    Returns
    -------
    dict
        Seconds per model and test, by name.

    Raises
    ------
    UsageError
        If a setting is wrong, or the loaded data or the learned blend does not fit.
    RecsError
        If dbt could not start, or a model or a data test failed; the sentence names it.
    """
    from dbt.cli.main import dbtRunner

    def hear(event) -> None:
        if on_step and event.info.name == "LogStartLine":
            on_step(Step(event.data.node_info.node_name, event.data.index, event.data.total))

    # unit tests try the models' logic on made-up rows: what a change needs, not what a week of data needs
    tests = ["--exclude-resource-type", "unit_test"] if command == "build" else []
    selected = ["--select", *select] if select else []
    variables = variables or {}
    was_unfinished = settings.target() == "spark" and _begin_on_spark(database)
    runner = dbtRunner(manifest=_read(_project(database, variables)), callbacks=[hear])
    outcome = work_lock.patiently(
        database, lambda: _invoke(runner, [command, *tests, *selected], database=database, variables=variables)
    )
    if not outcome.success:
        told = {**_unchecked_variables(), **variables}
        raise RecsError(dbt_faults.failures(outcome.result.results, root=project(), variables=told))
    seconds = {result.node.name: result.execution_time for result in outcome.result.results}
    if settings.target() == "spark":
        _show_what_spark_built(database, variables, is_finished="rankings" in seconds or not was_unfinished)
    return seconds


def _begin_on_spark(database: Path) -> bool:
    from recs_py.spark import work_database

    work_database.send(database)
    return work_database.begin(database)


def _show_what_spark_built(database: Path, variables: dict, *, is_finished: bool) -> None:
    from dbt.cli.main import dbtRunner

    from recs_py.spark.work_database import Model, finish, show_tables, show_views

    show_tables(database)
    # the views of DuckDB, each after those that it reads
    with settings.environment(RECS_TARGET="duckdb"):
        manifest = _read(_project(database, variables))
        compile_views = ["compile", "--select", "config.materialized:view"]
        runner = dbtRunner(manifest=manifest)
        outcome = work_lock.patiently(
            database, lambda: _invoke(runner, compile_views, database=database, variables=variables)
        )
    if not outcome.success:
        told = {**_unchecked_variables(), **variables}
        raise RecsError(dbt_faults.failures(outcome.result.results, root=project(), variables=told))
    compiled = {result.node.unique_id: result.node for result in outcome.result.results}
    others = {node.unique_id: node for node in manifest.nodes.values() if node.unique_id not in compiled}
    models = [
        Model(
            name=f"{node.schema}.{node.alias}",
            sql=node.compiled_code if name in compiled else "",
            description=node.description,
            columns={column.name: column.description for column in node.columns.values()},
        )
        for name, node in (others | compiled).items()
        if node.resource_type == "model"
    ]
    columns = {column["name"]: column["description"] for column in returned("columns_of_runs")}
    show_views(database, [*models, Model("recs.runs", description=returned("description_of_runs"), columns=columns)])
    if is_finished:
        finish(database)


def project_variables() -> dict[str, Any]:
    """The variables of dbt_project.yml, which a build may override.

    In a project that has recs as a package, a setting that it leaves out has the value of recs' own dbt_project.yml.

    Raises
    ------
    UsageError
        If the file is no YAML, or a value is no number or no list where one is needed; also later, if a variable that
        it lacks is asked for.
    """
    variables = _unchecked_variables()
    if faults := _wrong_values(json.dumps(variables, default=str)):
        raise UsageError(dbt_faults.named(faults))
    return _Settings(variables)


def _unchecked_variables() -> dict[str, Any]:
    variables = read_project(project()).get("vars") or {}
    if "recs" not in variables:
        return variables
    of_recs = variables.pop("recs")
    defaults = read_project(ROOT)["vars"]
    return defaults | {name: value for name, value in variables.items() if name in defaults} | of_recs


@functools.lru_cache(maxsize=1)
def _wrong_values(variables: str) -> list[str]:
    return dbt_faults.wrong_values(json.loads(variables))


def judged_rank() -> int:
    """The k at which lists are judged: the largest of `evaluated_ranks` that a list has (see the macro)."""
    variables = project_variables()
    return min(max(variables["evaluated_ranks"]), variables["list_length"])


# Variables that only queries read: whatever their values, models have the same references and configurations.
OF_QUERIES = frozenset({
    "target_week", "as_of", "apply_rules", "buckets", "eligible_days", "evaluated_systems",
    "evaluation_fingerprint", "fit_weights", "half_lives", "learned", "list_length", "recommend_unsold",
    "training_customers",
})  # fmt: skip


@dataclass(frozen=True)
class _Project:
    """Key of the cached manifest: parsing depends on these fields, but not on the path of the database."""

    folder: Path
    target: str
    database_name: str
    variables: str


def _project(database: Path, variables: dict) -> _Project:
    read = {name: value for name, value in variables.items() if name not in OF_QUERIES}
    return _Project(project(), settings.target(), database.stem, json.dumps(read, sort_keys=True))


@functools.lru_cache(maxsize=8)
def _read(key: _Project) -> "Manifest":
    from dbt.cli.main import dbtRunner

    # dbt parses only changed files if variables and path of the database equal those of its last parse, else all,
    # which takes five seconds. So each set of variables has a folder (one of sixteen), and the path is always the same:
    # parsing does not open the database.
    name = f"{key.target} {key.database_name} {key.variables}"
    digest = hashlib.sha256(name.encode()).hexdigest()
    target = Path({**os.environ, **_folders()}.get("DBT_TARGET_PATH") or key.folder / "target")
    arguments = ["parse", "--target-path", str(target / "parsed" / digest[0])]
    database = Path(f"/{key.database_name}.duckdb")
    # nearly all objects of the manifest stay in memory: garbage collection would take a sixth of the time
    gc.disable()
    try:
        return _invoke(dbtRunner(), arguments, database=database, variables=json.loads(key.variables)).result
    finally:
        gc.enable()


def _invoke(runner: "dbtRunner", arguments: list[str], *, database: Path, variables: dict) -> "dbtRunnerResult":
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    command, *options = arguments
    folder = project()
    if own := own_project():
        link_models(own)
    folders = ["--project-dir", str(folder), "--profiles-dir", str(folder), "--vars", json.dumps(variables)]
    # dbt changes the directory to the project's and does not come back
    with settings.environment(RECS_DUCKDB=str(database.resolve()), **_folders()), contextlib.chdir(Path.cwd()):
        try:
            # nobody reads the files that dbt writes about a run, and a failure is reported once, by us
            outcome = runner.invoke(["--log-level", "none", "--no-write-json", command, *folders, *options])
        finally:
            # dbt keeps the file open, and so locked, until its connections are closed
            DuckDBConnectionManager.close_all_connections()
    # dbt may have lost a Ctrl-C, and gone on
    if work_lock.interrupted.is_set():
        raise KeyboardInterrupt
    messages = [str(outcome.exception), *(result.message or "" for result in getattr(outcome.result, "results", []))]
    for message in messages:
        if LOCKED in message:
            raise in_use(database, message)
    # dbt returns the exception that stopped it, Ctrl-C too
    if isinstance(outcome.exception, KeyboardInterrupt):
        raise outcome.exception
    if outcome.exception is not None:
        variables = {**_unchecked_variables(), **variables}
        raise dbt_faults.explain(str(outcome.exception), root=project(), variables=variables)
    return outcome


def _folders() -> dict[str, str]:
    """Folders for dbt's log and compiled files, if the project is installed read-only."""
    return {
        variable: str(_scratch() / folder)
        for variable, folder in (("DBT_LOG_PATH", "logs"), ("DBT_TARGET_PATH", "target"))
        if variable not in os.environ and not _is_writable(project() / folder)
    }


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


@functools.cache
def _scratch() -> Path:
    folder = tempfile.mkdtemp(prefix="recs-dbt-", dir=settings.scratch_folder())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
