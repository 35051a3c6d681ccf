"""PostgreSQL when columns, functions and data sets change between versions, and when schemas are somebody else's."""

import hashlib
from pathlib import Path

import duckdb
import pytest

from recs_py.errors import RecsError, UsageError
from recs_py.publishing.postgresql import publish as publish_postgres
from recs_py.publishing.postgresql.erasure import erase_from_postgres
from recs_py.publishing.postgresql.publish import publish_to_postgres, roll_back_postgres
from recs_py.publishing.postgresql.session import session
from recs_py.publishing.postgresql.tables import PUBLIC
from recs_py.publishing.publish import VIEWS
from tests import postgres_server
from tests.postgres_server import PASSWORD, READER

pytestmark = pytest.mark.slow

COLUMNS = """
    select string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' order by attnum)
    from pg_attribute where attrelid = 'recs.popular_articles'::regclass and attnum > 0
"""
NOW = "target_week date, segment text, rank integer, article_id text, units bigint, trend double precision"
GRANTS = f"""
    select string_agg(privilege, ' ') from unnest(array['select', 'insert']) as privilege
    where has_table_privilege('{READER}', 'recs.popular_articles', privilege)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    yield from postgres_server.start(tmp_path_factory.mktemp("postgres"))


@pytest.fixture(autouse=True)
def empty(server, monkeypatch):
    """A database without versions."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    server.rows("drop schema if exists recs, recs_versions, reporting cascade", user="admin")
    server.rows(f"alter default privileges revoke all on tables from {READER}")


@pytest.fixture
def publish(server, toy_shop):
    def do(published=toy_shop.published, **options):
        return publish_to_postgres(published=published, address=server.address, keep=4, **options)

    return do


def forget(server, customer: str) -> int:
    with session(server.address) as held:
        return erase_from_postgres(held, [customer]).total()


def changed(toy_shop, folder: Path, *statements: str) -> Path:
    """The published file of the toy shop after these statements."""
    shop = toy_shop.copy(folder / str(len(list(folder.iterdir()))))
    with duckdb.connect(str(shop.published)) as connection:
        for statement in statements:
            connection.execute(statement)
    return shop.published


@pytest.mark.parametrize(
    ("select", "columns"),
    [
        ("1::smallint as first, *", f"first smallint, {NOW}"),
        ("*, 'x' as last", f"{NOW}, last text"),
        ("* exclude (units)", NOW.replace(", units bigint", "")),
        ("* replace (units::varchar as units)", NOW.replace("units bigint", "units text")),
        ("* rename (units as sold)", NOW.replace("units", "sold")),
    ],
    ids=["before", "behind", "removed", "retyped", "renamed"],
)
def test_columns_of_a_view_change_and_change_back(publish, server, toy_shop, tmp_path, select, columns):
    publish()
    server.rows(f"grant usage on schema recs to {READER}; grant select on recs.popular_articles to {READER}")
    assert server.rows(COLUMNS) == [NOW]
    table = f"create or replace table recs.popular_articles as select {select} from recs.popular_articles"
    publish(changed(toy_shop, tmp_path, table))
    assert server.rows(COLUMNS) == [columns]
    assert server.rows(GRANTS) == ["select"]
    roll_back_postgres(address=server.address)
    assert server.rows(COLUMNS) == [NOW]
    assert server.rows(GRANTS) == ["select"]
    assert server.rows("select count(*) > 0 from recs.popular_articles", user=READER) == ["t"]


CHANGE = """create or replace table recs.popular_articles as
    select 1 as first, * exclude (units) from recs.popular_articles"""


