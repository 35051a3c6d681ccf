"""The command `recs init`."""

import shlex
from pathlib import Path

import click

from recs_py import terminal
from recs_py.terminal import Column, Table

PURPOSES = {
    "dbt_project.yml": "settings, and the list of your own signals",
    "models": "your own signals",
    "sql": "the loader: how your files become the raw tables",
    "profiles.yml": "the connection: files, memory, threads",
    "macros": "what dbt looks for in the project itself",
}


@click.command(short_help="Make a project for a shop, with recs as a dbt package.")
@click.argument("folder", type=click.Path(path_type=Path))
@terminal.json_option
def init(folder: Path, as_json: bool) -> None:
    """Make a project for a shop: settings, loader and signals of your own, with the models of recs as a dbt package.

    FOLDER is new or empty; its name becomes that of the project and of its loader.

    \b
    Example:
      recs init my-shop
    """
    from recs_py.pipeline.new_project import make_project

    files = make_project(folder)
    rows = [{"file": str(file), "purpose": PURPOSES.get(file.parts[0], "")} for file in files]
    terminal.show(
        Table(
            name="files",
            title=f"Project in {folder}",
            rows=rows,
            columns=(Column("file", "{file}"), Column("what it has", "{purpose}")),
        ),
        as_json=as_json,
    )
    [loader] = [file for file in files if file.parts[0] == "sql"]
    terminal.note(
        f"Write the names of your files and columns into {folder / loader}; then, in {folder}, type "
        f"`recs load {loader.stem.replace('_', '-')} --from my_files`."
    )
    terminal.next_command(f"cd {shlex.quote(str(folder))}")
