"""What dispatchers, crews and customers do with a job: one function a step (W3)."""

from dataclasses import dataclass

from servicekit.errors import InvalidArgument
from servicekit.etags import check_etag
from servicekit.ids import new_id
from servicekit.uow import UnitOfWork
from workorders.domain.completion import Completion
from workorders.domain.hand_over import handed_over
from workorders.domain.work_order import WorkOrder
from workorders.handlers.endings import reopen_all, resolve_all
from workorders.handlers.intake import Intake
from workorders.store.crews import get_crew
from workorders.store.work_orders import WORK_ORDERS, get_work_order


@dataclass(frozen=True, slots=True)
class Which:
    """A job, as the caller last saw it."""

    id: str
    etag: str


@dataclass(frozen=True, slots=True)
class Dispatch:
    """`crew_id` None for the best crew; a dispatcher's own choice needs a reason."""

    which: Which
    crew_id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Say:
    """A step with words: a note, or a reason."""

    which: Which
    words: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class HandOver:
    """A step to another crew, with what it must know."""

    which: Which
    crew_id: str
    note: str


@dataclass(frozen=True, slots=True)
class Complete:
    """A step with all that a completion must tell."""

    which: Which
    completion: Completion


@dataclass(frozen=True, slots=True)
class Jobs:
    """Use cases of work orders."""

    intake: Intake

    def dispatch(self, uow: UnitOfWork, command: Dispatch) -> WorkOrder:
        order = self._load(uow, command.which)
        if command.crew_id is None:
            return self._save(uow, self.intake.dispatching.give_to_best(uow, order, command.reason))
        if not command.reason:
            raise InvalidArgument("reason", "is required when a crew is chosen by hand")
        crew = get_crew(uow, command.crew_id)
        return self._save(uow, order.dispatched(crew.id, crew.display_name, command.reason, uow.actor, uow.now))

    def acknowledge(self, uow: UnitOfWork, which: Which) -> WorkOrder:
        return self._save(uow, self._load(uow, which).acknowledged(uow.actor, uow.now))

    def travel(self, uow: UnitOfWork, which: Which) -> WorkOrder:
        return self._save(uow, self._load(uow, which).travelling(uow.actor, uow.now))

    def arrive(self, uow: UnitOfWork, command: Say) -> WorkOrder:
        return self._save(uow, self._load(uow, command.which).arrived(command.words, uow.actor, uow.now))

    def start(self, uow: UnitOfWork, which: Which) -> WorkOrder:
        return self._save(uow, self._load(uow, which).started(uow.actor, uow.now))

    def hand_over(self, uow: UnitOfWork, command: HandOver) -> WorkOrder:
        order, crew = self._load(uow, command.which), get_crew(uow, command.crew_id)
        return self._save(uow, handed_over(order, crew.id, crew.display_name, command.note, uow.actor, uow.now))

    def suspend(self, uow: UnitOfWork, command: Say) -> WorkOrder:
        order = self._load(uow, command.which)
        return self._save(uow, order.suspended(command.words, command.note, uow.actor, uow.now))

    def resume(self, uow: UnitOfWork, which: Which) -> WorkOrder:
        return self._save(uow, self._load(uow, which).resumed(uow.actor, uow.now))

    def complete(self, uow: UnitOfWork, command: Complete) -> WorkOrder:
        return self._save(uow, self._load(uow, command.which).completed(command.completion, uow.actor, uow.now))

    def confirm(self, uow: UnitOfWork, command: Say) -> WorkOrder:
        return self._save(uow, self._load(uow, command.which).confirmed(command.words, uow.actor, uow.now))

    def close(self, uow: UnitOfWork, which: Which) -> WorkOrder:
        order = self._load(uow, which).closed(uow.actor, uow.now)
        resolve_all(uow, order.incident_id, order.completion.resolution if order.completion else "")
        return self._save(uow, order)

    def cancel(self, uow: UnitOfWork, command: Say) -> WorkOrder:
        order = self._load(uow, command.which).cancelled(command.words, uow.actor, uow.now)
        resolve_all(uow, order.incident_id, command.words)
        return self._save(uow, order)

    def mark_not_done(self, uow: UnitOfWork, command: Say) -> WorkOrder:
        order = self._load(uow, command.which)
        follow_up = new_id()
        ended = order.not_done(command.words, follow_up, uow.actor, uow.now)
        self.intake.follow_up(uow, ended, follow_up)
        return self._save(uow, ended)

    def reopen(self, uow: UnitOfWork, command: Say) -> WorkOrder:
        order = self._load(uow, command.which).reopened(command.words, uow.actor, uow.now)
        reopen_all(uow, order.incident_id, command.words)
        return self._save(uow, self.intake.dispatching.give_to_best(uow, order))

    def _load(self, uow: UnitOfWork, which: Which) -> WorkOrder:
        WORK_ORDERS.check_reach(uow, f"workOrders/{which.id}")
        order = get_work_order(uow, which.id)
        check_etag(order.name, which.etag, order.version)
        return order

    def _save(self, uow: UnitOfWork, order: WorkOrder) -> WorkOrder:
        return uow.commit(self.intake.dispatching.save(uow, order))
