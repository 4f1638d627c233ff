"""Who reads what in a group: members share out the partitions by themselves.

A member holds a shared advisory lock on (group, topic) for each of its topics, and an exclusive one on
(group, partition) for each partition that it reads. All compute the same shares from the same list of
members; a partition changes hands when its holder lets go of the lock, between two of its batches. Locks end
with the connection, so nothing of a dead member has to be waited for. Group and topic ids are unique in the
log's database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from servicekit.eventlog import GroupInUse
from servicekit.eventlog.embedded.schema import CHANNEL, topic_partitions
from servicekit.eventlog.embedded.session import Connection

# The second key of topics' locks begins here, that of partitions' locks at 1.
_TOPICS = 1_000_000_000

_MEMBERS = """
SELECT objid::bigint, array_agg(pid ORDER BY pid) FROM pg_locks
WHERE locktype = 'advisory' AND objsubid = 2 AND classid = %s AND objid::bigint > %s AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
GROUP BY objid
"""
_POSITIONS = """
SELECT p.id, p.number, greatest(p.first_offset, c.next_offset, 0)
FROM partitions p LEFT JOIN commits c ON c.partition_id = p.id AND c.group_id = %s WHERE p.id = ANY(%s)
"""
_REWIND = """
WITH back AS (
    SELECT c.partition_id, c.next_offset AS was, min(r."offset") AS becomes
    FROM commits c JOIN records r ON r.partition_id = c.partition_id AND r."offset" < c.next_offset AND r.time >= %(to)s
    WHERE c.group_id = %(group)s AND c.partition_id = ANY(%(partitions)s)
    GROUP BY c.partition_id, c.next_offset
), moved AS (
    UPDATE commits c SET next_offset = back.becomes FROM back
    WHERE c.group_id = %(group)s AND c.partition_id = back.partition_id
)
SELECT coalesce(sum(was - becomes), 0)::bigint FROM back
"""
_TAKE_OVER = """
INSERT INTO commits (group_id, partition_id, next_offset)
SELECT mine.id, c.partition_id, c.next_offset
FROM groups mine, groups before JOIN commits c ON c.group_id = before.id
WHERE mine.name = %(group)s AND before.name = %(before)s AND c.partition_id = ANY(%(partitions)s)
    AND NOT EXISTS (SELECT FROM commits WHERE group_id = mine.id AND partition_id = ANY(%(partitions)s))
ON CONFLICT DO NOTHING
"""


@dataclass(slots=True)
class Held:
    """A partition that this member reads; offsets are those of the next record."""

    topic: str
    number: int
    position: int
    committed: int


@dataclass(slots=True)
class Membership:
    """One member's place in its group, for as long as its connection lives."""

    group: int
    held: dict[int, Held] = field(default_factory=dict)
    joined: set[int] = field(default_factory=set)
    """Ids of its topics."""

    def balance(self, connection: Connection, topics: Sequence[str]) -> None:
        """Takes its share of the partitions and lets the rest go."""
        known = topic_partitions(connection, topics)
        self._join(connection, {topic for topic, _ in known.values()})
        members: dict[int, list[int]] = dict(connection.execute(_MEMBERS, [self.group, _TOPICS]).fetchall())
        pid = connection.info.backend_pid
        share = {
            partition: name
            for name, (topic, partitions) in known.items()
            for partition in _share(partitions, topic, members[_TOPICS + topic], pid)
        }
        self._let_go(connection, [partition for partition in self.held if partition not in share])
        self._take(connection, {p: name for p, name in share.items() if p not in self.held})

    def _join(self, connection: Connection, topics: set[int]) -> None:
        if fresh := topics - self.joined:
            keys = [_TOPICS + topic for topic in fresh]
            connection.execute("SELECT pg_advisory_lock_shared(%s, k) FROM unnest(%s::int[]) k", [self.group, keys])
            self.joined |= fresh
            self._tell(connection)

    def _let_go(self, connection: Connection, partitions: list[int]) -> None:
        if partitions:
            connection.execute("SELECT pg_advisory_unlock(%s, k) FROM unnest(%s::int[]) k", [self.group, partitions])
            for partition in partitions:
                del self.held[partition]
            self._tell(connection)

    def _take(self, connection: Connection, wanted: Mapping[int, str]) -> None:
        if not wanted:
            return
        query = "SELECT k FROM unnest(%s::int[]) k WHERE pg_try_advisory_lock(%s, k)"
        taken = [partition for (partition,) in connection.execute(query, [list(wanted), self.group])]
        # A later statement than the locks': it sees what their last holders had committed.
        for partition, number, position in connection.execute(_POSITIONS, [self.group, taken]):
            self.held[partition] = Held(wanted[partition], number, position, position)

    def _tell(self, connection: Connection) -> None:
        connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"group {self.group}"])


def join(connection: Connection, group: str) -> Membership:
    """A new membership that holds nothing yet."""
    connection.execute("INSERT INTO groups (name) VALUES (%s) ON CONFLICT DO NOTHING", [group])
    row = connection.execute("SELECT id FROM groups WHERE name = %s", [group]).fetchone()
    assert row is not None
    return Membership(row[0])


def leave(connection: Connection, membership: Membership) -> None:
    """Lets everything go, and tells the other members."""
    connection.execute("SELECT pg_advisory_unlock_all()")
    connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"group {membership.group}"])


def take_over(connection: Connection, group: str, before: str, topics: Sequence[str]) -> None:
    """Commits for a group that has committed nothing there what another one had."""
    partitions = [partition for _, numbers in topic_partitions(connection, topics).values() for partition in numbers]
    connection.execute("INSERT INTO groups (name) VALUES (%s) ON CONFLICT DO NOTHING", [group])
    connection.execute(_TAKE_OVER, {"group": group, "before": before, "partitions": partitions})


def rewind(connection: Connection, group: str, topics: Sequence[str], to: datetime) -> int:
    """Moves a group without members back to what came at `to` or later; how many records that is."""
    known = topic_partitions(connection, topics)
    row = connection.execute("SELECT id FROM groups WHERE name = %s", [group]).fetchone()
    if row is None:
        return 0
    if connection.execute(_MEMBERS, [row[0], _TOPICS]).fetchall():
        raise GroupInUse(group)
    partitions = [partition for _, numbers in known.values() for partition in numbers]
    moved = connection.execute(_REWIND, {"group": row[0], "partitions": partitions, "to": to}).fetchone()
    assert moved is not None
    return int(moved[0])


def _share(partitions: Sequence[int], topic: int, members: Sequence[int], pid: int) -> list[int]:
    """This member's partitions; every topic begins with another member, for topics of few partitions."""
    place, size = members.index(pid), len(members)
    return [partition for n, partition in enumerate(partitions) if (n + topic) % size == place]