def test_privileges_of_a_view_made_again_are_those_it_had(publish, server, toy_shop, tmp_path):
    publish()
    for statement in (
        f"grant usage on schema recs to {READER}",
        f"grant select (segment, rank, units) on recs.popular_articles to {READER} with grant option",
        # not what new views get
        f"alter default privileges grant select, insert on tables to {READER}",
        "alter default privileges grant select on tables to public",
    ):
        server.rows(statement)
    publish(changed(toy_shop, tmp_path, CHANGE))
    server.rows("alter default privileges revoke select on tables from public")
    assert server.rows(GRANTS) == [""]
    assert server.rows("select max(rank) > 0 from recs.popular_articles where segment = 'all'", user=READER) == ["t"]
    assert "permission denied" in server.psql("select first from recs.popular_articles", user=READER).stderr
    assert server.rows(
        """select string_agg(distinct privilege_type || ' ' || is_grantable, ', ') from pg_attribute
        cross join lateral aclexplode(attacl) where attrelid = 'recs.popular_articles'::regclass"""
    ) == ["SELECT true"]
    assert "units" not in server.rows(COLUMNS)[0]
    assert server.rows("select obj_description('recs.popular_articles'::regclass) is not null") == ["t"]


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("create view reporting.top as select segment from recs.popular_articles", "view reporting.top"),
        (
            "create materialized view reporting.kept as select rank from recs.popular_articles",
            "view reporting.kept",
        ),
        (
            "create function reporting.best() returns setof recs.popular_articles language sql "
            "as 'select * from recs.popular_articles'",
            "function reporting.best()",
        ),
        ("create table reporting.copies (row recs.popular_articles)", "column row of table reporting.copies"),
    ],
)
def test_what_others_built_on_a_view_that_changes_is_named_and_kept(
    publish, server, toy_shop, tmp_path, statement, name
):
    publish()
    server.rows(f"create schema reporting; {statement}")
    # as long as the columns stay, it is in nobody's way
    publish()
    with pytest.raises(UsageError) as error:
        publish(changed(toy_shop, tmp_path, CHANGE))
    assert f"The {name} in PostgreSQL at 127.0.0.1:{server.port}/shop depends on the view recs.popular_articles" in str(
        error.value
    )
    assert server.rows(COLUMNS) == [NOW]
    assert server.rows("select count(*) from recs_versions.versions") == ["2"]
    server.rows("drop schema reporting cascade")
    publish(changed(toy_shop, tmp_path, CHANGE))
    assert server.rows(COLUMNS) != [NOW]


def test_the_result_of_a_function_changes_and_changes_back(publish, server, monkeypatch):
    publish()
    server.rows(
        f"""grant usage on schema recs to {READER}; grant select on all tables in schema recs to {READER};
        revoke execute on function recs.popular(text) from public;
        grant execute on function recs.popular(text) to {READER}"""
    )
    before = server.rows("select pg_get_function_result('recs.popular(text)'::regprocedure)")
    statements = publish_postgres.functions()
    result = "create or replace function recs.popular(in_segment text) returns table (rank integer, units bigint)"
    other = f"""{result} language sql stable as $$
        select popular.rank, popular.units from recs.popular_articles as popular
        where popular.segment = in_segment order by popular.rank $$"""
    added = "create or replace function recs.one() returns integer language sql as $$ select 1 $$"
    with monkeypatch.context() as patch:
        patch.setattr(publish_postgres, "functions", lambda: statements | {"popular": other, "one": added})
        publish()
    rights = "select has_function_privilege('reader', 'recs.popular(text)', 'execute')"
    public = """select count(*) from pg_proc cross join lateral aclexplode(proacl)
        where oid = 'recs.popular(text)'::regprocedure and grantee = 0"""
    assert server.rows("select pg_get_function_result('recs.popular(text)'::regprocedure)") == [
        "TABLE(rank integer, units bigint)"
    ]
    assert server.rows("select count(*) > 0 from recs.popular('all')", user=READER) == ["t"]
    assert server.rows("select recs.one()") == ["1"]
    assert server.rows(public) == ["0"]
    roll_back_postgres(address=server.address)
    assert server.rows("select pg_get_function_result('recs.popular(text)'::regprocedure)") == before
    assert server.rows(rights) == ["t"]
    assert server.rows(public) == ["0"]
    # it came with the version that was taken back
    assert "does not exist" in server.psql("select recs.one()").stderr


