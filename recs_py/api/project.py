"""`recs_py.Project`: the work of the commands, for Python."""

import contextlib
import datetime as dt
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recs_py import distribution, settings, work_lock
from recs_py.errors import UsageError, first_line

if TYPE_CHECKING:  # they take a while, and a notebook that only reads the lists does not wait for all of them
    import pyarrow as pa

    from recs_py.api.weekly import WeeklyRun
    from recs_py.evaluation.summary import Summary
    from recs_py.loading.load import LoadReport
    from recs_py.training.learned_blends import TrainReport

MOST_TRAINING_WEEKS = 26
# The current folder and the lock of the work database are those of the process: its threads take turns.
_ALONE = threading.RLock()


class Project:
    """A shop's project, as `recs init` makes it, or a clone of recs.

    The methods work in the project's folder, as the commands do: relative paths mean files in it, and while a method
    works, it is the current folder of the process. Threads take turns. Every method raises a `RecsError`, or a
    `UsageError` where the user must change something, with the sentence that the command prints.

    Parameters
    ----------
    folder
        The project, relative to the current folder; default: the current folder.
    database, published
        The work database and the published file; default: those of the environment, as for the commands.
    tell
        Called with the name of each step when it begins. The method raises an exception of it after its work.

    Raises
    ------
    UsageError
        If there is no such folder, or no project in it, or a file cannot be such a database.
    """

    def __init__(
        self,
        folder: str | Path = ".",
        *,
        database: str | Path | None = None,
        published: str | Path | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self.folder = Path(folder).expanduser().resolve()
        if not self.folder.is_dir():
            raise UsageError(f"There is no folder {self.folder}: name that of a project, or type `recs init my-shop`")
        self._tell, self._fault = tell or (lambda step: None), None
        given = {"RECS_DUCKDB": database, "RECS_PUBLISHED": published}
        with self._at_work(), settings.environment(**{name: str(file) for name, file in given.items() if file}):
            distribution.project()
            self.database = settings.work_database().absolute()
            self.published = settings.published_database().absolute()

    def __repr__(self) -> str:
        return f"Project({str(self.folder)!r})"

    def load(
        self,
        name: str,
        directory: str | Path | None = None,
        *,
        add: bool = False,
        skip_known: bool = False,
        replace: bool = False,
    ) -> "LoadReport":
        """Load files into the raw tables, all or nothing, as `recs load` does.

        Parameters
        ----------
        name
            The loader, such as `my-shop`.
        directory
            The folder of the files; None if the loader brings its own.
        add, skip_known
            Add the files to what is loaded; leave out lines that are loaded already.
        replace
            Load also where that removes learned blends, or most transactions.
        """
        from recs_py.loading import add as adding
        from recs_py.loading import load as loading

        if name == "synthetic":
            raise UsageError("`recs load synthetic` simulates that shop: it has no files to load")
        if skip_known and not add:
            raise UsageError("skip_known is for add: a load without it replaces all lines")
        if replace and add:
            raise UsageError("add keeps the data set that is loaded: leave replace out")
        files = {
            "name": name,
            "directory": Path(directory) if directory is not None else None,
            "database": self.database,
            "progress": self._report,
        }
        with self._at_work("load"):
            report = adding.add(**files, skip_known=skip_known) if add else loading.load(**files, replace=replace)
            if settings.target() == "spark":
                from recs_py.spark.work_database import send

                send(self.database)
        return report

    def score(
        self, week: str | dt.date | None = None, *, as_of: str | dt.date | None = None, replace: bool = False
    ) -> dt.date:
        """Build, rank every customer's articles and publish, as `recs score` does; return the target week.

        Parameters
        ----------
        week
            An ISO week or a date in it; default: the week after that of the last transaction.
        as_of
            Instead of a week: a date, for the seven days from it on.
        replace
            Publish also where the lists of another data set are.
        """
        from recs_py.scoring.score import score

        if week and as_of:
            raise UsageError("week and as_of both name the days to recommend for: give one of them")
        with self._at_work("score"):
            target_week, _ = score(
                database=self.database,
                published=self.published,
                week=_text(week),
                as_of=_text(as_of),
                replace=replace,
                on_step=self._report,
            )
        return target_week

    def backtest(
        self,
        *,
        weeks: int | None = None,
        first: str | dt.date | None = None,
        last: str | dt.date | None = None,
        segment: str = "all",
        without: Sequence[str] = (),
        again: bool = False,
    ) -> "Summary":
        """Score past weeks, and judge the lists by what was then bought, as `recs backtest` does.

        Parameters
        ----------
        weeks
            How many weeks, up to `last`. Without `weeks` and `first`: the last four that a learned blend may judge.
        first, last
            The first and the last week, each an ISO week or a date.
        segment
            Customers to sum up, such as `recency: 1-7 days`.
        without
            Signals that the blend is also scored without, one at a time.
        again
            Evaluate weeks again that were evaluated before.
        """
        from recs_py.evaluation.backtest import backtest

        if weeks is not None and first is not None:
            raise UsageError("weeks and first both choose the first week: leave one out")
        if weeks is not None and weeks < 1:
            raise UsageError(f"weeks is {weeks}: choose a number from 1")
        if isinstance(without, str):
            raise UsageError(f"without is one text: give a list, such as [{without!r}]")
        with self._at_work("backtest"):
            return backtest(
                database=self.database,
                published=self.published,
                weeks=weeks,
                first=_text(first),
                last=_text(last),
                segment=segment,
                without=tuple(without),
                again=again,
                on_step=self._report,
            ).summary

    def train(
        self, week: str | dt.date | None = None, *, weeks: int = 5, promote: bool = False, compare: bool = False
    ) -> "TrainReport":
        """Learn a blend from past weeks, and promote it if its lists were better, as `recs train` does.

        Parameters
        ----------
        week
            Learn only from weeks before this one; default: the week that `score` scores.
        weeks
            Number of past weeks to learn from.
        promote
            Promote the new blend in any case.
        compare
            Fit the reference model too.
        """
        from recs_py.training.train import train

        if not 1 <= weeks <= MOST_TRAINING_WEEKS:
            raise UsageError(f"weeks is {weeks}: choose a number from 1 to {MOST_TRAINING_WEEKS}")
        with self._at_work("train"):
            return train(
                database=self.database,
                week=_text(week),
                training_weeks=weeks,
                promote=promote,
                compare=compare,
                advance=self._report,
            )

    def publish(self, to: str | Path | None = None, *, replace: bool = False) -> dict[str, int]:
        """Copy the built lists to the published file, or those of it to another place, as `recs publish` does.

        Parameters
        ----------
        to
            `postgresql://user@host/database`, or a folder for Parquet files; None: the published file.
        replace
            Publish also where the lists of another data set are.

        Returns
        -------
        dict
            The rows of each table.
        """
        from recs_py.publishing.places import publish_to
        from recs_py.publishing.publish import publish

        options = {"published": self.published, "replace": replace, "on_table": self._report}
        if to is not None:
            with self._at_work():
                return publish_to(str(to), **options)
        with self._at_work("publish"):
            return publish(database=self.database, **options)

    def weekly(
        self, name: str, directory: str | Path | None = None, *, places: Sequence[str] = (), train_every: int = 4
    ) -> "WeeklyRun":
        """Do the work of a week, as `recs weekly` does: load what is new, train when that is due, score, publish.

        Parameters
        ----------
        name, directory
            The loader, and the folder of the delivery. Lines that are loaded already are left out; where nothing is
            loaded yet, the folder is the whole history.
        places
            Where the lists are copied to besides the published file, as for `publish`.
        train_every
            Train where the newest learned blend is so many weeks old, or there is none; 0: never.
        """
        from recs_py.api.weekly import run_week

        if isinstance(places, str):
            raise UsageError("places is one text: give a list of places")
        if train_every < 0:
            raise UsageError(f"train_every is {train_every}: choose a number from 0")
        with self._at_work("weekly"):
            return run_week(self, name, directory, places=places, train_every=train_every)

    def recommendations(
        self, week: str | dt.date | None = None, *, customers: Iterable[str] | None = None, explained: bool = False
    ) -> "pa.Table":
        """Read the published lists of a week: one row per customer and rank, in this order.

        Parameters
        ----------
        week
            An ISO week, or a date in it; default: the latest one published.
        customers
            Their ids, as the source writes them; None: everybody.
        explained
            Whether names, scores, reasons and contributions stand beside the articles (`recs.recommendations_explained`
            instead of `recs.recommendations`).

        Returns
        -------
        pyarrow.Table
            `.to_pandas()` and `polars.from_arrow` make a data frame of it.
        """
        from recs_py.database import open_published
        from recs_py.publishing.weeks import published_week

        if isinstance(customers, str):
            raise UsageError(f"customers is one text: give a list of ids, such as [{customers!r}]")
        with open_published(self.published) as connection:
            chosen = published_week(connection, _text(week))
        if chosen is None:
            raise UsageError("No list is published: score a week first")
        view = "recommendations_explained" if explained else "recommendations"
        # ids are texts, also those that another program holds as numbers
        ids = [] if customers is None else [str(customer) for customer in customers]
        # constants, not a join, so that only their lists are read
        some = "" if customers is None else f"and customer_id in ({', '.join('?' for _ in ids) or 'null'})"
        return self.query(f"from recs.{view} where target_week = ? {some} order by customer_id, rank", [chosen, *ids])

    def query(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> "pa.Table":
        """Ask the published file: its views are `recs.recommendations` and others.

        Parameters
        ----------
        sql
            A query in DuckDB's SQL.
        parameters
            Values for its question marks, or for its `$names`.
        """
        import duckdb

        from recs_py.database import open_published

        values = dict(parameters) if isinstance(parameters, Mapping) else list(parameters)
        with self._at_work(), open_published(self.published) as connection:
            try:
                found = connection.sql(sql, params=values)
                if found is None:
                    raise UsageError(f"{sql.strip()!r} asks for no rows: write a query")
                return found.to_arrow_table()
            except duckdb.Error as error:
                raise UsageError(f"The query cannot be answered: {first_line(str(error))}") from error

    def _report(self, step: str, *_: Any) -> None:
        # raised here it would be a fault of the model that is being built
        try:
            self._tell(step)
        except Exception as error:
            self._fault = self._fault or error

    @contextlib.contextmanager
    def _at_work(self, method: str | None = None) -> Iterator[None]:
        """Stay in the project's folder; a method that writes the work database holds it too."""
        lock = work_lock.held(self.database, command=f"Project.{method}") if method else contextlib.nullcontext()
        try:
            with _ALONE, contextlib.chdir(self.folder), lock:
                yield
        finally:
            fault, self._fault = self._fault, None
        if fault:
            raise fault


def _text(day: str | dt.date | None) -> str | None:
    # a time of the day, as pandas has it, names the day
    return str(day.date() if isinstance(day, dt.datetime) else day) if day is not None else None
