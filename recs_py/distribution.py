"""Where the models and the SQL of recs lie, which project they are built for, and how recs is installed."""

import shlex
from pathlib import Path
from typing import Any

from recs_py.errors import UsageError

_PACKAGE = Path(__file__).resolve().parent

# in a clone they lie beside the package, in an installed one within it
IS_CLONE = not (_PACKAGE / "project").is_dir()
ROOT = _PACKAGE.parent if IS_CLONE else _PACKAGE / "project"

# `recs` belongs to somebody else on PyPI
NAME = "warehouse-recs"


def install_command(extra: str) -> str:
    """Return the command that installs an optional part such as `postgres`, right in the current folder."""
    if not IS_CLONE:
        return f"pip install '{NAME}[{extra}]'"
    clone = "." if Path.cwd() == ROOT else ROOT
    return f"pip install -e {shlex.quote(f'{clone}[{extra}]')}"


def own_project() -> Path | None:
    """The current folder, if it is a dbt project with recs as a package: its `vars` then have a part `recs`."""
    folder = Path.cwd()
    if folder == ROOT or not (folder / "dbt_project.yml").is_file():
        return None
    return folder if "recs" in (read_project(folder).get("vars") or {}) else None


def project() -> Path:
    """Folder of the dbt project that is built: the current one if it has recs as a package, else the clone.

    Raises
    ------
    UsageError
        If there is neither.
    """
    own = own_project()
    if own is None and not IS_CLONE:
        raise UsageError(
            f"{Path.cwd()} is no project of recs: go to the folder of yours, or type `recs init my-shop` for a new one"
        )
    return own or ROOT


def read_project(folder: Path) -> dict[str, Any]:
    """The content of a folder's dbt_project.yml.

    Raises
    ------
    UsageError
        If the file is missing or no YAML, or its `vars` are no settings.
    """
    import yaml  # every command imports this module, and most read no project

    file = folder / "dbt_project.yml"
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UsageError(f"{file} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise UsageError(f"{file} cannot be read: it has no settings")
    variables = content.get("vars") or {}
    if not isinstance(variables, dict) or not isinstance(variables.get("recs", {}), dict):
        raise UsageError(f"{file} has no settings under `vars`, or under `recs` there: write `{{}}` for none")
    return content


def link_models(folder: Path) -> None:
    """Let a project find the models of the installed version of recs, as dbt's package `recs`.

    Parameters
    ----------
    folder
        The project; a package `recs` that dbt itself has installed there stays.
    """
    link = folder / (read_project(folder).get("packages-install-path") or "dbt_packages") / "recs"
    if link.is_symlink() and link.readlink() != ROOT:
        link.unlink()
    if not link.exists():
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(ROOT, target_is_directory=True)
