"""Rules of our protos that buf does not know: limits on what comes in, and the Google AIPs we keep."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module

from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor, MethodDescriptor

from tests.architecture.tree import LIBS

READS = (
    "Get",
    "List",
    "Search",
    "Count",
    "Preview",
    "Find",
    "Check",
    "Recognize",
    "Recognise",
    "Lookup",
    "Wait",
    "Watch",
)
# Rules that bound a string's length as well as max_len does.
BOUNDING = {
    "max_len",
    "max_bytes",
    "len",
    "len_bytes",
    "const",
    "in",
    "uuid",
    "tuuid",
    "email",
    "ip",
    "well_known_regex",
}


@cache
def files() -> tuple[FileDescriptor, ...]:
    api = LIBS / "api"
    stubs = sorted(path.relative_to(api).with_suffix("") for path in api.glob("hearthline/**/*_pb2.py"))
    assert stubs, "no stubs: run make proto"
    return tuple(import_module(".".join(stub.parts)).DESCRIPTOR for stub in stubs)


def methods() -> Iterator[MethodDescriptor]:
    for file in files():
        for service in file.services_by_name.values():
            yield from service.methods


def commands() -> Iterator[MethodDescriptor]:
    """Methods that change something."""
    return (method for method in methods() if not method.name.startswith(READS))


def incoming() -> dict[str, FieldDescriptor]:
    """Every field that a caller can fill, by its full name; what a resource only gives out is among them."""
    found: dict[str, FieldDescriptor] = {}
    waiting: list[Descriptor] = [method.input_type for method in methods()]
    while waiting:
        for field in waiting.pop().fields:
            if field.full_name not in found:
                found[field.full_name] = field
                if field.message_type is not None and field.message_type.full_name.startswith("hearthline."):
                    waiting.append(field.message_type)
    return found


def rules(field: FieldDescriptor) -> validate_pb2.FieldRules:
    options: validate_pb2.FieldRules = field.GetOptions().Extensions[validate_pb2.field]
    return options


def is_bounded(text: validate_pb2.StringRules) -> bool:
    counted = "{" in text.pattern and not set("*+") & set(text.pattern)
    return counted or any(field.name in BOUNDING for field, _ in text.ListFields())


def is_entry(message: Descriptor | None) -> bool:
    """True for the pairs that a map is made of."""
    return message is not None and message.GetOptions().map_entry


def is_checked(choice: validate_pb2.EnumRules) -> bool:
    return choice.defined_only or bool(getattr(choice, "in"))


def test_every_incoming_string_is_bounded() -> None:
    unbounded = [
        name
        for name, field in incoming().items()
        if field.type == FieldDescriptor.TYPE_STRING and not is_entry(field.containing_type)
        if not is_bounded(rules(field).repeated.items.string if field.is_repeated else rules(field).string)
    ]
    assert unbounded == []


def test_every_incoming_key_is_bounded() -> None:
    unbounded = [
        name
        for name, field in incoming().items()
        if is_entry(field.message_type) and rules(field).HasField("map")
        if not is_bounded(rules(field).map.keys.string)
    ]
    assert unbounded == []


def test_every_incoming_list_is_bounded() -> None:
    unbounded = [
        name
        for name, field in incoming().items()
        if field.is_repeated
        if not (rules(field).map.max_pairs if is_entry(field.message_type) else rules(field).repeated.max_items)
    ]
    assert unbounded == []


def test_every_command_takes_a_request_id() -> None:
    """AIP-155: a retried call changes nothing twice."""
    without = [
        method.full_name
        for method in commands()
        if not (
            (field := method.input_type.fields_by_name.get("request_id"))
            and rules(field).string.uuid
            and rules(field).ignore == validate_pb2.IGNORE_IF_ZERO_VALUE
        )
    ]
    assert without == []


def test_every_list_is_paged() -> None:
    """AIP-158."""
    unpaged = [
        method.full_name
        for method in methods()
        if method.name.startswith(("List", "Search"))
        if not (
            {"page_size", "page_token"} <= set(method.input_type.fields_by_name)
            and "next_page_token" in method.output_type.fields_by_name
        )
    ]
    assert unpaged == []


def test_every_enum_of_requests_is_checked() -> None:
    """A number that no version knows is a caller's mistake, not a state."""
    unchecked = [
        name
        for name, field in incoming().items()
        if field.type == FieldDescriptor.TYPE_ENUM and field.name != "state"  # what a resource only gives out
        if not is_checked(rules(field).repeated.items.enum if field.is_repeated else rules(field).enum)
    ]
    assert unchecked == []
