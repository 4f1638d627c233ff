"""Requests of customers about their own data, from the asking to the last service's answer (C9)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from customers.domain.customer import Customer
from customers.domain.data_request import OPEN, DataRequest, Hindrance, RequestKind, RequestState
from customers.store.agreements import running_agreement
from customers.store.customers import change_customer, lock_customer
from customers.store.data_requests import (
    add_data_request,
    change_data_request,
    get_data_request,
    lock_data_request,
    open_data_request,
)
from hearthline.privacy.v1 import events_pb2 as pb
from servicekit.calendar import Calendar
from servicekit.cloudevents import Event
from servicekit.errors import FailedPrecondition, NotFound
from servicekit.etags import check_etag
from servicekit.ids import new_id
from servicekit.timers import Timer, TimerHandler
from servicekit.times import from_timestamp, to_timestamp
from servicekit.uow import UnitOfWork

_DUE, _AGAIN, _EXPIRY = "data-request-due", "data-request-again", "data-request-expiry"
_ASK_AGAIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CreateDataRequest:
    """What a customer wants."""

    customer_id: str
    kind: RequestKind


@dataclass(frozen=True, slots=True)
class CancelDataRequest:
    """Takes a request back."""

    id: str
    etag: str


@dataclass(frozen=True, slots=True)
class PrivacyDesk:
    """Use cases of data requests; an answer is owed after so many working days of this calendar."""

    calendar: Calendar
    working_days: int

    @property
    def timers(self) -> Mapping[str, TimerHandler]:
        """What happens later."""
        return {_DUE: self.on_due, _AGAIN: self.on_again, _EXPIRY: self.on_expiry}

    def create(self, uow: UnitOfWork, command: CreateDataRequest) -> DataRequest:
        _check(uow, command)
        request = DataRequest(
            new_id(),
            command.customer_id,
            command.kind,
            RequestState.RUNNING if command.kind is RequestKind.EXPORT else RequestState.CHECKING,
            uow.actor,
            self.calendar.add_working_days(uow.now, self.working_days),
            uow.now,
            uow.now,
        )
        add_data_request(uow, request)
        uow.schedule(_DUE, request.name, request.due_time)
        _ask(uow, request)
        return uow.commit(request)

    def is_estimated(self, request: DataRequest) -> bool:
        """Whether an answer is still owed by a day that rests on holidays which nobody has published yet (W5)."""
        owed = request.state in OPEN and not request.overdue
        return owed and self.calendar.rests_on_estimate(request.create_time, request.due_time)

    def cancel(self, uow: UnitOfWork, command: CancelDataRequest) -> DataRequest:
        request = get_data_request(uow, command.id)
        check_etag(request.name, command.etag, request.version)
        cancelled = request.cancelled(uow.now)
        self._follow(uow, request, cancelled)
        uow.audit(request.name)
        return uow.commit(cancelled)

    def on_agreed(self, uow: UnitOfWork, event: Event[pb.ErasureAgreed]) -> None:
        if before := _asked(uow, event.data.data_request):
            self._follow(uow, before, before.checked(event.data.service, event.data.round, (), event.time))

    def on_refused(self, uow: UnitOfWork, event: Event[pb.ErasureRefused]) -> None:
        found = [Hindrance(event.data.service, each.rule, each.resource) for each in event.data.obstacles]
        if before := _asked(uow, event.data.data_request):
            self._follow(uow, before, before.checked(event.data.service, event.data.round, found, event.time))

    def on_exported(self, uow: UnitOfWork, event: Event[pb.PersonalDataExported]) -> None:
        part = event.data
        expires = from_timestamp(part.expire_time)
        if before := _asked(uow, part.data_request):
            after = before.done_by(RequestKind.EXPORT, part.service, part.record_count, expires, event.time)
            self._follow(uow, before, after)

    def on_erased(self, uow: UnitOfWork, event: Event[pb.PersonalDataErased]) -> None:
        if before := _asked(uow, event.data.data_request):
            after = before.done_by(RequestKind.ERASURE, event.data.service, 0, None, event.time)
            self._follow(uow, before, after)

    def on_due(self, uow: UnitOfWork, timer: Timer) -> None:
        self._move(uow, timer, DataRequest.late)

    def on_again(self, uow: UnitOfWork, timer: Timer) -> None:
        self._move(uow, timer, DataRequest.asked_again)

    def on_expiry(self, uow: UnitOfWork, timer: Timer) -> None:
        self._move(uow, timer, DataRequest.expired)

    def _move(self, uow: UnitOfWork, timer: Timer, step: "_Step") -> None:
        if before := _asked(uow, timer.subject):
            self._follow(uow, before, step(before, uow.now))

    def _follow(self, uow: UnitOfWork, before: DataRequest, after: DataRequest) -> None:
        """Keeps a change, and does what it brings with it."""
        if after == before:
            return
        change_data_request(uow, after)
        if after.state is before.state:
            return
        match after.state:
            case RequestState.CHECKING:
                _ask(uow, after)
            case RequestState.DEFERRED:
                uow.schedule(_AGAIN, after.name, uow.now + _ASK_AGAIN)
            case RequestState.RUNNING:
                _erase(uow, after)
            case RequestState.DONE | RequestState.CANCELLED:
                uow.cancel(_DUE, after.name)
                uow.cancel(_AGAIN, after.name)
                if after.expire_time:
                    uow.schedule(_EXPIRY, after.name, after.expire_time)


_Step = Callable[[DataRequest, datetime], DataRequest]


def _check(uow: UnitOfWork, command: CreateDataRequest) -> None:
    """NotFound, or FailedPrecondition with the rule that stands against the request."""
    customer = _customer(uow, command.customer_id)
    customer.check_is_known()
    if before := open_data_request(uow, command.customer_id, command.kind):
        raise FailedPrecondition("DATA_REQUEST_OPEN", before.name, "is not done yet")
    if command.kind is RequestKind.ERASURE and (running := running_agreement(uow, command.customer_id)):
        raise FailedPrecondition("AGREEMENT_RUNNING", f"serviceAgreements/{running}", "has to end first")


def _ask(uow: UnitOfWork, request: DataRequest) -> None:
    """Asks every service."""
    names = {"data_request": request.name, "customer": f"customers/{request.customer_id}"}
    at = to_timestamp(uow.now)
    if request.kind is RequestKind.EXPORT:
        uow.emit(pb.PersonalDataExportRequested(**names, request_time=at), request.name, request.version)
    else:
        uow.emit(pb.ErasureRequested(**names, round=request.round, request_time=at), request.name, request.version)


def _erase(uow: UnitOfWork, request: DataRequest) -> None:
    """Forgets who the customer was, and has every service do so, this one for the rest of what it holds."""
    erased = _customer(uow, request.customer_id).erased(uow.now)
    change_customer(uow, erased)
    fact = pb.CustomerErased(data_request=request.name, customer=erased.name, erase_time=to_timestamp(uow.now))
    uow.emit(fact, erased.name, erased.version)


def _customer(uow: UnitOfWork, customer_id: str) -> Customer:
    customer = lock_customer(uow, customer_id)
    if customer is None:
        raise NotFound(f"customers/{customer_id}")
    return customer


def _asked(uow: UnitOfWork, name: str) -> DataRequest | None:
    return lock_data_request(uow, name.partition("/")[2])
