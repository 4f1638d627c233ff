"""docs/internal-systems.md names every field of an event that is encrypted, and every attribute (C9)."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from google.protobuf.descriptor import Descriptor

from hearthline.workorders.v1.events_pb2 import TicketCreated
from hearthline_cli.laptop import SERVICES
from servicekit import cloudevents
from servicekit.personal.messages import Field, fields_of
from tests.support.running import MORNING

PAGE = Path(__file__).parents[2] / "docs" / "internal-systems.md"
_BEGIN, _END = "<!-- encrypted fields: tests/servicekit/test_internal_systems.py -->\n", "<!-- end -->"


def _paths(fields: tuple[Field, ...], before: str = "") -> Iterator[str]:
    for field in fields:
        yield from _paths(field.within, f"{before}{field.name}.") if field.within else [f"{before}{field.name}"]


def _messages() -> Iterator[tuple[str, Descriptor]]:
    for service in SERVICES:
        file = import_module(f"hearthline.{service}.v1.events_pb2").DESCRIPTOR
        yield from ((service, kind) for kind in file.message_types_by_name.values())


def table() -> str:
    """The encrypted fields of every message of the services' events."""
    rows = [
        f"| {service} | `{kind.name}` | {', '.join(f'`{path}`' for path in _paths(fields))} |"
        for service, kind in _messages()
        if (fields := fields_of(kind))
    ]
    return "\n".join(["| events of | message | encrypted |", "|---|---|---|", *rows, ""])


def test_the_page_has_every_encrypted_field() -> None:
    text = PAGE.read_text("utf-8")
    assert text[text.index(_BEGIN) + len(_BEGIN) : text.index(_END)] == table()


def test_the_page_has_every_header_of_an_event() -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = cloudevents.headers(TicketCreated(), "workorders", "tickets/1", 1, MORNING, trace)
    assert headers.keys() <= set(re.findall(r"`([a-z_-]+)`", PAGE.read_text("utf-8")))


if __name__ == "__main__":
    before, _, rest = PAGE.read_text("utf-8").partition(_BEGIN)
    PAGE.write_text(before + _BEGIN + table() + _END + rest.partition(_END)[2], "utf-8")
