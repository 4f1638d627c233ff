"""A Kafka that is killed, away for long, empty, or without a topic."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.broker import Broker
from tests.faults.checker import TOPICS
from tests.faults.services import SERVICES, ServiceProcess
from tests.faults.trial import Trial

_FIRST_PUBLISH_S = 2.0
"""One, and another for a machine that is busy with everything else."""
_EVER = "2000-01-01T00:00:00Z"
_OUTAGE_S = 12.0
_LONG_OUTAGE_S = 60.0


def killed(trial: Trial) -> int:
    """kill -9, and back at once with its log."""
    broker = _broker(trial)
    broker.kill()
    trial.await_calls(30)
    with trial.calling_seldom():
        broker.come_back()
        broker.await_answer()
    trial.await_calls(30)
    return 1


def outage(trial: Trial) -> int:
    """Nobody reaches it for a while; when it is back, the first fact is out within a second."""
    return _away(trial, _OUTAGE_S)


def long_outage(trial: Trial) -> int:
    """The same for a minute."""
    return _away(trial, _LONG_OUTAGE_S)


def wiped(trial: Trial) -> int:
    """Its disk is lost; the topics are made anew and filled from the outboxes, and workers start anew."""
    with _emptied(trial):
        _broker(trial).lose_everything()
    trial.await_calls(30)
    return 1


def topic_deleted(trial: Trial) -> int:
    """Somebody deletes a topic; it is made anew and filled from its outbox, and workers start anew."""
    broker, topic = _broker(trial), trial.rng.choice(TOPICS)
    with _emptied(trial):
        broker.delete_topic(topic)
    trial.await_calls(30)
    return 1


@contextmanager
def _emptied(trial: Trial) -> Iterator[None]:
    """What is lost meanwhile is made and filled again.

    Nothing happens on the platform while it is, so that what is new does not come before what was lost.
    """
    house = trial.house
    with trial.between_calls(), house.frozen():
        house.settle()
        yield
        house.make_topics()
        # A consumer that runs would go on where it was in the topic that is gone.
        for service in SERVICES:
            house.processes[service].kill()
        command = ["outbox", "republish", "--since", _EVER]
        logs = {service: house.home / f"republish-{service}.log" for service in SERVICES}
        sending = {each: ServiceProcess(each, command, house.environment(each), logs[each]) for each in SERVICES}
        for service, process in sending.items():
            if (code := process.wait(60)) != 0:
                said = logs[service].read_text()
                trial.findings.failed.append(f"{service}: outbox republish ended with {code}: {said}")
            house.start(service)
        trial.checker.forget_topics()
        house.settle()


def _away(trial: Trial, seconds: float) -> int:
    broker = _broker(trial)
    broker.wire.cut()
    with trial.calling_seldom():
        time.sleep(seconds)
    broker.wire.mend()
    began = time.monotonic()
    while time.monotonic() - began < 30:
        if any(_published_since(trial, service, seconds=time.monotonic() - began) for service in SERVICES):
            break
        time.sleep(0.02)
    late = trial.notes["first_publish_s"] = round(time.monotonic() - began, 2)
    if late > _FIRST_PUBLISH_S:
        trial.findings.failed.append(f"the first fact was out {late} s after the broker's return")
    return 1


def _published_since(trial: Trial, service: str, seconds: float) -> bool:
    query = "SELECT EXISTS (SELECT FROM outbox WHERE published_at > now() - make_interval(secs => %s))"
    return bool(trial.house.postgres.query(service, query, [seconds])[0][0])


def _broker(trial: Trial) -> Broker:
    assert trial.house.broker is not None
    return trial.house.broker
