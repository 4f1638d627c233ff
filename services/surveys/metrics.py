"""What is counted of surveys (P3)."""

from sqlalchemy import func, select

from hearthline.surveys.v1 import events_pb2 as pb
from servicekit.metrics import Counted, Kind, Measured, Metric
from surveys.domain.survey import CallbackState, Via
from surveys.domain.trigger import BusinessType
from surveys.store.tables import surveys

SURVEYS = Metric(
    "hearthline.surveys",
    Kind.COUNTER,
    "Surveys: everybody who was invited, and who answered, refused or let it expire.",
    "{survey}",
    {"outcome": ("invited", "answered", "refused", "expired")},
)
ANSWERS = Metric(
    "hearthline.survey.answers",
    Kind.COUNTER,
    "Answers by overall satisfaction, 1 (worst) to 5.",
    "{answer}",
    {"business_type": tuple(BusinessType), "via": tuple(Via), "score": ("1", "2", "3", "4", "5")},
)
CALLBACKS = Metric(
    "hearthline.callbacks.open",
    Kind.GAUGE,
    "Customers that agents are to call, by whether an agent has taken the call on.",
    "{callback}",
    {"state": (CallbackState.OPEN, CallbackState.CLAIMED)},
)


def _answer(event: pb.SurveyResponseRecorded) -> dict[str, str]:
    return {"business_type": event.business_type, "via": event.via, "score": str(event.score)}


COUNTS = (
    Counted(
        SURVEYS,
        {
            pb.SurveyInvited: lambda _: {"outcome": "invited"},
            pb.SurveyResponseRecorded: lambda _: {"outcome": "answered"},
            pb.SurveyRefused: lambda _: {"outcome": "refused"},
            pb.SurveyExpired: lambda _: {"outcome": "expired"},
        },
    ),
    Counted(ANSWERS, {pb.SurveyResponseRecorded: _answer}),
)

_state = surveys.c.callback
_to_call = _state.in_(["OPEN", "CLAIMED"])
GAUGES = (Measured(CALLBACKS, lambda _: select(_state, func.count()).where(_to_call).group_by(_state)),)
