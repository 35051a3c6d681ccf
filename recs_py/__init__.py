"""The thin Python layer of the warehouse recommender: sparse kernels for the dbt graph, and the command line."""

from recs_py.api.project import Project
from recs_py.errors import RecsError, UsageError

__all__ = ["Project", "RecsError", "UsageError"]
