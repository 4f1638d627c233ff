"""A PostgreSQL that is killed, replaced by its standby, full, or held by a transaction that does not end."""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing

import grpc
import psycopg

from hearthline.complaints.v1 import complaints_pb2
from hearthline.complaints.v1.complaints_pb2_grpc import ComplaintServiceStub
from servicekit.client import connect
from tests.faults.house import SPEED
from tests.faults.postgres import PostgresServer, fill, small_disk
from tests.faults.processes import retry_delay_s
from tests.faults.services import SERVICES, ServiceProcess
from tests.faults.trial import Trial
from tests.faults.workload import ROLES
from tests.support.ports import free_port

_SMALL_MB = 220


def killed(trial: Trial) -> int:
    """kill -9 of the server and all its sessions; it recovers by itself."""
    for _ in range(2):
        trial.house.postgres.kill()
        trial.house.postgres.start()
        trial.await_calls(30)
    return 2


def promoted(trial: Trial) -> int:
    """The server is gone for good; its standby, which had every commit, takes its place."""
    house = trial.house
    old = house.postgres
    with trial.calling_seldom():
        standby = old.standby(house.home / f"postgres-{trial.rng.getrandbits(32):08x}")
    trial.await_calls(30)
    old.kill()
    standby.promote()
    house.postgres = standby
    for name, wire in house.database_wires.items():
        wire.lead_to(standby.url(name))
        wire.reset()
    trial.await_calls(40)
    return 1


def left_open(seconds: float) -> Callable[[Trial], int]:
    """Somebody begins a transaction in every database and goes to lunch; relays and timers go on."""

    def strike(trial: Trial) -> int:
        url = trial.house.postgres.url
        with ExitStack() as lunch:
            for service in SERVICES:
                connection = lunch.enter_context(closing(psycopg.connect(url(service))))
                # With an id of its own: what it might still see may not be cleaned away.
                connection.execute("SELECT txid_current(), count(*) FROM outbox")
            _watch(trial, seconds)
        return 1

    return strike


def _watch(trial: Trial, seconds: float) -> None:
    """Looks all the time how long facts wait for their relay and timers for their handler."""
    before = _done(trial)
    # Apart, for what grows with the time that it is open is worse in the second half; a busy machine is so in either.
    halves = [_longest_waits(trial, seconds / 2) for _ in range(2)]
    published, fired = (after - each for after, each in zip(_done(trial), before, strict=True))
    facts_s, timers_s = ([round(half[which], 2) for half in halves] for which in range(2))
    trial.notes |= {"facts": published, "facts_waited_s": f"{facts_s}"}
    trial.notes |= {"timers": fired, "timers_waited_s": f"{timers_s}"}
    if max(*facts_s, *timers_s) > _LATE_S or not (published and fired):
        trial.findings.failed.append(f"something waited for a transaction that is none of its business: {trial.notes}")


def _longest_waits(trial: Trial, seconds: float) -> tuple[float, float]:
    """Of a fact and of a timer, within so many seconds from now."""
    query, facts_s, timers_s = trial.house.postgres.query, 0.0, 0.0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        trial.await_calls(10)
        now = trial.house.now()
        for service in SERVICES:
            facts_s = max(facts_s, *query(service, _WAITING)[0])
            timers_s = max(timers_s, query(service, _OVERDUE, [now, now])[0][0] / SPEED)
    return facts_s, timers_s


def _done(trial: Trial) -> tuple[int, int]:
    """How many facts were published so far, and how many there are that only timers tell."""
    counts = [trial.house.postgres.query(service, _PUBLISHED_AND_FIRED)[0] for service in SERVICES]
    return sum(published for published, _ in counts), sum(fired for _, fired in counts)


_LATE_S = 10
_WAITING = """
SELECT coalesce(extract(epoch FROM max(now() - created_at)), 0)::float FROM outbox WHERE published_at IS NULL
"""
_OVERDUE = "SELECT coalesce(extract(epoch FROM max(%s - due)), 0)::float FROM timers WHERE due <= %s"
_PUBLISHED_AND_FIRED = """
SELECT count(published_at), count(*) FILTER (WHERE headers ->> 'ce_type' ~ '(Invited|Warned|Breached|Supervised)$')
FROM outbox
"""


def disk_full(trial: Trial) -> int:
    """No room is left for one service's data: it says UNAVAILABLE and when to try again, and recovers with the room."""
    house = trial.house
    with small_disk(house.home / "small", _SMALL_MB) as is_mounted:
        if not is_mounted:
            trial.notes["disk_full"] = "nobody may mount a small disk here"
            return 0
        server = PostgresServer(house.home / "small" / "postgres")
        server.create()
        server.start()
        try:
            with trial.calling_seldom():
                _fill_up(trial, server)
        finally:
            server.stop()
    return 1


def _fill_up(trial: Trial, server: PostgresServer) -> None:
    """A complaints process of its own, on a server of its own whose disk is small."""
    house, port = trial.house, free_port()
    environment = {
        **house.environment("complaints"),
        "HEARTHLINE_DATABASE_URL": server.url(),
        # Its facts are nobody's business.
        "HEARTHLINE_EVENTLOG_URL": "postgresql://nobody@127.0.0.1:9/none",
        "HEARTHLINE_LISTEN": f"127.0.0.1:{port}",
    }
    process = ServiceProcess("complaints", ["run"], environment, house.home / "full.log")
    try:
        with connect(f"127.0.0.1:{port}", "staff/1007", ROLES) as channel:
            stub = ComplaintServiceStub(channel)
            stub.FileComplaint(_complaint(), timeout=60, wait_for_ready=True)
            make_room = fill(server.home.parent)
            refused = _refusal(stub)
            make_room()
            if refused is None:
                trial.findings.failed.append("a full disk refused nothing")
            elif refused.code() is not grpc.StatusCode.UNAVAILABLE or retry_delay_s(refused) <= 0:
                trial.findings.failed.append(f"a full disk was told as {refused.code()}: {refused.details()}")
            _await_recovery(trial, stub)
    finally:
        process.kill()


def _refusal(stub: ComplaintServiceStub) -> grpc.RpcError | None:
    """The first call that a full disk refuses; there is some room in the files that are there."""
    for _ in range(3000):
        try:
            stub.FileComplaint(_complaint(), timeout=20)
        except grpc.RpcError as error:
            return error
    return None


def _complaint() -> complaints_pb2.FileComplaintRequest:
    return complaints_pb2.FileComplaintRequest(
        subject="x", description="x" * 8000, customer="customers/x", channel="counter", severity="minor"
    )


def _await_recovery(trial: Trial, stub: ComplaintServiceStub) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            stub.FileComplaint(_complaint(), timeout=10)
        except grpc.RpcError:
            time.sleep(0.2)
        else:
            return
    trial.findings.failed.append("after a full disk had room again, no call was answered")