def test_a_view_that_comes_with_a_version_goes_with_it(publish, server, toy_shop, tmp_path, monkeypatch):
    from recs_py.publishing.postgresql import tables as postgres_tables

    publish()
    with monkeypatch.context() as patch:
        more = postgres_tables.VIEWS | {"weeks": "select distinct target_week from recs_versions.runs_version"}
        patch.setattr(postgres_tables, "VIEWS", more)
        patch.setattr(publish_postgres, "RELATIONS", (*postgres_tables.RELATIONS, "weeks"))
        publish()
    assert server.rows("select target_week from recs.weeks") == ["2020-09-23"]
    roll_back_postgres(address=server.address)
    assert "does not exist" in server.psql("select * from recs.weeks").stderr
    assert server.rows("select count(*) from recs.recommendations") == ["72"]


TYPES = {
    "1.5::real": ("real", "1.5"),
    "12.30::decimal(10, 2)": ("numeric(10,2)", "12.30"),
    "-5::tinyint": ("smallint", "-5"),
    "5::smallint": ("smallint", "5"),
    "200::utinyint": ("smallint", "200"),
    "60000::usmallint": ("integer", "60000"),
    "4000000000::uinteger": ("bigint", "4000000000"),
    "18446744073709551615::ubigint": ("numeric(20,0)", "18446744073709551615"),
    "99999999999999999999999999999999999999::hugeint": ("numeric(38,0)", "99999999999999999999999999999999999999"),
    "timestamptz '2020-09-22 23:30:00+02'": ("timestamp with time zone", "2020-09-22 21:30:00+00"),
    "timestamp_s '2020-09-22 23:30:00'": ("timestamp without time zone", "2020-09-22 23:30:00"),
    "timestamp_ns '2020-09-22 23:30:00.5'": ("timestamp without time zone", "2020-09-22 23:30:00.5"),
    "time '23:30:00.25'": ("time without time zone", "23:30:00.25"),
    "interval '3 days'": ("interval", "3 days"),
    "uuid '12345678-1234-5678-1234-567812345678'": ("uuid", "12345678-1234-5678-1234-567812345678"),
    r"'\x00\xFF'::blob": ("bytea", r"\x00ff"),
    "'red'::enum('red', 'blue')": ("text", "red"),
    "null::decimal(4, 1)": ("numeric(4,1)", ""),
    "[1, 2]": ("jsonb", "[1, 2]"),
    "[0.5, -2]::float[]": ("real[]", "{0.5,-2}"),
    "map {'a': 1}": ("jsonb", '{"a": 1}'),
}


def test_columns_keep_their_types(publish, server, toy_shop, tmp_path):
    columns = ", ".join(f"{value} as c{number}" for number, value in enumerate(TYPES))
    table = f"create or replace table recs.popular_articles as select *, {columns} from recs.popular_articles"
    publish(changed(toy_shop, tmp_path, table))
    for number, (value, (data_type, written)) in enumerate(TYPES.items()):
        column = f"c{number}"
        assert server.rows(f"select distinct pg_typeof({column})::text from recs.popular_articles") == [
            data_type.split("(")[0]
        ], value
        assert server.rows(
            f"""select format_type(atttypid, atttypmod) from pg_attribute
            where attrelid = 'recs.popular_articles'::regclass and attname = '{column}'"""
        ) == [data_type], value
        assert server.rows(f"select {column} from recs.popular_articles limit 1") == [written], value


def test_every_view_has_the_columns_of_the_file(publish, server, toy_shop):
    publish()
    for view in [*PUBLIC, *VIEWS]:
        expected = [name for name, *_ in toy_shop.published_rows(f"describe recs.{view}")]
        assert (
            server.rows(
                f"""select attname from pg_attribute
            where attrelid = 'recs.{view}'::regclass and attnum > 0 order by attnum"""
            )
            == expected
        ), view


