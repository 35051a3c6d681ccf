"""The signals that can change a list: the others need not be computed."""

from pathlib import Path

from recs_py.database import connect, has_table
from recs_py.macros import returned
from recs_py.pipeline.dbt_build import project_variables


def used_signals(*, database: Path, also: tuple[str, ...] = ()) -> list[str] | str:
    """Signals that add points, by their weight or in a promoted blend, or candidates to it, or are evaluated by name.

    Parameters
    ----------
    database
        The work database; its promoted blends determine which learned signals have points.
    also
        Signals to compute though they add nothing.

    Returns
    -------
    list of str or str
        Names for the dbt variable `used_signals`, in the order of `signals`, then `own_signals`; `all` where every
        signal is evaluated alone.
    """
    variables = project_variables()
    evaluated = {*variables["evaluated_systems"], *variables["ablations"], *also}
    if "signals" in evaluated:
        return "all"
    learned = _learned(database)
    return [
        signal["name"]
        for signal in listed_signals()
        if signal["weight"]
        or signal["name"] in learned
        or signal["name"] in evaluated
        # before anything is learned, own history is weighted by it (`blend.interaction_shapes`)
        or signal["name"] == "repeat_rate_of_type"
        # where a blend is learned every source of candidates is used
        or (learned and signal["top_k"])
    ]


def listed_signals() -> list[dict]:
    """The signals of `signals` and `own_signals` in dbt_project.yml, with their defaults filled in."""
    variables = project_variables()
    return returned("signals", signals=variables["signals"], own_signals=variables["own_signals"], used_signals="all")


def _learned(database: Path) -> set[str]:
    with connect(database, read_only=True) as connection:
        if not has_table(connection, "learned.blends"):
            return set()
        rows = connection.execute(
            """
            with promoted as (select blend_id from learned.blends where is_promoted)

            select signal from learned.shapes semi join promoted using (blend_id) where points != 0
            union
            select unnest([signal, other_signal])
            from learned.interaction_shapes semi join promoted using (blend_id) where points != 0
            """
        ).fetchall()
    return {signal for (signal,) in rows}
