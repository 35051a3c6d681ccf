"""A fingerprint of everything that past weeks were made with: work of the same fingerprint is not done again."""

import hashlib
import json
from pathlib import Path

from recs_py.database import connect
from recs_py.pipeline import dbt_build
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
    files = [dbt_build.ROOT / "dbt_project.yml"]
    for folder, pattern in (
        ("dbt_project", "*.sql"),
        ("dbt_project", "*.py"),
        ("dbt_project", "*.yml"),
        ("recs_py", "*.py"),
    ):
        files += sorted((dbt_build.ROOT / folder).rglob(pattern))
    for file in files:
        digest.update(str(file.relative_to(dbt_build.ROOT)).encode())
        digest.update(file.read_bytes())
    with connect(database, read_only=True) as connection:
        digest.update(str(connection.execute("select * from raw.dataset").fetchall()).encode())
        in_use = [(blend["blend_id"], blend["trained_for"], blend.get("used_before")) for blend in promoted(connection)]
        digest.update(str(in_use).encode())
    return digest.hexdigest()[:16]
