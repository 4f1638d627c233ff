"""Housekeeping of the kit's tables: outbox partitions by day, old inbox and request rows."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, delete, func, text

from servicekit.deadletters import OPERATOR
from servicekit.kit import Kit
from servicekit.tables import inbox, requests

_KEEP_PUBLISHED = timedelta(hours=72)
"""A broker's ack is not an fsync: what it lost within this time can be sent again."""

_KEEP_SEEN = timedelta(days=8)
"""Longer than any topic keeps its records, so no replay can bring an event twice."""

_KEEP_DEALT_WITH = timedelta(days=31)
"""Longer than dead letters are kept (proto/topics.yaml), so none that was dropped is listed again."""


class Maintenance:
    """Makes the coming days' partitions and drops what is past its time; runs hourly, by real time."""

    name = "maintenance"
    poll_s = 3600.0

    def run_once(self, kit: Kit) -> bool:
        """One round."""
        today = datetime.now(UTC).date()
        with kit.translated_errors(), kit.engine.connect() as connection:
            if not connection.execute(text("SELECT pg_try_advisory_lock(hashtext('hearthline.maintenance'))")).scalar():
                return False
            try:
                existing = set(connection.execute(_PARTITIONS).scalars())
                for day in (today + timedelta(days=n) for n in (1, 2)):
                    if _partition(day) not in existing:
                        connection.execute(text(_create(day)))
                for name in existing:
                    if name < _partition(today - _KEEP_PUBLISHED) and not _unpublished(connection, name):
                        connection.execute(text(f"DROP TABLE {name}"))
                seen = inbox.c.consumer != OPERATOR
                connection.execute(delete(inbox).where(seen, inbox.c.created_at < func.now() - _KEEP_SEEN))
                connection.execute(delete(inbox).where(inbox.c.created_at < func.now() - _KEEP_DEALT_WITH))
                connection.execute(delete(requests).where(requests.c.created_at < func.now() - _KEEP_SEEN))
                kit.eventlog.trim(datetime.now(UTC))
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(hashtext('hearthline.maintenance'))"))
        return False


_PARTITIONS = text(
    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'outbox'::regclass"
    " AND inhrelid::regclass::text LIKE 'outbox_2%'"
)


def _partition(day: date) -> str:
    return f"outbox_{day:%Y%m%d}"


def _create(day: date) -> str:
    bounds = f"FROM ('{day} 00:00+00') TO ('{day + timedelta(days=1)} 00:00+00')"
    return f"CREATE TABLE {_partition(day)} PARTITION OF outbox FOR VALUES {bounds}"


def _unpublished(connection: Connection, name: str) -> bool:
    return bool(connection.execute(text(f"SELECT EXISTS (SELECT FROM {name} WHERE published_at IS NULL)")).scalar())
