"""Reading the embedded log as a member of a group."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator, Sequence

from servicekit.eventlog import EventLogUnavailable, Record
from servicekit.eventlog.embedded.bell import Bell
from servicekit.eventlog.embedded.membership import Membership, join, leave
from servicekit.eventlog.embedded.session import Connection, Session

# Notifications say at once what changed; these looks only make sure.
_LOOK_S = 2.0
_BALANCE_S = 5.0
# A commit need not be on disk: what a crash of the server takes of it is delivered again.
_LAX = "-c synchronous_commit=off"

# Nested loops over the partitions in their order: LIMIT ends them early, which a sort would not allow.
_READ = """
SELECT r.partition_id, r."offset", r.key, r.value, r.headers::text, r.time
FROM unnest(%s::int[], %s::bigint[]) AS p (id, position)
CROSS JOIN LATERAL (
    SELECT * FROM records WHERE partition_id = p.id AND "offset" >= p.position ORDER BY "offset" LIMIT %s
) r
LIMIT %s
"""
_COMMIT = """
INSERT INTO commits (group_id, partition_id, next_offset) SELECT %s, * FROM unnest(%s::int[], %s::bigint[])
ON CONFLICT (group_id, partition_id) DO UPDATE SET next_offset = excluded.next_offset
"""


class EmbeddedConsumer:
    """See the port."""

    def __init__(self, url: str, group: str, topics: Sequence[str], bell: Bell) -> None:
        self._group = group
        self._topics = list(topics)
        self._session = Session(url, f"hearthline-eventlog-{group}", _LAX)
        self._membership: Membership | None = None
        self._bell = bell
        # Set when there may be something to read: notified, or the last read was not the end.
        self._news = threading.Event()
        self._unbalanced = threading.Event()
        self._woken = threading.Event()
        self._next_look = 0.0
        self._next_balance = 0.0
        self._turn = 0
        bell.add(self._ring)

    def poll(self, timeout: float, max_records: int = 500) -> list[Record]:
        end = time.monotonic() + timeout
        while True:
            records = self._look(max_records)
            left = end - time.monotonic()
            if records or self._woken.is_set() or left <= 0:
                self._woken.clear()
                return records
            self._news.wait(min(left, max(self._next_look - time.monotonic(), 0)))

    def commit(self) -> None:
        # What went to another member meanwhile is not held any more, and so not committed.
        membership = self._membership
        fresh = {p: h for p, h in membership.held.items() if h.position != h.committed} if membership else {}
        if not fresh or membership is None:
            return
        with self._using() as connection:
            positions = [held.position for held in fresh.values()]
            connection.execute(_COMMIT, [membership.group, list(fresh), positions])
        for held in fresh.values():
            held.committed = held.position

    def rewind(self) -> None:
        for held in self._membership.held.values() if self._membership else ():
            held.position = held.committed
        self._news.set()

    def wake(self) -> None:
        self._woken.set()
        self._news.set()

    def close(self) -> None:
        self._bell.remove(self._ring)
        if self._membership is not None:
            with contextlib.suppress(EventLogUnavailable), self._using() as connection:
                leave(connection, self._membership)
        self._membership = None
        self._session.close()

    def _look(self, max_records: int) -> list[Record]:
        now = time.monotonic()
        if now < self._next_look and not self._news.is_set():
            return []
        self._news.clear()
        with self._using() as connection:
            membership = self._membership = self._membership or join(connection, self._group)
            if self._unbalanced.is_set() or now >= self._next_balance:
                self._unbalanced.clear()
                self._next_balance = now + _BALANCE_S
                membership.balance(connection, self._topics)
            records = self._read(connection, membership, max_records)
        if records:
            self._news.set()
        self._next_look = now + _LOOK_S
        return records

    def _read(self, connection: Connection, membership: Membership, max_records: int) -> list[Record]:
        # Another partition goes first each time, so that a full one does not keep the others waiting.
        self._turn += 1
        places = list(membership.held.items())
        first = self._turn % max(len(places), 1)
        places = places[first:] + places[:first]
        if not places:
            return []
        values = [[p for p, _ in places], [held.position for _, held in places], max_records, max_records]
        records = []
        for partition, offset, key, value, headers, at in connection.execute(_READ, values, binary=True):
            held = membership.held[partition]
            held.position = offset + 1
            records.append(Record(held.topic, key, value, json.loads(headers), held.number, offset, at))
        return records

    @contextlib.contextmanager
    def _using(self) -> Iterator[Connection]:
        try:
            with self._session.use() as connection:
                yield connection
        except BaseException:
            # The locks went with the connection, and the positions with the locks.
            self._session.close()
            self._membership = None
            self._next_look = self._next_balance = 0.0
            raise

    def _ring(self, payload: str) -> None:
        kind, *ids = payload.split()
        membership = self._membership
        if kind == "topics" and membership and membership.joined.isdisjoint(map(int, ids)):
            return
        if kind == "group" and membership and str(membership.group) not in ids:
            return
        if kind != "topics":
            self._unbalanced.set()
        self._news.set()
