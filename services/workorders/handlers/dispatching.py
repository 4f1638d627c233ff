"""Finding a crew for a job, and saving jobs with their news and their next look (W6, W7)."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from servicekit.timers import Timer
from servicekit.uow import UnitOfWork
from workorders import facts
from workorders.domain.dispatch import Choice, Job, choose
from workorders.domain.lifecycle import State
from workorders.domain.words import Urgency
from workorders.domain.work_order import WorkOrder
from workorders.metrics import STANDARDS, promise_labels
from workorders.settings import Settings
from workorders.store.crews import crews_of_branch, place_of
from workorders.store.roster import Roster
from workorders.store.work_orders import add_work_order, change_work_order, get_work_order

LOOK = "work-order"
"""The one timer of a job: when something is to be told of its promises, or its crew kept silent."""

_ACTOR = "system/dispatch"


@dataclass(frozen=True, slots=True)
class Dispatching:
    """Use cases of dispatch."""

    settings: Settings
    _roster: Roster = field(default_factory=Roster)

    def save_new(self, uow: UnitOfWork, order: WorkOrder) -> WorkOrder:
        """Stores a new job."""
        add_work_order(uow, order)
        return self._told(uow, order)

    def save(self, uow: UnitOfWork, order: WorkOrder) -> WorkOrder:
        """Stores the next version of a job."""
        following = replace(order, version=order.version + 1)
        change_work_order(uow, following)
        return self._told(uow, following)

    def give_to_best(self, uow: UnitOfWork, order: WorkOrder, why: str = "") -> WorkOrder:
        """To the best crew that can come now; without one it stays as it is, to be looked at again."""
        choice = self.choose(uow, order)
        if choice is None:
            return replace(order, looked_time=uow.now)
        return order.dispatched(choice.crew_id, choice.display_name, why + choice.reason, _ACTOR, uow.now)

    def choose(self, uow: UnitOfWork, order: WorkOrder) -> Choice | None:
        """The best crew; silent ones only when there is nobody else."""
        place = place_of(uow, order.premises_id, None)
        excluded = order.silent_crews | (
            {order.crew_id} if order.state is State.DISPATCHED and order.crew_id else set()
        )
        job = Job(
            order.commodity,
            order.category,
            order.urgency,
            place.latitude if place else None,
            place.longitude if place else None,
            place.crew_id if place else None,
            frozenset(excluded),
            crews_of_branch(uow, place.network_path[1]) if place and len(place.network_path) > 1 else frozenset(),
        )
        crews, load = self._roster.now(uow)
        local = uow.now.astimezone(ZoneInfo(self.settings.time_zone))
        return choose(job, crews, load, local) or choose(replace(job, excluded=frozenset()), crews, load, local)

    def on_look(self, uow: UnitOfWork, timer: Timer) -> None:
        """Tells warnings, misses and escalations that are due; replaces a silent crew; finds a crew again."""
        order = get_work_order(uow, timer.subject.partition("/")[2]).checked(uow.now)
        looked = order.looked_time or order.stages[-1].time
        if order.state is State.DISPATCHED and looked + self._silence(order) <= uow.now:
            order = self.give_to_best(uow, order, why=f"crews/{order.crew_id} kept silent; ")
        elif order.state in (State.NEW, State.REOPENED) and looked + self.settings.dispatch_retry <= uow.now:
            order = self.give_to_best(uow, order)
        uow.commit(self.save(uow, order))

    def _silence(self, order: WorkOrder) -> timedelta:
        emergency = order.urgency is Urgency.EMERGENCY
        return self.settings.silence_emergency if emergency else self.settings.silence

    def _told(self, uow: UnitOfWork, order: WorkOrder) -> WorkOrder:
        for news in order.news:
            uow.emit(facts.news_of(order, news), order.name, order.version)
        for clock in order.kept:
            uow.count(STANDARDS, **promise_labels(clock, order.standard.name, order.urgency, "kept"))
        following = order.next_instant(self._silence(order), self.settings.dispatch_retry)
        if following is None:
            uow.cancel(LOOK, order.name, "next")
        else:
            uow.schedule(LOOK, order.name, following, name="next")
        return replace(order, news=(), kept=())
