"""The relay: hands every committed outbox row to the event log, in the order of its key (P2).

One relay a service, elected by a session advisory lock. It reads unpublished rows by `seq`, from a floor that waits
for slow commits (`servicekit.floor`), sends a batch, checks every acknowledgement and marks what went out. After a
failed record the rest of its key waits and is sent again, in order; other keys go on.
A topic of which the log takes nothing waits for a second at a time, for its rows would fill every batch.
"""

import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import ARRAY, BigInteger, Text, bindparam, func, select, text

from servicekit.database import cursor_of, raw_connection
from servicekit.errors import Unavailable
from servicekit.eventlog import EventLogUnavailable, Producer, Record, Refused
from servicekit.floor import Floor
from servicekit.kit import Kit
from servicekit.lead import SESSION, Lead
from servicekit.metrics.catalogue import SENT, of_topic
from servicekit.reads import AnyRow, fetch
from servicekit.tables import outbox
from servicekit.telemetry import send_span

_log = structlog.get_logger()
_MARK = "UPDATE outbox SET published_at = now() WHERE seq = ANY(%s)"
# A mark need not be on disk: what a crash of the server takes of it is sent again, and known by its id.
_LAX = "SET synchronous_commit = off"
# Who relays begins anew, with no floor, before this is committed. In one statement, so that it counts as a writer of
# the outbox before the next one may look; what was ended is counted, for else PostgreSQL would leave it undone.
_AGAIN = text(f"""
WITH ended AS MATERIALIZED (SELECT pg_terminate_backend(pid, 5000) FROM ({SESSION}) AS relaying),
    again AS (
        UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL AND created_at >= :since RETURNING 1
    )
SELECT count(*) AS events, (SELECT count(*) FROM ended) FROM again
""")
_PURPOSE = "hearthline.relay"
_BATCH = 500
_FASTEST_S = 0.001
_BUSY_S = 1.0
_BUSY_SHARE = 0.2
_PUT_OFF_S = 1.0


class Relay:
    """The outbox's loop; `poll_s` adapts between 1 ms and `slowest_s`, or a fifth of it soon after a fact.

    In a process that also serves, commits wake the loop, and it need not look often by itself.
    """

    name = "relay"

    def __init__(self, slowest_s: float = 0.02) -> None:
        self._slowest_s = slowest_s
        self.poll_s = slowest_s
        self._busy_until = 0.0
        self._put_off: dict[str, float] = {}
        self._lead = Lead(_PURPOSE, _LAX)
        self._floor = Floor()
        self._producer: Producer | None = None

    def run_once(self, kit: Kit) -> bool:
        """Publishes one batch; True when it was not empty."""
        if not self._lead.take(kit):
            self.poll_s = 1.0
            return False
        try:
            with kit.translated_errors():
                put_off = self._topics_put_off()
                rows = self._look(put_off)
                if rows:
                    self._publish(kit, rows)
                if len(rows) < _BATCH and not put_off:
                    self._floor.after_look()
        except Unavailable:
            # A session that was ended does not come back, and the lead went with it.
            self._give_up()
            raise
        self._adapt(bool(rows))
        return bool(rows)

    def _look(self, put_off: list[str]) -> Sequence[AnyRow]:
        connection = self._lead.connection
        self._floor.before_look(connection)
        values = {"floor": self._floor.seq} | ({"put_off": put_off} if put_off else {})
        rows = fetch(cursor_of(connection), _OF_OTHERS if put_off else _UNPUBLISHED, values)
        if rows:
            self._floor.seen(rows[-1].seq)
        return rows

    def _adapt(self, found: bool) -> None:
        """Facts come in company: where there was one, the next must not wait for a look as of a quiet hour."""
        now = time.monotonic()
        if found:
            self._busy_until = now + _BUSY_S
        slowest = self._slowest_s * (_BUSY_SHARE if now < self._busy_until else 1)
        self.poll_s = _FASTEST_S if found else min(self.poll_s * 2, slowest)

    def close(self) -> None:
        """Gives the lead up, for another process to take."""
        self._give_up()
        if self._producer is not None:
            self._producer.close()
            self._producer = None

    def _give_up(self) -> None:
        self._lead.give_up()
        self._floor = Floor()

    def _publish(self, kit: Kit, rows: Sequence[AnyRow]) -> None:
        if self._producer is None:
            self._producer = kit.eventlog.producer()
        outcomes = self._producer.publish([_record(row, kit.eventlog.system) for row in rows])
        sent = [row for row, outcome in zip(rows, outcomes, strict=True) if outcome is None]
        self._mark([row.seq for row in sent])
        for topic, number in Counter(row.topic for row in sent).items():
            kit.metrics.recorder(SENT, of_topic(kit.eventlog.system, topic))(number)
        if failed := [(row.topic, outcome) for row, outcome in zip(rows, outcomes, strict=True) if outcome is not None]:
            _log.warning("relay: not everything was acknowledged", failed=len(failed), sent=len(sent))
            refusing = {topic for topic, outcome in failed if isinstance(outcome, Refused)}
            again_at = time.monotonic() + _PUT_OFF_S
            self._put_off |= dict.fromkeys(refusing - {row.topic for row in sent}, again_at)
            raise EventLogUnavailable(str(failed[0][1]))

    def _topics_put_off(self) -> list[str]:
        """The topics that refused all of a batch a moment ago."""
        if self._put_off:
            now = time.monotonic()
            self._put_off = {topic: at for topic, at in self._put_off.items() if at > now}
        return list(self._put_off)

    def _mark(self, seqs: list[int]) -> None:
        if seqs:
            raw_connection(self._lead.connection).execute(_MARK, [seqs])


def republish(kit: Kit, since: datetime) -> int:
    """Has the relay send again, in their order, what was published since then and is still kept; how many events.

    They go with the ids and sequences that they had, so whoever has seen them passes them over.
    """
    with kit.translated_errors(), kit.engine.begin() as connection:
        values = {"since": since, "purpose": _PURPOSE, "name": kit.name}
        return int(connection.execute(_AGAIN, values).scalar_one())


_UNPUBLISHED = (
    select(outbox.c.seq, outbox.c.topic, outbox.c.key, outbox.c.headers, outbox.c.value)
    .where(outbox.c.published_at.is_(None), outbox.c.seq > bindparam("floor", type_=BigInteger))
    .order_by(outbox.c.seq)
    .limit(_BATCH)
)

# Only when there are such: the planner thinks that no row is of another topic, and may read them all to find out.
_OF_OTHERS = _UNPUBLISHED.where(outbox.c.topic != func.all(bindparam("put_off", type_=ARRAY(Text))))


def _record(row: AnyRow, system: str) -> Record:
    headers = dict(row.headers)
    if traceparent := headers.get("traceparent"):
        headers["traceparent"] = send_span(system, row.topic, traceparent)
    return Record(topic=row.topic, key=row.key, value=row.value, headers=headers)
