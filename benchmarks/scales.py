"""The sizes of the simulated shop."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """A size: the rows of Kaggle's three files."""

    name: str
    customers: int
    articles: int
    transactions: int


# By name; `full` is H&M's own size.
SCALES = {
    scale.name: scale
    for scale in (
        Scale("full", customers=1_371_980, articles=105_542, transactions=31_788_324),
        Scale("tenth", customers=137_198, articles=10_554, transactions=3_178_832),
        Scale("hundredth", customers=13_720, articles=1_055, transactions=317_883),
    )
}
