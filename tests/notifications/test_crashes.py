"""Nothing lost and nothing doubled, whenever a worker dies (N4); on a real PostgreSQL."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hearthline.notifications.v1 import notifications_pb2 as pb
from hearthline.notifications.v1.events_pb2 import NotificationDelivered
from notifications.bootstrap import service
from notifications.domain.channel import Channel
from notifications.domain.delivery import Result
from notifications.domain.notification import Outcome
from notifications.providers.port import Outgoing
from notifications.providers.sandbox import Sandbox
from notifications.sandbox_receipts import SandboxReceipts
from notifications.sender import Sender
from servicekit import uow as kit_uow
from servicekit.errors import Unavailable
from servicekit.tables import outbox as events
from tests.notifications import facts
from tests.notifications.calls import all_notifications, outbox

STATE = pb.Notification
LEASE = timedelta(seconds=0.2)


class Killed(BaseException):
    """Ends a worker on the spot: no handler of ours catches it."""


class Recording:
    """The sandbox with a tap: what it was handed, and what happens around the hand-over."""

    def __init__(self, kit, settings) -> None:
        self.sandbox = Sandbox(kit, settings)
        self.handed: list[str] = []
        self.before = self.after = lambda: None

    def send(self, messages: Sequence[Outgoing]) -> Sequence[Result]:
        self.before()
        self.handed += [m.key for m in messages]
        results = self.sandbox.send(messages)
        self.after()
        return results


@pytest.fixture
def svc(start):
    svc = start(service, work=False, send_lease=LEASE)
    svc.deliver([facts.customer(facts.sms()), facts.ticket(1), facts.ticket(2), facts.ticket(3)])
    return svc


@pytest.fixture
def provider(svc):
    return Recording(svc.kit, svc.kit.settings)


def worker(svc, provider) -> Sender:
    return Sender(svc.kit.settings, lambda kit, settings: dict.fromkeys(Channel, provider))


def kill():
    raise Killed


def drain(svc, provider) -> None:
    """Runs workers until all is delivered, waiting out leases."""
    sender, receipts = worker(svc, provider), SandboxReceipts(svc.kit.settings)
    end = time.monotonic() + 10
    while {n.state for n in all_notifications(svc)} != {STATE.STATE_DELIVERED}:
        assert time.monotonic() < end, all_notifications(svc)
        if not sender.run_once(svc.kit) and not receipts.run_once(svc.kit):
            time.sleep(0.02)


def deliveries(svc) -> int:
    with svc.kit.unit() as uow:
        kind = events.c.headers["ce_type"].astext == NotificationDelivered.DESCRIPTOR.full_name
        row = uow.row(select(func.count()).where(kind))
    assert row
    return row[0]


def assert_each_sent_once(svc) -> None:
    assert len(outbox(svc)) == 3
    assert deliveries(svc) == 3
    assert [len(n.attempts) for n in all_notifications(svc)] == [1, 1, 1]


def test_killed_before_the_hand_over(svc, provider):
    provider.before = kill
    with pytest.raises(Killed):
        worker(svc, provider).run_once(svc.kit)
    assert {n.state for n in all_notifications(svc)} == {STATE.STATE_SENDING}
    provider.before = lambda: None
    heir = worker(svc, provider)
    assert heir.run_once(svc.kit) is False, "the lease of the dead worker still holds"
    assert heir.is_held_up
    drain(svc, provider)
    late = worker(svc, provider)
    assert late.run_once(svc.kit) is False
    assert not late.is_held_up
    assert_each_sent_once(svc)


def test_killed_after_the_hand_over(svc, provider):
    provider.after = kill
    with pytest.raises(Killed):
        worker(svc, provider).run_once(svc.kit)
    assert len(outbox(svc)) == 3
    provider.after = lambda: None
    drain(svc, provider)
    assert len(provider.handed) == 6
    assert len(set(provider.handed)) == 3, "the same keys again"
    assert_each_sent_once(svc)


def test_killed_at_the_commit_of_the_outcome(svc, provider, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("notifications.sender.store_outcomes", lambda *_: kill())
        with pytest.raises(Killed):
            worker(svc, provider).run_once(svc.kit)
    drain(svc, provider)
    assert_each_sent_once(svc)


def test_killed_inside_the_last_transaction(svc, provider, monkeypatch):
    """The rows are written and locked, and then the connection goes: all of it is undone."""
    real = kit_uow.UnitOfWork.commit

    def dies(self, result):
        if self._segments and provider.handed:
            self._flush(commit=False)
            raise Killed
        return real(self, result)

    with monkeypatch.context() as patched:
        provider.after = lambda: patched.setattr(kit_uow.UnitOfWork, "commit", dies)
        with pytest.raises(Killed):
            worker(svc, provider).run_once(svc.kit)
    provider.after = lambda: None
    assert deliveries(svc) == 0
    drain(svc, provider)
    assert_each_sent_once(svc)


def test_slow_worker_that_lost_its_lease_changes_nothing(svc, provider):
    quick = Recording(svc.kit, svc.kit.settings)

    def others_go_on():
        time.sleep(LEASE.total_seconds() + 0.1)
        drain(svc, quick)

    provider.after = others_go_on
    worker(svc, provider).run_once(svc.kit)
    assert {n.state for n in all_notifications(svc)} == {STATE.STATE_DELIVERED}
    assert_each_sent_once(svc)


def test_two_workers_never_hold_the_same_message(svc, provider):
    other = Recording(svc.kit, svc.kit.settings)
    provider.before = lambda: worker(svc, other).run_once(svc.kit)
    worker(svc, provider).run_once(svc.kit)
    assert len(provider.handed) == 3
    assert other.handed == []


def test_database_that_goes_away_in_the_middle_loses_nothing(svc, provider):
    provider.after = lambda: (_ for _ in ()).throw(Unavailable("away"))
    with pytest.raises(Unavailable):
        worker(svc, provider).run_once(svc.kit)
    provider.after = lambda: None
    drain(svc, provider)
    assert_each_sent_once(svc)


class Stumbling:
    """Fails without a word over one address."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def send(self, messages: Sequence[Outgoing]) -> Sequence[Result]:
        if any(m.address.endswith("2") for m in messages):
            raise KeyError("bug in a driver")
        self.keys += [m.key for m in messages]
        return [Result(Outcome.ACCEPTED, receipt_follows=False)] * len(messages)