@pytest.fixture
def german(server):
    """The publisher's sessions get messages in German, where PostgreSQL has them."""
    server.psql("alter role publisher set lc_messages = 'C.UTF-8'", user="admin")
    message = server.psql("select 1 / 0").stderr
    if "FEHLER" not in message:
        pytest.skip("PostgreSQL has no German messages: build it with --enable-nls, or install its language pack")
    yield
    server.psql("alter role publisher reset lc_messages", user="admin")


def test_a_publish_waits_for_readers_whatever_the_language_of_the_server(
    publish, server, toy_shop, tmp_path, monkeypatch, german
):
    import threading
    import time

    from adbc_driver_postgresql import dbapi

    publish()
    second = changed(toy_shop, tmp_path, "update recs.runs set run_id = 'second'")
    failures = []

    def work():
        try:
            publish(second)
        except RecsError as error:
            failures.append(error)

    publisher = threading.Thread(target=work)
    monkeypatch.setattr(publish_postgres, "UNDER_WAY_SECONDS", 0.1)
    with dbapi.connect(server.address) as reader, reader.cursor() as cursor:
        cursor.execute("select count(*) from recs.runs")
        cursor.fetchall()
        publisher.start()
        until = time.monotonic() + 30
        locked = "reset (security_barrier)"
        while locked not in server.log.read_text().split("lc_messages")[-1] and time.monotonic() < until:
            time.sleep(0.1)
        # longer than a lock is waited for
        time.sleep(1)
    publisher.join()
    assert not failures
    assert server.rows("select run_id from recs.runs") == ["second"]


def test_a_refusal_is_told_in_the_words_of_the_server(publish, server, german):
    server.psql("create schema recs authorization admin", user="admin")
    with pytest.raises(RecsError, match=r"refuses: keine Berechtigung für Schema recs; readers see"):
        publish()


def test_what_went_wrong_first_is_told_if_the_connection_is_lost_in_a_transaction(server):
    with pytest.raises(ZeroDivisionError), session(server.address) as held, held.transaction():
        held.connection.close()
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("create schema recs; create table recs.customers (a integer)", "table recs.customers"),
        ("create schema recs; create table recs.recommendations (a integer)", "table recs.recommendations"),
        ("create schema recs; create view recs.runs as select 1 as a", "view recs.runs"),
        ("create schema recs; create materialized view recs.runs as select 1 as a", "materialized view recs.runs"),
        (
            "create schema recs; create function recs.recommend(customer text) returns int language sql as 'select 1'",
            "function recs.recommend",
        ),
        ("create schema recs_versions; create table recs_versions.sales_2024 (a integer)", "sales_2024"),
        (
            "create schema recs_versions; create table recs_versions.versions (version integer, file text)",
            "table recs_versions.versions",
        ),
    ],
)
def test_somebody_elses_schemas_are_refused_before_anything_is_written(publish, server, statement, name):
    server.rows(statement)
    everything = """
        select string_agg(nspname || '.' || relname, ' ' order by nspname, relname) from pg_class
        inner join pg_namespace on pg_namespace.oid = relnamespace where nspname in ('recs', 'recs_versions')
    """
    before = server.rows(everything), server.rows("select count(*) from pg_namespace")
    with pytest.raises(UsageError, match=f"{name} .* was not made by recs.*move it to another schema"):
        publish()
    assert (server.rows(everything), server.rows("select count(*) from pg_namespace")) == before


def test_what_others_have_beside_the_lists_stays_and_is_not_replaced(publish, server):
    publish()
    server.rows("create view recs.my_top as select * from recs.popular_articles where rank = 1")
    server.rows("create table recs_versions.sales_77 as select 1 as a, 'anna' as customer_id")
    publish()
    assert forget(server, "anna") > 0
    assert server.rows("select count(*) > 0 from recs.my_top") == ["t"]
    assert server.rows("select a from recs_versions.sales_77") == ["1"]
    server.rows("drop view recs.my_top, recs.rules; create view recs.rules as select 'mine' as rule")
    with pytest.raises(UsageError, match=r"view recs\.rules .* was not made by recs"):
        publish()
    assert server.rows("select rule from recs.rules") == ["mine"]


