"""The one place where the parts of the workorders service are put together."""

from functools import partial
from pathlib import Path

from hearthline.workorders.v1 import crews_pb2, incidents_pb2, sensors_pb2, standards_pb2, tickets_pb2, work_orders_pb2
from hearthline.workorders.v1.crews_pb2_grpc import add_CrewServiceServicer_to_server
from hearthline.workorders.v1.incidents_pb2_grpc import add_IncidentServiceServicer_to_server
from hearthline.workorders.v1.sensors_pb2_grpc import add_SensorServiceServicer_to_server
from hearthline.workorders.v1.standards_pb2_grpc import add_StandardServiceServicer_to_server
from hearthline.workorders.v1.tickets_pb2_grpc import add_TicketServiceServicer_to_server
from hearthline.workorders.v1.work_orders_pb2_grpc import add_WorkOrderServiceServicer_to_server
from servicekit.personal_data import Keeper
from servicekit.service import Service
from workorders.api.crews import CrewApi
from workorders.api.incidents import IncidentApi
from workorders.api.sensors import SensorApi
from workorders.api.standards import StandardApi
from workorders.api.tickets import TicketApi
from workorders.api.work_orders import WorkOrderApi
from workorders.domain import clocks
from workorders.domain.heating_season import HeatingSeason
from workorders.events import subscriptions
from workorders.handlers.dispatching import LOOK, Dispatching
from workorders.handlers.intake import Intake
from workorders.handlers.sensing import Sensing
from workorders.handlers.withdrawal import Withdrawal
from workorders.handlers.work_orders import Jobs
from workorders.metrics import COUNTS, GAUGES
from workorders.personal_data import HOLDINGS
from workorders.settings import Settings
from workorders.store import metadata
from workorders.store.retention import rules


def service(settings: Settings | None = None) -> Service:
    """The workorders service with these settings, or those of the environment."""
    settings = settings or Settings()
    clocks.follow(settings.official_holidays())
    dispatching = Dispatching(settings)
    intake = Intake(dispatching)
    sensing = Sensing(HeatingSeason.of(settings.heating_season, settings.time_zone))
    keeper = Keeper("workorders", HOLDINGS, settings.export_retention)
    return Service(
        name="workorders",
        settings=settings,
        metadata=metadata,
        migrations=Path(__file__).parent / "migrations",
        servicers=[
            (add_TicketServiceServicer_to_server, partial(TicketApi, withdrawal=Withdrawal(dispatching))),
            (add_IncidentServiceServicer_to_server, IncidentApi),
            (add_WorkOrderServiceServicer_to_server, partial(WorkOrderApi, jobs=Jobs(intake))),
            (add_CrewServiceServicer_to_server, CrewApi),
            (add_StandardServiceServicer_to_server, StandardApi),
            (add_SensorServiceServicer_to_server, SensorApi),
        ],
        descriptors=[
            module.DESCRIPTOR
            for module in (tickets_pb2, incidents_pb2, work_orders_pb2, crews_pb2, standards_pb2, sensors_pb2)
        ],
        subscriptions=[*subscriptions(intake, sensing), keeper.subscription],
        timers={LOOK: dispatching.on_look, **keeper.timers},
        counts=COUNTS,
        gauges=GAUGES,
        retention=rules(settings.ticket_retention, settings.work_order_retention),
    )
