"""The group that all commands belong to: their order, their errors, their exit codes."""

import contextlib
import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

import click
import duckdb
from rich.markup import escape

from recs_py import settings, terminal
from recs_py.cli.options import check_id, check_ids
from recs_py.distribution import NAME
from recs_py.errors import MORE_MEMORY, RecsError
from recs_py.work_lock import interrupted

# The exit code of a program that Ctrl-C ended, as a shell has it.
INTERRUPTED = 130


class Commands(click.Group):
    """Commands whose errors are one sentence on standard error and an exit code, never a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which they were added."""
        return list(self.commands)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the program."""
        try:
            return super().main(*args, **extra)
        except RecsError as error:
            _fail(str(error), error.exit_code)
        except duckdb.Error as error:
            _fail(_sentence(error), RecsError.exit_code)
        except OSError as error:
            _fail(_of_the_system(error), RecsError.exit_code)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _noted_interrupts():
            try:
                outcome = super().invoke(ctx)
                # an output that cannot be written fails here, and not when Python ends
                if sys.stdout is not None:
                    sys.stdout.flush()
            except click.NoSuchOption as error:
                if any(parameter.callback in (check_id, check_ids) for parameter in error.ctx.command.params):
                    error.message += f" An id that begins with a dash comes after --: `{error.ctx.command_path} -- -7`."
                raise
            except (KeyboardInterrupt, Exception) as error:
                # after Ctrl-C DuckDB and dbt fail in ways of their own
                if not interrupted.is_set() and not isinstance(error, KeyboardInterrupt):
                    raise
                _tell("Interrupted; nothing is half-published.")
                if interrupted.is_set():
                    # a thread of dbt may still be within DuckDB, in which Python's own end is an abort
                    os._exit(INTERRUPTED)
                sys.exit(INTERRUPTED)
        return outcome


@contextlib.contextmanager
def _noted_interrupts() -> Iterator[None]:
    """Set `interrupted` with every Ctrl-C, which still raises KeyboardInterrupt."""
    interrupted.clear()

    def interrupt(*_: Any) -> NoReturn:
        interrupted.set()
        raise KeyboardInterrupt

    # a program that ignores the signal, or has its own handler, keeps that
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _fail(sentence: str, exit_code: int) -> NoReturn:
    _tell(sentence)
    sys.exit(exit_code)


def _tell(sentence: str) -> None:
    terminal.notes.print("[red]Error:[/red]", escape(terminal.printable(terminal.sentence(sentence))), soft_wrap=True)


def _of_the_system(error: OSError) -> str:
    if error.filename is not None:
        return f"{error.filename} cannot be read or written: {error.strerror}."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        # Python flushes once more when it ends, and would fail again
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), 1)
        return f"The output cannot be written: {error.strerror}."
    return f"The machine refused: {error.strerror or error}."


def _sentence(error: duckdb.Error) -> str:
    first_line = str(error).splitlines()[0]
    if isinstance(error, duckdb.OutOfMemoryException):
        return f"{first_line}: {MORE_MEMORY}."
    if not isinstance(error, duckdb.BinderException | duckdb.CatalogException):
        return str(error)
    # a table or column is not what this version expects
    work, published = settings.work_database(), settings.published_database()
    found = [str(path) for path in (work, published) if path.exists()]
    if not found:
        return first_line
    advice = (
        f"{first_line} An earlier version of recs made {' or '.join(found)}, or a build was interrupted: "
        "type `recs score`."
    )
    if not work.exists():
        return advice
    return (
        f"{advice} If that fails too, load into a new file (RECS_DUCKDB=new.duckdb). Keep {work}: it alone has the "
        "learned blends, the history of runs and the shop's rules. To copy the rules, type "
        f"`duckdb -readonly {work} \"copy shop.rules to 'rules.csv'\"`, then `recs rules --from rules.csv`."
    )


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name=NAME)
def main() -> None:
    """Recommendations inside the warehouse: load, score, look.

    Exit codes: 0 fine, 1 failed, 2 used wrongly, 130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        # names have letters that a terminal's encoding may lack
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
