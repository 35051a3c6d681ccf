"""How close a simulated world comes to H&M: simple methods and shares, published and simulated."""

from recs_py.calibration.published import PUBLISHED
from recs_py.calibration.table import Figure, calibration_table

__all__ = ["PUBLISHED", "Figure", "calibration_table"]
