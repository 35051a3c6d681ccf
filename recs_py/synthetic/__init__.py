"""A simulated shop with the shape of H&M's public data set, for sizes that cannot be shipped.

`write_world` writes the three files of Kaggle's layout; `WorldSettings` holds every knob. How close simple
methods come to what is published for the real data is measured by `benchmarks.calibration`.
"""

from recs_py.synthetic.settings import WorldSettings
from recs_py.synthetic.world import write_world

__all__ = ["WorldSettings", "write_world"]
