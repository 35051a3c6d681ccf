"""SQL in an argument or an id is a text like any other."""

import hashlib

import pytest
from click.testing import CliRunner

from recs_py.cli import main

pytestmark = pytest.mark.slow

TEXTS = [
    "x' or '1'='1",
    "'; drop schema recs cascade; --",
    '"; drop table raw.transactions; --',
    "anna'); delete from shop.rules; --",
    "{{ run_query('drop schema recs cascade') }}",
    "2020-09-23'; drop table raw.transactions; --",
    "../../etc/passwd",
    "$(touch injected)",
    "%s %d {0} [red]",
]


def state(shop) -> tuple:
    """Sizes of every table of the work database and of the published file, none of which may change."""
    tables = shop.rows(
        """select database_name, schema_name, table_name, estimated_size from duckdb_tables() where not internal
        union all select database_name, schema_name, view_name, 0 from duckdb_views() where not internal order by all"""
    )
    return (
        tables,
        hashlib.sha256(shop.published.read_bytes()).hexdigest(),
        sorted(p.name for p in shop.folder.iterdir()),
    )


@pytest.fixture(scope="module")
def shop(toy_shop, tmp_path_factory):
    return toy_shop.copy(tmp_path_factory.mktemp("injection"))


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "{}"],
        ["show", "anna", "--week", "{}"],
        ["similar", "{}"],
        ["score", "--week", "{}"],
        ["backtest", "--from", "{}"],
        ["backtest", "--to", "{}"],
        ["backtest", "--segment", "{}", "--without", "{}"],
        ["train", "--week", "{}"],
        ["load", "{}"],
        ["load", "hm", "--from", "{}"],
        ["rules", "--from", "{}"],
        ["export", "{}"],
        ["export", "kaggle", "--week", "{}"],
        ["publish", "--rollback", "--to", "{}"],
        ["publish", "--rollback", "--to", "postgresql://{}@127.0.0.1:1/x"],
        ["publish", "--to", "postgresql://127.0.0.1:1/{}"],
    ],
    ids=" ".join,
)
def test_no_argument_changes_anything(shop, monkeypatch, tmp_path, arguments, text):
    monkeypatch.setenv("RECS_DUCKDB", str(shop.database))
    monkeypatch.setenv("RECS_PUBLISHED", str(shop.published))
    monkeypatch.chdir(tmp_path)
    before = state(shop)
    outcome = CliRunner().invoke(main, [argument.replace("{}", text) for argument in arguments])
    assert outcome.exit_code in (1, 2), outcome.output
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit), repr(outcome.exception)
    assert state(shop) == before
    assert not list(tmp_path.iterdir())