# as an earlier release wrote it: no views and functions of its own, contributions written out
EARLIER = f"""
    create schema recs;
    create schema recs_versions;
    create table recs_versions.versions (
        version integer primary key, published_at timestamptz not null default now(),
        is_live boolean not null default false
    );
    insert into recs_versions.versions (version, is_live) values (1, false), (2, true);
    create table recs_versions.runs_1 (run_id text, dataset text, finished_at timestamp, settings json);
    insert into recs_versions.runs_1 values ('first', 'hm', '2020-09-23', '{{}}');
    create table recs_versions.runs_2 as select 'second' as run_id, dataset, finished_at, settings
    from recs_versions.runs_1;
    create table recs_versions.recommendations_explained_1 as
    select
        date '2020-09-16' as target_week, 'anna' as customer_id, 1 as rank, '0000000101' as article_id,
        3::double precision as score, '{{"popularity":1.0,"season":2.0}}'::json as contributions;
    create table recs_versions.recommendations_explained_2 as
    select * from recs_versions.recommendations_explained_1;
    create table recs_versions.blends_7 (blend_id integer);
    create view recs.runs as
    select run_id, dataset, finished_at, settings::jsonb as settings from recs_versions.runs_2;
    create view recs.recommendations_explained as
    select target_week, customer_id, rank, article_id, score, contributions::jsonb as contributions
    from recs_versions.recommendations_explained_2;
    create view recs.recommendations as
    select target_week, customer_id, rank, article_id, score from recs.recommendations_explained;
    create view recs.contributions as
    select lists.target_week, lists.customer_id, lists.rank, lists.article_id, parts.signal,
        parts.points::double precision as points
    from recs.recommendations_explained as lists
    cross join lateral jsonb_each(lists.contributions) as parts (signal, points);
    create function recs.recommend(customer text) returns table (rank integer, article_id text) language sql stable
    as $$ select rank, article_id from recs.recommendations where customer_id = customer $$;
    grant usage on schema recs to {READER};
    grant select on all tables in schema recs to {READER};
"""


def test_versions_of_an_earlier_release_are_taken_over(publish, server, toy_shop, tmp_path):
    server.rows(EARLIER)
    with pytest.raises(UsageError, match="the data set hm"):
        publish(changed(toy_shop, tmp_path, "update recs.runs set dataset = 'other shop'"))
    publish()
    assert server.rows("select count(*) from recs.recommendations", user=READER) == ["72"]
    assert server.rows("select count(*) > 0 from recs.recommendations_explained", user=READER) == ["t"]
    assert server.rows("select rank || ' ' || score from recs.recommend('anna') limit 1")
    assert server.rows("select version from recs_versions.versions order by 1") == ["1", "2", "3"]
    assert server.rows("select count(*) from pg_class where relname = 'blends_7'") == ["0"]
    roll_back_postgres(address=server.address)
    assert server.rows("select run_id, settings from recs.runs", user=READER) == ["second|{}"]
    assert server.rows("select * from recs.recommend('anna')") == ["1|0000000101"]
    assert server.rows("select signal, points from recs.contributions order by 1", user=READER) == [
        "popularity|1",
        "season|2",
    ]
    roll_back_postgres(address=server.address)
    assert server.rows("select run_id from recs.runs") == ["first"]


def test_schemas_that_were_made_for_the_publisher_are_taken(publish, server):
    server.rows("create schema recs; create schema recs_versions")
    assert publish()


