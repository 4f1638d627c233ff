"""What is counted of payments and of what banks send (P3)."""

from collections.abc import Sequence

from sqlalchemy import func, select

from billing.domain.rejection import Reason
from billing.store.tables import bank_records
from hearthline.billing.v1 import events_pb2 as pb
from servicekit.metrics import Counted, Kind, Measured, Metric

_COUNTER = "counter"
"""As bank: no bank brought the payment."""

PAYMENTS = Metric(
    "hearthline.payments",
    Kind.COUNTER,
    "Payments posted to the ledger and reversed, by the bank that brought them.",
    "{payment}",
    {"bank": (), "state": ("posted", "reversed")},
)
REFUNDS = Metric("hearthline.refunds", Kind.COUNTER, "Payments paid back, in part or in whole.", "{refund}")
QUARANTINED = Metric(
    "hearthline.bank.events.quarantined",
    Kind.COUNTER,
    "Events of banks that were set aside, by reason.",
    "{event}",
    {"bank": (), "reason": tuple(Reason)},
)
WAITING = Metric(
    "hearthline.bank.events.waiting",
    Kind.GAUGE,
    "Events of banks that wait for their account, or for the payment that they reverse.",
    "{event}",
)


def _bank(name: str) -> str:
    """Ids of banks come from the settings, so there are few."""
    return name.partition("/")[2] or _COUNTER


def counts(banks: Sequence[str]) -> tuple[Counted, ...]:
    """What is counted where the settings name these banks."""
    return (
        Counted(
            PAYMENTS,
            {
                pb.PaymentReceived: lambda event: {"bank": _bank(event.bank), "state": "posted"},
                pb.PaymentReversed: lambda event: {"bank": _bank(event.bank), "state": "reversed"},
            },
            from_zero=True,
            named={"bank": (*banks, _COUNTER)},
        ),
        Counted(REFUNDS, {pb.PaymentRefunded: lambda _: {}}, from_zero=True),
        Counted(
            QUARANTINED,
            {pb.BankEventQuarantined: lambda event: {"bank": _bank(event.bank), "reason": event.reason}},
            from_zero=True,
            named={"bank": banks},
        ),
    )


_waiting = select(func.count()).select_from(bank_records).where(bank_records.c.state == "WAITING")
GAUGES = (Measured(WAITING, lambda _: _waiting),)
