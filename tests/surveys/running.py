"""A running surveys service for a test, with the facts of other services at hand."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from google.protobuf.message import Message

from hearthline.complaints.v1 import events_pb2 as complaints
from hearthline.surveys.v1 import index_pb2, questionnaires_pb2, surveys_pb2
from hearthline.surveys.v1.index_pb2_grpc import IndexServiceStub
from hearthline.surveys.v1.questionnaires_pb2_grpc import QuestionnaireServiceStub, TriggerRuleServiceStub
from hearthline.surveys.v1.surveys_pb2_grpc import SurveyServiceStub
from hearthline.workorders.v1 import events_pb2 as workorders
from servicekit.eventlog import Record
from servicekit.personal.messages import opened_event
from servicekit.times import to_timestamp
from surveys.bootstrap import service
from tests.support.running import MORNING, RunningService, Starter, fact, settle

DAY = timedelta(days=1)


class Surveys:
    """The service with stubs for a supervisor ("system"), and what a test does with it again and again."""

    def __init__(self, start: Starter, work: bool = True) -> None:
        self.starter = start
        self.running: RunningService = start(service, work=work)
        channel = self.running.connect("system/test", ["system"])
        self.questionnaires = QuestionnaireServiceStub(channel)
        self.rules = TriggerRuleServiceStub(channel)
        self.surveys = SurveyServiceStub(channel)
        self.index = IndexServiceStub(channel)

    def as_caller(self, actor: str, *roles: str) -> SurveyServiceStub:
        return SurveyServiceStub(self.running.connect(actor, roles))

    def sample_everybody(self, business_type: str = "repair") -> None:
        rule = questionnaires_pb2.TriggerRule(name=f"triggerRules/{business_type}", sampling_rate=1.0)
        request = questionnaires_pb2.UpdateTriggerRuleRequest(trigger_rule=rule)
        request.update_mask.paths.append("sampling_rate")
        self.rules.UpdateTriggerRule(request)

    def deliver(self, *records: Record) -> None:
        self.running.deliver(records)
        settle([self.running])

    def advance(self, by: timedelta) -> None:
        self.starter.advance(by)

    def invite(self, customer: str = "customers/c1", work_order: str = "workOrders/w1") -> surveys_pb2.Survey:
        """The one survey of a repair completed now, after its delay."""
        self.sample_everybody()
        self.deliver(completed(work_order, [customer], time=self.starter.clock.now()))
        self.advance(DAY)
        return self.find(f'related_resource = "{work_order}"')[0]

    def find(self, filter: str = "") -> Sequence[surveys_pb2.Survey]:
        return self.surveys.ListSurveys(surveys_pb2.ListSurveysRequest(filter=filter)).surveys

    def answer(self, token: str, *answers: surveys_pb2.Answer, request_id: str = "") -> surveys_pb2.Survey:
        request = surveys_pb2.RecordResponseRequest(link_token=token, answers=answers, request_id=request_id)
        return self.surveys.RecordResponse(request)

    def statistics(self) -> index_pb2.SurveyStatistics:
        return self.index.GetSurveyStatistics(index_pb2.GetSurveyStatisticsRequest(**period()))

    def published(self, kind: type[Message]) -> list[Message]:
        """The facts of this kind that the service has published, oldest first."""
        settle([self.running])
        records = self.starter.eventlog.read("hearthline.surveys.v1", 1000)
        chosen = [r for r in records if r.headers["ce_type"] == kind.DESCRIPTOR.full_name]
        return [opened_event(self.running.kit.keyring, kind.FromString(r.value)) for r in chosen]


def says(question: str, *values: str | int, text: str = "") -> surveys_pb2.Answer:
    return surveys_pb2.Answer(question=question, values=[str(value) for value in values], text=text)


def period() -> dict[str, Any]:
    return {"start_time": to_timestamp(MORNING - 365 * DAY), "end_time": to_timestamp(MORNING + 365 * DAY)}


def facts(work_order: str, customers: Sequence[str], business_type: str = "repair") -> workorders.WorkOrderFacts:
    return workorders.WorkOrderFacts(
        work_order=work_order,
        customers=customers,
        tickets=[f"tickets/{number}" for number in range(len(customers))],
        premises="premises/p1",
        commodity="heat",
        category="no_heat",
        business_type=business_type,
        cell="cells/north",
    )


def completed(
    work_order: str,
    customers: Sequence[str],
    time: datetime = MORNING,
    sequence: int = 8,
    business_type: str = "repair",
    id: str = "",
) -> Record:
    message = workorders.WorkOrderCompleted(
        facts=facts(work_order, customers, business_type), complete_time=to_timestamp(time)
    )
    return fact(message, "workorders", work_order, sequence, time, id or str(uuid4()))


def reopened(work_order: str, customers: Sequence[str], time: datetime = MORNING, sequence: int = 9) -> Record:
    message = workorders.WorkOrderReopened(facts=facts(work_order, customers), reopen_time=to_timestamp(time))
    return fact(message, "workorders", work_order, sequence, time)


def complaint(
    kind: type[Message], customer: str, sequence: int, related: str = "", time: datetime = MORNING, id: str = ""
) -> Record:
    about = complaints.ComplaintFacts(complaint="complaints/k1", customer=customer, related_resource=related)
    message = kind(facts=about)
    if isinstance(message, complaints.ComplaintDecisionCommunicated):
        message.communicate_time.FromDatetime(time)
    return fact(message, "complaints", "complaints/k1", sequence, time, id)
