"""How close a simulated world comes to H&M: simple methods and shares, published and simulated."""

from benchmarks.calibration.published import PUBLISHED
from benchmarks.calibration.table import Figure, calibration_table

__all__ = ["PUBLISHED", "Figure", "calibration_table"]
