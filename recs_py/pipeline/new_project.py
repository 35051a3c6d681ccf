"""Makes the folder of a new shop's project, which has the models of recs as a dbt package."""

import re
import shutil
from pathlib import Path

from recs_py.distribution import ROOT, link_models
from recs_py.errors import UsageError

TEMPLATE = Path(__file__).resolve().parents[1] / "new_project"

# Names of dbt's and of recs' own packages, and of loaders that recs brings.
_TAKEN = ("recs", "dbt", "dbt_duckdb", "synthetic")


def make_project(folder: Path) -> list[Path]:
    """Make a project in a new or empty folder, whose name becomes that of the project and of its loader.

    Parameters
    ----------
    folder
        `my-shop` makes the dbt project my_shop with the loader sql/load/my_shop.sql.

    Returns
    -------
    list of Path
        The files, relative to the folder.

    Raises
    ------
    UsageError
        If there are files already, or the name cannot be that of a dbt project.
    """
    folder = folder.absolute()
    name = folder.name.lower().replace("-", "_")
    loaders = [path.stem for path in (ROOT / "sql" / "load").glob("*.sql")]
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", name):
        raise UsageError(
            f"A project cannot be called {folder.name!r}: choose a name of letters, digits and hyphens, such as my-shop"
        )
    if name in (*_TAKEN, *loaders):
        raise UsageError(
            f"A project cannot be called {folder.name!r}, since a package or a loader of recs is: choose another name"
        )
    # an empty repository may be there already
    if folder.exists() and (not folder.is_dir() or any(path.name != ".git" for path in folder.iterdir())):
        raise UsageError(f"{folder} exists and is not empty: choose another name, or go there if it is your project")
    files = [path.relative_to(TEMPLATE) for path in sorted(TEMPLATE.rglob("*")) if path.is_file()]
    made = []
    for file in files:
        text = (TEMPLATE / file).read_text(encoding="utf-8")
        target = folder / str(file).replace("my_shop", name).replace("gitignore", ".gitignore")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace("my_shop", name).replace("my-shop", name.replace("_", "-")), encoding="utf-8")
        made.append(target.relative_to(folder))
    shutil.copy(ROOT / "profiles.yml", folder)
    link_models(folder)
    return [*made, Path("profiles.yml")]
