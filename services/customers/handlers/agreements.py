"""Starting and ending service agreements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from customers import facts
from customers.domain.premises import Agreement, check_no_overlap
from customers.handlers.batches import Outcome, entry_id, take_each
from customers.store.agreements import add_agreement, agreements_at, end_agreement, get_agreement, known_agreements
from customers.store.customers import check_known, customers_to_serve
from customers.store.premises import known_premises
from servicekit.errors import AlreadyExists, InvalidArgument, NotFound
from servicekit.etags import check_etag
from servicekit.ids import derived_id
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class StartAgreement:
    """An agreement to be; `id` empty for a new one, without a `start_time`, from this moment."""

    id: str
    customer_id: str
    premises_id: str
    commodity: str
    start_time: datetime | None

    @property
    def service_point_id(self) -> str:
        """One for each premises and commodity, so that two callers make the same."""
        return derived_id(self.premises_id, f"service-point/{self.commodity}")


@dataclass(frozen=True, slots=True)
class EndAgreement:
    """An agreement to end; without an `end_time`, at this moment."""

    id: str
    end_time: datetime | None
    etag: str


def start_agreement(uow: UnitOfWork, command: StartAgreement) -> Agreement:
    identifier = entry_id(command, "serviceAgreements")
    if command.id and known_agreements(uow, [identifier]):
        raise AlreadyExists(f"serviceAgreements/{identifier}")
    check_known(uow, command.customer_id)
    if not known_premises(uow, [command.premises_id]):
        raise NotFound(f"premises/{command.premises_id}")
    return uow.commit(_Parties(uow, [command]).add(command, identifier))


def start_many_agreements(uow: UnitOfWork, commands: Sequence[StartAgreement]) -> list[Outcome]:
    existing = known_agreements(uow, [c.id for c in commands if c.id])
    parties = _Parties(uow, commands)
    return uow.commit(take_each(commands, existing, "serviceAgreements", parties.add))


def end(uow: UnitOfWork, command: EndAgreement) -> Agreement:
    agreement = get_agreement(uow, command.id)
    check_etag(agreement.name, command.etag, agreement.version)
    ended = agreement.ended(command.end_time or uow.now)
    end_agreement(uow, ended)
    uow.emit(facts.agreement_ended(ended), ended.name, ended.version)
    return uow.commit(ended)


class _Parties:
    """Customers, premises and agreements that commands touch, read at once."""

    def __init__(self, uow: UnitOfWork, commands: Sequence[StartAgreement]) -> None:
        self._uow = uow
        self._customers = customers_to_serve(uow, {c.customer_id for c in commands})
        self._premises = known_premises(uow, {c.premises_id for c in commands})
        self._agreements = dict(agreements_at(uow, {c.service_point_id for c in commands}))

    def add(self, command: StartAgreement, identifier: str) -> Agreement:
        if command.customer_id not in self._customers:
            raise InvalidArgument("customer", f"customers/{command.customer_id} does not exist")
        if command.premises_id not in self._premises:
            raise InvalidArgument("premises", f"premises/{command.premises_id} does not exist")
        start = command.start_time or self._uow.now
        point = command.service_point_id
        others = self._agreements.setdefault(point, [])
        check_no_overlap(start, others)
        agreement = Agreement(
            identifier, command.customer_id, command.premises_id, point, command.commodity, start, None, self._uow.now
        )
        others.append(agreement)
        add_agreement(self._uow, agreement)
        self._uow.emit(facts.agreement_started(agreement), agreement.name, agreement.version)
        return agreement
