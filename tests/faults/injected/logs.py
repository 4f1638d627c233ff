"""Events that come twice, in another order, and from the beginning; and one that cannot be taken."""

import time

from tests.e2e.tables import dump
from tests.faults.checker import TOPICS
from tests.faults.gateway import TOPIC as READINGS
from tests.faults.services import SERVICES, ServiceProcess
from tests.faults.trial import Trial

_PATIENCE_S = 30.0
_MANY = 1_000_000
_HEADS = ".audit.v1"
_POISON = "CHECK (subject <> '{subject}') NOT VALID"
_TOLD = "SELECT count(*) FROM timeline WHERE subject = %s"
_RENAMED = f"{_TOLD} AND kind = 'CustomerUpdated'"


def said_again(trial: Trial) -> int:
    """Every event comes twice more, in any order: every table of every service stays the same, byte for byte."""
    house = trial.house
    with trial.between_calls(), house.frozen():
        house.settle()
        urls = {service: house.postgres.url(service) for service in SERVICES}
        with house.eventlog() as log:
            records = [record for topic in (*TOPICS, READINGS) for record in log.read(topic, _MANY)]
            before = {service: _kept(url) for service, url in urls.items()}
            again = records * 2
            trial.rng.shuffle(again)
            producer = log.producer()
            for start in range(0, len(again), 500):
                assert set(producer.publish(again[start : start + 500])) == {None}
            producer.close()
        house.settle()
        for service, url in urls.items():
            after = _kept(url)
            changed = [table for table in after if after[table] != before[service][table]]
            trial.findings.doubled += [f"{service}: events that came again changed {table}" for table in changed]
    return 1


def _kept(url: str) -> dict[str, list[str]]:
    """Every row but the heads of chains that the sealer publishes when it is time to."""
    found = dump(url)
    return {**found, "outbox": [row for row in found["outbox"] if _HEADS not in row]}


def poison(trial: Trial) -> int:
    """A fact that a consumer cannot take goes to the dead letters, its neighbours pass; replayed it takes effect."""
    house = trial.house
    person = trial.people[0]
    subject = f"customers/{person.name}-0"
    with trial.between_calls(), house.frozen():
        house.settle()
        house.postgres.query(
            "customers", f"ALTER TABLE timeline ADD CONSTRAINT poison {_POISON.format(subject=subject)}"
        )
        before = house.postgres.query("customers", _TOLD, [subject])[0][0]
        neighbour = f"customers/{person.name}-1"
        untold = _renamings(trial, neighbour)
        person.rename(0)
        person.rename(1)
        _await_neighbour(trial, neighbour, untold)
        house.settle()
        if not _dead_letters(trial, "list"):
            trial.findings.failed.append("what cannot be taken is in no dead letter")
        house.postgres.query("customers", "ALTER TABLE timeline DROP CONSTRAINT poison")
        _dead_letters(trial, "replay", "all")
        house.settle()
        if house.postgres.query("customers", _TOLD, [subject])[0][0] != before + 1:
            trial.findings.lost.append(f"the replayed dead letter about {subject} had no effect")
    trial.checker.dead_letters_meant = 1
    return 1


def _renamings(trial: Trial, subject: str) -> int:
    found: int = trial.house.postgres.query("customers", _RENAMED, [subject])[0][0]
    return found


def _await_neighbour(trial: Trial, subject: str, before: int) -> None:
    """The fact behind the poison is taken within a second, not counting what a busy machine makes of it.

    `before` is from before it was written: once the poison has passed, a fact is there sooner than one can look.
    """
    began = time.monotonic()
    while _renamings(trial, subject) == before:
        if time.monotonic() - began > _PATIENCE_S:
            trial.findings.lost.append(f"poison held up its neighbour {subject}")
            return
        time.sleep(0.01)
    trial.notes["neighbour_s"] = round(time.monotonic() - began, 2)


def _dead_letters(trial: Trial, *arguments: str) -> str:
    """What `python -m customers dlq …` says."""
    house = trial.house
    log = house.home / "dlq.log"
    log.unlink(missing_ok=True)
    environment = {**house.environment("customers"), "HEARTHLINE_LOG_LEVEL": "critical"}
    process = ServiceProcess("customers", ["dlq", *arguments], environment, log)
    if (code := process.wait(60)) != 0:
        trial.findings.failed.append(f"dlq {' '.join(arguments)} ended with {code}: {log.read_text()}")
    return log.read_text()
