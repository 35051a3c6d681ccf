"""The published tables in PostgreSQL: the same rows, new versions in one step, readers who may only read."""

import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest

from recs_py.errors import RecsError, UsageError
from recs_py.publishing.postgresql.publish import publish_to_postgres, roll_back_postgres
from recs_py.publishing.postgresql.tables import PUBLIC
from recs_py.publishing.publish import TABLES, VIEWS
from tests import postgres_server
from tests.postgres_server import PASSWORD, READER

pytestmark = pytest.mark.slow

RECS = Path(sys.executable).parent / "recs"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    yield from postgres_server.start(tmp_path_factory.mktemp("postgres"))


# Both databases write values of these types alike; of fractions, lists and structs they do not.
AS_TEXT = ("DATE", "VARCHAR", "INTEGER", "SMALLINT")


@pytest.fixture
def publish(server, toy_shop, monkeypatch):
    """Publishes the toy shop, or a file that a test has changed."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)

    def do(published=toy_shop.published, keep=4):
        return publish_to_postgres(published=published, address=server.address, keep=keep)

    return do


def marked(toy_shop, folder: Path, text: str) -> Path:
    """The published file of the toy shop, with a text in it that identifies its version."""
    shop = toy_shop.copy(folder / text)
    with duckdb.connect(str(shop.published)) as connection:
        connection.execute("update recs.runs set run_id = ?", [text])
        connection.execute("update internal.recommendation_buckets set main_signal = ?", [text])
    return shop.published


def test_every_view_has_the_rows_of_the_file(publish, server, toy_shop):
    rows = publish()
    assert rows.keys() == set(PUBLIC)
    for view in [*PUBLIC, *VIEWS]:
        [(expected,)] = toy_shop.published_rows(f"select count(*) from recs.{view}")
        assert server.rows(f"select count(*) from recs.{view}") == [str(expected)], view


@pytest.mark.parametrize("view", VIEWS)
def test_columns_of_texts_dates_and_numbers_have_the_values_of_the_file(publish, server, toy_shop, view):
    publish()
    types = {name: data_type for name, data_type, *_ in toy_shop.published_rows(f"describe recs.{view}")}
    columns = [name for name, data_type in types.items() if data_type in AS_TEXT]
    line = " || '|' || ".join(f"coalesce(cast({column} as varchar), '')" for column in columns)
    lines = f"select {line} as line from recs.{view}"
    assert sorted(server.rows(lines)) == sorted(text for (text,) in toy_shop.published_rows(lines))
    [fraction] = [name for name, data_type in types.items() if data_type == "DOUBLE"]
    fractions = f"select {fraction} from recs.{view}"
    assert sorted(map(float, server.rows(fractions))) == sorted(
        value for (value,) in toy_shop.published_rows(fractions)
    )


def test_contributions_sum_to_the_score_to_the_last_digit(publish, server):
    publish()
    assert server.rows(
        """
        select count(*) from (
            select customer_id, rank from recs.contributions
            inner join recs.recommendations using (target_week, customer_id, rank)
            group by customer_id, rank having sum(points) != min(score)
        ) as wrong
        """
    ) == ["0"]
    assert int(server.rows("select count(*) from recs.contributions")[0]) > 100


def test_what_has_no_type_of_its_own_is_jsonb_and_views_say_what_they_are(publish, server):
    publish()
    assert server.rows("select distinct pg_typeof(contributions)::text from recs.recommendations_explained") == [
        "jsonb"
    ]
    assert server.rows("select settings ->> 'list_length' from recs.runs") == ["12"]
    assert (
        "One row per target week"
        in server.rows("select obj_description('recs.recommendations_explained'::regclass)")[0]
    )


def test_functions_answer_as_the_macros_of_the_file_do(publish, server, toy_shop):
    publish()
    for function, macro in (
        ("recommend('anna')", "recommend('anna')"),
        (
            "recommend_with('anna', '{\"popularity\": 0, \"repurchase\": 3}')",
            "recommend_with('anna', {popularity: 0, repurchase: 3})",
        ),
        ("similar('0000000101', 'copurchase')", "similar('0000000101', 'copurchase')"),
        ("also_bought(array['0000000101', '0000000301'])", "also_bought(['0000000101', '0000000301'])"),
        ("popular('all')", "popular('all')"),
    ):
        expected = toy_shop.published_rows(f"select rank || ' ' || article_id from recs.{macro}")
        assert expected
        assert server.rows(f"select rank || ' ' || article_id from recs.{function}") == [row[0] for row in expected]


def test_a_rule_named_like_a_pair_keeps_its_boost(publish, server, toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.published)) as connection:
        connection.execute("update internal.recommendation_buckets set boosted_by = 'deals & popularity', boost = 8")
    publish(shop.published)
    assert server.rows(
        """
        with expected as (

            select rank, sum(points) as score from recs.contributions
            where customer_id = 'anna' and signal != 'popularity' group by rank

        )

        select count(*), count(*) filter (where abs(again.score - expected.score) < 1e-9)
        from recs.recommend_with('anna', '{"popularity": 0}') as again
        inner join expected on again.rank_before = expected.rank
        """
    ) == ["12|12"]


def test_reasons_are_the_same_sentences_as_in_the_file(publish, server, toy_shop, tmp_path):
    """Of every template, with and without the values of its placeholders, of the shop's own text, and of odd names."""
    shop = toy_shop.copy(tmp_path / "shop")
    with duckdb.connect(str(shop.published)) as connection:
        connection.execute(
            """
            update recs.article_details set name = null, display_name = product_type where article_id like '%1';
            update recs.article_details set name = 'a [b] {c} ''d'' ü', display_name = 'a [b] {c} ''d'' ü'
            where article_id like '%2';
            update recs.article_details set product_type = null, category = 'Größe [L]' where department is not null;
            update recs.signals set reason = '[{times} Mal gekauft, zuletzt ]am {last_date}', label = 'frühere Käufe'
            where signal = 'repurchase_lasting';
            -- from anna to fritz twelve signals each, of articles with all facts, with some and with none
            update internal.recommendation_buckets as lists set
                main_signal = (
                    select signals.signal from recs.signals as signals
                    where signals.number = 1 + (12 * (ascii(lists.customer_id) - ascii('a')) + lists.rank) % 54
                ),
                second_signal = case when rank % 2 = 0 then 'popularity' end,
                third_signal = case when rank % 3 = 0 then 'season' end,
                because_of_article_id = case when rank % 4 > 0 then article_id end,
                times_bought = nullif(rank % 4, 0),
                last_bought = case when rank % 4 > 0 then target_week - 100 * rank end,
                -- of ranks 3, 7 and 11: due in the week, due after it, due long ago
                usual_gap = case rank when 3 then 306 when 7 then 707 when 11 then 366 end
            """
        )
    publish(shop.published)
    query = """
        select concat_ws('|', customer_id, rank, reason, array_to_string(other_reasons, ','))
        from recs.recommendations_explained order by customer_id, rank
    """
    expected = [row for (row,) in shop.published_rows(query)]
    assert server.rows(query) == expected
    assert len(set(expected)) > 60
    for sentence in (
        "Bought 2 times, last on ",
        "Bought on ",
        " 2018",
        "Often buys the colour ",
        "Mal gekauft, zuletzt am 20",
        "usually every 306 days",
    ):
        assert any(sentence in row for row in expected), sentence


