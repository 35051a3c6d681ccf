"""Made-up figures of a benchmark."""

from benchmarks.calibration import Figure
from benchmarks.measure import Measurement
from benchmarks.run import Run
from benchmarks.scales import Scale

HUNDREDTH = Scale("hundredth", customers=600, articles=300, transactions=12_000)
FIGURES = [Figure("customers who buy", 0.05, 0.06, 1.2), Figure("lines per article", 65, 16, 0.25)]


def made_up(*measurements: Measurement, scale: Scale = HUNDREDTH, machine: str = "2 cores") -> Run:
    """A run that measured this."""
    return Run(scale, csv_bytes=1_500_000, machine=machine, measurements=[*measurements], figures=FIGURES)
