"""A fingerprint of everything that past weeks were made with: work of the same fingerprint is not done again."""

import hashlib
import json
from pathlib import Path

from recs_py.database import connect
from recs_py.distribution import ROOT, project
from recs_py.pipeline.promotion import promoted


def fingerprint(*, database: Path, asked: object) -> str:
    """Hash of the models and kernels, the settings, the learned blends in use, the loaded data and what was asked for.

    Parameters
    ----------
    database
        The work database, loaded.
    asked
        Whatever else the work depends on, such as dbt variables; JSON can hold it.
    """
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode())
    own = project()
    for folder in (ROOT / "dbt_project", Path(__file__).parents[1], own / "models", own / "macros"):
        for file in sorted(path for path in folder.rglob("*") if path.suffix in (".sql", ".py", ".yml")):
            digest.update(str(file.relative_to(folder)).encode())
            digest.update(file.read_bytes())
    for file in (ROOT / "dbt_project.yml", own / "dbt_project.yml"):
        digest.update(file.read_bytes())
    with connect(database, read_only=True) as connection:
        digest.update(str(connection.execute("select * from raw.dataset").fetchall()).encode())
        in_use = [(blend["blend_id"], blend["trained_for"], blend.get("used_before")) for blend in promoted(connection)]
        digest.update(str(in_use).encode())
    return digest.hexdigest()[:16]
