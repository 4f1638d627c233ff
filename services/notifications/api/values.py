"""Values of templates between protobuf and the domain."""

from collections.abc import Mapping

from hearthline.notifications.v1 import templates_pb2 as pb
from notifications.domain.values import Link, Money, Term, Value
from servicekit.times import instant, to_timestamp


def values_from(given: Mapping[str, pb.TemplateValue]) -> dict[str, Value]:
    """Values by variable; protovalidate saw to it that each has one."""
    return {name: _value(value) for name, value in given.items()}


def value_to_proto(value: Value) -> pb.TemplateValue:
    """A value as its case of TemplateValue."""
    match value:
        case str():
            return pb.TemplateValue(text=value)
        case int():
            return pb.TemplateValue(integer=value)
        case Money():
            return pb.TemplateValue(money=pb.Money(amount=value.amount, currency_code=value.currency))
        case Term():
            return pb.TemplateValue(term=value.code)
        case Link():
            return pb.TemplateValue(link=value.url)
        case _:
            return pb.TemplateValue(time=to_timestamp(value))


def _value(value: pb.TemplateValue) -> Value:
    match value.WhichOneof("value"):
        case "integer":
            return value.integer
        case "time":
            return instant(value.time)
        case "money":
            return Money(value.money.amount, value.money.currency_code)
        case "term":
            return Term(value.term)
        case "link":
            return Link(value.link)
        case _:
            return value.text
