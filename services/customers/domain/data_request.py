"""What a customer asks about their own data: to have it, or to be forgotten (C9).

An export is RUNNING until every service has gathered its part. An erasure asks every service first (CHECKING): where
something stands against it, it is DEFERRED and asked again, else every service erases (RUNNING). Answers may come
twice and in any order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from servicekit.errors import FailedPrecondition


class RequestKind(StrEnum):
    EXPORT = "EXPORT"
    ERASURE = "ERASURE"


class RequestState(StrEnum):
    CHECKING = "CHECKING"
    DEFERRED = "DEFERRED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


OPEN = (RequestState.CHECKING, RequestState.DEFERRED, RequestState.RUNNING)
SERVICES = ("customers", "workorders", "notifications", "surveys", "complaints", "billing")
"""Who holds personal data, and is asked."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a service has answered in the stage that the request is in."""

    service: str
    record_count: int = 0
    answer_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hindrance:
    """What a service says stands against an erasure."""

    service: str
    rule: str
    resource: str


_UNANSWERED = tuple(Part(service) for service in SERVICES)


@dataclass(frozen=True, slots=True)
class DataRequest:
    """One request; what changes nothing gives the same request back."""

    id: str
    customer_id: str
    kind: RequestKind
    state: RequestState
    requester: str
    due_time: datetime
    create_time: datetime
    update_time: datetime
    parts: tuple[Part, ...] = _UNANSWERED
    obstacles: tuple[Hindrance, ...] = ()
    round: int = 1
    overdue: bool = False
    finish_time: datetime | None = None
    expire_time: datetime | None = None
    version: int = 1

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"dataRequests/{self.id}"

    @property
    def is_answered(self) -> bool:
        """Whether every service has answered in this stage."""
        return all(part.answer_time for part in self.parts)

    def checked(self, service: str, number: int, found: Sequence[Hindrance], now: datetime) -> "DataRequest":
        """A service has said what stands against the erasure, in this round; the last answer decides."""
        if self.state is not RequestState.CHECKING or number != self.round or not self._awaits(service):
            return self
        answered = self._answered(service, 0, now, obstacles=(*self.obstacles, *found))
        if not answered.is_answered:
            return answered
        if answered.obstacles:
            return replace(answered, state=RequestState.DEFERRED)
        return replace(answered, state=RequestState.RUNNING, parts=_UNANSWERED)

    def done_by(
        self, kind: RequestKind, service: str, record_count: int, expires: datetime | None, now: datetime
    ) -> "DataRequest":
        """A service has gathered or erased its part; the export can be fetched until the first part is dropped."""
        if self.state is not RequestState.RUNNING or kind is not self.kind or not self._awaits(service):
            return self
        ends = min(filter(None, (self.expire_time, expires)), default=None)
        answered = self._answered(service, record_count, now, expire_time=ends)
        if not answered.is_answered:
            return answered
        return replace(answered, state=RequestState.DONE, finish_time=now)

    def asked_again(self, now: datetime) -> "DataRequest":
        """Perhaps what stood against it is settled now."""
        if self.state is not RequestState.DEFERRED:
            return self
        return self._changed(now, state=RequestState.CHECKING, round=self.round + 1, parts=_UNANSWERED, obstacles=())

    def cancelled(self, now: datetime) -> "DataRequest":
        """Taken back, before anything was erased."""
        if self.state not in (RequestState.CHECKING, RequestState.DEFERRED):
            raise FailedPrecondition("WRONG_STATE", self.name, f"is {self.state} and cannot be taken back")
        return self._changed(now, state=RequestState.CANCELLED, finish_time=now)

    def expired(self, now: datetime) -> "DataRequest":
        """The parts of an export were dropped."""
        if self.state is not RequestState.DONE:
            return self
        return self._changed(now, state=RequestState.EXPIRED)

    def late(self, now: datetime) -> "DataRequest":
        """The answer that was owed was not given."""
        return self._changed(now, overdue=True) if self.state in OPEN else self

    def _awaits(self, service: str) -> bool:
        return any(part.service == service and part.answer_time is None for part in self.parts)

    def _answered(self, service: str, record_count: int, now: datetime, **changes: object) -> "DataRequest":
        part = Part(service, record_count, now)
        return self._changed(now, parts=tuple(part if p.service == service else p for p in self.parts), **changes)

    def _changed(self, now: datetime, **changes: object) -> "DataRequest":
        return replace(self, **changes, update_time=now, version=self.version + 1)  # type: ignore[arg-type]
