"""A work order: one job for a crew, from new to closed, with all that was promised about it (W3, W4, W6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from servicekit.calendar import pauses_from
from servicekit.errors import FailedPrecondition
from workorders.domain.clocks import Clock
from workorders.domain.completion import Completion, check_completion
from workorders.domain.lifecycle import State, check
from workorders.domain.promise import Promise, begin, checked, paused
from workorders.domain.standards import FrozenStandard
from workorders.domain.words import Severity, Urgency

S = State


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of its life: `actor` did it, `note` says why or what was found."""

    state: State
    time: datetime
    actor: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """A fact to publish: `kind` names the event, `values` its fields beside `facts`."""

    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """Changes by making the next one; `news` are the facts since it was loaded."""

    id: str
    incident_id: str
    ticket_ids: tuple[str, ...]
    customer_ids: tuple[str, ...]
    premises_id: str
    cell_id: str | None
    commodity: str
    category: str
    severity: Severity
    urgency: Urgency
    business_type: str
    state: State
    standard: FrozenStandard
    report_time: datetime
    create_time: datetime
    update_time: datetime
    crew_id: str | None = None
    attempt: int = 0
    silent_crews: frozenset[str] = frozenset()
    stages: tuple[Stage, ...] = ()
    promises: tuple[Promise, ...] = ()
    round: int = 1
    completion: Completion | None = None
    follows: str | None = None
    follow_up: str | None = None
    looked_time: datetime | None = None
    """When a crew was last looked for in vain."""
    version: int = 1
    news: tuple[News, ...] = field(default=(), compare=False)
    kept: tuple[Clock, ...] = field(default=(), compare=False)
    """Clocks that were met in time since it was loaded."""

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"workOrders/{self.id}"

    @property
    def suspended_clocks(self) -> frozenset[Clock]:
        """The clocks that stand still now."""
        return frozenset(c for c in Clock if self.state is S.SUSPENDED and self.standard.pauses(c))

    def opened(self) -> "WorkOrder":
        """The new job with its first clocks running."""
        clocks = (
            (Clock.RESPOND, self.report_time),
            (Clock.DISPATCH, self.create_time),
            (Clock.RESTORE, self.report_time),
        )
        promises = tuple(begin(self.standard, clock, 1, start) for clock, start in clocks)
        stage = Stage(S.NEW, self.create_time, "system/workorders")
        news = News("WorkOrderCreated", {"create_time": self.create_time})
        return replace(self, promises=promises, stages=(stage,), news=(news,))

    def joined(self, ticket_id: str, customer_id: str | None, now: datetime) -> "WorkOrder":
        """One more caller about the same fault."""
        customers = self.customer_ids if customer_id is None else (*self.customer_ids, customer_id)
        tickets = (*self.ticket_ids, ticket_id)
        return replace(self, ticket_ids=tickets, customer_ids=tuple(dict.fromkeys(customers)), update_time=now)

    def left(self, ticket_id: str, customer_ids: Iterable[str | None], now: datetime) -> "WorkOrder":
        """One caller less about the fault; `customer_ids` are those of the callers that remain."""
        tickets = tuple(each for each in self.ticket_ids if each != ticket_id)
        return replace(self, ticket_ids=tickets, customer_ids=tuple(filter(None, customer_ids)), update_time=now)

    def dispatched(self, crew_id: str, crew_name: str, reason: str, actor: str, now: datetime) -> "WorkOrder":
        """Given to a crew; who had it before and kept silent is not asked again."""
        silent = self.silent_crews | ({self.crew_id} if self.state is S.DISPATCHED and self.crew_id else set())
        changed = self._to(
            S.DISPATCHED, now, actor, reason, crew_id=crew_id, attempt=self.attempt + 1, looked_time=None
        )
        changed = changed._met(Clock.DISPATCH, now)._dropped(Clock.ARRIVE)._begun(Clock.ARRIVE, now)
        values = {
            "dispatch_time": now,
            "arrive_due_time": changed.promise(Clock.ARRIVE).due,
            "attempt": changed.attempt,
            "reason": reason,
            "crew_display_name": crew_name,
        }
        return replace(changed, silent_crews=frozenset(silent))._told("WorkOrderDispatched", values)

    def acknowledged(self, actor: str, now: datetime) -> "WorkOrder":
        """The crew has seen it."""
        changed = self._to(S.ACKNOWLEDGED, now, actor)._met(Clock.RESPOND, now)
        return changed._told("WorkOrderAcknowledged", {"acknowledge_time": now})

    def travelling(self, actor: str, now: datetime) -> "WorkOrder":
        """On its way."""
        return self._to(S.EN_ROUTE, now, actor)._told("WorkOrderTravelStarted", {"travel_time": now})

    def arrived(self, note: str, actor: str, now: datetime) -> "WorkOrder":
        """On site."""
        changed = self._to(S.ARRIVED, now, actor, note)._met(Clock.ARRIVE, now)
        return changed._told("WorkOrderArrived", {"arrive_time": now})

    def started(self, actor: str, now: datetime) -> "WorkOrder":
        """Work began."""
        if self.state is S.SUSPENDED:
            raise FailedPrecondition("WRONG_STATE", self.name, "is SUSPENDED: it is resumed, not started")
        return self._to(S.IN_PROGRESS, now, actor)._told("WorkOrderStarted", {"start_time": now})

    def suspended(self, reason: str, note: str, actor: str, now: datetime) -> "WorkOrder":
        """Paused; clocks that may pause stop, a major repair's never do (大修连续干)."""
        changed = self._to(S.SUSPENDED, now, actor, f"{reason}: {note}" if note else reason)
        return changed._told("WorkOrderSuspended", {"suspend_time": now, "reason": reason})

    def resumed(self, actor: str, now: datetime) -> "WorkOrder":
        """Goes on; the deadlines are worked out again from all pauses."""
        if self.state is not S.SUSPENDED:
            raise FailedPrecondition("WRONG_STATE", self.name, f"is {self.state}: only a suspended job is resumed")
        changed = self._to(S.IN_PROGRESS, now, actor, "resumed")
        return changed._with_pauses(now)._told("WorkOrderResumed", {"resume_time": now})

    def completed(self, completion: Completion, actor: str, now: datetime) -> "WorkOrder":
        """Done, with all that must be told of it."""
        check_completion(self.category, completion)
        changed = self._to(S.COMPLETED, now, actor, completion.resolution, completion=completion)
        changed = changed._met(Clock.RESTORE, now)._begun(Clock.CALL_BACK, now)
        values = {"complete_time": now, "cause": completion.cause, "resolution": completion.resolution}
        return changed._told("WorkOrderCompleted", values)

    def confirmed(self, note: str, actor: str, now: datetime) -> "WorkOrder":
        """The customer agrees."""
        changed = self._to(S.CONFIRMED, now, actor, note)._met(Clock.CALL_BACK, now)
        return changed._told("WorkOrderConfirmed", {"confirm_time": now})

    def closed(self, actor: str, now: datetime) -> "WorkOrder":
        """Finished."""
        return self._to(S.CLOSED, now, actor)._told("WorkOrderClosed", {"close_time": now})

    def cancelled(self, reason: str, actor: str, now: datetime, withdrawn: bool = False) -> "WorkOrder":
        """Never started; what still ran was promised for nothing."""
        changed = self._to(S.CANCELLED, now, actor, reason)._dropped(*Clock)
        return changed._told("WorkOrderCancelled", {"cancel_time": now, "reason": reason, "withdrawn": withdrawn})

    def not_done(self, reason: str, follow_up: str, actor: str, now: datetime) -> "WorkOrder":
        """Started and left unfinished: the follow-up goes on under the same report."""
        changed = self._to(S.NOT_DONE, now, actor, reason, follow_up=follow_up)._dropped(*Clock)
        values = {"not_done_time": now, "reason": reason, "follow_up": f"workOrders/{follow_up}"}
        return changed._told("WorkOrderNotDone", values)

    def reopened(self, reason: str, actor: str, now: datetime) -> "WorkOrder":
        """Not mended after all: a new round of clocks, the old round's results stay."""
        changed = self._to(S.REOPENED, now, actor, reason, round=self.round + 1, silent_crews=frozenset())
        changed = changed._dropped(Clock.CALL_BACK)
        for clock in (Clock.RESPOND, Clock.DISPATCH, Clock.RESTORE):
            changed = changed._begun(clock, now)
        return changed._told("WorkOrderReopened", {"reopen_time": now, "reason": reason})

    def checked(self, now: datetime) -> "WorkOrder":
        """With every warning, breach and escalation up to `now` told, each once, whoever comes to look."""
        promises, told = checked(self.promises, self.standard, now, self.suspended_clocks)
        if not told:
            return self
        news = tuple(News(*each.news(self.standard)) for each in told)
        return replace(self, promises=promises, news=(*self.news, *news))

    def next_instant(self, silence: timedelta, dispatch_retry: timedelta) -> datetime | None:
        """When this job needs a look by itself next; None when never."""
        running = (p for p in self.promises if p.clock not in self.suspended_clocks)
        instants = [i for p in running if (i := p.next_instant(self.standard)) is not None]
        looked = self.looked_time or self.stages[-1].time
        if self.state is S.DISPATCHED:
            instants.append(looked + silence)
        if self.state in (S.NEW, S.REOPENED):
            instants.append(looked + dispatch_retry)
        return min(instants, default=None)

    def promise(self, clock: Clock) -> Promise:
        """This round's promise about a clock; KeyError when it has not begun."""
        for promise in self.promises:
            if promise.clock is clock and promise.round == self.round:
                return promise
        raise KeyError(clock)

    def _to(self, state: State, now: datetime, actor: str, note: str = "", **changes: Any) -> "WorkOrder":
        """The next state; what the clocks have to tell until now is told first."""
        check(self.name, self.state, state)
        before = self.checked(now)
        stage = Stage(state, now, actor, note)
        return replace(before, state=state, stages=(*before.stages, stage), update_time=now, **changes)

    def _told(self, kind: str, values: Mapping[str, Any]) -> "WorkOrder":
        return replace(self, news=(*self.news, News(kind, values)))

    def _begun(self, clock: Clock, now: datetime) -> "WorkOrder":
        return replace(self, promises=(*self.promises, begin(self.standard, clock, self.round, now)))

    def _met(self, clock: Clock, now: datetime) -> "WorkOrder":
        running = [p for p in self.promises if p.clock is clock and p.is_running]
        promises = tuple(replace(p, met=now) if p in running else p for p in self.promises)
        return replace(self, promises=promises, kept=(*self.kept, *(p.clock for p in running if not p.breached)))

    def _dropped(self, *clocks: Clock) -> "WorkOrder":
        """Without the running ones of these clocks; a miss is kept."""
        kept = (p for p in self.promises if p.clock not in clocks or not p.is_running or p.breached)
        ended = (replace(p, met=self.update_time) if p.clock in clocks and p.is_running else p for p in kept)
        return replace(self, promises=tuple(ended))

    def _with_pauses(self, now: datetime) -> "WorkOrder":
        """With this round's deadlines worked out again from the history of suspensions (W5)."""
        pauses = pauses_from(((stage.time, stage.state is S.SUSPENDED) for stage in self.stages), until=now)
        promises = (paused(p, self.standard, pauses) if p.round == self.round else p for p in self.promises)
        return replace(self, promises=tuple(promises))
