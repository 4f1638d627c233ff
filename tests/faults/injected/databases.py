"""A PostgreSQL that is killed, replaced by its standby, full, or held by a transaction that does not end."""

import time
from datetime import timedelta

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
from tests.support.engine import free_port

_OPEN_S = 20.0
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


def long_transaction(trial: Trial) -> int:
    """Somebody begins a transaction in every database and goes to lunch; relays and timers go on."""
    house = trial.house
    lunch = [psycopg.connect(house.postgres.url(service)) for service in SERVICES]
    for connection in lunch:
        connection.execute("SELECT txid_current(), count(*) FROM outbox")
    end = time.monotonic() + _OPEN_S
    while time.monotonic() < end:
        trial.await_calls(20)
    long_ago = house.now() - 2 * _LATE_S * timedelta(seconds=SPEED)
    for what, query, values in (("facts", _WAITING, [_LATE_S]), ("timers", _DUE, [long_ago])):
        stuck = {name: count for name in SERVICES if (count := house.postgres.query(name, query, values)[0][0])}
        if stuck:
            trial.findings.failed.append(f"{what} waited for a transaction that had nothing to do with them: {stuck}")
    for connection in lunch:
        connection.close()
    return 1


_LATE_S = 10
_WAITING = "SELECT count(*) FROM outbox WHERE published_at IS NULL AND created_at < now() - make_interval(secs => %s)"
_DUE = "SELECT count(*) FROM timers WHERE due < %s"


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
