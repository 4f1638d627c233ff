"""Small makers of domain objects."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from notifications.domain.backoff import RetryPolicy
from notifications.domain.channel import Channel, Language
from notifications.domain.delivery import DeliveryPolicy
from notifications.domain.notification import Notification
from notifications.domain.routing import Contact, ContactPoint, Route
from notifications.domain.template import Template, TemplateState, Text, Variable
from notifications.domain.values import Kind

NOW = datetime(2026, 1, 15, 1, 0, tzinfo=UTC)
PHONE = "+8613800000001"
MAIL = "li@example.com"

POLICY = DeliveryPolicy(
    RetryPolicy(), frozenset(Channel), contact_timeout=timedelta(days=1), longest_life=timedelta(days=3)
)


def point(
    channel: Channel = Channel.SMS, address: str = PHONE, *, consented: bool = True, preferred: bool = False
) -> ContactPoint:
    return ContactPoint(channel, address, Language.ZH, consented, preferred)


def contact(*points: ContactPoint) -> Contact:
    return Contact("李雷", points)


def route(channel: Channel = Channel.SMS, address: str = PHONE) -> Route:
    return Route(channel, address, Language.ZH)


def notification(**changes: object) -> Notification:
    fields: dict[str, object] = {
        "id": "8a5c0a53-6a37-5b6e-9c39-0e2b3ef0d5d1",
        "template_code": "ticket-received",
        "recipient": "customers/1",
        "variables": {},
        "related_resource": "tickets/1",
        "due": NOW,
        "create_time": NOW,
        "update_time": NOW,
    }
    return Notification(**{**fields, **changes})  # type: ignore[arg-type]


def template(variables: Mapping[str, Kind], zh: str, en: str, subject: str = "s") -> Template:
    return Template(
        code="note",
        number=1,
        variables=tuple(Variable(name, kind) for name, kind in variables.items()),
        texts={Language.ZH: Text(subject, zh), Language.EN: Text(subject, en)},
        state=TemplateState.DRAFT,
        create_time=NOW,
        update_time=NOW,
    )
