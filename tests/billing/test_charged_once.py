"""B1: the same days of an account are charged once for the same, one at a time, in batches and at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import grpc
import pytest
from google.type.date_pb2 import Date
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from billing.domain.charge import Charge, ChargeKind, Period, Usage
from billing.domain.money import Money
from hearthline.billing.v1 import accounts_pb2
from servicekit.errors import FailedPrecondition
from tests.billing.running import Billing, cny
from tests.support.running import Starter

NOW = datetime(2026, 1, 15, 1, 0, tzinfo=UTC)
SEASON, METERED, SERVICE = ChargeKind.SEASON, ChargeKind.METERED, ChargeKind.SERVICE
FIRST = date(2025, 10, 20)


def charge(kind: ChargeKind, start: int, days: int, account: str = "a1", unit: str = "GJ", name: str = "c") -> Charge:
    """A charge of some days, counted from the first of the season, that is stored already."""
    begin = FIRST + timedelta(days=start)
    usage = Usage(Decimal(1), unit, Decimal(1)) if kind is METERED else None
    return Charge(
        name,
        account,
        "",
        "heat",
        kind,
        Money(100, "CNY"),
        "",
        "e",
        NOW,
        Period(begin, begin + timedelta(days=days)),
        usage,
        is_exclusive=kind.is_once,
    )


@pytest.mark.parametrize(
    ("stands", "wanted", "both"),
    [
        (charge(SEASON, 0, 168), charge(SEASON, 0, 168), False),
        (charge(SEASON, 0, 168), charge(SEASON, 167, 1), False),
        (charge(SEASON, 0, 168), charge(SEASON, 168, 168), True),
        (charge(SEASON, 168, 168), charge(SEASON, 0, 168), True),
        (charge(SEASON, 10, 5), charge(SEASON, 0, 168), False),
        (charge(SEASON, 0, 168), charge(SEASON, 50, 1), False),
        (charge(SEASON, 0, 168), charge(SEASON, -10, 11), False),
        (charge(SEASON, 0, 168), charge(SEASON, -10, 10), True),
        (charge(SEASON, 0, 168), charge(SEASON, 0, 168, account="a2"), True),
        (charge(SEASON, 0, 168), charge(METERED, 0, 168), True),
        (charge(METERED, 0, 31), charge(METERED, 0, 31), False),
        (charge(METERED, 0, 31), charge(METERED, 30, 31), False),
        (charge(METERED, 0, 31), charge(METERED, 31, 30), True),
        (charge(METERED, 0, 31, unit="GJ"), charge(METERED, 0, 31, unit="m3"), True),
        (charge(METERED, 0, 31, unit="GJ"), charge(METERED, 0, 31, unit=" gj "), False),
        (charge(METERED, 0, 31, unit="kWh"), charge(METERED, 5, 1, unit="KWH"), False),
        (charge(METERED, 0, 31, account="a2"), charge(METERED, 0, 31), True),
        (charge(SERVICE, 0, 1), charge(SERVICE, 0, 1), True),
        (charge(SERVICE, 0, 168), charge(SEASON, 0, 168), True),
        (charge(SEASON, 0, 168).reduce(Money(99, "CNY")), charge(SEASON, 3, 1), False),
        (charge(SEASON, 0, 168).reduce(Money(100, "CNY")), charge(SEASON, 0, 168), True),
    ],
)
def test_a_charge_keeps_away_those_of_its_kind_and_days(stands: Charge, wanted: Charge, both: bool) -> None:
    assert stands.excludes(wanted) is wanted.excludes(stands) is not both
    if both:
        wanted.check_against([stands])
    else:
        with pytest.raises(FailedPrecondition, match=r"^charges/c: is the") as refused:
            wanted.check_against([stands])
        assert refused.value.reason == "PERIOD_CHARGED"


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=30))
def test_no_day_is_charged_twice_whatever_is_tried(wanted: list[tuple[int, int]]) -> None:
    standing: list[Charge] = []
    for start, days in wanted:
        try:
            charge(SEASON, start, days).check_against(standing)
        except FailedPrecondition:
            continue
        standing.append(charge(SEASON, start, days))
    charged = [(start, days) for start, days in ((c.period.start, c.period.days) for c in standing if c.period)]
    every = [start + timedelta(days=n) for start, days in charged for n in range(days)]
    assert len(every) == len(set(every))


def season(start: date, end: date, **fields: Any) -> accounts_pb2.PostChargeRequest:
    whole = {
        "account": "accounts/a1",
        "kind": accounts_pb2.Charge.KIND_SEASON,
        "amount": cny(2_000_00),
        "description": "heating",
        "period": accounts_pb2.Period(start_date=day(start), end_date=day(end)),
    }
    return accounts_pb2.PostChargeRequest(**{**whole, **fields})


def day(of: date) -> Date:
    return Date(year=of.year, month=of.month, day=of.day)


WHOLE = (date(2025, 10, 20), date(2026, 4, 6))
SPRING = (date(2026, 3, 1), date(2026, 4, 6))
NEXT = (date(2026, 10, 20), date(2027, 4, 6))


@pytest.fixture
def billing(start: Starter) -> Billing:
    billing = Billing(start)
    billing.open("a1")
    billing.open("a2")
    return billing


@pytest.mark.parametrize("days", [WHOLE, SPRING], ids=["the same season", "a part of it"])
def test_a_refusal_names_the_charge_that_stands(billing: Billing, days: tuple[date, date]) -> None:
    standing = billing.accounts.PostCharge(season(*WHOLE))
    with pytest.raises(grpc.RpcError, match=f"{standing.name}: is the season charge of 2025-10-20 to 2026-04-06"):
        billing.accounts.PostCharge(season(*days))
    billing.accounts.PostCharge(season(*NEXT))
    billing.accounts.PostCharge(season(*WHOLE, account="accounts/a2"))
    assert (billing.balance(), billing.balance("accounts/a2")) == (4_000_00, 2_000_00)


@pytest.mark.parametrize("before", [True, False], ids=["against what stands", "within the batch"])
def test_a_batch_with_days_charged_already_posts_nothing(billing: Billing, before: bool) -> None:
    requests = [season(*NEXT), season(*WHOLE, account="accounts/a2"), season(*WHOLE, charge_id="first")]
    if before:
        billing.accounts.PostCharge(requests.pop())
    requests.append(season(*SPRING))
    with pytest.raises(grpc.RpcError, match=rf"charges/first: .*\(requests\[{len(requests) - 1}\]\)"):
        billing.accounts.BatchPostCharges(accounts_pb2.BatchPostChargesRequest(requests=requests))
    assert (billing.balance(), billing.balance("accounts/a2")) == (2_000_00 if before else 0, 0)


def test_of_many_at_once_one_is_posted(billing: Billing) -> None:
    def post(number: int) -> grpc.StatusCode:
        try:
            if number % 2:
                billing.accounts.PostCharge(season(*WHOLE))
            else:
                billing.accounts.BatchPostCharges(accounts_pb2.BatchPostChargesRequest(requests=[season(*SPRING)]))
        except grpc.RpcError as refused:
            return refused.code()
        return grpc.StatusCode.OK

    with ThreadPoolExecutor(16) as pool:
        outcomes = Counter(pool.map(post, range(32)))
    assert outcomes == {grpc.StatusCode.OK: 1, grpc.StatusCode.FAILED_PRECONDITION: 31}
    assert billing.balance() == 2_000_00


def test_days_whose_charge_was_taken_back_in_full_are_charged_again(billing: Billing) -> None:
    wrong = billing.accounts.PostCharge(season(*WHOLE))
    for fen, again in ((1_00, False), (1_999_00, True)):
        billing.accounts.ReduceCharge(accounts_pb2.ReduceChargeRequest(name=wrong.name, amount=cny(fen), reason="area"))
        if again:
            billing.accounts.PostCharge(season(*WHOLE, amount=cny(1_800_00)))
        else:
            with pytest.raises(grpc.RpcError, match=wrong.name):
                billing.accounts.PostCharge(season(*WHOLE, amount=cny(1_800_00)))
    assert billing.balance() == 1_800_00


def test_the_database_itself_refuses_what_no_rule_saw(billing: Billing) -> None:
    billing.accounts.PostCharge(season(*WHOLE))
    copy = text(
        "INSERT INTO charges SELECT 'copy', account_id, customer_id, commodity, kind, amount, currency, description,"
        " period_start, period_end, usage, due_time, reduced, suspended, entry_id, post_time, version, is_exclusive"
        " FROM charges"
    )
    with billing.running.kit.engine.connect() as connection, pytest.raises(Exception, match="charges_period_excl"):
        connection.execute(copy)


def test_charges_that_overlapped_before_the_rule_are_kept_and_the_first_keeps_others_away(start: Starter) -> None:
    billing = Billing(start)
    billing.open("a1")
    first = billing.accounts.PostCharge(season(*WHOLE))
    with billing.running.kit.engine.begin() as connection:
        connection.execute(text("ALTER TABLE charges DROP CONSTRAINT charges_period_excl"))
        connection.execute(text("ALTER TABLE charges DROP COLUMN is_exclusive"))
        names = "account_id, customer_id, commodity, kind, amount, currency, description"
        rest = "period_start, period_end, usage, due_time, reduced, suspended, entry_id"
        for name, later in (("second", 1), ("third", 2)):
            connection.execute(
                text(
                    f"INSERT INTO charges (id, {names}, {rest}, post_time, version) SELECT '{name}', {names}, {rest},"
                    f" post_time + interval '{later} hour', 1 FROM charges WHERE id = '{first.name[8:]}'"
                )
            )
        connection.execute(text("UPDATE alembic_version SET version_num = 'billing_0005'"))
    billing.running.service.migrate()
    with pytest.raises(grpc.RpcError, match=first.name):
        billing.accounts.PostCharge(season(*WHOLE))
    reduced = accounts_pb2.ReduceChargeRequest(name="charges/second", amount=cny(1), reason="paid twice")
    assert billing.accounts.ReduceCharge(reduced).reduced == cny(1)
