"""Partner banks and the keys that they sign with (B2)."""

from dataclasses import dataclass, field
from datetime import datetime

from servicekit.errors import InvalidArgument


@dataclass(frozen=True, slots=True)
class BankKey:
    """A public key and when it is accepted: from `valid_from` on and before `valid_to`, always where unset."""

    kid: str
    jwk: str
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """True when signatures with it are accepted now."""
        return (self.valid_from is None or self.valid_from <= now) and (self.valid_to is None or now < self.valid_to)


@dataclass(frozen=True, slots=True)
class Bank:
    """A partner that publishes payment events."""

    id: str
    display_name: str
    create_time: datetime
    update_time: datetime
    keys: tuple[BankKey, ...] = field(default=())
    version: int = 1

    @property
    def name(self) -> str:
        return f"banks/{self.id}"

    @property
    def payments_topic(self) -> str:
        return payments_topic(self.id)

    @property
    def replies_topic(self) -> str:
        return f"hearthline.bank.{self.id}.replies.v1"

    def key(self, kid: str) -> BankKey | None:
        """Its key of this id, valid or not."""
        return next((key for key in self.keys if key.kid == kid), None)

    def check(self) -> "Bank":
        """Itself, when it can be stored; the keys themselves are checked where they can be read."""
        if not self.display_name:
            raise InvalidArgument("bank.display_name", "must not be empty")
        kids = [key.kid for key in self.keys]
        for number, key in enumerate(self.keys):
            if key.kid in kids[:number]:
                raise InvalidArgument(f"bank.keys[{number}].kid", "is there twice")
            if key.valid_from and key.valid_to and key.valid_from >= key.valid_to:
                raise InvalidArgument(f"bank.keys[{number}].valid_to_time", "must be after valid_from_time")
        return self


def payments_topic(bank_id: str) -> str:
    """Where a bank publishes its payment events."""
    return f"hearthline.bank.{bank_id}.payments.v1"
