"""The command line: one file per group of commands. Functions of the other packages do the work."""

from recs_py.cli.forgetting import forget
from recs_py.cli.group import main
from recs_py.cli.learning import backtest, train
from recs_py.cli.loading import load
from recs_py.cli.looking import report, show, similar
from recs_py.cli.project import init
from recs_py.cli.scoring import score, weekly
from recs_py.cli.serving import export, publish, rules
from recs_py.cli.status import status

# the help lists them in this order, in which a newcomer types them
for command in (
    init, load, score, publish, weekly, status, show, similar, backtest, train, rules, report, export, forget
):  # fmt: skip
    main.add_command(command)

__all__ = ["main"]
