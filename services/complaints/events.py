"""Which topics the complaints service reads, and what handles each fact."""

from complaints.handlers.filing import Intake
from hearthline.surveys.v1.events_pb2 import SurveyResponseRecorded
from servicekit.subscriptions import Subscription


def subscriptions(intake: Intake) -> list[Subscription]:
    """Answers to surveys that ask for a complaint (V5)."""
    return [
        Subscription(
            consumer="complaints.surveys",
            topic="hearthline.surveys.v1",
            handlers={SurveyResponseRecorded: intake.on_response},
        )
    ]
