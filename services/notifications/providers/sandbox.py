"""The provider of laptops and simulations: keeps what would have been sent, and misbehaves by rule (N1)."""

from collections.abc import Sequence
from typing import Any

from notifications.domain.channel import Channel
from notifications.domain.delivery import Result
from notifications.domain.notification import Outcome
from notifications.providers.port import Outgoing
from notifications.settings import Behaviour, Settings
from notifications.store.sandbox import keep_messages
from servicekit.kit import Kit
from servicekit.uow import UnitOfWork


class Sandbox:
    """Knows its messages by key, as good providers do: the same key again is accepted and kept once."""

    def __init__(self, kit: Kit, settings: Settings) -> None:
        self._kit, self._settings = kit, settings

    def send(self, messages: Sequence[Outgoing]) -> Sequence[Result]:
        """See `Provider.send`; raises Unavailable when its own database is away."""
        results = [self._judge(message) for message in messages]
        with self._kit.unit() as uow:
            accepted = [m for m, r in zip(messages, results, strict=True) if r.outcome is Outcome.ACCEPTED]
            if accepted:
                keep_messages(uow, [self._row(uow, message) for message in accepted])
                uow.commit(None)
        return results

    def _judge(self, message: Outgoing) -> Result:
        match self._behaviour(message):
            case Behaviour.PERMANENT:
                return Result(Outcome.PERMANENT, "SANDBOX_UNKNOWN_ADDRESS")
            case Behaviour.TEMPORARY:
                return Result(Outcome.TEMPORARY, "SANDBOX_BUSY")
            case Behaviour.TEMPORARY_ONCE if message.failures == 0:
                return Result(Outcome.TEMPORARY, "SANDBOX_BUSY")
            case _:
                return Result(Outcome.ACCEPTED)

    def _behaviour(self, message: Outgoing) -> Behaviour | None:
        # The longest ending decides, so that a rule for one address may differ from the rule for many.
        number = message.address.partition("@")[0]
        rules = self._settings.sandbox_behaviour
        fitting = [rule for rule in rules if _fits(rule, message.channel, number)]
        return rules[max(fitting, key=len)] if fitting else None

    def _row(self, uow: UnitOfWork, message: Outgoing) -> dict[str, Any]:
        behaviour = self._behaviour(message)
        receipt = Outcome.UNDELIVERED if behaviour is Behaviour.UNDELIVERED else Outcome.DELIVERED
        due = None if behaviour is Behaviour.SILENT else uow.now + self._settings.sandbox_receipt_delay
        return {
            "message_key": message.key,
            "notification_id": message.notification_id,
            "channel": message.channel.value,
            "address": message.address,
            "subject": message.subject,
            "body": message.body,
            "create_time": uow.now,
            "receipt": receipt.value,
            "receipt_due": due,
        }


def _fits(rule: str, channel: Channel, number: str) -> bool:
    named, colon, ending = rule.rpartition(":")
    return number.endswith(ending) and (not colon or named == channel)
