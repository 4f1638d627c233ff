"""B2: whatever order banks' events come in, and however often, the ledger ends the same."""

import dataclasses
from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicekit.eventlog import Record
from servicekit.inbox import consumer_loops
from tests.billing.running import CCB, ICBC, Billing, agreement_started
from tests.billing.signing import BankSide
from tests.support.running import Starter

_places = count(10_000)
_examples = count()


@pytest.fixture(scope="module")
def billing(start_once: Starter) -> Billing:
    """One service for all examples, each of which has accounts of its own."""
    billing = Billing(start_once)
    billing.register(ICBC, CCB)
    return billing


def again(record: Record) -> Record:
    """The same content, published once more."""
    return dataclasses.replace(record, offset=next(_places))


@st.composite
def histories(draw: st.DrawFn) -> tuple[str, list[list[Record]], dict[str, int], set[tuple[str, str]]]:
    """An example's mark, batches of records in some order, what each account must end at, and the payments posted."""
    mark = f"x{next(_examples)}"
    accounts = [f"{mark}-{n}" for n in range(draw(st.integers(1, 2)))]
    records = [agreement_started(account, mark) for account in accounts]
    owed = dict.fromkeys(accounts, 0)
    posted = set()
    for n in range(draw(st.integers(1, 5))):
        bank: BankSide = draw(st.sampled_from([ICBC, CCB]))
        account, yuan, reference = draw(st.sampled_from(accounts)), draw(st.integers(1, 99)), f"{mark}-P{n}"
        here = f"accounts/{account}"
        records.append(bank.payment(reference, here, f"{yuan}.00"))
        posted.add((bank.id, reference))
        if draw(st.booleans()):
            records.append(bank.reversal(f"{mark}-V{n}", reference, here, f"{yuan}.00"))
        else:
            owed[account] -= yuan * 100
    doubled = [again(r) for r in records[len(accounts) :] if draw(st.booleans())]
    forged = [
        bank.record(r.value, jws="forged") for r, bank in zip(records[len(accounts) :], [ICBC, CCB], strict=False)
    ]
    order = draw(st.permutations(records + doubled + forged))
    cuts = draw(st.lists(st.integers(1, len(order)), max_size=3))
    edges = sorted({0, *cuts, len(order)})
    return mark, [order[a:b] for a, b in pairwise(edges)], owed, posted


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories())
def test_any_order_with_doubles_ends_in_the_same_ledger(
    billing: Billing, history: tuple[str, list[list[Record]], dict[str, int], set[tuple[str, str]]]
) -> None:
    mark, batches, owed, posted = history
    for batch in batches:
        deliver_at_once(billing, batch)
    assert {account: billing.balance(f"accounts/{account}") for account in owed} == owed
    mine = billing.listed_payments(f'customer = "customers/{mark}"')
    assert {(payment.bank.removeprefix("banks/"), payment.bank_reference) for payment in mine} == posted
    assert len(mine) == len(posted)


def deliver_at_once(billing: Billing, batch: list[Record]) -> None:
    """Each consumer takes its part of the batch in one transaction."""
    for loop in consumer_loops(billing.running.service.subscriptions):
        mine = [record for record in batch if loop.wants(record)]
        loop.apply(billing.running.kit, mine)


def test_accounts_end_the_same_in_any_order(billing: Billing) -> None:
    first = [agreement_started(f"o{n}", "one", id=f"one-{n}") for n in range(5)]
    second = [agreement_started(f"t{n}", "two", id=f"two-{n}") for n in (3, 1, 4, 0, 2, 1, 3)]
    billing.deliver(*first)
    billing.deliver(*second)
    assert rows(billing, "one") == rows(billing, "two")


def rows(billing: Billing, customer: str) -> list[tuple[object, ...]]:
    """The accounts of a customer, column by column but for the names."""
    with billing.running.kit.connect().sql as connection:
        query = (
            "SELECT substr(id, 2), commodity, currency, state, balance, open_time, create_time, update_time, version "
            f"FROM accounts WHERE customer_id = '{customer}' ORDER BY 1"
        )
        return [tuple(row) for row in connection.exec_driver_sql(query)]
