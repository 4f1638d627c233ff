"""Which topics the workorders service reads, and what handles each fact."""

from hearthline.customers.v1 import events_pb2 as customers
from hearthline.surveys.v1.events_pb2 import SurveyResponseRecorded
from hearthline.workorders.v1.events_pb2 import TicketCreated, TicketTriaged
from servicekit.inbox import Subscription
from workorders.handlers.intake import Intake
from workorders.handlers.projections import keep_cell, keep_customer, keep_premises


def subscriptions(intake: Intake) -> list[Subscription]:
    """Its own tickets, the places they are about, and opinions that ask for a recovery (V5)."""
    return [
        Subscription(
            consumer="workorders.intake",
            topic="hearthline.workorders.v1",
            handlers={TicketCreated: intake.on_ticket, TicketTriaged: intake.on_triage},
        ),
        Subscription(
            consumer="workorders.places",
            topic="hearthline.customers.v1",
            handlers={
                customers.PremisesRegistered: keep_premises,
                customers.PremisesUpdated: keep_premises,
                customers.CellAssigned: keep_cell,
                customers.CustomerRegistered: keep_customer,
                customers.CustomerUpdated: keep_customer,
            },
        ),
        Subscription(
            consumer="workorders.recovery",
            topic="hearthline.surveys.v1",
            handlers={SurveyResponseRecorded: intake.on_response},
        ),
    ]
