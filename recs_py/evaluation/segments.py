"""The kinds of segments by which weeks are evaluated, from the macro `evaluation_segments`."""

from recs_py.errors import UsageError
from recs_py.macros import returned


def check_segment_kind(segment: str) -> None:
    """Refuse a segment of an unknown kind, before any week is evaluated.

    Raises
    ------
    UsageError
        Names the kinds that there are.
    """
    kinds = _kinds()
    if segment != "all" and segment.split(": ")[0] not in kinds:
        examples = ", ".join(f"'{kind}: ...'" for kind in kinds)
        raise UsageError(
            f"There is no segment {segment!r}: choose 'all' or one of {examples}, or define it in "
            "the macro evaluation_segments."
        )


def _kinds() -> list[str]:
    return [segment["name"] for segment in returned("evaluation_segments")]
