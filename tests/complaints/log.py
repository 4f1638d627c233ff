"""What a complaints service has published, read from its outbox."""

import json

import psycopg
from google.protobuf.message import Message

from hearthline.complaints.v1 import events_pb2
from servicekit.personal.messages import opened_event
from tests.support.running import RunningService


def published(complaints: RunningService) -> list[Message]:
    """Every fact so far, in the order of the outbox."""
    with psycopg.connect(complaints.kit.settings.database_url) as connection:
        rows = connection.execute("SELECT headers, value FROM outbox ORDER BY seq").fetchall()
    return [opened_event(complaints.kit.keyring, _fact(headers, value)) for headers, value in rows]


def _fact(headers: dict[str, str] | str, value: bytes) -> Message:
    kinds = json.loads(headers) if isinstance(headers, str) else headers
    kind = getattr(events_pb2, kinds["ce_type"].rpartition(".")[2])
    message: Message = kind.FromString(value)
    return message
