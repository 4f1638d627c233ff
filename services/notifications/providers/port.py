"""The port behind which every channel is the same (N1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from notifications.domain.channel import Channel, Language
from notifications.domain.delivery import Result


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message ready to be handed over."""

    key: str
    """Idempotency key: a provider that knows keys sends a key once, however often it is handed over."""
    notification_id: str
    channel: Channel
    address: str
    language: Language
    subject: str
    body: str
    failures: int = 0
    """How often this address failed before."""


class Provider(Protocol):
    """Takes messages, several at once because every real provider has one connection or one call for many."""

    def send(self, messages: Sequence[Outgoing]) -> Sequence[Result]:
        """One result a message, in their order; never inside a database transaction (N4).

        Of the last ones there may be none, though one at least: time was up, nobody was given them, and they are
        claimed again when their lease runs out.

        What the provider says is a result, also a refusal. Raises only when nothing is known of any message;
        the caller then may hand all of them over again under the same keys.
        """
        ...
