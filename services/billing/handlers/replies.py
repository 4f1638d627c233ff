"""The answers that banks get on their own topics (B2); the form is in docs/bank-guide.md."""

import json

from billing.domain.bank_record import BankRecord, RecordState
from billing.store.names import name_of
from servicekit.ids import derived_id
from servicekit.telemetry import current_traceparent
from servicekit.uow import UnitOfWork

_TYPES = {
    RecordState.POSTED: "hearthline.bank.v1.PaymentAccepted",
    RecordState.DUPLICATE: "hearthline.bank.v1.PaymentDuplicate",
    RecordState.QUARANTINED: "hearthline.bank.v1.PaymentRejected",
}


def answer(uow: UnitOfWork, record: BankRecord) -> None:
    """Tells the bank what became of its record; nothing while it waits."""
    if record.verdict.state not in _TYPES:
        return
    reply = {
        "specversion": "1.0",
        "id": derived_id(record.id, f"reply/{record.version}"),
        "source": "/hearthline/billing",
        "type": _TYPES[record.verdict.state],
        "subject": record.bank_reference or record.place,
        "time": uow.now.isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "bank_reference": record.bank_reference,
            "record": record.place,
            "payment": name_of("payments", record.verdict.payment_id),
            "reason": record.verdict.reason,
            "detail": record.verdict.detail,
        },
    }
    headers = {"content-type": "application/cloudevents+json; charset=UTF-8", "traceparent": current_traceparent()}
    topic = f"hearthline.bank.{record.bank}.replies.v1"
    uow.emit_raw(topic, record.bank_reference or record.key, json.dumps(reply, ensure_ascii=False).encode(), headers)
