"""Tables of the embedded log.

Offsets of a partition have no gaps and become visible in order: `partitions.next_offset` is taken under the
row's lock, in the transaction that inserts the records, so the next producer gets its offsets only after
the one before it has committed.
"""

from collections.abc import Sequence
from datetime import datetime

from servicekit.eventlog import Topic
from servicekit.eventlog.embedded.session import Connection

CHANNEL = "eventlog"
"""Of NOTIFY; the payload is `topics ID …`, `group ID`, or `all`."""

_TABLES = """
CREATE SCHEMA IF NOT EXISTS eventlog;
CREATE TABLE IF NOT EXISTS eventlog.topics (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    retention interval NOT NULL,
    compacted boolean NOT NULL
);
CREATE TABLE IF NOT EXISTS eventlog.partitions (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic_id int NOT NULL REFERENCES eventlog.topics,
    number int NOT NULL,
    first_offset bigint NOT NULL DEFAULT 0,
    next_offset bigint NOT NULL DEFAULT 0,
    UNIQUE (topic_id, number)
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS eventlog.records (
    partition_id int NOT NULL,
    "offset" bigint NOT NULL,
    key text NOT NULL,
    value bytea NOT NULL,
    headers json NOT NULL,
    time timestamptz NOT NULL,
    PRIMARY KEY (partition_id, "offset")
);
CREATE TABLE IF NOT EXISTS eventlog.groups (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS eventlog.commits (
    group_id int NOT NULL,
    partition_id int NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (group_id, partition_id)
) WITH (fillfactor = 50);
"""

_ADD_TOPIC = """
WITH added AS (
    INSERT INTO topics (name, retention, compacted) VALUES (%(name)s, %(retention)s, %(compacted)s)
    ON CONFLICT (name) DO UPDATE SET retention = excluded.retention, compacted = excluded.compacted
    RETURNING id, xmax = 0 AS fresh
)
INSERT INTO partitions (topic_id, number)
SELECT id, number FROM added, generate_series(0, %(partitions)s - 1) AS number WHERE fresh
"""


def ensure_topics(connection: Connection, topics: Sequence[Topic]) -> None:
    """Makes the tables and the topics that are missing.

    The partitions of a topic that exists stay as they are: another number would move its keys.
    """
    with connection.transaction():
        # Two of `CREATE … IF NOT EXISTS` at once can still collide.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('hearthline.eventlog'))")
        connection.execute(_TABLES)
        for t in topics:
            values = {"name": t.name, "retention": t.retention, "compacted": t.compacted, "partitions": t.partitions}
            connection.execute(_ADD_TOPIC, values)
        connection.execute(f"NOTIFY {CHANNEL}, 'all'")


def topic_partitions(connection: Connection, names: Sequence[str]) -> dict[str, tuple[int, list[int]]]:
    """By topic name: its id and the ids of its partitions in their order; unknown topics are left out."""
    rows = connection.execute(
        "SELECT t.name, t.id, array_agg(p.id ORDER BY p.number) FROM topics t JOIN partitions p ON p.topic_id = t.id"
        " WHERE t.name = ANY(%s) GROUP BY t.id",
        [list(names)],
    )
    return {name: (identifier, partitions) for name, identifier, partitions in rows}


def trim(connection: Connection, now: datetime) -> int:
    """Deletes records past their retention, oldest first in each partition; how many."""
    ((deleted,),) = connection.execute(_TRIM, [now]).fetchall()
    return int(deleted)


# The new first offset comes from what was deleted, never from what is left: a statement that waited for a
# producer does not see its records, and would set the first offset behind them.
_TRIM = """
WITH gone AS (
    DELETE FROM records r USING partitions p JOIN topics t ON t.id = p.topic_id
    WHERE p.id = r.partition_id AND NOT t.compacted AND r.time < %s - t.retention
    RETURNING r.partition_id, r."offset"
), moved AS (
    UPDATE partitions p SET first_offset = last.latest + 1
    FROM (SELECT partition_id, max("offset") AS latest FROM gone GROUP BY partition_id) last
    WHERE p.id = last.partition_id
)
SELECT count(*)::int FROM gone
"""
