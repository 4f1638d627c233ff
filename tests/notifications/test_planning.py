"""Retries and fall-back, as pure decisions (N4)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.domain.backoff import RetryPolicy
from notifications.domain.channel import Channel, Language, spoken
from notifications.domain.delivery import Result, after_receipt, after_try, choose_route
from notifications.domain.notification import Message, Notification, Outcome, State, notification_of
from notifications.domain.routing import Contact, Route, routes
from tests.notifications.builders import MAIL, NOW, PHONE, POLICY, contact, notification, point, route

TEXT = Message("s", "b")
ACCEPTED = Result(Outcome.ACCEPTED)
BUSY = Result(Outcome.TEMPORARY, "BUSY")
UNKNOWN = Result(Outcome.PERMANENT, "UNKNOWN_NUMBER")

points = st.builds(
    point,
    st.sampled_from(Channel),
    st.sampled_from(["1", "2", "3"]),
    consented=st.booleans(),
    preferred=st.booleans(),
)
results = st.sampled_from([ACCEPTED, BUSY, UNKNOWN, Result(Outcome.ACCEPTED, receipt_follows=False)])


def choose(n: Notification, known: Contact | None, now=NOW) -> Route:
    step = choose_route(n, known, POLICY, now)
    assert isinstance(step, Route)
    return step


def test_preferred_channel_goes_first_then_the_quickest():
    found = routes(
        [point(Channel.LETTER, "街1号"), point(Channel.EMAIL, MAIL, preferred=True), point()], frozenset(Channel)
    )
    assert [r.channel for r in found] == [Channel.EMAIL, Channel.SMS, Channel.LETTER]


@given(st.lists(points, max_size=8), st.frozensets(st.sampled_from(Channel)))
def test_routes_are_consented_offered_and_each_once(all_points, offered):
    found = routes(all_points, offered)
    keys = [(r.channel, r.address) for r in found]
    assert len(set(keys)) == len(keys)
    assert set(keys) == {(p.channel, p.address) for p in all_points if p.consented and p.channel in offered}


@given(st.integers(1, 10_000), st.integers(1, 30), st.text(max_size=20))
def test_pauses_double_up_to_the_longest_and_are_repeatable(first_s, failures, identifier):
    retry = RetryPolicy(first=timedelta(seconds=first_s), longest=timedelta(seconds=first_s * 1000))
    pause = retry.pause(failures, identifier)
    plain = min(retry.first * 2 ** (failures - 1), retry.longest)
    assert plain <= pause <= plain * (1 + retry.spread)
    assert pause == retry.pause(failures, identifier)


def test_pause_after_very_many_failures_is_still_a_pause():
    assert RetryPolicy(spread=0).pause(5000, "x") == RetryPolicy().longest


@pytest.mark.parametrize(
    ("code", "language"), [("en-GB", Language.EN), ("zh_TW", Language.ZH), ("", Language.ZH), ("fr", Language.ZH)]
)
def test_writes_in_the_nearest_language(code, language):
    assert spoken(code) is language


def test_temporary_failure_tries_the_same_address_again_after_a_pause():
    n = notification()
    after = after_try(n, route(), BUSY, TEXT, contact(point(), point(Channel.EMAIL, MAIL)), POLICY, NOW)
    assert (after.state, after.reason) == (State.PENDING, "BUSY")
    assert after.due == NOW + POLICY.retry.pause(1, n.id)
    assert choose(after, contact(point(), point(Channel.EMAIL, MAIL)), after.due) == route()


def test_permanent_failure_falls_back_at_once():
    known = contact(point(), point(Channel.EMAIL, MAIL))
    after = after_try(notification(), route(), UNKNOWN, TEXT, known, POLICY, NOW)
    assert (after.state, after.due) == (State.PENDING, NOW)
    assert choose(after, known) == route(Channel.EMAIL, MAIL)


def test_fails_with_the_last_reason_when_no_channel_is_left():
    after = after_try(notification(), route(), UNKNOWN, TEXT, contact(point()), POLICY, NOW)
    assert (after.state, after.reason, after.finish_time) == (State.FAILED, "UNKNOWN_NUMBER", NOW)


def test_every_try_of_one_address_has_the_same_key_and_other_addresses_another():
    n = notification()
    assert n.message_key(route()) == replace(n, version=9).message_key(route())
    assert n.message_key(route()) != n.message_key(route(Channel.EMAIL, MAIL))
    assert notification_of(n.message_key(route())) == n.id


def test_unknown_customer_is_awaited_and_in_the_end_given_up():
    waiting = choose_route(notification(), None, POLICY, NOW)
    assert isinstance(waiting, Notification)
    assert (waiting.state, waiting.due) == (State.AWAITING_CONTACT, NOW + POLICY.contact_timeout)
    given_up = choose_route(waiting, None, POLICY, waiting.due)
    assert isinstance(given_up, Notification)
    assert (given_up.state, given_up.reason) == (State.FAILED, "NO_CONTACT")
    assert choose(waiting, contact(point()), waiting.due) == route()


@pytest.mark.parametrize(
    ("known", "state", "reason"),
    [
        (contact(point(consented=False)), State.SUPPRESSED, "NO_CONSENT"),
        (contact(), State.FAILED, "NO_ADDRESS"),
    ],
)
def test_nowhere_to_send_it(known, state, reason):
    step = choose_route(notification(), known, POLICY, NOW)
    assert isinstance(step, Notification)
    assert (step.state, step.reason) == (state, reason)


def test_consent_withdrawn_between_two_tries_holds():
    after = after_try(notification(), route(), BUSY, TEXT, contact(point()), POLICY, NOW)
    step = choose_route(after, contact(point(consented=False)), POLICY, after.due)
    assert isinstance(step, Notification)
    assert (step.state, step.reason) == (State.SUPPRESSED, "NO_CONSENT")


def test_old_news_is_not_sent():
    step = choose_route(notification(), contact(point()), POLICY, NOW + POLICY.longest_life)
    assert isinstance(step, Notification)
    assert (step.state, step.reason) == (State.FAILED, "EXPIRED")


@given(st.lists(points, min_size=1, max_size=6), st.lists(results, min_size=40, max_size=40))
def test_whatever_providers_answer_it_ends_and_tries_are_counted(all_points, answers):
    """No address gets more than its tries, none is tried after it refused, and the matter comes to an end."""
    n, known, now = notification(), contact(*all_points), NOW
    for answer in answers:
        step = choose_route(n, known, POLICY, now)
        if isinstance(step, Notification):
            n = step
            break
        assert not n.is_closed(step)
        n = after_try(n, step, answer, TEXT, known, POLICY, now)
        now = max(now, n.due)
        if n.state is not State.PENDING:
            break
    assert n.state in {State.SENT, State.DELIVERED, State.FAILED, State.SUPPRESSED}
    assert len(n.attempts) <= POLICY.retry.tries * len(routes(all_points, POLICY.offered))
    assert all(n.failures(a.route) <= POLICY.retry.tries for a in n.attempts)


def sent(known: Contact) -> Notification:
    return after_try(notification(), route(), ACCEPTED, TEXT, known, POLICY, NOW)


def test_receipt_ends_it():
    n = sent(contact(point()))
    after = after_receipt(n, n.message_key(route()), Outcome.DELIVERED, "", None, POLICY, NOW)
    assert (after.state, after.attempts[-1].outcome) == (State.DELIVERED, Outcome.DELIVERED)


def test_undelivered_falls_back():
    known = contact(point(), point(Channel.EMAIL, MAIL))
    n = sent(known)
    after = after_receipt(n, n.message_key(route()), Outcome.UNDELIVERED, "ABSENT", known, POLICY, NOW)
    assert after.state is State.PENDING
    assert choose(after, known) == route(Channel.EMAIL, MAIL)


def test_late_good_news_of_a_given_up_address_ends_it():
    known = contact(point(), point(Channel.EMAIL, MAIL))
    n = sent(known)
    n = after_receipt(n, n.message_key(route()), Outcome.UNDELIVERED, "ABSENT", known, POLICY, NOW)
    assert after_receipt(n, n.message_key(route()), Outcome.DELIVERED, "", known, POLICY, NOW).state is State.DELIVERED


@given(st.lists(st.sampled_from([Outcome.DELIVERED, Outcome.UNDELIVERED]), min_size=1, max_size=6))
def test_repeated_and_contradicting_receipts_change_a_final_state_never(outcomes):
    known = contact(point())
    n = sent(known)
    for outcome in outcomes:
        before, n = n, after_receipt(n, n.message_key(route()), outcome, "R", known, POLICY, NOW)
        if before.state is not State.SENT:
            assert n is before
    assert n.state is (State.DELIVERED if outcomes[0] is Outcome.DELIVERED else State.FAILED)


def test_receipt_of_another_message_changes_nothing():
    n = sent(contact(point()))
    assert after_receipt(n, "no-such-key", Outcome.DELIVERED, "", None, POLICY, NOW) is n


def test_direct_address_needs_no_contact():
    direct = notification(recipient="staff/company", direct=route())
    assert choose(direct, None) == Route(Channel.SMS, PHONE, Language.ZH)
