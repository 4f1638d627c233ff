"""A partner bank that pays through the event log, and sends again what was not acknowledged, as banks do (B2)."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from hearthline.billing.v1 import banks_pb2
from hearthline.billing.v1.banks_pb2_grpc import BankServiceStub
from hearthline_cli.bank.events import Order, encode, payment, record
from hearthline_cli.bank.keys import SigningKey
from servicekit.eventlog import Producer, Record
from tests.faults.house import House
from tests.faults.workload import Line, Outcome, Told

BANK = "icbc"
METHOD = "PaymentMade"
PATIENCE_S = 120.0
_AGO = timedelta(hours=3)
"""Payments are told late, so that no clock that is put back finds them in the future."""


@dataclass(slots=True)
class Paid:
    """What must be in the ledger once, if the event log took it."""

    reference: str
    account: str
    amount: int


class Bank:
    """One bank; what it was told of is in the record of calls, under its reference."""

    def __init__(self, house: House, seed: int, accounts: Sequence[str], told: list[Told]) -> None:
        self._house = house
        self._accounts = accounts
        self._told = told
        self._rng = random.Random(f"{seed}/bank")
        self._key = SigningKey(BANK, "k1", seed)
        self._log = house.eventlog()
        self._producer: Producer | None = None
        self._count = 0

    def register(self, line: Line) -> None:
        """Makes itself known to billing."""
        keys = [banks_pb2.BankKey(kid=self._key.kid, jwk=self._key.jwk)]
        request = banks_pb2.CreateBankRequest(bank_id=BANK, bank=banks_pb2.Bank(display_name="ICBC", keys=keys))
        line.prepare("billing", line.stub("billing", BankServiceStub).CreateBank, request)

    def act(self) -> None:
        """One payment."""
        self._count += 1
        paid = Paid(f"R{self._count}", self._rng.choice(self._accounts), self._rng.randrange(1, 100_000))
        order = Order(paid.account, f"{paid.amount // 100}.{paid.amount % 100:02d}")
        content = encode(payment(BANK, paid.reference, order, self._house.now() - _AGO))
        told = Told("billing", METHOD, "", paid.reference, "", time.time(), reply=paid)
        began = time.monotonic()
        self._told.append(told)
        while told.outcome is not Outcome.ACKED and time.monotonic() < began + PATIENCE_S:
            self._producer = self._producer or self._log.producer()
            if self._producer.publish([record(self._key, paid.account, content)]) == [None]:
                told.outcome = Outcome.ACKED
        told.took_s = time.monotonic() - began

    def signed(self, reference: str) -> Record:
        """A good payment that it has not told of."""
        account = self._rng.choice(self._accounts)
        content = encode(payment(BANK, reference, Order(account, "77.77"), self._house.now() - _AGO))
        return record(self._key, account, content)

    def close(self) -> None:
        """Lets the connections go."""
        if self._producer is not None:
            self._producer.close()
        self._log.close()


def check_payments(rows: Callable[[str], list[tuple]], told: Sequence[Told]) -> tuple[list[str], list[str]]:
    """What is lost and what is doubled or wrong of a bank's payments."""
    query = "SELECT bank_reference, 'accounts/' || account_id, amount FROM payments WHERE bank_id <> ''"
    found: dict[str, list[tuple[str, int]]] = {}
    for reference, account, amount in rows(query):
        found.setdefault(reference, []).append((account, amount))
    lost = [f"bank: {t.request_id}" for t in told if t.outcome is Outcome.ACKED and t.request_id not in found]
    expected = {t.request_id: [(t.reply.account, t.reply.amount)] for t in told}
    wrong = [
        f"bank: {reference} was posted as {found[reference]}, not {posted}"
        for reference, posted in expected.items()
        if reference in found and found[reference] != posted
    ]
    return lost, wrong
