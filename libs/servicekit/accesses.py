"""Reads of people's data: each is kept, with who read what, before its reply leaves (C9).

A row is one insert of its own, after the read. Where it cannot be written, the read is refused: nobody sees what nobody
could account for afterwards. Commands are not reads: the audit says who made them, and they show what they changed.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import cache
from typing import Any

import psycopg
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from hearthline.options.v1.personal_pb2 import Personal
from servicekit.calls import Call
from servicekit.errors import DomainError, Unavailable
from servicekit.ids import new_id
from servicekit.kit import Kit
from servicekit.personal.messages import Field, parts_of
from servicekit.tables import accesses
from servicekit.telemetry import current_trace_id

KINDS = tuple(kind for kind in Personal.values() if kind not in (Personal.PERSONAL_UNSPECIFIED, Personal.PERSONAL_NONE))
"""All that can be told of a person."""

_NAMES = Personal.DESCRIPTOR.values_by_number

_NAMING = ("name", "customer", "customers", "recipient")
"""Fields that say of what a message tells, and whose it is."""

_MOST = 2000
"""So many resources are kept of one read: more than a page has, unless each has many customers."""


def told_by(reply: Any, fields: tuple[Field, ...]) -> tuple[dict[str, None], set[int]]:
    """Of which resources a reply tells something of people, in their order, and which kinds of it."""
    resources: dict[str, None] = {}
    kinds: set[int] = set()
    for kind, about in _told(reply, fields, ()):
        kinds.add(kind)
        resources.update(dict.fromkeys(about))
    return resources, kinds


def keep_access(kit: Kit, call: Call, resources: Collection[str], kinds: Collection[int]) -> None:
    """Keeps that a call reads this; nothing where no kind of personal data is in it. Errors: Unavailable."""
    if not kinds:
        return
    row = {
        "id": new_id(),
        "time": kit.clock.now(),
        "reader": call.identity.subject,
        "roles": sorted(call.identity.roles),
        "method": call.method,
        "resources": list(resources)[:_MOST],
        "resource_count": len(resources),
        "kinds_in_clear": [_NAMES[kind].name for kind in sorted(set(kinds) - call.hidden)],
        "trace_id": current_trace_id(),
    }
    try:
        with kit.unit() as uow:
            uow.insert(accesses, row)
            uow.commit(None)
    except (DomainError, psycopg.Error) as error:
        raise Unavailable("what this call reads cannot be accounted for", reason="ACCESS_NOT_KEPT") from error


def _told(message: Any, fields: tuple[Field, ...], above: Iterable[str]) -> Iterator[tuple[int, Iterable[str]]]:
    """The kind of each personal field that is not empty, and of what it tells."""
    about = tuple(_resources(message)) or above
    for field in fields:
        if field.within:
            for part in parts_of(message, field):
                yield from _told(part, field.within, about)
        elif getattr(message, field.name):
            yield field.kind, about


def _resources(message: Any) -> Iterator[str]:
    for field, is_repeated in _naming(message.DESCRIPTOR):
        value = getattr(message, field)
        for name in value if is_repeated else (value,):
            if name:
                # Of a part, such as an entry of a timeline, what it is a part of: that is what is asked for.
                yield "/".join(name.split("/", 2)[:2])


@cache
def _naming(message: Descriptor) -> tuple[tuple[str, bool], ...]:
    found = (message.fields_by_name.get(name) for name in _NAMING)
    return tuple((f.name, f.is_repeated) for f in found if f is not None and f.type == FieldDescriptor.TYPE_STRING)
