"""Every field that sounds personal says what it tells of a person, or that it is nobody's (C9)."""

import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from hearthline.options.v1 import personal_pb2
from servicekit.listing import Listing
from servicekit.personal.columns import Personal
from servicekit.personal.messages import kind_of
from tests.architecture.test_protos import files, methods
from tests.e2e.tables import SERVICES, metadata_of

SOUNDS_PERSONAL = re.compile(
    r"phone|e_?mail|address|contact|complainant|caller|recipient|signature|comment|display_name|full_name|person"
    r"|link_token|birth|identity|wechat"
)


def shown() -> Iterator[Descriptor]:
    """Every message that a reply or an event may hold."""
    events = [m for f in files() if f.name.endswith("/events.proto") for m in f.message_types_by_name.values()]
    waiting, seen = [*events, *(method.output_type for method in methods())], set[str]()
    while waiting:
        message = waiting.pop()
        if message.full_name not in seen and message.full_name.startswith("hearthline."):
            seen.add(message.full_name)
            yield message
            waiting += [field.message_type for field in message.fields if field.message_type is not None]


def is_text(field: FieldDescriptor) -> bool:
    entry = field.message_type
    return field.type == FieldDescriptor.TYPE_STRING or bool(
        entry and entry.GetOptions().map_entry and is_text(entry.fields_by_name["value"])
    )


def test_a_field_that_sounds_personal_is_marked() -> None:
    unmarked = [
        field.full_name
        for message in shown()
        for field in message.fields
        if is_text(field) and SOUNDS_PERSONAL.search(field.name) and not kind_of(field)
    ]
    assert unmarked == []


def test_only_texts_are_marked() -> None:
    marked = [field for message in shown() for field in message.fields if kind_of(field)]
    assert marked
    assert [field.full_name for field in marked if not is_text(field)] == []


def test_marks_are_known_kinds() -> None:
    assert {kind_of(f) for m in shown() for f in m.fields} <= set(personal_pb2.Personal.values())


OF_THE_KIT = {"requests.reply", "personal_data_records.data"}
"""Sealed in every service, whatever it is about."""


def test_every_service_that_hears_of_people_has_personal_columns() -> None:
    without = {service for service in SERVICES if sealed_columns(service) == OF_THE_KIT}
    assert without == {"billing"}


def test_no_list_is_filtered_or_sorted_by_what_is_sealed() -> None:
    """It would compare what nobody can read, and a page's token would tell it."""
    offered = [
        f"{service}.{name}: {field}"
        for service in SERVICES
        for name, listing in listings(service)
        for field, column in listing.columns.items()
        if isinstance(column.type, Personal)
    ]
    assert offered == []


def test_no_list_is_filtered_or_sorted_by_what_is_masked() -> None:
    """Whoever sees it masked would learn it from a page's token, or by asking whether it is more than this or that."""
    marks = {(m.full_name.split(".")[1], field.name, kind_of(field)) for m in shown() for field in m.fields}
    nobodys = {(service, name) for service, name, kind in marks if kind == personal_pb2.PERSONAL_NONE}
    masked = {(service, name) for service, name, kind in marks if kind > personal_pb2.PERSONAL_NONE}
    offered = {(service, name) for service in SERVICES for _, listing in listings(service) for name in listing.columns}
    # Names that are in one message a person's and in another a cell's are left to whoever reads this.
    assert (masked - nobodys) & offered == set()


def listings(service: str) -> Iterator[tuple[str, Listing]]:
    for module in iter_modules(import_module(f"{service}.store").__path__):
        for name, value in vars(import_module(f"{service}.store.{module.name}")).items():
            if isinstance(value, Listing):
                yield name, value


def sealed_columns(service: str) -> set[str]:
    tables = metadata_of(service).tables.values()
    return {f"{t.name}.{c.name}" for t in tables for c in t.columns if isinstance(c.type, Personal)}
