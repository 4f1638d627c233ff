"""Every fault by its name, and on which event log it can be tried."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults import crashing
from tests.faults.injected import brokers, clocks, crashes, databases, logs, producers, relays, wires
from tests.faults.trial import Trial

BOTH = ("embedded", "kafka")
KAFKA = ("kafka",)
EMBEDDED = ("embedded",)


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault. `inject` strikes while calls go on, and says how often it did."""

    name: str
    inject: Callable[[Trial], int]
    buses: tuple[str, ...] = BOTH
    sampled_on: tuple[str, ...] = EMBEDDED
    """Where every run tries it; a soak tries it on all its buses."""
    takes_minutes: bool = False
    """Tried when it is asked for by its name, and by nobody else."""


_PAIRS = (("caller-service", wires.to_service), ("service-database", wires.to_database), ("service-log", wires.to_log))

FAULTS = (
    # First, for by then all that is open is overdue, and all of it has to be dealt with.
    Fault("leap day", clocks.comes_to(clocks.LEAP_DAY), EMBEDDED),
    Fault("end of the season", clocks.comes_to(clocks.SEASON_END), EMBEDDED),
    *(
        Fault(f"kill -9 {point}", crashes.at(point, services), sampled_on=sampled_on)
        for point, services, sampled_on in (
            (crashing.BEFORE_COMMIT, crashes.CALLED, EMBEDDED),
            (crashing.AFTER_COMMIT, crashes.CALLED, EMBEDDED),
            (crashing.AFTER_SEND, crashes.CALLED, BOTH),
            (crashing.BEFORE_MARK, crashes.CALLED, EMBEDDED),
            (crashing.BEFORE_OFFSET, ("customers", "workorders", "notifications"), BOTH),
            (crashing.IN_TIMER, crashes.TIMED, EMBEDDED),
        )
    ),
    Fault(f"kill -9 {crashing.IN_MIGRATION}", crashes.in_migration, EMBEDDED),
    Fault("kill -9 anywhere", crashes.anywhere),
    Fault("relay paused past its lease", relays.paused_past_its_lease),
    Fault("two relays", relays.two_at_once),
    Fault("broker killed", brokers.killed, KAFKA, KAFKA),
    Fault("broker away 12 s", brokers.outage, KAFKA, KAFKA),
    Fault("broker away 60 s", brokers.long_outage, KAFKA, (), takes_minutes=True),
    Fault("broker's log wiped", brokers.wiped, KAFKA, KAFKA),
    Fault("topic deleted", brokers.topic_deleted, KAFKA, KAFKA),
    *(
        Fault(
            f"{pair}: {what}",
            how(pick),
            sampled_on=BOTH if (pair, what) == ("service-log", "cut mid-message") else EMBEDDED,
        )
        for what, how in (
            ("reset", wires.reset),
            ("black hole", wires.clogged),
            ("slow", wires.slow),
            ("cut mid-message", wires.cut_mid_message),
        )
        for pair, pick in _PAIRS
    ),
    Fault("service-database: commit reply cut", wires.cut_commit_reply),
    Fault("events twice, shuffled, from the beginning", logs.said_again, sampled_on=BOTH),
    Fault("poison message", logs.poison, sampled_on=BOTH),
    Fault("undecodable batch", producers.undecodable, KAFKA, KAFKA),
    Fault("aborted transaction", producers.taken_back, KAFKA, KAFKA),
    Fault("clock an hour forward", clocks.jumps(clocks.HOUR)),
    Fault("clock an hour back", clocks.jumps(-clocks.HOUR)),
    Fault("disk full", databases.disk_full, EMBEDDED),
    Fault("postgres killed", databases.killed),
    Fault("standby promoted", databases.promoted, EMBEDDED),
    Fault("transaction left open 20 s", databases.left_open(20), EMBEDDED),
    Fault("transaction left open ten minutes", databases.left_open(600), sampled_on=(), takes_minutes=True),
    Fault("rolling restart", crashes.rolling_restart, sampled_on=BOTH),
)
MIXED = "mixed at random"
"""A row of its own in the result: two faults of the list one upon the other."""
