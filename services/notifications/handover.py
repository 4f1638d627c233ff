"""Handing messages over to a provider, each in the trace of what caused it (N4, P3)."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass

import structlog
from opentelemetry.trace import Span, SpanKind

from notifications.domain.delivery import Result
from notifications.domain.notification import Message, Notification, Outcome
from notifications.domain.routing import Contact, Route
from notifications.providers.port import Outgoing, Provider
from servicekit.errors import Unavailable
from servicekit.telemetry import span

_log = structlog.get_logger()
_FAILED = Result(Outcome.TEMPORARY, "PROVIDER_ERROR")
_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed notification with its address and text."""

    notification: Notification
    contact: Contact | None
    route: Route
    message: Message
    traceparent: str

    def outgoing(self) -> Outgoing:
        """What the provider gets."""
        n, route = self.notification, self.route
        return Outgoing(
            key=n.message_key(route),
            notification_id=n.id,
            channel=route.channel,
            address=route.address,
            language=route.language,
            subject=self.message.subject,
            body=self.message.body,
            failures=n.failures(route),
        )


def hand_over(provider: Provider, batch: Sequence[Ready]) -> Sequence[Result]:
    """The provider's results, one a message, or none of the last ones for which it had no time.

    When a provider raises, nothing is known of any message of the call. They are handed over again one by one, under
    the same keys, so that the one that it stumbles over fails alone; until it raises at some in a row, for then it is
    not the messages' fault, and the rest would only be tried in vain.
    """
    try:
        return _send(provider, batch)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001
        _log.error("provider failed", provider=type(provider).__name__, messages=len(batch), exc_info=error)
    return _one_by_one(provider, batch) if len(batch) > 1 else [_FAILED]


def _one_by_one(provider: Provider, batch: Sequence[Ready]) -> Sequence[Result]:
    results: list[Result] = []
    for each in batch:
        if results[-_IN_A_ROW:] == [_FAILED] * _IN_A_ROW:
            return results + [_FAILED] * (len(batch) - len(results))
        try:
            results += _send(provider, [each])
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001
            _log.error("provider failed", provider=type(provider).__name__, messages=1, error=repr(error))
            results.append(_FAILED)
    return results


def _send(provider: Provider, batch: Sequence[Ready]) -> Sequence[Result]:
    with ExitStack() as open_spans:
        spans = [open_spans.enter_context(_span(each)) for each in batch]
        results = provider.send([each.outgoing() for each in batch])
        if not 1 <= len(results) <= len(batch):
            raise ValueError(f"{len(results)} results for {len(batch)} messages")
        for current, result in zip(spans, results, strict=False):
            current.set_attribute("hearthline.outcome", result.outcome.value)
            current.set_attribute("hearthline.reason", result.reason)
        return results


def _span(ready: Ready) -> AbstractContextManager[Span]:
    attributes = {
        "hearthline.notification": ready.notification.name,
        "hearthline.template": ready.notification.template_code,
        "hearthline.channel": ready.route.channel.value,
    }
    return span(f"send {ready.route.channel}", ready.traceparent, SpanKind.CLIENT, attributes)
