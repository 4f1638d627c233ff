"""Housekeeping of the kit's tables: outbox partitions by day, old inbox and request rows."""

from datetime import UTC, date, datetime, timedelta

import structlog
from psycopg.errors import LockNotAvailable
from sqlalchemy import ColumnElement, Connection, Delete, MetaData, Table, delete, func, select, text, tuple_
from sqlalchemy.exc import OperationalError

from servicekit.deadletters import OPERATOR
from servicekit.kit import Kit
from servicekit.tables import inbox, outbox, requests

_log = structlog.get_logger()

_KEEP_PUBLISHED = timedelta(hours=72)
"""A broker's ack is not an fsync: what it lost within this time can be sent again."""

_KEEP_SEEN = timedelta(days=8)
"""Longer than any topic keeps its records, so no replay can bring an event twice."""

_KEEP_DEALT_WITH = timedelta(days=31)
"""Longer than dead letters are kept (proto/topics.yaml), so none that was dropped is listed again."""

_HOUR_S, _MINUTE_S = 3600.0, 60.0
_BATCH = 5000


class Maintenance:
    """Makes the coming days' partitions and deletes what is past its time; runs hourly, by real time."""

    name = "maintenance"

    def __init__(self) -> None:
        self.poll_s = _HOUR_S

    def run_once(self, kit: Kit) -> bool:
        """One round; True while there is more to delete than a batch of each table."""
        with kit.translated_errors(), kit.engine.connect() as connection:
            if not connection.execute(text("SELECT pg_try_advisory_lock(hashtext('hearthline.maintenance'))")).scalar():
                return False
            try:
                # Looking for what is old takes its time in a table of a hundred million rows, and is in nobody's way.
                connection.execute(text("SET statement_timeout = '10min'"))
                self.poll_s = _HOUR_S if _renew_partitions(connection) else _MINUTE_S
                deleted = [connection.execute(_some(table, past)).rowcount for table, past in _PAST]
                kit.eventlog.trim(datetime.now(UTC))
            finally:
                connection.execute(text("RESET statement_timeout"))
                connection.execute(text("SELECT pg_advisory_unlock(hashtext('hearthline.maintenance'))"))
        return _BATCH in deleted


def _renew_partitions(connection: Connection) -> bool:
    """False when somebody else holds the table: whoever writes would have to wait behind this, and it can be later."""
    today = datetime.now(UTC).date()
    connection.execute(text("SET lock_timeout = '200ms'"))
    try:
        existing = set(connection.execute(_PARTITIONS).scalars())
        for day in (today + timedelta(days=n) for n in (1, 2)):
            if _partition(day) not in existing:
                connection.execute(text(_create(day)))
        for name in existing:
            if name < _partition(today - _KEEP_PUBLISHED):
                connection.execute(text(_drop(name)))
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        _log.warning("partitions wait for whoever holds the outbox")
        return False
    finally:
        connection.execute(text("RESET lock_timeout"))
    return True


# What came before its day had a partition: all of the first day, and of any day that nobody saw to in time.
_default = outbox.to_metadata(MetaData(), name="outbox_default")
_PAST: list[tuple[Table, ColumnElement[bool]]] = [
    (_default, _default.c.published_at.is_not(None) & (_default.c.created_at < func.now() - _KEEP_PUBLISHED)),
    (inbox, (inbox.c.consumer != OPERATOR) & (inbox.c.created_at < func.now() - _KEEP_SEEN)),
    (inbox, inbox.c.created_at < func.now() - _KEEP_DEALT_WITH),
    (requests, requests.c.created_at < func.now() - _KEEP_SEEN),
]
"""Tables, and what of them is past its time."""


def _some(table: Table, past: ColumnElement[bool]) -> Delete:
    """Deletes a batch, so that a long time's rows do not have to go in one transaction."""
    keys = list(table.primary_key.columns)
    # Asked twice: of a row that `republish` held, only the outer question sees that it is to be sent again.
    return delete(table).where(past, tuple_(*keys).in_(select(*keys).where(past).limit(_BATCH)))


_PARTITIONS = text(
    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'outbox'::regclass"
    " AND inhrelid::regclass::text LIKE 'outbox_2%'"
)


def _partition(day: date) -> str:
    return f"outbox_{day:%Y%m%d}"


def _create(day: date) -> str:
    bounds = f"FROM ('{day} 00:00+00') TO ('{day + timedelta(days=1)} 00:00+00')"
    return f"CREATE TABLE {_partition(day)} PARTITION OF outbox FOR VALUES {bounds}"


def _drop(name: str) -> str:
    """Unless a fact in it is to be sent (again): looked for under the lock, for `republish` may come before it."""
    return f"""
DO $$ BEGIN
  LOCK TABLE ONLY outbox, {name} IN ACCESS EXCLUSIVE MODE;
  IF NOT EXISTS (SELECT FROM {name} WHERE published_at IS NULL) THEN
    DROP TABLE {name};
  END IF;
END $$"""
