"""The command line: a thin skin over the functions that do the work, one file per group of commands."""

from recs_py.cli.forgetting import forget
from recs_py.cli.group import main
from recs_py.cli.learning import backtest, train
from recs_py.cli.loading import load
from recs_py.cli.looking import show, similar
from recs_py.cli.report import report
from recs_py.cli.scoring import score
from recs_py.cli.serving import export, publish, rules
from recs_py.cli.status import status

# in the order in which a newcomer types them, which is that of the help
for command in (load, score, publish, status, show, similar, backtest, train, rules, report, export, forget):
    main.add_command(command)

__all__ = ["main"]
