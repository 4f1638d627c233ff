"""Simulated partner banks on a running platform."""

import random
import time
from collections.abc import Mapping, Sequence
from datetime import datetime

import grpc
from google.protobuf.field_mask_pb2 import FieldMask

from hearthline.billing.v1 import banks_pb2
from hearthline.billing.v1.banks_pb2_grpc import BankServiceStub
from hearthline_cli.bank.keys import SigningKey
from hearthline_cli.bank.plan import SHARES, Mischief, Order, Sent, records_for
from hearthline_cli.bank.reconciliation import Answer, Reconciliation, answer_in, reconcile
from servicekit.eventlog import Consumer, EventLog, EventLogUnavailable

_BATCH = 500


class BankSimulator:
    """Several banks that pay orders, do mischief at times, and compare the answers they get.

    What is sent is the same for the same seed, orders and times. References begin anew with each simulator,
    so a second one with the same seed on the same platform sends duplicates.
    """

    def __init__(self, log: EventLog, banks: Sequence[str], seed: int) -> None:
        self._log = log
        self._keys = [SigningKey(bank, f"sim-{seed}", seed) for bank in banks]
        self._seed = seed
        self._rng = random.Random(seed)
        self._producer = log.producer()
        self._listening: Consumer | None = None
        self._number = 0
        self.sent: list[Sent] = []
        self.answers: list[Answer] = []

    def register(self, channel: grpc.Channel) -> None:
        """Makes the banks known to billing, or adds the simulator's key to those that are; then listens for replies."""
        stub = BankServiceStub(channel)
        for key in self._keys:
            _register(stub, key)
        self._listening = self._log.consumer(
            f"bank-simulator.{self._seed}", [f"hearthline.bank.{key.bank}.replies.v1" for key in self._keys]
        )
        # What is there already answers somebody else.
        while self._listening.poll(timeout=0.5):
            self._listening.commit()

    def publish(
        self, orders: Sequence[Order], now: datetime, shares: Mapping[Mischief, float] = SHARES
    ) -> Sequence[Sent]:
        """Sends the payments of orders, each through one of the banks, with mischief in these shares."""
        new = [sent for order in orders for sent in self._records(order, now, shares)]
        for start in range(0, len(new), _BATCH):
            outcomes = self._producer.publish([each.record for each in new[start : start + _BATCH]])
            if failed := next((outcome for outcome in outcomes if outcome is not None), None):
                raise EventLogUnavailable(f"the bank's events were not taken: {failed}")
        self.sent += new
        return new

    def collect(self, timeout: float) -> Reconciliation:
        """Reads replies until there is one for each record, or for `timeout` seconds, and compares."""
        assert self._listening is not None, "register first"
        end = time.monotonic() + timeout
        while len(self.answers) < len(self.sent) and time.monotonic() < end:
            self.answers += [answer_in(record) for record in self._listening.poll(timeout=0.5)]
            self._listening.commit()
        return reconcile(self.sent, self.answers)

    def close(self) -> None:
        """Lets the connections go."""
        self._producer.close()
        if self._listening is not None:
            self._listening.close()

    def _records(self, order: Order, now: datetime, shares: Mapping[Mischief, float]) -> list[Sent]:
        key = self._rng.choice(self._keys)
        kinds = [*shares, Mischief.NONE]
        mischief = self._rng.choices(kinds, [*shares.values(), max(0.0, 1 - sum(shares.values()))])[0]
        self._number += 1
        number = f"{self._seed}-{self._number:07d}"
        return list(records_for(key, number, order, now, mischief, self._rng))


def _register(stub: BankServiceStub, key: SigningKey) -> None:
    public = banks_pb2.BankKey(kid=key.kid, jwk=key.jwk)
    try:
        bank = stub.GetBank(banks_pb2.GetBankRequest(name=f"banks/{key.bank}"))
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.NOT_FOUND:
            raise
        bank = banks_pb2.Bank(display_name=key.bank.upper(), keys=[public])
        stub.CreateBank(banks_pb2.CreateBankRequest(bank_id=key.bank, bank=bank))
        return
    if all(known.kid != key.kid for known in bank.keys):
        # At most ten keys are kept; the oldest goes.
        changed = banks_pb2.Bank(name=bank.name, keys=[*bank.keys[-9:], public], etag=bank.etag)
        stub.UpdateBank(banks_pb2.UpdateBankRequest(bank=changed, update_mask=FieldMask(paths=["keys"])))
