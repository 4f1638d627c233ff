"""Readiness that follows the database: a pod that lost it takes no calls until it is back (P5)."""

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from servicekit.kit import Kit
from servicekit.server import Health, Server

_log = structlog.get_logger()
_PING = text("SELECT 1")


class Readiness:
    """A loop that asks the database every `poll_s` seconds and tells the health that probes ask for."""

    name = "readiness"
    poll_s = 2.0

    def __init__(self, server: Server | Health) -> None:
        self._server = server
        self._is_ready = True

    def run_once(self, kit: Kit) -> bool:
        """See `Loop`."""
        is_ready = _answers(kit)
        if is_ready != self._is_ready:
            _log.warning("readiness changed", ready=is_ready, reason="database")
            self._server.ready(is_ready)
            self._is_ready = is_ready
        return False


def _answers(kit: Kit) -> bool:
    try:
        with kit.engine.connect() as connection:
            connection.execute(_PING)
    except PoolTimeout:
        # All connections are at work: the database is there.
        return True
    except DBAPIError:
        return False
    return True
