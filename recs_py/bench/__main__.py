"""`python -m recs_py.bench`."""

from recs_py.bench.command import main

main(prog_name="python -m recs_py.bench")
