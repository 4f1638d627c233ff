"""A service's part in every export and erasure."""

from collections.abc import Mapping
from datetime import timedelta

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from sqlalchemy import delete

from hearthline.privacy.v1 import events_pb2 as pb
from servicekit.cloudevents import Event, UndecodableEvent
from servicekit.personal_data.holdings import Holdings, Obstacle
from servicekit.subscriptions import EventHandler, Subscription
from servicekit.tables import erased_customers, personal_data_records
from servicekit.timers import Timer, TimerHandler
from servicekit.times import to_timestamp
from servicekit.uow import UnitOfWork

_EXPIRY, _SWEEP = "personal-data-expiry", "personal-data-sweep"
_SWEEP_AFTER = timedelta(days=1)
"""What was on its way to the service while it erased has come by then, and goes, too."""


class Keeper:
    """Answers what customers asks of a service; `keep` is how long an export waits to be fetched."""

    def __init__(self, service: str, holdings: Holdings, keep: timedelta) -> None:
        self._service = service
        self._holdings = holdings
        self._keep = keep

    @property
    def subscription(self) -> Subscription:
        """What the service has to read."""
        handlers: dict[type[Message], EventHandler] = {
            pb.PersonalDataExportRequested: self.on_export,
            pb.ErasureRequested: self.on_question,
            pb.CustomerErased: self.on_erasure,
        }
        return Subscription(f"{self._service}.personal_data", "hearthline.customers.v1", handlers)

    @property
    def timers(self) -> Mapping[str, TimerHandler]:
        """What it has to do later."""
        return {_EXPIRY: self.on_expiry, _SWEEP: self.on_sweep}

    def on_export(self, uow: UnitOfWork, event: Event[pb.PersonalDataExportRequested]) -> None:
        """Gathers the part, unless it were dropped at once: the event came again after a long time."""
        about = event.data
        expires = event.time + self._keep
        records = list(self._holdings.gather(uow, _id(about.customer))) if uow.now < expires else []
        for number, record in enumerate(records, 1):
            row = {
                "data_request_id": _id(about.data_request),
                "number": number,
                "customer_id": _id(about.customer),
                "type": record.DESCRIPTOR.full_name,
                "data": MessageToDict(record),
            }
            uow.upsert(personal_data_records, row, key=["data_request_id", "number"])
        if records:
            uow.schedule(_EXPIRY, about.data_request, expires)
        answer = pb.PersonalDataExported(record_count=len(records), expire_time=to_timestamp(expires))
        self._answer(uow, answer, event)

    def on_question(self, uow: UnitOfWork, event: Event[pb.ErasureRequested]) -> None:
        """Says whether anything stands against an erasure."""
        found = self._holdings.obstacles(uow, _id(event.data.customer))
        answer = pb.ErasureRefused(obstacles=map(_obstacle, found)) if found else pb.ErasureAgreed()
        answer.round = event.data.round
        self._answer(uow, answer, event)

    def on_erasure(self, uow: UnitOfWork, event: Event[pb.CustomerErased]) -> None:
        """Erases, remembers whom, and looks again for what came meanwhile."""
        customer = event.data.customer
        row = {"customer_id": _id(customer), "erase_time": event.time}
        uow.upsert(erased_customers, row, key=["customer_id"])
        # The timer first and then what is erased, as the sweep takes them: the other way round, the two of them would
        # wait for each other.
        uow.schedule(_SWEEP, customer, event.time + _SWEEP_AFTER)
        self._erase(uow, _id(customer))
        self._answer(uow, pb.PersonalDataErased(erase_time=to_timestamp(uow.now)), event)

    def on_expiry(self, uow: UnitOfWork, timer: Timer) -> None:
        """Drops an export that nobody needs any more."""
        uow.delete(personal_data_records, {"data_request_id": _id(timer.subject)})

    def on_sweep(self, uow: UnitOfWork, timer: Timer) -> None:
        """Erases once more."""
        self._erase(uow, _id(timer.subject))

    def _erase(self, uow: UnitOfWork, customer_id: str) -> None:
        self._holdings.erase(uow, customer_id)
        held = personal_data_records.c.customer_id == customer_id
        uow.execute(delete(personal_data_records).where(held))

    def _answer(self, uow: UnitOfWork, answer: "_Answer", question: "Event[_Question]") -> None:
        if not question.data.data_request:
            # Nobody could tell what the answer is about, nor take it.
            raise UndecodableEvent(f"{question.data.DESCRIPTOR.full_name}: data_request is empty")
        answer.data_request, answer.customer = question.data.data_request, question.data.customer
        answer.service = self._service
        uow.emit(answer, question.data.data_request, question.sequence)


_Question = pb.PersonalDataExportRequested | pb.ErasureRequested | pb.CustomerErased
_Answer = pb.PersonalDataExported | pb.ErasureAgreed | pb.ErasureRefused | pb.PersonalDataErased


def _obstacle(found: Obstacle) -> pb.ErasureRefused.Obstacle:
    return pb.ErasureRefused.Obstacle(rule=found.rule, resource=found.resource)


def _id(name: str) -> str:
    return name.partition("/")[2]
