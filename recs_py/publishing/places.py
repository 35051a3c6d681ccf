"""Where the lists of the published file are copied to: a PostgreSQL database, or a folder of Parquet files."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from recs_py import settings
from recs_py.errors import UsageError


def is_postgres(place: str) -> bool:
    """Return whether a place is a PostgreSQL database; else it is a folder.

    Raises
    ------
    UsageError
        If it is neither, or reads like the address of a server.
    """
    if place.startswith(("postgresql://", "postgres://")):
        return True
    if not place:
        raise UsageError("--to is empty: name a folder or postgresql://user@host/database.")
    if "://" in place:
        # the rest of the address may hold a password
        raise UsageError(f"--to takes a folder or postgresql://user@host/database, not {place.split('://')[0]}://.")
    is_like_address = "@" in place or re.match(r"[^/]+:\d+(/|$)", place)
    if is_like_address and not place.startswith(("./", "../", "/")) and not Path(place).exists():
        raise UsageError(
            "--to looks like the address of a server: write postgresql://user@host/database, or ./ before the name of "
            "a folder."
        )
    return False


def check_places(places: Iterable[str]) -> None:
    """Refuse addresses that cannot be published to, before any work is done for them.

    Raises
    ------
    UsageError
        As `is_postgres`, or if an address holds a password.
    """
    for place in places:
        if is_postgres(place):
            from recs_py.publishing.postgresql.session import without_password

            without_password(place)


def publish_to(
    place: str, *, published: Path, replace: bool = False, on_table: Callable[..., None] | None = None
) -> dict[str, int]:
    """Copy the published lists to a place, and return the rows of each table there.

    Parameters
    ----------
    place
        `postgresql://user@host/database`, or a folder.
    published
        The published file.
    replace
        Publish also where the lists of another data set are.
    on_table
        Called with the name of each table before it is copied.
    """
    options = {"keep": settings.versions_to_keep(), "replace": replace, "on_table": on_table}
    if is_postgres(place):
        from recs_py.publishing.postgresql.publish import publish_to_postgres

        return publish_to_postgres(published=published, address=place, **options)
    from recs_py.publishing.parquet.publish import publish_to_parquet

    return publish_to_parquet(published=published, folder=Path(place), **options)


def roll_back_at(place: str) -> str:
    """Put the previous version of a place in place again, and return its name."""
    if is_postgres(place):
        from recs_py.publishing.postgresql.publish import roll_back_postgres

        return roll_back_postgres(address=place)
    from recs_py.publishing.parquet.publish import roll_back_parquet

    return roll_back_parquet(folder=Path(place))
