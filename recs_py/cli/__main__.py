"""`python -m recs_py.cli`, where no script is installed."""

from recs_py.cli import main

main(prog_name="recs")
