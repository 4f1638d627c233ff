"""One connection to the embedded log's database: opened when first used, and again after it broke."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from servicekit.eventlog import EventLogUnavailable

Connection = psycopg.Connection[tuple[Any, ...]]

# A publish or poll that the server does not answer within this time has failed.
_OPTIONS = "-c search_path=eventlog -c timezone=UTC -c statement_timeout=30s -c lock_timeout=20s"


class Session:
    """A connection in autocommit; not for two threads at once."""

    def __init__(self, url: str, application: str, options: str = "") -> None:
        given = conninfo_to_dict(url)
        self.place = place(given)
        defaults: dict[str, str | int] = {"connect_timeout": 5, "application_name": application, "keepalives_idle": 30}
        missing = {name: value for name, value in defaults.items() if name not in given}
        self._conninfo = make_conninfo(url, options=f"{_OPTIONS} {options}", **missing)
        self._connection: Connection | None = None

    @contextmanager
    def use(self) -> Iterator[Connection]:
        """The connection; EventLogUnavailable when it cannot be had or breaks, and the next use opens another."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(self._conninfo, autocommit=True)
            yield self._connection
        except psycopg.errors.UndefinedTable as error:
            self.close()
            raise EventLogUnavailable(f"event log at {self.place}: it has no topics yet") from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise EventLogUnavailable(f"event log at {self.place}: {_first_line(error)}") from error
        except psycopg.Error:
            self.close()
            raise

    def close(self) -> None:
        """Ends the connection, and with it the locks that it holds."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def place(conninfo: dict[str, Any]) -> str:
    """Where a conninfo leads, without its secrets."""
    host = conninfo.get("host") or "localhost"
    return f"{host}:{conninfo.get('port') or 5432}/{conninfo.get('dbname') or ''}"


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
