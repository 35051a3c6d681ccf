"""kill -9 at any moment: what is published stays whole, and the next run needs no hand."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import write_toy_shop

PROGRAMS = Path(sys.executable).parent
LISTS = (
    "select target_week::varchar, count(*), count(distinct customer_id), max(rank) from recs.recommendations group by 1"
)


class Commands:
    """The commands in processes of their own, on a shop of their own."""

    def __init__(self, shop, source: Path):
        self.shop = shop
        self.source = source
        self.environment = os.environ | {
            "RECS_DUCKDB": str(shop.database), "RECS_PUBLISHED": str(shop.published), "RECS_THREADS": "2",
        }  # fmt: skip

    def start(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [PROGRAMS / arguments[0], *arguments[1:]],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> None:
        process = self.start(*arguments)
        _, told = process.communicate()
        assert process.returncode == 0, told

    def kill(self, *arguments: str, after: float) -> bool:
        """Starts a command and kills it; whether it was still at work."""
        process = self.start(*arguments)
        try:
            process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return True
        return False


@pytest.fixture
def commands(toy_shop, tmp_path):
    return Commands(toy_shop.copy(tmp_path / "shop"), write_toy_shop(tmp_path / "source"))


@pytest.mark.slow
def test_20_kills_of_load_build_score_and_publish(commands):
    seed = 6
    moments = random.Random(seed)
    complete = commands.shop.published_rows(LISTS)
    every_command = {
        "load": ("recs", "load", "hm", "--from", str(commands.source)),
        # unit tests write nothing
        "build": ("dbt", "--quiet", "build", "--exclude-resource-type", "unit_test"),
        "score": ("recs", "score", "--week", "2020-09-23"),
        "publish": ("recs", "publish"),
    }
    seconds = {}
    for name, arguments in every_command.items():
        started = time.monotonic()
        commands.run(*arguments)
        seconds[name] = time.monotonic() - started
    killed = []
    for number in range(20):
        name = list(every_command)[number % 4]
        after = moments.uniform(0.05, seconds[name])
        if commands.kill(*every_command[name], after=after):
            killed.append(f"{name} after {after:.1f} of {seconds[name]:.1f} s")
        assert commands.shop.published_rows(LISTS) == complete, killed
        if number % 4 == 3:
            commands.run(*every_command["load"])
            commands.run(*every_command["score"])
            assert commands.shop.published_rows(LISTS) == complete
    print(f"\nkilled {len(killed)} (seed {seed}): {'; '.join(killed)}")
    assert len(killed) >= 12
    commands.run(*every_command["publish"])
    assert commands.shop.published_rows(LISTS) == complete
    leftovers = {path.name for path in commands.shop.folder.iterdir()}
    assert leftovers <= {
        "warehouse.duckdb", "recommendations.duckdb", "recommendations.versions", "warehouse.duckdb.tmp"
    }  # fmt: skip
