"""Storing what became of hand-overs, and telling the others how it ended (N4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from notifications.domain.breaker import BreakerPolicy
from notifications.domain.channel import Channel
from notifications.domain.notification import FINAL, Notification, Outcome, State
from notifications.facts import publish_end
from notifications.metrics import MESSAGES, NO_CHANNEL
from notifications.store.breakers import lock_breaker, release_all, save_breaker
from notifications.store.claims import lock_versions, save_all
from servicekit.telemetry import span
from servicekit.uow import UnitOfWork

_log = structlog.get_logger()
_WHO_GOES_ON = {State.PENDING: "notifications.sender", State.SENT: "notifications.sandbox"}


@dataclass(frozen=True, slots=True)
class Change:
    """A notification as it becomes, still at the version it was read at, and the trace it belongs to."""

    notification: Notification
    traceparent: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of the hand-overs to one channel: of which notifications, and how each ended."""

    channel: Channel
    outcomes: Mapping[str, Outcome]

    @property
    def are_all_failures(self) -> bool:
        """True when nobody answered, as far as this batch tells."""
        return all(outcome is Outcome.TEMPORARY for outcome in self.outcomes.values())


def store_outcomes(
    uow: UnitOfWork, changes: Sequence[Change], answers: Sequence[Answers] = (), policy: BreakerPolicy | None = None
) -> None:
    """Stores a batch in one transaction and publishes what ended.

    A notification that somebody else moved on meanwhile (a receipt, or another worker after our lease ran out) is
    left as they made it, and nothing is published of it a second time.
    """
    versions = lock_versions(uow, [change.notification.id for change in changes])
    if policy is not None:
        for each in answers:
            _learn(uow, each, policy)
    store_locked(uow, [c for c in changes if versions.get(c.notification.id) == c.notification.version])
    uow.commit(None)


def _learn(uow: UnitOfWork, answers: Answers, policy: BreakerPolicy) -> None:
    """What hand-overs tell of the provider; when it is back, all that waited for it is due."""
    before = lock_breaker(uow, answers.channel)
    after = before.failed(answers.outcomes, uow.now, policy) if answers.are_all_failures else before.answered(policy)
    if after == before:
        return
    save_breaker(uow, after)
    if after.is_open != before.is_open:
        _log.warning("provider", channel=answers.channel, away=after.is_open)
    if before.is_open and not after.is_open:
        release_all(uow, answers.channel)


def store_locked(uow: UnitOfWork, changes: Sequence[Change]) -> None:
    """As `store_outcomes`, for rows that are locked and known to be current; does not commit."""
    changed = [replace(c.notification, version=c.notification.version + 1) for c in changes]
    if not changed:
        return
    save_all(uow, changed)
    for notification, change in zip(changed, changes, strict=True):
        channel = notification.last.route.channel if notification.last else NO_CHANNEL
        uow.count(MESSAGES, channel=channel, state=notification.state)
        if notification.state in FINAL:
            attributes: Mapping[str, str] = {"hearthline.reason": notification.reason}
            with span(f"notification {notification.state.lower()}", change.traceparent, attributes=attributes):
                publish_end(uow, notification)
        elif loop := _WHO_GOES_ON.get(notification.state):
            uow.wake(loop)
