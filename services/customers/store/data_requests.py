"""Requests of customers about their own data in the database."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from customers.domain.data_request import OPEN, DataRequest, Hindrance, Part, RequestKind, RequestState
from customers.store.tables import data_requests
from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork

DATA_REQUESTS = Listing(
    select(data_requests),
    {
        "customer": data_requests.c.customer_id,
        **{name: data_requests.c[name] for name in ("kind", "state", "overdue", "due_time", "create_time")},
    },
    key=data_requests.c.id,
    resource={"customer": "customers"},
    enums={"kind": RequestKind, "state": RequestState},
)
_LOCKED = select(data_requests).where(data_requests.c.id == bindparam("id")).with_for_update()
_OPEN = select(data_requests).where(
    data_requests.c.customer_id == bindparam("customer"),
    data_requests.c.kind == bindparam("kind"),
    data_requests.c.state.in_([state.value for state in OPEN]),
)


def request_of(row: AnyRow) -> DataRequest:
    return DataRequest(
        row.id,
        row.customer_id,
        RequestKind(row.kind),
        RequestState(row.state),
        row.requester,
        row.due_time,
        row.create_time,
        row.update_time,
        tuple(_part(part) for part in row.parts),
        tuple(Hindrance(**each) for each in row.obstacles),
        row.round,
        row.overdue,
        row.finish_time,
        row.expire_time,
        row.version,
    )


def get_data_request(uow: UnitOfWork, identifier: str) -> DataRequest:
    row = uow.get(data_requests, identifier)
    if row is None:
        raise NotFound(f"dataRequests/{identifier}")
    return request_of(row)


def lock_data_request(uow: UnitOfWork, identifier: str) -> DataRequest | None:
    """The request, which nobody else answers until the unit ends; None when there is none."""
    row = uow.lock_one(_LOCKED, {"id": identifier})
    return request_of(row) if row else None


def open_data_request(uow: UnitOfWork, customer_id: str, kind: RequestKind) -> DataRequest | None:
    """The request of this kind that is not done yet."""
    row = uow.row(_OPEN, {"customer": customer_id, "kind": kind.value})
    return request_of(row) if row else None


def add_data_request(uow: UnitOfWork, request: DataRequest) -> None:
    uow.insert(data_requests, _values(request))


def change_data_request(uow: UnitOfWork, request: DataRequest) -> None:
    names = ("state", "parts", "obstacles", "round", "overdue", "finish_time", "expire_time", "update_time")
    values = _values(request)
    changes = {name: values[name] for name in names}
    uow.update(data_requests, {"id": request.id}, changes, version=request.version - 1)


def _values(request: DataRequest) -> dict[str, Any]:
    values = {column.name: getattr(request, column.name) for column in data_requests.columns}
    parts = [asdict(part) | {"answer_time": _text(part.answer_time)} for part in request.parts]
    return values | {"parts": parts, "obstacles": [asdict(each) for each in request.obstacles]}


def _part(kept: dict[str, Any]) -> Part:
    at = kept["answer_time"]
    return Part(kept["service"], kept["record_count"], datetime.fromisoformat(at) if at else None)


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
