"""Other tools on the same files: our seconds are compared with theirs on one machine."""

from benchmarks.peers.item_item import implicit_cosine, lenskit_pipeline, rectools_pipeline
from benchmarks.peers.plain import duckdb_csv, pandas_repurchase
from benchmarks.peers.two_stage import lightgbm_ranker
from benchmarks.step import Step
from recs_py.distribution import ROOT

# LensKit and RecTools take no pandas 3, RecTools no numpy 2 either: both have an environment of their own
OTHER_PYTHON = ROOT / ".venv" / "peers" / "bin" / "python"

PEERS = (
    Step("duckdb", duckdb_csv),
    Step("implicit", implicit_cosine, package="implicit", is_limited=True),
    Step("pandas", pandas_repurchase, is_limited=True),
    Step("lenskit", lenskit_pipeline, package="lenskit", python=OTHER_PYTHON, is_limited=True),
    Step("rectools", rectools_pipeline, package="rectools", python=OTHER_PYTHON, is_limited=True),
    Step("lightgbm", lightgbm_ranker, is_limited=True),
)
