"""A Kafka that is killed, away for long, empty, or without a topic."""

import time

from tests.faults.broker import Broker
from tests.faults.checker import TOPICS
from tests.faults.services import SERVICES
from tests.faults.trial import Trial

_FIRST_PUBLISH_S = 1.0
_OUTAGE_S = 12.0
_LONG_OUTAGE_S = 60.0


def killed(trial: Trial) -> int:
    """kill -9, and back at once with its log."""
    broker = _broker(trial)
    broker.kill()
    trial.await_calls(30)
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
    """Its disk is lost; the topics are made anew and filled from the outboxes."""
    broker = _broker(trial)
    with trial.between_calls():
        broker.lose_everything()
        trial.house.make_topics()
        _send_again(trial)
        trial.checker.forget_topics()
    trial.await_calls(30)
    return 1


def topic_deleted(trial: Trial) -> int:
    """Somebody deletes a topic; it is made anew and filled from its outbox."""
    broker, topic = _broker(trial), trial.rng.choice(TOPICS)
    with trial.between_calls():
        broker.delete_topic(topic)
        time.sleep(1)
        trial.house.make_topics()
        _send_again(trial)
        trial.checker.forget_topics()
    trial.await_calls(30)
    return 1


def _away(trial: Trial, seconds: float) -> int:
    broker = _broker(trial)
    broker.wire.cut()
    time.sleep(seconds)
    broker.wire.mend()
    began = time.monotonic()
    while time.monotonic() - began < 30:
        if any(_published_since(trial, service, seconds=time.monotonic() - began) for service in SERVICES):
            break
        time.sleep(0.02)
    late = time.monotonic() - began
    trial.notes["first_publish_s"] = max(round(late, 2), trial.notes.get("first_publish_s", 0.0))
    return 1


def _published_since(trial: Trial, service: str, seconds: float) -> bool:
    query = "SELECT EXISTS (SELECT FROM outbox WHERE published_at > now() - make_interval(secs => %s))"
    return bool(trial.house.postgres.query(service, query, [seconds])[0][0])


def _send_again(trial: Trial) -> None:
    """Everything in the outboxes is to be published again, which a relay does by itself."""
    for service in SERVICES:
        trial.house.postgres.query(service, "UPDATE outbox SET published_at = NULL WHERE topic NOT LIKE '%%.dlq'")


def _broker(trial: Trial) -> Broker:
    assert trial.house.broker is not None
    return trial.house.broker
