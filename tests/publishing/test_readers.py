"""Readers while the next version is being published: no error, no mixed version, no short list."""

import multiprocessing
import os
import time
from pathlib import Path

import duckdb
import pytest

from recs_py.publishing.postgresql.publish import publish_to_postgres
from recs_py.publishing.publish import publish
from tests import postgres_server
from tests.postgres_server import PASSWORD

READERS, SECONDS_BETWEEN_PUBLISHES = 8, 3
SECONDS = [pytest.param(10, id="short", marks=pytest.mark.slow), pytest.param(60, id="long", marks=pytest.mark.slow)]

# One query over two views of which each version marks every row: what it joins must be of one version.
LIST = """
    select count(*), count(distinct lists.article_id), min(lists.main_signal), max(lists.main_signal), min(runs.run_id)
    from recs.recommendations_explained as lists
    cross join recs.runs as runs
    where lists.customer_id = 'anna' and lists.target_week = date '2020-09-23'
"""


def mark(database: Path, text: str) -> None:
    """Writes a version's mark into every list and into the run."""
    with duckdb.connect(str(database)) as connection:
        connection.execute("update recommendations.rankings set main_signal = ?", [text])
        connection.execute("update recs.runs set run_id = ?", [text])


def read_file(published: str, begun, done, answers) -> None:
    def read() -> tuple:
        with duckdb.connect(published, read_only=True, config={"threads": 1}) as connection:
            row = connection.execute(LIST).fetchone()
            # the connection stays with the version it opened
            assert connection.execute(LIST).fetchone() == row
        return row

    answers.put(read_until(done, begun, read))


def read_postgres(address: str, begun, done, answers) -> None:
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(address, autocommit=True) as connection, connection.cursor() as cursor:

        def read() -> tuple:
            cursor.execute(LIST)
            return cursor.fetchone()

        answers.put(read_until(done, begun, read))


def read_until(done, begun, read) -> tuple[int, list[str], set[str]]:
    """Reads before the first publish, during all of them and after the last: reads, wrong answers, versions seen."""
    reads, wrong, versions = 0, [], set()
    while True:
        last = done.is_set()
        try:
            rows, articles, first_mark, last_mark, run = row = read()
        except Exception as error:
            wrong.append(repr(error))
        else:
            reads += 1
            versions.add(run)
            if (rows, articles) != (12, 12) or not first_mark == last_mark == run:
                wrong.append(str(row))
        if last:
            return reads, wrong, versions
        if reads + len(wrong) == 1:
            begun.wait()


def read_while(publish_one, *, read, place: str, seconds: float) -> None:
    """Eight readers in a loop for so long, and a publish every three seconds; prints the figures."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    begun, done = context.Barrier(READERS + 1), context.Event()
    readers = [context.Process(target=read, args=(place, begun, done, answers)) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    begun.wait(timeout=120)
    publishes = round(seconds / SECONDS_BETWEEN_PUBLISHES)
    started = time.monotonic()
    durations = []
    for number in range(publishes):
        time.sleep(max(0, started + number * SECONDS_BETWEEN_PUBLISHES - time.monotonic()))
        publish_started = time.monotonic()
        publish_one(f"version {number}")
        durations.append(time.monotonic() - publish_started)
    time.sleep(max(0, started + seconds - time.monotonic()))
    done.set()
    results = [answers.get(timeout=seconds + 60) for _ in readers]
    for reader in readers:
        reader.join()
    reads = sum(count for count, _, _ in results)
    wrong = [text for _, texts, _ in results for text in texts]
    versions = set().union(*(seen for _, _, seen in results))
    print(
        f"\n{READERS} readers, {reads:,} reads in {time.monotonic() - started:.0f} s, {publishes} publishes of "
        f"{sum(durations) / len(durations):.2f} s, {len(versions)} versions seen, {len(wrong)} wrong"
    )
    assert not wrong, wrong[:3]
    assert reads > READERS
    assert len(versions) > 1


@pytest.fixture
def shop(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    mark(shop.database, "version 0")
    publish(database=shop.database, published=shop.published)
    return shop


@pytest.mark.parametrize("seconds", SECONDS)
def test_readers_of_the_file_are_never_in_the_way(shop, seconds):
    def publish_one(text: str) -> None:
        mark(shop.database, text)
        publish(database=shop.database, published=shop.published)

    read_while(publish_one, read=read_file, place=str(shop.published), seconds=seconds)


@pytest.mark.parametrize("seconds", SECONDS)
def test_readers_of_postgresql_are_never_in_the_way(shop, tmp_path, monkeypatch, seconds):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    for server in postgres_server.start(tmp_path):
        publish_to_postgres(published=shop.published, address=server.address, keep=4)

        def publish_one(text: str, address=server.address) -> None:
            with duckdb.connect(str(shop.published)) as connection:
                connection.execute("update internal.recommendation_buckets set main_signal = ?", [text])
                connection.execute("update recs.runs set run_id = ?", [text])
            publish_to_postgres(published=shop.published, address=address, keep=4)

        read_while(publish_one, read=read_postgres, place=server.address, seconds=seconds)


def test_a_reader_that_stays_keeps_the_version_it_opened(shop):
    with duckdb.connect(str(shop.published), read_only=True) as reader:
        before = reader.execute(LIST).fetchone()
        mark(shop.database, "next")
        publish(database=shop.database, published=shop.published)
        assert reader.execute(LIST).fetchone() == before
    assert shop.published_rows(LIST)[0][-1] == "next"
    assert os.access(shop.published, os.R_OK)
