"""Up to where the outbox is out for good, so that a look of the relay need not begin at its first row.

While anybody's transaction is open, a dump's as well, PostgreSQL cleans nothing away: the index of what is unpublished
keeps an entry of every row that was, and a look would pass over an hour's of them, more with every fact.
"""

import time

from sqlalchemy import Connection, text

# Whoever adds rows, or has some sent again, holds this lock before the first of them has its `seq`, until its end.
_WRITERS = text(
    "SELECT virtualtransaction FROM pg_locks WHERE relation = 'outbox'::regclass AND mode = 'RowExclusiveLock'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_EVERY_S = 1.0


class Floor:
    """Of one lead; `seq` is the highest at and below which nothing unpublished is, or will be by itself.

    A row may be seen when one below it is not, for commits take their time. So the floor rises to a row that was seen
    when all that wrote then have ended, and one more look has sent what they left.
    """

    def __init__(self) -> None:
        self.seq = 0
        self._seen = 0
        self._next: tuple[int, frozenset[str]] | None = None
        self._settled = 0
        self._again_at = 0.0

    def before_look(self, connection: Connection) -> None:
        """Asks, once a second, whether those have ended that the next floor waits for."""
        if self._seen == self.seq or time.monotonic() < self._again_at:
            return
        self._again_at = time.monotonic() + _EVERY_S
        writers = frozenset(connection.execute(_WRITERS).scalars())
        if self._next is not None:
            seq, before = self._next
            if before & writers:
                return
            self._settled = seq
        self._next = (self._seen, writers)

    def seen(self, seq: int) -> None:
        """A row was found, whatever becomes of it."""
        self._seen = max(self._seen, seq)

    def after_look(self) -> None:
        """All that the look since `before_look` could see is out."""
        self.seq = max(self.seq, self._settled)
