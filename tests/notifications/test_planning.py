"""Retries and fall-back, as pure decisions (N4)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.domain.backoff import RetryPolicy
from notifications.domain.breaker import Breaker, BreakerPolicy
from notifications.domain.channel import Channel, Language, spoken
from notifications.domain.delivery import Result, after_receipt, after_try, choose_route
from notifications.domain.notification import Message, Notification, Outcome, State, notification_of
from notifications.domain.occasions import SUPPLIED
from notifications.domain.routing import Contact, Route, routes
from notifications.domain.worth import WORTH, Rank
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


@settings(deadline=None)
@given(st.lists(points, min_size=1, max_size=6), st.lists(results, min_size=1, max_size=60), st.sampled_from(Rank))
def test_whatever_providers_answer_it_ends_within_its_life(all_points, answers, rank):
    """No address is tried after it refused or before its pause is over, none is given up that may still be reached."""
    n, known, now = notification(rank=rank), contact(*all_points), NOW
    expiry = POLICY.expiry(n)
    for answer in (*answers, *[BUSY] * 2000):
        step = choose_route(n, known, POLICY, now)
        if isinstance(step, Notification):
            n = step
        else:
            assert not n.is_closed(step)
            failures = n.failures(step)
            assert not failures or now >= n.last_failure(step) + POLICY.retry.pause(failures, n.id)
            n = after_try(n, step, answer, TEXT, known, POLICY, now)
        if n.state is not State.PENDING:
            break
        assert now <= n.due <= expiry
        now = n.due
    assert n.state in {State.SENT, State.DELIVERED, State.FAILED, State.SUPPRESSED}
    usable = [r for r in routes(all_points, POLICY.offered) if not n.is_closed(r)]
    if n.state is State.FAILED and usable:
        assert (n.reason, now) == ("EXPIRED", expiry)


def answers_for(hours: float) -> tuple[Notification, int]:
    """A message whose only provider is away for so long: how it stands then, and how often it was tried."""
    n, known, now, away_until = notification(), contact(point()), NOW, NOW + timedelta(hours=hours)
    while n.state is State.PENDING:
        step = choose_route(n, known, POLICY, now)
        if isinstance(step, Notification):
            n = step
        else:
            n = after_try(n, step, BUSY if now < away_until else ACCEPTED, TEXT, known, POLICY, now)
        now = max(now, n.due)
    return n, len(n.attempts)


@pytest.mark.parametrize("hours", [0.01, 0.1, 0.2, 0.5, 1, 2, 3, 6, 7, 11])
def test_an_outage_shorter_than_its_life_loses_nothing(hours):
    n, tries = answers_for(hours)
    assert n.state is State.SENT
    assert tries <= 8 + hours * 2, "pauses grow, so that a provider in need is left alone"


def test_a_life_that_ended_is_told():
    n, _ = answers_for(49)
    assert (n.state, n.reason) == (State.FAILED, "EXPIRED")


@pytest.mark.parametrize("code", sorted(SUPPLIED))
def test_every_occasion_has_a_life_that_outlasts_six_hours_without_a_provider(code):
    assert WORTH[code].life >= timedelta(hours=12)
    assert timedelta(0) < WORTH[code].patience <= WORTH[code].life / 2


@pytest.mark.parametrize(
    ("rank", "minutes"), [(Rank.EMERGENCY, 2), (Rank.URGENT, 15), (Rank.NORMAL, 15), (Rank.LATER, 15)]
)
def test_the_next_channel_is_tried_when_patience_runs_out(rank, minutes):
    known = contact(point(), point(Channel.EMAIL, MAIL))
    n, now = notification(rank=rank), NOW
    while (step := choose_route(n, known, POLICY, now)) == route():
        n = after_try(n, route(), BUSY, TEXT, known, POLICY, now)
        now = n.due
    assert step == route(Channel.EMAIL, MAIL)
    assert now == NOW + timedelta(minutes=minutes)


def test_a_held_channel_is_not_tried_and_the_next_one_is_when_patience_runs_out():
    known = contact(point(), point(Channel.EMAIL, MAIL))
    held = choose_route(notification(), known, POLICY, NOW, {Channel.SMS})
    assert isinstance(held, Notification)
    assert (held.state, held.reason, held.waits_for) == (State.PENDING, "PROVIDER_UNAVAILABLE", ("sms",))
    assert held.due == NOW + timedelta(minutes=15)
    assert choose_route(held, known, POLICY, held.due, {Channel.SMS}) == route(Channel.EMAIL, MAIL)


def test_a_life_of_the_template_counts_and_none_exceeds_the_longest():
    n = notification(template_code="arrears")
    assert POLICY.expiry(n) == NOW + POLICY.longest_life
    assert POLICY.expiry(n, timedelta(minutes=5)) == NOW + timedelta(minutes=5)
    assert POLICY.expiry(n, timedelta(days=30)) == NOW + POLICY.longest_life


BREAKERS = BreakerPolicy(5, RetryPolicy(timedelta(seconds=30), timedelta(minutes=5)), full=100)


def test_a_breaker_opens_after_failures_of_different_messages_and_never_of_one():
    one = Breaker("sms")
    for _ in range(50):
        one = one.failed(["a"], NOW, BREAKERS)
    assert not one.is_open
    many = Breaker("sms")
    for name in "abcde":
        assert not many.is_open
        many = many.failed([name], NOW, BREAKERS)
    assert many.is_open
    assert many.is_shut(NOW + timedelta(seconds=29))
    assert (
        not Breaker("sms")
        .failed(list("abcd"), NOW, BREAKERS)
        .answered(BREAKERS)
        .failed(list("ab"), NOW, BREAKERS)
        .is_open
    )


def test_an_open_breaker_is_tried_with_growing_pauses_that_never_exceed_the_longest():
    breaker, now, tries = Breaker("sms").failed(list("abcde"), NOW, BREAKERS), NOW, 0
    while now < NOW + timedelta(hours=6):
        assert breaker.retry_time
        pause = breaker.retry_time - now
        assert timedelta(seconds=30) <= pause <= timedelta(minutes=6)
        now, tries = breaker.retry_time, tries + 1
        breaker = breaker.failed(["a"], now, BREAKERS)
    assert 60 <= tries <= 80


def test_a_provider_that_is_back_gets_twice_as_many_each_time():
    breaker = Breaker("sms").failed(list("abcde"), NOW, BREAKERS)
    taken = []
    while (allowance := breaker.may_take()) is not None:
        taken.append(allowance)
        breaker = breaker.answered(BREAKERS)
    assert taken == [1, 2, 4, 8, 16, 32, 64]
    relapse = Breaker("sms", allowance=8).failed(["a"], NOW, BREAKERS)
    assert relapse.is_open


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
