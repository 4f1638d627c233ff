"""The loop that sends: claim a batch, commit; hand it over with nothing open; store what came of it, commit (N4).

What a crash does, by the moment it comes:
- before the hand-over: the lease runs out, another worker sends the batch;
- after the hand-over and before our commit: the same, and the provider is given the same idempotency key again. One
  that knows keys (the sandbox, SMS gateways) sends nothing twice: exactly once. SMTP does not: at least once, with
  the same Message-ID (providers/smtp.py). Nothing is ever lost, which is the side we chose to err on;
- after our commit: nothing is left to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

import structlog

from notifications.domain.channel import Channel
from notifications.domain.corrections import AWAITS_CORRECTED, CORRECTED_CODES, CORRECTIONS, held_back
from notifications.domain.delivery import PROVIDER_AWAY, Result, after_try, choose_route
from notifications.domain.notification import Message, Notification, State
from notifications.domain.routing import Route
from notifications.domain.template import Template
from notifications.domain.truth import Happening, untrue
from notifications.gates import Gates
from notifications.handlers.delivery import Answers, Change, store_outcomes
from notifications.handover import Ready, hand_over
from notifications.providers.connect import ConnectProviders, connect_providers
from notifications.providers.port import Provider
from notifications.settings import Settings
from notifications.store.breakers import load_breakers, release_one
from notifications.store.claims import Claim, claim_due, work_left
from notifications.store.happenings import happenings_about
from notifications.store.notifications import told_about
from notifications.store.templates import load_templates
from notifications.templating.renderer import Renderer
from servicekit.kit import Kit
from servicekit.uow import UnitOfWork

_log = structlog.get_logger()
_LOOK_AGAIN = timedelta(minutes=1)


class Sender:
    """Any number of them work at once, in any number of processes."""

    name = "notifications.sender"
    poll_s = 0.5

    def __init__(self, settings: Settings, connect: ConnectProviders = connect_providers) -> None:
        self._settings, self._policy, self._breaker = settings, settings.delivery(), settings.breaker()
        self._connect = connect
        self._gates: Gates
        self._happenings: Mapping[str, Sequence[Happening]] = {}
        self._corrected: Mapping[str, Sequence[Notification]] = {}
        self._providers: Mapping[Channel, Provider] = {}
        self._renderer = Renderer(settings.time_zone)
        # Only versions that were sent are in it; those are published and never change.
        self._templates: dict[str, Template] = {}
        self._next: datetime | None = None
        self._had_work = False
        self.is_held_up = False
        """See `servicekit.loops.Waiting`: what a dead worker claimed is nobody's until its lease runs out."""

    def next_due(self) -> datetime | None:
        """When the next notification is due."""
        return self._next

    def pending(self, kit: Kit) -> tuple[int, datetime | None]:
        """How many notifications are due or being sent, and when the next one is due."""
        with kit.unit() as uow:
            return work_left(uow)

    def run_once(self, kit: Kit) -> bool:
        """One batch; False when nothing is due."""
        self._providers = self._providers or self._connect(kit, self._settings)
        with kit.unit() as uow:
            self._gates = Gates(load_breakers(uow), uow.now, self._breaker)
            release_one(uow, self._gates.to_try())
            claims = self._claim(uow)
            if not claims:
                return False
            self._load_templates(uow, claims)
            self._happenings = happenings_about(uow, {c.notification.related_resource for c in claims} - {""})
            self._corrected = _corrected(uow, [c.notification for c in claims])
        changes, answers = self._send_all(kit, claims, kit.clock.now())
        with kit.unit() as uow:
            store_outcomes(uow, changes, answers, self._breaker)
        return True

    def _claim(self, uow: UnitOfWork) -> list[Claim]:
        """After a batch another may be due; else the cheap look comes first, for mostly nothing is."""
        due, claims = 0, self._claim_batch(uow) if self._had_work else []
        if not claims:
            due, self._next = work_left(uow)
            claims = self._claim_batch(uow) if due else []
        self._had_work = bool(claims)
        self.is_held_up = bool(due and not claims)
        return claims

    def _claim_batch(self, uow: UnitOfWork) -> list[Claim]:
        return claim_due(uow, self._settings.send_batch, self._settings.send_lease)

    def _load_templates(self, uow: UnitOfWork, claims: Sequence[Claim]) -> None:
        missing = {c.template_id for c in claims if c.template_id} - set(self._templates)
        if missing:
            self._templates.update(load_templates(uow, missing))

    def _send_all(self, kit: Kit, claims: Sequence[Claim], now: datetime) -> tuple[list[Change], list[Answers]]:
        """Decides for each claim, and hands over what has somewhere to go, a channel at a time."""
        steps = [self._step(claim, now) for claim in claims]
        changes = [step for step in steps if isinstance(step, Change)]
        ready = [step for step in steps if isinstance(step, Ready)]
        answers: list[Answers] = []
        ready.sort(key=lambda each: each.route.channel)
        for channel, group in groupby(ready, key=lambda each: each.route.channel):
            all_ready = list(group)
            most = self._gates.open_for(kit, channel)
            batch, rest = all_ready[:most], all_ready[most:] if most is not None else []
            # Claimed again at once: by then it is known whether the channel answers.
            changes += [Change(r.notification.moved(State.PENDING, now, PROVIDER_AWAY), r.traceparent) for r in rest]
            if batch:
                results = hand_over(self._providers[channel], batch)
                outcomes = {e.notification.id: r.outcome for e, r in zip(batch, results, strict=False)}
                answers += self._gates.news(Answers(channel, outcomes))
                changes += [self._change(each, result, now) for each, result in zip(batch, results, strict=False)]
        return changes, answers

    def _step(self, claim: Claim, now: datetime) -> Ready | Change:
        """What to hand over, or what becomes of a notification that cannot be sent now."""
        notification = replace(claim.notification, template_id=claim.template_id)
        if reason := untrue(notification, self._happenings.get(notification.related_resource, ()), now):
            return Change(notification.moved(State.SUPPRESSED, now, reason), claim.traceparent)
        if held := held_back(notification, self._corrected.get(notification.related_resource, ())):
            state, due = (State.PENDING, now + _LOOK_AGAIN) if held == AWAITS_CORRECTED else (State.SUPPRESSED, now)
            return Change(notification.moved(state, now, held, due), claim.traceparent)
        if not claim.template_id:
            return Change(notification.moved(State.FAILED, now, "NO_TEMPLATE"), claim.traceparent)
        life = self._templates[claim.template_id].life
        notification = replace(notification, expire_time=self._policy.expiry(notification, life))
        step = choose_route(notification, claim.contact, self._policy, now, self._gates.shut())
        if isinstance(step, Notification):
            return Change(step, claim.traceparent)
        try:
            message = self._message(claim, notification, step)
        except Exception as error:  # noqa: BLE001
            # Publishing checks templates; what is left are values no calendar knows. They must not stop the others.
            _log.error("message cannot be written", notification=notification.id, exc_info=error)
            return Change(notification.moved(State.FAILED, now, "VALUES_NOT_USABLE"), claim.traceparent)
        return Ready(notification, claim.contact, step, message, claim.traceparent)

    def _message(self, claim: Claim, notification: Notification, route: Route) -> Message:
        template = self._templates[claim.template_id]
        name = claim.contact.display_name if claim.contact else notification.direct_name
        return self._renderer.render(template, route.language, notification.variables, name)

    def _change(self, ready: Ready, result: Result, now: datetime) -> Change:
        r = ready
        after = after_try(r.notification, r.route, result, r.message, r.contact, self._policy, now)
        return Change(after, r.traceparent)


def _corrected(uow: UnitOfWork, claimed: Sequence[Notification]) -> Mapping[str, Sequence[Notification]]:
    """What those of them that are corrections would put right, by what it is about."""
    subjects = {n.related_resource for n in claimed if n.template_code in CORRECTIONS}
    found: dict[str, list[Notification]] = {}
    for each in told_about(uow, subjects, CORRECTED_CODES):
        found.setdefault(each.related_resource, []).append(each)
    return found
