"""The one place where the parts of the surveys service are put together."""

from functools import partial
from pathlib import Path

from hearthline.surveys.v1 import index_pb2, questionnaires_pb2, surveys_pb2
from hearthline.surveys.v1.index_pb2_grpc import add_IndexServiceServicer_to_server
from hearthline.surveys.v1.questionnaires_pb2_grpc import (
    add_QuestionnaireServiceServicer_to_server,
    add_TriggerRuleServiceServicer_to_server,
)
from hearthline.surveys.v1.surveys_pb2_grpc import add_SurveyServiceServicer_to_server
from servicekit.personal_data import Keeper
from servicekit.service import Service
from surveys.api.index import IndexApi
from surveys.api.questionnaires import QuestionnaireApi
from surveys.api.rules import TriggerRuleApi
from surveys.api.surveys import SurveyApi
from surveys.events import SUBSCRIPTIONS
from surveys.handlers import callbacks, invitations, occasions
from surveys.metrics import COUNTS, GAUGES
from surveys.personal_data import HOLDINGS
from surveys.settings import Settings
from surveys.store import metadata
from surveys.store.retention import rules


def service(settings: Settings | None = None) -> Service:
    """The surveys service with these settings, or those of the environment."""
    settings = settings or Settings()
    links = settings.link_keys()
    keeper = Keeper("surveys", HOLDINGS, settings.export_retention)
    return Service(
        name="surveys",
        settings=settings,
        metadata=metadata,
        migrations=Path(__file__).parent / "migrations",
        servicers=[
            (add_QuestionnaireServiceServicer_to_server, QuestionnaireApi),
            (add_TriggerRuleServiceServicer_to_server, TriggerRuleApi),
            (add_SurveyServiceServicer_to_server, partial(SurveyApi, links=links, hold=settings.callback_hold)),
            (add_IndexServiceServicer_to_server, IndexApi),
        ],
        descriptors=[questionnaires_pb2.DESCRIPTOR, surveys_pb2.DESCRIPTOR, index_pb2.DESCRIPTOR],
        subscriptions=[*SUBSCRIPTIONS, keeper.subscription],
        timers={
            occasions.DELAY: invitations.Invitations(links).invite,
            invitations.CALLBACK: callbacks.open_callback,
            invitations.EXPIRY: invitations.expire,
            **keeper.timers,
        },
        counts=COUNTS,
        gauges=GAUGES,
        retention=rules(settings.answer_retention),
    )