def test_provider_that_raises_over_one_message_sends_the_others(svc):
    svc.deliver([facts.customer(facts.sms("+8613800000002"), id="2"), facts.ticket(4, "customers/2")])
    provider = Stumbling()
    worker(svc, provider).run_once(svc.kit)
    by_state = {n.recipient: (n.state, n.reason) for n in all_notifications(svc)}
    assert by_state == {
        "customers/1": (STATE.STATE_DELIVERED, "NO_RECEIPT_EXPECTED"),
        "customers/2": (STATE.STATE_PENDING, "PROVIDER_ERROR"),
    }
    assert len(provider.keys) == 3


def test_message_that_cannot_be_written_fails_alone(svc, provider, monkeypatch):
    sender = worker(svc, provider)
    real = sender._renderer.render

    def fails_for_one(template, language, values, name):
        if values["ticket"] == "2":
            raise OverflowError("date value out of range")
        return real(template, language, values, name)

    monkeypatch.setattr(sender._renderer, "render", fails_for_one)
    sender.run_once(svc.kit)
    states = {n.related_resource: (n.state, n.reason) for n in all_notifications(svc)}
    assert states["tickets/2"] == (STATE.STATE_FAILED, "VALUES_NOT_USABLE")
    assert {states[name][0] for name in ("tickets/1", "tickets/3")} == {STATE.STATE_SENT}


def test_simulated_time_that_jumps_does_not_end_a_lease(svc, provider, start):
    patient = replace(svc.service, settings=svc.kit.settings.model_copy(update={"send_lease": timedelta(minutes=5)}))
    sender = Sender(patient.settings, lambda kit, settings: dict.fromkeys(Channel, provider))

    def a_season_passes():
        start.clock.advance(timedelta(days=1))
        assert worker(svc, Recording(svc.kit, svc.kit.settings)).run_once(svc.kit) is False

    provider.before = a_season_passes
    sender.run_once(svc.kit)
    assert len(provider.handed) == 3
