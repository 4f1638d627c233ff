"""Compares what callers were told with the databases, the topics and the timelines (P2)."""

from collections import Counter
from typing import Any

from tests.cluster.kube import RELEASE, SERVICES, Cluster, wait_for
from tests.support.findings import Event, Findings, compare_topic

Line = dict[str, Any]

# The table and collection of what the load makes, and what the customer's timeline calls it.
_MADE = {
    "customers": ("interactions", "InteractionRecorded"),
    "workorders": ("tickets", "TicketCreated"),
    "complaints": ("complaints", "ComplaintFiled"),
}
_SETTLED_S = 180


def check(cluster: Cluster, calls: list[Line]) -> Findings:
    """Waits until every event is out and every timeline told, or for three minutes, then compares."""
    found = Findings()
    found.failed = [f"{call['service']}: {call['id']}" for call in calls if not call["name"]]
    told = [call for call in calls if call["name"]]
    for service in _MADE:
        _check_rows(cluster, service, [call for call in told if call["service"] == service], found)
    wait_for("published outboxes", _SETTLED_S, lambda: not any(_unpublished(cluster, each) for each in SERVICES))
    _check_topics(cluster, found)
    _check_timelines(cluster, told, found)
    return found


def _check_rows(cluster: Cluster, service: str, calls: list[Line], found: Findings) -> None:
    table, _ = _MADE[service]
    # By the request that made a row, as its audit says: what callers wrote is encrypted.
    rows = cluster.query(service, f"request_id, resource FROM audit JOIN {table} t ON resource = '{table}/' || t.id")
    stored: dict[str, list[str]] = {}
    for request_id, name in rows:
        stored.setdefault(request_id, []).append(name)
    for call in calls:
        names = stored.get(call["id"], [])
        if call["name"] not in names:
            found.lost.append(f"{service}: {call['name']} is not in {table}")
        if len(names) > 1:
            found.doubled.append(f"{service}: {call['id']} is {names}")


def _unpublished(cluster: Cluster, service: str) -> int:
    return len(cluster.query(service, "seq FROM outbox WHERE published_at IS NULL"))


def _check_topics(cluster: Cluster, found: Findings) -> None:
    topics = [f"hearthline.{service}.v1" for service in SERVICES]
    cluster.start_script("topics", f"kafka://{RELEASE}-kafka:9092", *topics)
    wait_for("the topics", _SETTLED_S, lambda: "done" in (cluster.said("topics") or [{}])[-1])
    records = cluster.said("topics")[:-1]
    for service in SERVICES:
        in_order = "SELECT topic, key, headers->>'ce_id' AS id FROM outbox ORDER BY seq"
        rows = cluster.query(service, f"topic, key, id FROM ({in_order}) AS sent")
        for topic in {topic for topic, _, _ in rows} & set(topics):
            sent = [Event(key, id_) for of, key, id_ in rows if of == topic]
            seen = [Event(record["key"], record["id"]) for record in records if record["topic"] == topic]
            compare_topic(topic, sent, seen, found)


def _check_timelines(cluster: Cluster, calls: list[Line], found: Findings) -> None:
    wanted = {(_MADE[call["service"]][1], call["name"]) for call in calls}

    def entries() -> Counter[tuple[str, str]]:
        return Counter((kind, subject) for kind, subject in cluster.query("customers", "kind, subject FROM timeline"))

    try:
        wait_for("the timelines", _SETTLED_S, lambda: wanted <= entries().keys())
    finally:
        told = entries()
        found.lost += [f"timeline: {kind} of {subject}" for kind, subject in sorted(wanted - told.keys())]
        kinds = {kind for _, kind in _MADE.values()}
        found.doubled += [f"timeline: {key} {n} times" for key, n in told.items() if key[0] in kinds and n > 1]
