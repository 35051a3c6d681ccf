"""The dbt adapter `recsspark`: dbt-spark's, whose statements are written in DuckDB's SQL and translated as they run."""

from dataclasses import dataclass
from pathlib import Path

from dbt.adapters.base import AdapterPlugin
from dbt.adapters.contracts.connection import Connection, ConnectionState
from dbt.adapters.spark import SparkAdapter, SparkConnectionManager, SparkCredentials
from dbt.adapters.spark.session import SessionConnectionWrapper

from recs_py.spark import python_models, session


@dataclass
class Credentials(SparkCredentials):
    """The credentials of dbt-spark; the session is the one of this process."""

    host: str = ""
    method: str = "session"

    @property
    def type(self) -> str:  # noqa: D102
        return "recsspark"


class ConnectionManager(SparkConnectionManager):
    """Opens connections whose cursors translate."""

    TYPE = "recsspark"

    @classmethod
    def open(cls, connection: Connection) -> Connection:
        """Open a connection to the session of this process; parameters and result are dbt's."""
        if connection.state != ConnectionState.OPEN:
            connection.handle = SessionConnectionWrapper(session.Connection())
            connection.state = ConnectionState.OPEN
        return connection


class RecsSparkAdapter(SparkAdapter):
    """dbt-spark's, with Python models that run on this process's session."""

    ConnectionManager = ConnectionManager

    @property
    def default_python_submission_method(self) -> str:  # noqa: D102
        return "session"

    @property
    def python_submission_helpers(self) -> dict:  # noqa: D102
        return {"session": python_models.Submission}


Plugin = AdapterPlugin(
    adapter=RecsSparkAdapter,
    credentials=Credentials,
    include_path=str(Path(__file__).parents[2] / "include" / "recsspark"),
    dependencies=["spark"],
)