def test_a_publish_replaces_the_version_and_a_rollback_brings_it_back(publish, server, toy_shop, tmp_path, monkeypatch):
    for text in "abcd":
        publish(marked(toy_shop, tmp_path, text), keep=2)
    assert server.rows("select run_id from recs.runs") == ["d"]
    assert server.rows("select count(*) from recs_versions.versions") == ["3"]
    tables = server.rows("select tablename from pg_tables where schemaname = 'recs_versions'")
    assert len(tables) == 3 * len(TABLES) + 1
    roll_back_postgres(address=server.address)
    roll_back_postgres(address=server.address)
    assert server.rows("select run_id from recs.runs") == ["b"]
    with pytest.raises(UsageError, match="no version before"):
        roll_back_postgres(address=server.address)


def test_grants_survive_and_a_reader_may_only_read(publish, server, toy_shop, tmp_path):
    publish()
    # as in the README
    for statement in (
        f"grant usage on schema recs to {READER}",
        f"grant select on all tables in schema recs to {READER}",
        f"alter default privileges in schema recs grant select on tables to {READER}",
    ):
        server.rows(statement)
    for text in ("once", "twice"):
        publish(marked(toy_shop, tmp_path, text))
    assert server.rows("select count(*) from recs.recommendations", user=READER) == ["72"]
    assert server.rows("select count(*) from recs.recommend('anna')", user=READER) == ["12"]
    for statement in (
        "delete from recs.rules",
        "insert into recs.article_details (article_id) values ('x')",
        "create table recs.mine (a int)",
        "drop view recs.runs cascade",
        "select * from recs_versions.versions",
        "create or replace view recs.runs as select 1",
    ):
        outcome = server.psql(statement, user=READER)
        assert outcome.returncode != 0, statement
        assert "permission denied" in outcome.stderr or "must be owner" in outcome.stderr, outcome.stderr


