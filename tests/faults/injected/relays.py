"""Two relays of one service, and one that was away while its lease was lost."""

import signal
import time

from tests.faults.trial import Trial

_SERVICE = "workorders"
_SUCCEEDS_WITHIN_S = 20.0
_LEADER = """
    SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE l.locktype = 'advisory' AND l.granted AND d.datname = %s
      AND l.classid = (hashtext('hearthline.relay')::bigint & 4294967295)::oid
"""


_LAST = "SELECT max(seq) FROM outbox"
_WAITING = "SELECT count(*) FROM outbox WHERE published_at IS NULL AND seq <= %s"


def two_at_once(trial: Trial) -> int:
    """Another process of the same service works beside the first, until it is killed."""
    trial.house.start(_SERVICE, "work", name="second")
    trial.await_calls(60)
    trial.house.processes[_SERVICE].kill()
    trial.await_calls(0)
    trial.house.start(_SERVICE)
    trial.house.await_serving([_SERVICE])
    trial.await_calls(30)
    trial.house.processes.pop("second").kill()
    return 1


def paused_past_its_lease(trial: Trial) -> int:
    """The relay's process stands still, its session ends meanwhile, another takes the lead; then it goes on."""
    house = trial.house
    house.start(_SERVICE, "work", name="second")
    try:
        for _ in range(3):
            first = house.processes[_SERVICE]
            first.send(signal.SIGSTOP)
            for pid in _leaders(trial):
                house.postgres.query(_SERVICE, "SELECT pg_terminate_backend(%s)", [pid])
            _await_successor(trial)
            first.send(signal.SIGCONT)
            trial.await_calls(30)
    finally:
        house.processes[_SERVICE].send(signal.SIGCONT)
        house.processes.pop("second").kill()
    return 3


def _leaders(trial: Trial) -> set[int]:
    """Sessions of the one relay that leads, if one does."""
    return {pid for (pid,) in trial.house.postgres.query(_SERVICE, _LEADER, [_SERVICE])}


def _await_successor(trial: Trial) -> None:
    """Another relay leads, and has published what waited for the one that stands still."""
    query = trial.house.postgres.query
    (last,) = query(_SERVICE, _LAST)[0]
    end = time.monotonic() + _SUCCEEDS_WITHIN_S
    while not _leaders(trial) or query(_SERVICE, _WAITING, [last])[0][0]:
        if time.monotonic() > end:
            trial.findings.failed.append("nobody took the lead of a relay that stands still")
            return
        time.sleep(0.02)
