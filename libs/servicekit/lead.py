"""One process among several does a thing: it holds a session advisory lock, as long as its connection lives."""

from sqlalchemy import Connection, text

from servicekit.kit import Kit

_LOCK = text("SELECT pg_try_advisory_lock(hashtext(:purpose), hashtext(:name))")

SESSION = """
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = (hashtext(:purpose)::bigint & 4294967295)::oid AND objid = (hashtext(:name)::bigint & 4294967295)::oid
"""
"""Query for the `pid` of the session that has a lead."""


class Lead:
    """The lead in one purpose, such as `hearthline.relay`, in one service; `setting` is SQL for its session."""

    def __init__(self, purpose: str, setting: str = "") -> None:
        self._purpose = purpose
        self._setting = setting
        self._connection: Connection | None = None

    @property
    def connection(self) -> Connection:
        """The connection that holds the lock; whoever works on no other ends when the lead does."""
        assert self._connection is not None
        return self._connection

    def take(self, kit: Kit) -> bool:
        """True when this process has the lead, from now on or still."""
        if self._connection is not None:
            return True
        with kit.translated_errors():
            connection = kit.engine.connect()
            try:
                if connection.execute(_LOCK, {"purpose": self._purpose, "name": kit.name}).scalar_one():
                    if self._setting:
                        connection.execute(text(self._setting))
                    self._connection = connection
            except BaseException:
                # It may have the lock, with which it must not rest in the pool.
                connection.invalidate()
                raise
            finally:
                if self._connection is None:
                    connection.close()
        return self._connection is not None

    def give_up(self) -> None:
        """Ends the session, and with it the lock, for another process to take."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
