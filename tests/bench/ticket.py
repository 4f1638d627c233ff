"""CreateTicket, as callers ask for it; the echo is sent the same."""

import random
from uuid import uuid4

from hearthline.workorders.v1.tickets_pb2 import CreateTicketRequest
from tests.bench.load import Requests

METHOD = "/hearthline.workorders.v1.TicketService/CreateTicket"
PREMISES = 1000
"""Tickets come from premises/0 to premises/999."""


def requests(kind: str, caller: int, callers: int) -> Requests:
    """Each for any of the premises, with a request id of its own."""
    while True:
        yield CreateTicketRequest(
            premises=f"premises/{random.randrange(PREMISES)}",
            commodity="heat",
            category="low_temperature",
            severity="minor",
            urgency="routine",
            channel="hotline",
            summary="Two of three radiators have been cold since the day before yesterday. " * 3,
            request_id=str(uuid4()),
        )
