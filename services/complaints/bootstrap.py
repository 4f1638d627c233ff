"""The one place where the parts of the complaints service are put together."""

from functools import partial
from pathlib import Path

from complaints.api.complaints import ComplaintApi
from complaints.domain.deadlines import Timetable
from complaints.domain.gaming import Limits
from complaints.domain.policy_data import BOOK
from complaints.events import subscriptions
from complaints.handlers.desk import SUPERVISION, Desk
from complaints.handlers.filing import Intake
from complaints.handlers.gaming import Watch
from complaints.handlers.life_cycle import LifeCycle
from complaints.handlers.reckoning import Reckoning
from complaints.handlers.supervision import Supervision
from complaints.metrics import COUNTS, GAUGES
from complaints.personal_data import HOLDINGS
from complaints.settings import Settings
from complaints.store import SEALED_ENTRIES, metadata
from complaints.store.retention import rules
from hearthline.complaints.v1 import complaints_pb2
from hearthline.complaints.v1.complaints_pb2_grpc import add_ComplaintServiceServicer_to_server
from servicekit.calendar import BusinessCalendar, ChineseHolidays, Window, weekly
from servicekit.personal_data import Keeper
from servicekit.sealing import AUDIT
from servicekit.service import Service


def service(settings: Settings | None = None) -> Service:
    """The complaints service with these settings, or those of the environment."""
    settings = settings or Settings()
    official = settings.official_holidays()
    hours = weekly(Window(settings.office_opens, settings.office_closes))
    office = BusinessCalendar(hours, settings.time_zone, ChineseHolidays.of(official))
    desk = Desk(Timetable(office, BOOK, official.version))
    intake = Intake(desk, settings.complaints_unit, settings.complaints_owner)
    supervision = Supervision(desk)
    limits = Limits(
        silence=settings.gaming_silent_share,
        last=settings.gaming_last_share,
        idle=settings.gaming_idle_share,
        bulk=settings.gaming_extensions,
        bulk_window=settings.gaming_window,
    )
    api = partial(ComplaintApi, intake=intake, life=LifeCycle(desk), supervision=supervision, watch=Watch(limits))
    keeper = Keeper("complaints", HOLDINGS, settings.export_retention)
    return Service(
        name="complaints",
        settings=settings,
        metadata=metadata,
        migrations=Path(__file__).parent / "migrations",
        servicers=[(add_ComplaintServiceServicer_to_server, api)],
        descriptors=[complaints_pb2.DESCRIPTOR],
        subscriptions=[*subscriptions(intake), keeper.subscription],
        timers={SUPERVISION: supervision.on_step, **keeper.timers},
        loops=[partial(Reckoning, supervision)],
        counts=COUNTS,
        gauges=GAUGES,
        retention=rules(settings.complainant_retention),
        sealed=(AUDIT, SEALED_ENTRIES),
    )
