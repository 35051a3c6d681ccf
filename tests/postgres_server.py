"""A PostgreSQL server of the tests' own, on a free loopback port, stopped when they end."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import free_port

PUBLISHER, PASSWORD = "publisher", "s3cret:p@ss/word"
READER = "reader"


def _program(name: str) -> str | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")]))


class Server:
    """The server's address, and `psql` on it."""

    def __init__(self, port: int):
        self.port = port
        self.address = f"postgresql://{PUBLISHER}@127.0.0.1:{port}/shop"

    def psql(self, query: str, *, user: str = PUBLISHER, database: str = "shop") -> subprocess.CompletedProcess:
        return subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port),
             "-U", user, "-d", database, "-c", query],
            env=os.environ | {"PGPASSWORD": PASSWORD}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def rows(self, query: str, *, user: str = PUBLISHER) -> list[str]:
        outcome = self.psql(query, user=user)
        assert outcome.returncode == 0, outcome.stderr
        return outcome.stdout.splitlines()


def start(folder: Path) -> Iterator[Server]:
    """A server with a database, a publisher who owns it, and a reader; skips by name where there is none."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if not initdb or not pg_ctl or not shutil.which("psql"):
        pytest.skip("PostgreSQL is not installed: `apt-get install postgresql` brings it")
    # the server refuses to run as root
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    if user:
        for parent in [folder, *folder.parents]:
            if parent.stat().st_uid == 0 and parent.stat().st_mode & 0o005 == 0:
                parent.chmod(parent.stat().st_mode | 0o011)
        shutil.chown(folder, "postgres", "postgres")
    port = free_port()
    data, secret = folder / "data", folder / "secret"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True, **user}
    subprocess.run(
        [initdb, "-D", data, "-U", "admin", "-A", "scram-sha-256", "--pwfile", secret, "--no-sync", "-E", "UTF8",
         "--locale", "C.UTF-8"],
        **quiet,
    )  # fmt: skip
    # messages in English, unless a test asks for those of its role in German
    options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c log_statement=all -c lc_messages=C"
    subprocess.run(
        [pg_ctl, "-D", data, "-w", "-l", folder / "log", "-o", options, "start"],
        env=os.environ | {"LANGUAGE": "de"}, **quiet,
    )  # fmt: skip
    try:
        server = Server(port)
        for statement in (
            f"create role {PUBLISHER} login password '{PASSWORD}'",
            f"create role {READER} login password '{PASSWORD}'",
            f"create database shop owner {PUBLISHER}",
        ):
            outcome = server.psql(statement, user="admin", database="postgres")
            assert outcome.returncode == 0, outcome.stderr
        server.log = folder / "log"
        yield server
    finally:
        subprocess.run([pg_ctl, "-D", data, "-m", "immediate", "stop"], **quiet)