def test_lists_of_another_data_set_are_replaced_only_on_request(publish, server, toy_shop, tmp_path):
    publish()
    other = changed(toy_shop, tmp_path, "update recs.runs set dataset = 'other shop'")
    with pytest.raises(UsageError, match=r"holds the lists of the data set hm.*those of other shop.*--replace"):
        publish(other)
    assert server.rows("select dataset from recs.runs") == ["hm"]
    assert server.rows("select count(*) from recs_versions.versions") == ["1"]
    publish(other, replace=True)
    assert server.rows("select dataset from recs.runs") == ["other shop"]
    publish(other)
    with pytest.raises(UsageError, match="the data set other shop"):
        publish()


def test_lists_that_another_data_set_has_replaced_are_whole_after_a_rollback(publish, server, toy_shop, tmp_path):
    publish()
    whole = server.rows("select count(*) from recs.recommendations")
    other = changed(
        toy_shop,
        tmp_path,
        "update recs.runs set dataset = 'other shop'",
        "update internal.recommendation_buckets set customer_id = 'of another shop: ' || customer_id",
    )
    publish(other, replace=True)
    roll_back_postgres(address=server.address)
    assert server.rows("select dataset from recs.runs") == ["hm"]
    assert server.rows("select count(*) from recs.recommendations") == whole


def test_text_is_stored_as_it_is_whatever_the_encoding_of_the_client(publish, server, toy_shop, tmp_path, monkeypatch):
    name = "update recs.article_details set name = '{}' where article_id = '0000000101'"
    hats = changed(toy_shop, tmp_path, name.format("Hüte für José"))
    server.rows("drop database if exists latin", user="admin")
    server.rows("create database latin owner publisher encoding 'LATIN1' locale 'C' template template0", user="admin")
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    latin = server.address.replace("/shop", "/latin")
    stored = "select md5(convert_to(name, 'UTF8')) from recs.article_details where article_id = '0000000101'"
    publish(hats)
    publish_to_postgres(published=hats, address=latin, keep=4)
    whole = hashlib.md5("Hüte für José".encode()).hexdigest()
    for database in ("shop", "latin"):
        assert server.psql(stored, database=database).stdout.strip() == whole
    # a text that the database cannot encode is refused
    trees = changed(toy_shop, tmp_path, name.format("本の木"))
    with pytest.raises(RecsError, match=r"refuses: .*LATIN1.*; readers see what they saw"):
        publish_to_postgres(published=trees, address=latin, keep=4)
    assert server.psql(stored, database="latin").stdout.strip() == whole


def test_a_customer_is_forgotten_in_all_versions(publish, server, toy_shop, tmp_path):
    publish()
    rows = toy_shop.published_rows(
        """select
            (select count(distinct target_week) from internal.recommendation_buckets where customer_id = 'anna')
            + (select count(*) from recs.sample_customers where customer_id = 'anna')
            + (select count(*) from recs.sample_purchases where customer_id = 'anna')
            + (select count(*) from recs.customer_preferences where customer_id = 'anna')"""
    )[0][0]
    assert forget(server, "nobody") == 0
    publish()
    assert forget(server, "anna") == 2 * rows > 0
    for _ in range(2):
        assert server.rows("select count(*) from recs.recommend('anna')") == ["0"]
        assert server.rows("select count(*) from recs.sample_purchases where customer_id = 'anna'") == ["0"]
        assert server.rows("select count(*) from recs.recommend('bert')") == ["12"]
        if server.rows("select count(*) from recs_versions.versions") == ["2"]:
            roll_back_postgres(address=server.address)
    # nor does the planner know the id
    assert not server.rows(
        """select tablename || ' ' || attname || ' ' || coalesce(most_common_vals, histogram_bounds)::text from pg_stats
        where schemaname = 'recs_versions' and concat(most_common_vals, histogram_bounds) like '%anna%'"""
    )


def test_nothing_is_forgotten_where_nothing_was_published(server):
    assert forget(server, "anna") == 0
    server.rows("create schema recs_versions; create table recs_versions.lists_1 as select 'anna' as customer_id")
    with pytest.raises(UsageError, match=r"recs_versions\.lists_1 .* was not made by recs"):
        forget(server, "anna")
    assert server.rows("select customer_id from recs_versions.lists_1") == ["anna"]