def test_a_publish_that_was_interrupted_changes_nothing_and_is_cleared_away(
    publish, server, toy_shop, tmp_path, monkeypatch
):
    publish(marked(toy_shop, tmp_path, "whole"))
    from recs_py.publishing.postgresql import publish as publish_postgres

    def crash(*_, **__):
        raise KeyboardInterrupt

    for step in ("copy_tables", "move_views"):
        with monkeypatch.context() as patch:
            patch.setattr(publish_postgres, step, crash)
            with pytest.raises(KeyboardInterrupt):
                publish(marked(toy_shop, tmp_path, f"half{step}"))
        assert server.rows("select run_id from recs.runs") == ["whole"]
    publish(marked(toy_shop, tmp_path, "next"))
    assert server.rows("select run_id from recs.runs") == ["next"]
    versions = int(server.rows("select count(*) from recs_versions.versions")[0])
    tables = server.rows("select tablename from pg_tables where schemaname = 'recs_versions'")
    assert len(tables) == versions * len(TABLES) + 1


@pytest.mark.slow
def test_a_million_rows_are_published_and_a_list_of_them_is_read(publish, server, toy_shop, tmp_path):
    from adbc_driver_postgresql import dbapi

    large = toy_shop.copy(tmp_path / "large").published
    with duckdb.connect(str(large)) as connection:
        connection.execute(
            """
            insert into internal.recommendation_buckets
            select lists.* replace (lists.customer_id || numbers.range as customer_id)
            from internal.recommendation_buckets as lists
            cross join range(13_888) as numbers
            """
        )
    publishes, reads = [], []
    for _ in range(2):
        started = time.monotonic()
        rows = publish(large)["recommendations_explained"]
        publishes.append(time.monotonic() - started)
    with dbapi.connect(server.address) as reader, reader.cursor() as cursor:
        for number in range(500):
            started = time.monotonic()
            cursor.execute(f"select * from recs.recommendations where customer_id = 'anna{number * 27}' order by rank")
            assert len(cursor.fetchall()) == 12
            reads.append(time.monotonic() - started)
    seconds, milliseconds = min(publishes), statistics.median(reads) * 1000
    print(f"\n{rows:,} rows published in {seconds:.1f} s; a list is read in {milliseconds:.2f} ms")
    assert rows > 1_000_000


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://publisher:{p}@127.0.0.1:{port}/shop",
        "postgresql://127.0.0.1:{port}/shop?user=publisher&password={p}",
        "postgres://publisher:{p}@127.0.0.1:{port}/shop",
    ],
)
def test_a_password_in_the_address_is_refused_and_not_repeated(server, address, toy_shop):
    outcome = subprocess.run(
        [RECS, "publish", "--to", address.format(p="hunter2", port=server.port)],
        env=os.environ | {"RECS_PUBLISHED": str(toy_shop.published)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert outcome.returncode == 2
    assert "Leave the password out of the address" in outcome.stderr
    assert "hunter2" not in outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    ("address", "code", "sentence"),
    [
        ("postgresql://publisher@127.0.0.1:1/shop", 1, "cannot be reached"),
        ("postgresql://publisher@127.0.0.1:{port}/nosuch", 1, 'database "nosuch" does not exist'),
        ("postgresql://nobody@127.0.0.1:{port}/shop", 1, "password authentication failed"),
        ("postgresql://reader@127.0.0.1:{port}/shop", 1, "permission denied"),
        ("postgresql://[", 2, "write postgresql://"),
        ("mysql://x@y/z", 2, "postgresql://"),
    ],
)
def test_what_goes_wrong_is_one_sentence_without_the_password(server, toy_shop, address, code, sentence):
    outcome = subprocess.run(
        [RECS, "publish", "--to", address.format(port=server.port)],
        env=os.environ | {"RECS_PUBLISHED": str(toy_shop.published), "PGPASSWORD": PASSWORD},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert outcome.returncode == code, outcome.stderr
    assert sentence in " ".join(outcome.stderr.split())
    assert PASSWORD not in outcome.stdout + outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_the_password_is_in_no_log_and_no_process_list(publish, server):
    seen = []
    done = threading.Event()

    def watch():
        while not done.wait(0.02):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.append(path.read_bytes())
                except OSError:
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    subprocess.run([RECS, "publish", "--to", server.address], check=False, capture_output=True)
    publish()
    done.set()
    watcher.join()
    assert seen
    assert not [line for line in seen if PASSWORD.encode() in line]
    # every statement of the publisher is logged
    log = server.log.read_text()
    assert "recs_versions" in log
    publisher_lines = [line for line in log.splitlines() if "create role" not in line]
    assert PASSWORD not in "\n".join(publisher_lines)


def test_two_publishes_at_once_are_refused(publish, server, monkeypatch):
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(server.address, autocommit=True) as other, other.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtext('recs publish'))")
        cursor.fetchall()
        with pytest.raises(RecsError, match="Another program is publishing") as caught:
            publish()
        assert caught.value.exit_code == 1


def test_a_reader_in_a_long_transaction_sees_one_version_and_publishing_waits(
    publish, server, toy_shop, tmp_path, monkeypatch
):
    from adbc_driver_postgresql import dbapi

    from recs_py.publishing.postgresql import views as postgres_views

    publish(marked(toy_shop, tmp_path, "first"))
    monkeypatch.setattr(postgres_views, "PATIENCE_SECONDS", 1.0)
    with dbapi.connect(server.address) as reader, reader.cursor() as cursor:
        cursor.execute("select distinct main_signal from recs.recommendations_explained")
        assert cursor.fetchall() == [("first",)]
        with pytest.raises(RecsError, match="transactions of readers hold the views"):
            publish(marked(toy_shop, tmp_path, "second"))
        cursor.execute("select run_id from recs.runs")
        assert cursor.fetchall() == [("first",)]
    publish(marked(toy_shop, tmp_path, "third"))
    assert server.rows("select run_id from recs.runs") == ["third"]


def test_slow_queries_that_follow_one_another_do_not_keep_a_publish_out(publish, server, toy_shop, tmp_path):
    """Each takes longer than a first attempt waits, and the next has begun before it ends."""
    from adbc_driver_postgresql import dbapi

    publish(marked(toy_shop, tmp_path, "first"))
    done, wrong = threading.Event(), []

    def read() -> None:
        with dbapi.connect(server.address, autocommit=True) as connection, connection.cursor() as cursor:
            while not done.is_set():
                try:
                    cursor.execute("select run_id, pg_sleep(0.5) from recs.runs")
                    cursor.fetchall()
                except dbapi.Error as error:
                    wrong.append(str(error))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
        time.sleep(0.12)
    try:
        publish(marked(toy_shop, tmp_path, "second"))
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert not wrong
    assert server.rows("select run_id from recs.runs") == ["second"]


def test_a_query_that_began_before_the_rows_came_is_let_finish(publish, server, toy_shop, tmp_path):
    from adbc_driver_postgresql import dbapi

    publish(marked(toy_shop, tmp_path, "first"))
    server.rows("create table if not exists gate (a integer)")
    answers = []
    # COPY looks at once what is there, then where the views point; the gate holds it up in between
    copy = """copy (
        select count(*), min(runs.run_id) from (select count(*) from gate) as gate
        cross join recs.recommendations_explained as lists cross join recs.runs as runs
    ) to stdout"""
    reader = threading.Thread(target=lambda: answers.extend(server.rows(copy)))
    publisher = threading.Thread(target=publish, args=(marked(toy_shop, tmp_path, "second"),))
    with dbapi.connect(server.address) as keeper, keeper.cursor() as cursor:
        cursor.execute("lock table gate in access exclusive mode")
        reader.start()
        time.sleep(0.5)
        publisher.start()
        publisher.join(timeout=2)
        keeper.commit()
    reader.join()
    publisher.join()
    # which version it is depends on who is first to lock the views; it is whole either way
    assert answers in (["72\tfirst"], ["72\tsecond"])
    assert server.rows("select run_id from recs.runs") == ["second"]


@pytest.fixture
def learned(toy_shop, tmp_path) -> Path:
    """The toy shop as if each list had been scored by a hundred pairs of signals, as a learned blend does."""
    shop = toy_shop.copy(tmp_path / "learned")
    with duckdb.connect(str(shop.published)) as connection:
        connection.execute(
            """
            create or replace table internal.recommendation_points as
            select list((range % 1021 + 1) / 1024 order by range) as points from range(100 * 64 * 64);
            create or replace table internal.recommendation_parts as
            select
                date '2020-09-23' as target_week, range::integer as number, 'one & other ' || range as signal,
                (range % 16 + 1)::integer as first_place, (range * 7 % 16 + 1)::integer as second_place,
                64::integer as width, range * 64 * 64 as points_before
            from range(100);
            insert into internal.recommendation_parts
            select target_week, 101, 'alone', 0, 16, width, 7 from internal.recommendation_parts where number = 1;
            create or replace table internal.recommendation_buckets as
            select lists.* replace (
                concat(lists.customer_id, nullif(numbers.range, 0)) as customer_id,
                [hash(lists.customer_id, rank, numbers.range) & 4557430888798830399,
                hash(rank, lists.customer_id, numbers.range) & 4557430888798830399] as packed_buckets
            )
            from internal.recommendation_buckets as lists
            cross join range(200) as numbers
            """
        )
    return shop.published


def test_a_learned_blend_takes_little_room_and_has_the_same_contributions(publish, server, learned):
    publish(learned)
    query = """
        select customer_id || ' ' || rank || ' ' || signal || ' ' || cast(points * 1024 as integer)
        from recs.contributions where customer_id in ('anna', 'bert7')
    """
    with duckdb.connect(str(learned), read_only=True) as connection:
        expected = [row for (row,) in connection.execute(query).fetchall()]
        [(in_file,)] = connection.execute(
            "select count(*) from internal.recommendation_buckets cross join internal.recommendation_parts"
        ).fetchall()
    assert len(expected) == 2 * 12 * 101
    assert sorted(server.rows(query)) == sorted(expected)
    assert server.rows(
        """
        select count(*) from recs.recommendations_explained as lists
        cross join lateral jsonb_each(contributions) as parts
        inner join recs.contributions using (target_week, customer_id, rank)
        where customer_id = 'anna' and parts.key = contributions.signal
            and parts.value::double precision = contributions.points
        """
    ) == [str(12 * 101)]
    [bytes_of_lists] = server.rows(
        """
        select sum(pg_total_relation_size(oid)) from pg_class
        where relkind = 'r' and relname = (
            select 'recommendation_lists_' || max(version) from recs_versions.versions where is_live
        )
        """
    )
    # written out, a contribution took thirty bytes
    assert int(bytes_of_lists) < 2 * in_file
