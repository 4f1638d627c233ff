"""Two relays of one service, and one that was away while its lease was lost."""

import signal
import time

from tests.faults.trial import Trial

_SERVICE = "workorders"
_PAUSED_S = 2.0
_LEADER = """
    SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE l.locktype = 'advisory' AND l.granted AND d.datname = %s
      AND l.classid = (hashtext('hearthline.relay')::bigint & 4294967295)::oid
"""


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
            for (pid,) in house.postgres.query(_SERVICE, _LEADER, [_SERVICE]):
                house.postgres.query(_SERVICE, "SELECT pg_terminate_backend(%s)", [pid])
            # Long enough for the other to take the lead, and to publish what waits.
            time.sleep(_PAUSED_S)
            first.send(signal.SIGCONT)
            trial.await_calls(30)
    finally:
        house.processes[_SERVICE].send(signal.SIGCONT)
        house.processes.pop("second").kill()
    return 3
