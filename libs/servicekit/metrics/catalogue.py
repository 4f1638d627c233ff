"""The metrics that every service has: OpenTelemetry's names where it has one, `hearthline.` where it has none."""

from collections.abc import Mapping
from functools import cache

from servicekit.metrics import Kind, Metric

_GROUP, _TOPIC = "messaging.consumer.group.name", "messaging.destination.name"
# OpenTelemetry's bounds for durations, and some for what takes longer than a call. Written with a point, as Prometheus
# has them, for queries name them.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_WAITS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)

CALL = Metric(
    "rpc.server.call.duration",
    Kind.HISTOGRAM,
    "How long calls took, refused ones too, but not those refused for too many wait, or ended without a request.",
    "s",
    {"rpc.system.name": ("grpc",), "rpc.method": (), "rpc.status_code": (), "error.type": ()},
    _SECONDS,
)
PROCESS = Metric(
    "messaging.process.duration",
    Kind.HISTOGRAM,
    "How long the handler of an event took; each try counts.",
    "s",
    {"messaging.system": ("kafka", "postgresql"), _GROUP: (), _TOPIC: (), "error.type": ()},
    _SECONDS,
)
SENT = Metric(
    "messaging.client.sent.messages",
    Kind.COUNTER,
    "Events that the relay handed to the event log and had acknowledged.",
    "{message}",
    {"messaging.system": ("kafka", "postgresql"), _TOPIC: ()},
)
DELAY = Metric(
    "hearthline.event.delay",
    Kind.HISTOGRAM,
    "From the commit that made an event until its effect is committed.",
    "s",
    {_GROUP: (), _TOPIC: ()},
    _WAITS,
)
DEAD_LETTERS = Metric(
    "hearthline.dead.letters",
    Kind.COUNTER,
    "Events that a consumer gave up and put on the dead letters.",
    "{event}",
    {_GROUP: (), _TOPIC: ()},
)
UNREADABLE = Metric(
    "hearthline.unreadable.bytes",
    Kind.COUNTER,
    "Times that bytes which no client can read were set aside: a batch, or a single record.",
    "{time}",
    {_GROUP: (), _TOPIC: ()},
)
HELD_BACK = Metric(
    "hearthline.eventlog.held.back.age",
    Kind.GAUGE,
    "For how long a partition is held back by a producer's transaction that stays open, at least.",
    "s",
    {_TOPIC: ()},
)
LAG = Metric(
    "hearthline.consumer.lag.events",
    Kind.GAUGE,
    "Events that a consumer group has not committed yet.",
    "{event}",
    {_GROUP: (), _TOPIC: ()},
)
OUTBOX = Metric(
    "hearthline.outbox.events",
    Kind.GAUGE,
    "Committed events that the relay has not published yet, counted up to 100,000.",
    "{event}",
)
OUTBOX_AGE = Metric(
    "hearthline.outbox.oldest.age",
    Kind.GAUGE,
    "Age of the oldest event that the relay has not published yet; 0 when there is none.",
    "s",
)
LATENESS = Metric(
    "hearthline.timer.lateness",
    Kind.HISTOGRAM,
    "How long after their time timers fired.",
    "s",
    {"kind": ()},
    _WAITS,
)
TIMER_FAILURES = Metric(
    "hearthline.timer.failures",
    Kind.COUNTER,
    "Times that the handler of a timer failed; the timer is kept and tried again.",
    "{failure}",
    {"kind": ()},
)
OVERDUE = Metric(
    "hearthline.timers.overdue", Kind.GAUGE, "Timers whose time has come, counted up to 100,000.", "{timer}"
)
OVERDUE_AGE = Metric(
    "hearthline.timers.oldest.overdue",
    Kind.GAUGE,
    "How long the earliest of the timers whose time has come has waited; 0 when there is none.",
    "s",
)
LOOP_FAILURES = Metric(
    "hearthline.loop.failures",
    Kind.COUNTER,
    "Times that a loop could not do its work: because something is away (unavailable), or by a fault (failed).",
    "{failure}",
    {"loop": (), "reason": ("unavailable", "failed")},
)
SEALED = Metric(
    "hearthline.audit.sealed.rows", Kind.GAUGE, "Rows that have their place in the chain.", "{row}", {"chain": ()}
)
UNSEALED = Metric(
    "hearthline.audit.unsealed.rows",
    Kind.GAUGE,
    "Committed rows that are not sealed yet and so not protected, counted up to 100,000.",
    "{row}",
    {"chain": ()},
)
CONNECTIONS = Metric(
    "db.client.connection.count",
    Kind.GAUGE,
    "Connections of the pool to the database.",
    "{connection}",
    {"db.client.connection.pool.name": (), "db.client.connection.state": ("used", "idle")},
)
CONNECTIONS_MAX = Metric(
    "db.client.connection.max",
    Kind.GAUGE,
    "Connections that the pool may open.",
    "{connection}",
    {"db.client.connection.pool.name": ()},
)

METRICS = (
    CALL,
    PROCESS,
    SENT,
    DELAY,
    DEAD_LETTERS,
    UNREADABLE,
    HELD_BACK,
    LAG,
    OUTBOX,
    OUTBOX_AGE,
    LATENESS,
    TIMER_FAILURES,
    OVERDUE,
    OVERDUE_AGE,
    LOOP_FAILURES,
    SEALED,
    UNSEALED,
    CONNECTIONS,
    CONNECTIONS_MAX,
)


def of_consumer(group: str, topic: str) -> dict[str, str]:
    """The labels of what one consumer group does with one topic."""
    return {_GROUP: group, _TOPIC: topic}


def held_back(topic: str) -> dict[str, str]:
    """The labels of what an open transaction holds back."""
    return {_TOPIC: topic}


def of_topic(system: str, topic: str) -> dict[str, str]:
    """The labels of what the relay sends to this kind of event log."""
    return {"messaging.system": system, _TOPIC: topic}


@cache
def described(system: str, consumer: str, topic: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """What traces and metrics say of every event of a topic."""
    told = {
        "messaging.system": system,
        "messaging.destination.name": topic,
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.consumer.group.name": consumer,
    }
    return told, {"messaging.system": system, **of_consumer(consumer, topic)}
