"""Many at once: every amount counts once, and nothing waits for what is there already."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from hearthline.billing.v1 import accounts_pb2
from servicekit.inbox import consumer_loops
from tests.billing.running import ICBC, Billing, agreement_started, cny
from tests.support.running import Starter

CALLERS = 16


@pytest.fixture(scope="module")
def billing(start_once: Starter) -> Billing:
    billing = Billing(start_once)
    billing.register(ICBC)
    return billing


def at_once(calls: list[Callable[[], Any]]) -> None:
    with ThreadPoolExecutor(CALLERS) as pool:
        for future in [pool.submit(call) for call in calls]:
            future.result()


def test_charges_and_payments_on_one_account_all_count(billing: Billing) -> None:
    billing.open("busy")
    charges = [partial(billing.charge, n, "accounts/busy") for n in range(1, 101)]
    payments = [partial(billing.pay, n, "accounts/busy") for n in range(1, 51)]
    at_once([*charges, *payments])
    assert billing.balance("accounts/busy") == sum(range(101)) - sum(range(51))
    assert len(billing.postings("accounts/busy", page_size=1000)) == 150


def test_batches_on_the_same_accounts_do_not_stand_in_each_others_way(billing: Billing) -> None:
    names = [billing.open(f"b{n}").name for n in range(20)]

    def post(order: list[str]) -> None:
        requests = [
            accounts_pb2.PostChargeRequest(
                account=name, kind=accounts_pb2.Charge.KIND_SERVICE, amount=cny(1), description="x"
            )
            for name in order
        ]
        billing.accounts.BatchPostCharges(accounts_pb2.BatchPostChargesRequest(requests=requests))

    at_once([partial(post, names if n % 2 else names[::-1]) for n in range(20)])
    assert [billing.balance(name) for name in names] == [20] * 20


def test_a_payment_and_its_account_that_come_at_the_same_moment_find_each_other(billing: Billing) -> None:
    kit = billing.running.kit
    loops = {loop.name: loop for loop in consumer_loops(billing.running.service.subscriptions)}
    accounts = [f"race{n}" for n in range(40)]

    def opening(account: str) -> None:
        loops["billing.accounts"].apply(kit, [agreement_started(account)])

    def paying(account: str) -> None:
        loops["billing.banks.icbc"].apply(kit, [ICBC.payment(f"P-{account}", f"accounts/{account}")])

    at_once([partial(call, account) for account in accounts for call in (paying, opening)])
    assert [billing.balance(f"accounts/{account}") for account in accounts] == [-100_00] * 40
