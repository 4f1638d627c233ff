"""Which topics the workorders service reads, and what handles each fact."""

from hearthline.customers.v1 import events_pb2 as customers
from hearthline.surveys.v1.events_pb2 import SurveyResponseRecorded
from hearthline.telemetry.v1.events_pb2 import SensorMeasured
from hearthline.workorders.v1.events_pb2 import TicketCreated, TicketTriaged
from servicekit.subscriptions import Subscription, Together
from workorders.handlers.intake import Intake
from workorders.handlers.projections import keep_agreement, keep_cell, keep_customer, keep_premises
from workorders.handlers.sensing import Sensing


def subscriptions(intake: Intake, sensing: Sensing) -> list[Subscription]:
    """Its own tickets, the places they are about, opinions that ask for a recovery (V5), and readings (W11)."""
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
        # A consumer of its own, younger than that of places: it reads what is still there from before.
        Subscription(
            consumer="workorders.agreements",
            topic="hearthline.customers.v1",
            handlers={
                customers.ServiceAgreementStarted: keep_agreement,
                customers.ServiceAgreementEnded: keep_agreement,
            },
        ),
        Subscription(
            consumer="workorders.sensors",
            topic="hearthline.telemetry.v1",
            handlers={SensorMeasured: Together(sensing.on_measured)},
        ),
    ]
