"""What is wrong after a platform was shaken, and how its outboxes and its topics are compared (P2)."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Findings:
    """What is wrong: a line each; all lists are empty when nothing is."""

    failed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)
    events: int = 0
    republished: int = 0
    """Events that are in a topic more than once, which consumers see only once."""

    def lines(self) -> list[str]:
        """All of them, each with what it is."""
        kinds = {"failed": self.failed, "lost": self.lost, "doubled": self.doubled, "reordered": self.reordered}
        return [f"{kind}: {line}" for kind, lines in kinds.items() for line in lines]


@dataclass(frozen=True, slots=True)
class Event:
    """An event as an outbox or a topic has it."""

    key: str
    id: str


def compare_topic(topic: str, sent: Iterable[Event], seen: Iterable[Event], found: Findings) -> None:
    """Every event that was sent is in the topic, those of a key in their order, and nothing that nobody sent.

    `sent` is in the order of the outbox, `seen` in that of the topic's partitions. What comes again is no harm:
    consumers know it by its id.
    """
    sent, seen = list(sent), list(seen)
    times = Counter(event.id for event in seen)
    found.events += len(times)
    found.republished += sum(1 for count in times.values() if count > 1)
    found.lost += [
        f"{topic}: event {event.id} of the outbox is not in the topic" for event in sent if not times[event.id]
    ]
    known = {event.id for event in sent}
    found.doubled += [f"{topic}: event {id_} is in no outbox" for id_ in times.keys() - known]
    wanted, got = _by_key(sent, times.keys()), _by_key(seen, known)
    found.reordered += [f"{topic}: {key} has {got[key]}, not {ids}" for key, ids in wanted.items() if got[key] != ids]


def _by_key(events: Iterable[Event], among: Iterable[str]) -> dict[str, list[str]]:
    """The ids of each key as they appear first."""
    chosen = set(among)
    keys: dict[str, dict[str, None]] = defaultdict(dict)
    for event in events:
        if event.id in chosen:
            keys[event.key].setdefault(event.id)
    return defaultdict(list, {key: list(ids) for key, ids in keys.items()})
