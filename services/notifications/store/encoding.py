"""Values, routes and attempts as JSON in rows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from notifications.domain.channel import Channel, Language
from notifications.domain.notification import Attempt, Outcome
from notifications.domain.routing import Contact, ContactPoint, Route
from notifications.domain.values import Link, Money, Term, Value
from servicekit.contacts.phones import takes_texts


def encode_value(value: Value) -> Any:
    """Texts and integers as they are, the others in an object that names their kind."""
    match value:
        case datetime():
            return {"time": value.isoformat()}
        case Money():
            return {"amount": value.amount, "currency": value.currency}
        case Term():
            return {"term": value.code}
        case Link():
            return {"link": value.url}
        case _:
            return value


def decode_value(data: Any) -> Value:
    """Undoes `encode_value`."""
    match data:
        case {"time": at}:
            return datetime.fromisoformat(at)
        case {"amount": amount, "currency": currency}:
            return Money(amount, currency)
        case {"term": code}:
            return Term(code)
        case {"link": url}:
            return Link(url)
        case str() | int():
            return data
        case _:
            raise ValueError(f"no value: {data!r}")


def encode_values(values: Mapping[str, Value]) -> dict[str, Any]:
    return {name: encode_value(value) for name, value in values.items()}


def decode_values(data: Mapping[str, Any]) -> dict[str, Value]:
    return {name: decode_value(value) for name, value in data.items()}


def encode_route(route: Route) -> dict[str, str]:
    return {"channel": route.channel.value, "address": route.address, "language": route.language.value}


def decode_route(data: Mapping[str, str]) -> Route:
    return Route(Channel(data["channel"]), data["address"], Language(data["language"]))


def encode_attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "route": encode_route(attempt.route),
        "message_key": attempt.message_key,
        "outcome": attempt.outcome.value,
        "reason": attempt.reason,
        "time": attempt.time.isoformat(),
    }


def decode_attempt(data: Mapping[str, Any]) -> Attempt:
    return Attempt(
        decode_route(data["route"]),
        data["message_key"],
        Outcome(data["outcome"]),
        data["reason"],
        datetime.fromisoformat(data["time"]),
    )


def encode_point(point: ContactPoint) -> dict[str, Any]:
    return {
        "channel": point.channel.value,
        "address": point.address,
        "language": point.language.value,
        "consented": point.consented,
        "preferred": point.preferred,
    }


def decode_contact(display_name: str, points: list[Mapping[str, Any]]) -> Contact:
    """A customer's contacts out of their row.

    The kind of a number decides again what it can be used for: facts from before took land lines for mobile phones.
    """
    return Contact(
        display_name,
        tuple(
            ContactPoint(_usable(p), p["address"], Language(p["language"]), p["consented"], p["preferred"])
            for p in points
        ),
    )


def _usable(point: Mapping[str, Any]) -> Channel:
    channel = Channel(point["channel"])
    return Channel.VOICE if channel is Channel.SMS and not takes_texts(point["address"]) else channel
