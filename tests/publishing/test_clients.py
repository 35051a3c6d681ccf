"""Clients that people have: each opens the published file or PostgreSQL and reads a list."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from recs_py.distribution import install_command
from recs_py.publishing.postgresql.publish import publish_to_postgres
from tests import postgres_server
from tests.postgres_server import PASSWORD, PUBLISHER

LIST = "select article_id from recs.recommendations where customer_id = 'anna' order by rank"
NODE_CLIENT = "@duckdb/node-api@1.5.6-r.1"
PROGRAMS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def expected(toy_shop) -> list[str]:
    return [article for (article,) in toy_shop.published_rows(LIST)]


@pytest.fixture(scope="module")
def server(tmp_path_factory, toy_shop):
    for server in postgres_server.start(tmp_path_factory.mktemp("postgres")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PGPASSWORD", PASSWORD)
            publish_to_postgres(published=toy_shop.published, address=server.address, keep=4)
        yield server


def run(*arguments, **environment) -> str:
    outcome = subprocess.run(
        [str(argument) for argument in arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


@pytest.fixture(scope="module")
def command_line() -> Path:
    program = PROGRAMS / "duckdb"
    if not program.exists():
        pytest.skip("the DuckDB command line is not installed: `pip install duckdb-cli` brings it")
    return program


class TestFile:
    """The published file."""

    def test_an_older_command_line(self, command_line, toy_shop, expected):
        version = run(command_line, "-version").split()[0].lstrip("v").split(".")[:2]
        assert [int(part) for part in version] < [int(part) for part in duckdb.__version__.split(".")[:2]]
        rows = json.loads(run(command_line, "-readonly", "-json", toy_shop.published, LIST))
        assert [row["article_id"] for row in rows] == expected

    def test_an_older_command_line_knows_every_view_and_macro(self, command_line, toy_shop):
        run(command_line, "-readonly", toy_shop.published, "from recs.contributions; from recs.runs; from recs.rules;")
        for macro in (
            "recommend('anna')",
            "recommend_with('anna', {popularity: 2})",
            "recommend_with('anna', '{\"popularity\": 2}')",
            "similar('0000000101', 'item_cf')",
            "also_bought(['0000000101'])",
            "popular('all')",
        ):
            rows = run(command_line, "-readonly", "-json", toy_shop.published, f"from recs.{macro}")
            assert json.loads(rows)[0]["rank"] == 1, macro

    def test_a_command_line_that_reads_cannot_write(self, command_line, toy_shop):
        before = toy_shop.published.read_bytes()
        outcome = subprocess.run(
            [command_line, "-readonly", toy_shop.published, "delete from internal.recommendation_buckets"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "read-only" in outcome.stderr
        assert toy_shop.published.read_bytes() == before

    def test_sqlalchemy(self, toy_shop, expected):
        pytest.importorskip("duckdb_engine", reason="`pip install duckdb-engine` brings it")
        sqlalchemy = pytest.importorskip("sqlalchemy", reason="`pip install sqlalchemy` brings it")
        engine = sqlalchemy.create_engine(
            f"duckdb:///{toy_shop.published}", connect_args={"read_only": True}, poolclass=sqlalchemy.pool.NullPool
        )
        with engine.connect() as connection:
            rows = connection.execute(
                sqlalchemy.text(LIST.replace("'anna'", ":customer")), {"customer": "anna"}
            ).fetchall()
        engine.dispose()
        assert [article for (article,) in rows] == expected

    def test_node(self, toy_shop, expected):
        if not shutil.which("node") or not shutil.which("npm"):
            pytest.skip("Node is not installed: `apt-get install nodejs npm` brings it")
        folder = PROGRAMS.parent / "node"
        if not (folder / "node_modules" / "@duckdb" / "node-api").exists():
            outcome = subprocess.run(
                ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, NODE_CLIENT],
                capture_output=True, text=True, check=False, timeout=300,
            )  # fmt: skip
            if outcome.returncode:
                pytest.skip(f"@duckdb/node-api cannot be installed: {outcome.stderr.strip()[:200]}")
        script = """
            const {DuckDBInstance} = require('@duckdb/node-api');
            (async () => {
                const instance = await DuckDBInstance.create(process.argv[1], {access_mode: 'READ_ONLY'});
                const connection = await instance.connect();
                const reader = await connection.runAndReadAll(process.argv[2]);
                console.log(JSON.stringify(reader.getRows()));
            })();
        """
        rows = json.loads(run("node", "-e", script, toy_shop.published, LIST, NODE_PATH=str(folder / "node_modules")))
        assert [article for (article,) in rows] == expected


class TestPostgres:
    """PostgreSQL."""

    def test_psql(self, server, expected):
        assert server.rows(LIST) == expected

    def test_adbc(self, server, expected, monkeypatch):
        dbapi = pytest.importorskip("adbc_driver_postgresql.dbapi", reason=f"`{install_command('postgres')}` brings it")
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
        with dbapi.connect(server.address) as connection, connection.cursor() as cursor:
            cursor.execute(LIST)
            assert cursor.fetch_arrow_table()["article_id"].to_pylist() == expected

    def test_jdbc(self, server, expected):
        jar = Path("/usr/share/java/postgresql.jar")
        pytest.importorskip("jaydebeapi", reason="`pip install jaydebeapi` brings it")
        if not jar.exists() or not shutil.which("java"):
            pytest.skip(
                "PostgreSQL's JDBC driver is not installed: `apt-get install libpostgresql-jdbc-java` brings it"
            )
        # a Java machine can be started once in a process, and not be stopped
        script = """
import json, os, sys, jaydebeapi
port, jar, query, user = sys.argv[1:]
connection = jaydebeapi.connect(
    "org.postgresql.Driver", f"jdbc:postgresql://127.0.0.1:{port}/shop",
    {"user": user, "password": os.environ["PGPASSWORD"]}, jar,
)
cursor = connection.cursor()
cursor.execute(query)
print(json.dumps([row[0] for row in cursor.fetchall()]))
"""
        printed = run(sys.executable, "-c", script, server.port, jar, LIST, PUBLISHER, PGPASSWORD=PASSWORD)
        assert json.loads(printed) == expected

    def test_odbc(self, server, expected):
        pyodbc = pytest.importorskip(
            "pyodbc", reason="`pip install pyodbc` and `apt-get install libodbc2` bring it", exc_type=ImportError
        )
        drivers = sorted(Path("/usr/lib").glob("*/odbc/psqlodbcw.so"))
        if not drivers:
            pytest.skip("PostgreSQL's ODBC driver is not installed: `apt-get install odbc-postgresql` brings it")
        connection = pyodbc.connect(
            f"Driver={drivers[0]};Server=127.0.0.1;Port={server.port};Database=shop;Uid={PUBLISHER};Pwd={{{PASSWORD}}}"
        )
        try:
            rows = connection.execute(LIST.replace("'anna'", "?"), "anna").fetchall()
        finally:
            connection.close()
        assert [row[0] for row in rows] == expected
