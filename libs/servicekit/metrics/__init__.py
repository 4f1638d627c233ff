"""What a running service counts and measures, and what others may declare to be counted (P3).

A `Metric` is declared once, with all its labels; a label's values are a short list, never ids. `Metrics` records it,
or does nothing at all where nobody scrapes and nobody collects.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from itertools import product
from typing import Any

from google.protobuf.message import Message
from opentelemetry.metrics import CallbackOptions, Meter, Observation

from servicekit.core import AnySelect

OTHER = "other"
"""What a label says whose value is not among those that it may have."""

_UNTIMED = nullcontext()

Labels = Mapping[str, str]
Record = Callable[[float], None]
Reading = tuple[Labels, float]


class Kind(StrEnum):
    """What a metric does."""

    COUNTER = "counter"
    HISTOGRAM = "histogram"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class Metric:
    """`name` and `unit` as OpenTelemetry has them; `labels` with their values."""

    name: str
    kind: Kind
    description: str
    unit: str = ""
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """No values: names out of our own code or settings, of which there are few."""
    buckets: Sequence[float] = ()
    """A histogram's upper bounds."""

    def bounded(self, labels: Labels) -> dict[str, str]:
        """These labels, with a value that none should have as `OTHER`; KeyError for a label that is not declared."""
        known = self.labels
        return {name: value if not known[name] or value in known[name] else OTHER for name, value in labels.items()}


@dataclass(frozen=True, slots=True)
class Counted:
    """A counter that goes up when a unit commits: with each event of these types, and where handlers say so.

    Each type has a function from the event to its labels, or to None for one that does not count.
    """

    metric: Metric
    events: Mapping[type[Message], Callable[[Any], Labels | None]] = field(default_factory=dict)
    from_zero: bool = False
    """Told with all its labels from the start: an alert on the first time needs a value before it."""
    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Of labels without values of their own, those that the settings name, for `from_zero`."""

    def all_labels(self) -> Iterator[Labels]:
        """Each combination that it may be told with."""
        labels = self.metric.labels
        values = (known or self.named[name] for name, known in labels.items())
        return (dict(zip(labels, each, strict=True)) for each in product(*values))


@dataclass(frozen=True, slots=True)
class Measured:
    """A gauge that `work` processes ask the database for: rows of label values, in their order, and the number.

    The query runs every few seconds, so it must find its rows by an index, or in a table that stays small.
    """

    metric: Metric
    query: Callable[[datetime], AnySelect]


class Metrics:
    """The instruments of one running service; without a meter nothing is recorded."""

    def __init__(
        self,
        meter: Meter | None = None,
        counts: Sequence[Counted] = (),
        port: int = 0,
        close: Callable[[], None] | None = None,
    ) -> None:
        self._meter = meter
        self._close = close
        self.port = port
        """Of the endpoint that Prometheus scrapes; 0 without one."""
        self._instruments: dict[str, Callable[..., None]] = {}
        self._records: dict[tuple[str, frozenset[tuple[str, str]]], Record] = {}
        self._events: dict[type[Message], list[tuple[Metric, Callable[[Any], Labels | None]]]] = {}
        for counted in counts if meter else ():
            for kind, labels in counted.events.items():
                self._events.setdefault(kind, []).append((counted.metric, labels))
            if counted.from_zero:
                for combination in counted.all_labels():
                    self.recorder(counted.metric, combination)(0)

    @property
    def is_on(self) -> bool:
        """False when whatever is recorded goes nowhere."""
        return self._meter is not None

    def recorder(self, metric: Metric, labels: Labels) -> Record:
        """What records a value with these labels; whoever records often keeps it."""
        if self._meter is None:
            return _nothing
        attributes = metric.bounded(labels)
        key = (metric.name, frozenset(attributes.items()))
        record = self._records.get(key)
        if record is None:
            record = self._records[key] = partial(self._instrument(metric), attributes=attributes)
        return record

    def timed(self, metric: Metric, labels: Labels) -> AbstractContextManager[None]:
        """Records how many seconds the block takes; `error.type` is added when an exception leaves it."""
        return self._timed(metric, labels) if self._meter else _UNTIMED

    @contextmanager
    def _timed(self, metric: Metric, labels: Labels) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        except Exception as error:
            failed = {**labels, "error.type": type(error).__qualname__}
            self.recorder(metric, failed)(time.perf_counter() - started)
            raise
        self.recorder(metric, labels)(time.perf_counter() - started)

    def observe(self, metric: Metric, read: Callable[[], Iterable[Reading]]) -> None:
        """Has a gauge read whenever somebody collects; `read` must be quick and must not raise."""

        def observations(_: CallbackOptions) -> list[Observation]:
            return [Observation(value, metric.bounded(labels)) for labels, value in read()]

        if self._meter is not None:
            self._meter.create_observable_gauge(metric.name, [observations], metric.unit, metric.description)

    def counts_of(self, message: Message) -> list[tuple[Metric, Labels]]:
        """What is to be counted once this event is committed."""
        found = ((metric, labels(message)) for metric, labels in self._events.get(type(message), ()))
        return [(metric, labels) for metric, labels in found if labels is not None]

    def close(self) -> None:
        """Sends what is still held, and ends the endpoint."""
        if self._close is not None:
            self._close()

    def _instrument(self, metric: Metric) -> Callable[..., None]:
        """The method that records it."""
        assert self._meter is not None
        record = self._instruments.get(metric.name)
        if record is None:
            told = (metric.name, metric.unit, metric.description)
            if metric.kind is Kind.COUNTER:
                record = self._meter.create_counter(*told).add
            else:
                bounds = metric.buckets or None
                record = self._meter.create_histogram(*told, explicit_bucket_boundaries_advisory=bounds).record
            self._instruments[metric.name] = record
        return record


def _nothing(value: float) -> None:
    """Nobody is interested."""
