"""What an operator may set; HEARTHLINE_* (N1, N4)."""

from datetime import timedelta
from enum import StrEnum

from pydantic import Field, field_validator

from notifications.domain.backoff import RetryPolicy
from notifications.domain.breaker import BreakerPolicy
from notifications.domain.channel import Channel, Language
from notifications.domain.delivery import DeliveryPolicy
from notifications.domain.routing import Route
from servicekit.contacts.phones import takes_texts
from servicekit.settings import ServiceSettings


class Behaviour(StrEnum):
    """What the sandbox does with an address instead of accepting and delivering."""

    PERMANENT = "permanent"
    TEMPORARY = "temporary"
    TEMPORARY_ONCE = "temporary_once"
    UNDELIVERED = "undelivered"
    SILENT = "silent"
    """Accepted, and never a receipt."""


class Settings(ServiceSettings):
    """Durations as ISO 8601 or seconds; mappings as JSON."""

    providers: dict[Channel, str] = Field(
        default=dict.fromkeys(Channel, "sandbox"),
        description="'sandbox' or 'smtp' (email only) by channel; a channel that is left out is not offered",
    )
    send_batch: int = Field(default=100, ge=1, le=1000, description="messages claimed and finished at once")
    send_lease: timedelta = Field(
        default=timedelta(minutes=5), description="real time after which a claimed message is taken from a dead worker"
    )
    retry_first: timedelta = Field(
        default=timedelta(seconds=30), gt=timedelta(0), description="pause after an address failed; it doubles"
    )
    retry_longest: timedelta = Field(default=timedelta(minutes=30), gt=timedelta(0), description="longest such pause")
    breaker_threshold: int = Field(
        default=5, ge=1, le=1000, description="messages in a row that fail before a channel's provider is left alone"
    )
    breaker_longest: timedelta = Field(
        default=timedelta(minutes=5), gt=timedelta(0), description="longest pause before such a provider is tried again"
    )
    contact_timeout: timedelta = Field(
        default=timedelta(days=1), description="how long a message waits for a customer not known yet"
    )
    message_life: timedelta = Field(
        default=timedelta(days=3), description="the longest that any message is worth sending"
    )
    message_retention: timedelta = Field(
        default=timedelta(days=730), gt=timedelta(0), description="how long it is kept what a message said, and to whom"
    )
    staff_contacts: dict[str, str] = Field(
        default={
            "crew_lead": "sms:+8613800000101",
            "department": "sms:+8613800000102",
            "company": "sms:+8613800000103",
            "complaints": "sms:+8613800000104",
        },
        description="channel:address by level of the escalation ladder, and of the complaints desk; whoever is left out"
        " gets no message",
    )
    staff_language: Language = Language.ZH
    survey_link: str = Field(
        default="https://hearthline.example/surveys/{token}", description="page of a survey; {token} is filled in"
    )
    sandbox_behaviour: dict[str, Behaviour] = Field(
        default={
            "sms:97": Behaviour.PERMANENT,
            "sms:98": Behaviour.TEMPORARY_ONCE,
            "sms:99": Behaviour.UNDELIVERED,
        },
        description="by [channel:]ending of the address (of what is before the @ in an e-mail address)",
    )
    sandbox_receipt_delay: timedelta = timedelta(0)
    smtp_host: str = "localhost"
    smtp_port: int = Field(default=25, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: str = Field(default="", repr=False)
    smtp_starttls: bool = False
    smtp_timeout: timedelta = Field(default=timedelta(seconds=10), gt=timedelta(0))
    smtp_sender: str = Field(default="service@hearthline.example", description="From; its domain is in Message-IDs")

    @field_validator("providers")
    @classmethod
    def _known_providers(cls, providers: dict[Channel, str]) -> dict[Channel, str]:
        for channel, provider in providers.items():
            if provider != "sandbox" and (provider, channel) != ("smtp", Channel.EMAIL):
                raise ValueError(f"{provider!r} cannot send {channel}")
        return providers

    @field_validator("staff_contacts")
    @classmethod
    def _readable_contacts(cls, contacts: dict[str, str]) -> dict[str, str]:
        for level, contact in contacts.items():
            channel, _, address = contact.partition(":")
            if channel not in set(Channel) or not address:
                raise ValueError(f"{level}: {contact!r} is not channel:address")
            if channel == Channel.SMS and not takes_texts(address):
                raise ValueError(f"{level}: {address} takes no text messages")
        return contacts

    @field_validator("survey_link")
    @classmethod
    def _holds_token(cls, link: str) -> str:
        if "{token}" not in link:
            raise ValueError("must contain {token}")
        return link

    def delivery(self) -> DeliveryPolicy:
        """The rules of delivery."""
        return DeliveryPolicy(
            RetryPolicy(self.retry_first, self.retry_longest),
            frozenset(self.providers),
            self.contact_timeout,
            self.message_life,
        )

    def breaker(self) -> BreakerPolicy:
        """When a channel's provider counts as away."""
        pauses = RetryPolicy(min(self.retry_first, self.breaker_longest), self.breaker_longest)
        return BreakerPolicy(self.breaker_threshold, pauses, self.send_batch)

    def staff_route(self, level: str) -> Route | None:
        """Where to reach whoever answers for a level; None when nobody is set."""
        channel, _, address = self.staff_contacts.get(level, "").partition(":")
        return Route(Channel(channel), address, self.staff_language) if address else None
