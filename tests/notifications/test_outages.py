"""Providers that are away for a while: nothing is lost, nothing is sent twice, and nobody is run over (N4)."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest

from hearthline.notifications.v1 import notifications_pb2 as pb
from hearthline.notifications.v1.events_pb2 import NotificationFailed
from notifications.bootstrap import service
from notifications.domain.channel import Channel
from notifications.domain.delivery import Result
from notifications.domain.notification import Outcome
from notifications.providers.port import Outgoing
from notifications.providers.sandbox import Sandbox
from servicekit.reads import AnyRow
from tests.notifications import facts
from tests.notifications.calls import all_notifications, outbox
from tests.notifications.test_service import publish, published

MANY = 150
STATE = pb.Notification


class Line:
    """The sandbox behind a line that can be cut."""

    def __init__(self) -> None:
        self.away: set[Channel] = set()
        self.raises = False
        self.tries = Counter[Channel]()
        self.batches: list[list[str]] = []

    def connect(self, kit, settings):
        sandbox = Sandbox(kit, settings)
        line = self

        class Provider:
            def send(self, messages: Sequence[Outgoing]) -> Sequence[Result]:
                channel = messages[0].channel
                line.tries[channel] += len(messages)
                if channel in line.away:
                    if line.raises:
                        raise ConnectionResetError
                    return [Result(Outcome.TEMPORARY, "UNREACHABLE")] * len(messages)
                line.batches.append([m.notification_id for m in messages])
                return sandbox.send(messages)

        return dict.fromkeys(Channel, Provider())


@pytest.fixture
def line():
    return Line()


@pytest.fixture
def svc(start, line):
    return start(lambda settings: service(settings, line.connect))


def people(number: int, *, email: bool = False):
    more = [facts.email()] if email else []
    return [facts.customer(facts.sms(f"+86139{n:08}"), *more, id=str(n)) for n in range(number)]


@pytest.mark.parametrize("raises", [False, True], ids=["says so", "raises"])
@pytest.mark.parametrize("minutes", [10, 60, 360])
def test_an_outage_loses_nothing_and_doubles_nothing(svc, start, line, minutes, raises):
    line.away, line.raises = set(Channel), raises
    publish(svc, *people(20), *(facts.ticket(n, f"customers/{n % 20}") for n in range(MANY)))
    at_once = line.tries[Channel.SMS]
    start.advance(timedelta(minutes=minutes / 2))
    publish(svc, *(facts.ticket(1000 + n, f"customers/{n % 20}") for n in range(MANY)))
    start.advance(timedelta(minutes=minutes / 2))
    assert {n.state for n in all_notifications(svc)} == {STATE.STATE_PENDING}
    line.away = set()
    start.advance(timedelta(minutes=6))
    assert {n.state for n in all_notifications(svc)} == {STATE.STATE_DELIVERED}
    assert len(outbox(svc)) == 2 * MANY
    assert published(svc, NotificationFailed) == []
    asked = line.tries[Channel.SMS] - at_once - 2 * MANY
    assert asked <= 10 + minutes / 4, "one knocks for all"


def test_who_is_back_is_not_run_over_and_the_most_urgent_come_first(svc, start, line):
    line.away = {Channel.SMS}
    publish(svc, *people(1), *(facts.ticket(n, "customers/0") for n in range(MANY)))
    urgent = [facts.ticket(2000 + n, "customers/0", urgency="emergency") for n in range(3)]
    publish(svc, *urgent)
    line.away = set()
    start.advance(timedelta(minutes=6))
    sizes = [len(batch) for batch in line.batches]
    assert sizes[:7] == [1, 2, 4, 8, 16, 32, 64]
    by_id = {n.name.removeprefix("notifications/"): n for n in all_notifications(svc)}
    first = [by_id[i].values["urgency"].term for batch in line.batches[:2] for i in batch]
    assert first == ["emergency"] * 3


def test_an_emergency_goes_to_the_next_channel_within_minutes_and_others_wait_longer(svc, start, line):
    line.away = {Channel.SMS}
    publish(svc, *people(8, email=True), *(facts.ticket(n, f"customers/{n}") for n in range(7)))
    publish(svc, facts.ticket(99, "customers/7", urgency="emergency"))
    start.advance(timedelta(minutes=3))
    (told,) = outbox(svc)
    assert (told.channel, "tickets/99" in str(all_notifications(svc, "state = DELIVERED"))) == ("email", True)
    start.advance(timedelta(minutes=13))
    assert Counter(m.channel for m in outbox(svc)) == {"email": 8}


def test_what_waits_outlasts_the_process(svc, start, line):
    line.away = {Channel.SMS}
    publish(svc, *people(3), *(facts.ticket(n, f"customers/{n % 3}") for n in range(30)))
    start.end(svc)
    again = start.again(svc)
    start.advance(timedelta(hours=5))
    assert {n.state for n in all_notifications(again)} == {STATE.STATE_PENDING}
    line.away = set()
    start.advance(timedelta(minutes=6))
    assert len(outbox(again)) == 30


def test_a_message_whose_life_ended_is_told_and_never_sent(svc, start, line):
    line.away = {Channel.SMS}
    publish(svc, *people(1), facts.ticket(1, "customers/0"))
    start.advance(timedelta(hours=49))
    (n,) = all_notifications(svc)
    assert (n.state, n.reason) == (STATE.STATE_FAILED, "EXPIRED")
    assert n.expire_time.ToDatetime() == n.create_time.ToDatetime() + timedelta(hours=48)
    assert [f.reason for f in published(svc, NotificationFailed)] == ["EXPIRED"]
    line.away = set()
    start.advance(timedelta(hours=1))
    assert outbox(svc) == []


def test_what_was_refused_for_good_is_not_tried_again(svc, start, line):
    publish(svc, facts.customer(facts.sms("+8613800000097")), facts.ticket())
    tried = line.tries[Channel.SMS]
    start.advance(timedelta(hours=6))
    assert line.tries[Channel.SMS] == tried == 1


def test_one_busy_number_holds_up_nobody_else(start):
    busy = start(service, sandbox_behaviour={"sms:98": "temporary"})
    people_there = [facts.customer(facts.sms("+8613800000098")), facts.customer(facts.sms(), id="2")]
    publish(busy, *people_there, facts.ticket())
    start.advance(timedelta(hours=2))
    publish(busy, facts.ticket(2, "customers/2"))
    assert [m.address for m in outbox(busy)] == ["+8613800000001"]


def breaker_rows(svc) -> list[AnyRow]:
    from sqlalchemy import select

    from notifications.store.tables import breakers

    with svc.kit.unit() as uow:
        return list(uow.rows(select(breakers)))


def test_several_workers_try_an_open_channel_once(svc, start, line):
    """The probe is taken in the row: of many that see the pause end, one sends."""
    from notifications.store.breakers import load_breakers, take_probe

    line.away = {Channel.SMS}
    publish(svc, *people(1), *(facts.ticket(n, "customers/0") for n in range(10)))
    (row,) = breaker_rows(svc)
    assert row.open_time is not None
    with svc.kit.unit() as uow:
        breaker = load_breakers(uow)["sms"]
        until = uow.now + timedelta(minutes=5)
        assert [take_probe(uow, breaker, until) for _ in range(3)] == [True, False, False]
