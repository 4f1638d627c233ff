"""What people do in a season: they call, crews repair, customers answer, agents settle complaints."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import grpc

from hearthline.complaints.v1 import complaints_pb2
from hearthline.customers.v1 import interactions_pb2
from hearthline.surveys.v1 import surveys_pb2
from hearthline.workorders.v1 import tickets_pb2
from hearthline.workorders.v1 import work_orders_pb2 as orders_pb2
from hearthline_cli.season.demand import Fault
from hearthline_cli.season.platform import Platform, pages, trace_metadata
from hearthline_cli.season.repair import CrewScript
from hearthline_cli.season.timeline import Timeline, Wait
from servicekit.telemetry import sampled_trace

_TRACED = 40
"""One call in this many is traced from the first ring to the last message."""


@dataclass
class Memory:
    """What the season did, for the report to compare with what the platform says."""

    tickets: int = 0
    traces: list[str] = field(default_factory=list)
    """Trace ids of the calls that were traced."""
    trace_of_ticket: dict[str, str] = field(default_factory=dict)
    """Traceparents by ticket, for the crew to go on with."""
    scripts: int = 0
    answers: int = 0
    complaint_steps: int = 0


class People:
    """Everybody who has to do with the platform; each decision is the same for the same seed."""

    def __init__(self, platform: Platform, timeline: Timeline, seed: int) -> None:
        self._platform = platform
        self._timeline = timeline
        self._seed = seed
        self._seen: set[tuple[str, int]] = set()
        self._asked: set[str] = set()
        self.memory = Memory()

    def call(self, fault: Fault, number: int) -> Callable[[], None]:
        """Somebody calls: an agent notes the contact and takes the ticket."""

        def happen() -> None:
            traceparent = sampled_trace() if number % _TRACED == 0 else ""
            metadata = trace_metadata(traceparent)
            customer, premises = f"customers/{fault.home.customer_id}", f"premises/{fault.home.premises_id}"
            interaction = self._platform.interactions.RecordInteraction(
                interactions_pb2.RecordInteractionRequest(
                    premises=premises,
                    channel=fault.channel,
                    contact_address=fault.home.phone,
                    agent=f"staff/{1001 + number % 9}",
                    summary=fault.summary,
                    queue_seconds=number * 7 % 90,
                ),
                metadata=metadata,
            )
            ticket = self._platform.tickets.CreateTicket(
                tickets_pb2.CreateTicketRequest(
                    customer=customer,
                    premises=premises,
                    commodity=fault.commodity,
                    category=fault.category,
                    severity=fault.severity,
                    urgency=fault.urgency,
                    channel=fault.channel,
                    summary=fault.summary,
                    interaction=interaction.name,
                ),
                metadata=metadata,
            )
            self.memory.tickets += 1
            if traceparent:
                self.memory.traces.append(traceparent.split("-")[1])
                self.memory.trace_of_ticket[ticket.name] = traceparent

        return happen

    def look_at_jobs(self) -> None:
        """Crews find what they were given, each once for each attempt."""
        request = orders_pb2.ListWorkOrdersRequest(filter='state = "DISPATCHED"', page_size=1000)
        for page in pages(self._platform.work_orders.ListWorkOrders, request):
            for order in page.work_orders:
                if (order.name, order.attempt) not in self._seen:
                    self._seen.add((order.name, order.attempt))
                    self._begin(order)

    def look_at_surveys(self) -> None:
        """Customers find their invitations; somewhat less than half of them answer, some hours later."""
        for survey in self._surveys():
            if survey.name in self._asked:
                continue
            self._asked.add(survey.name)
            rng = random.Random(f"{self._seed}/{survey.customer}/{survey.related_resource}")
            if rng.random() < 0.45:
                when = self._timeline.clock.now() + timedelta(hours=rng.uniform(0.5, 20))
                self._timeline.at(when, self._answer(survey, rng), Wait.NOTHING)

    def look_at_complaints(self) -> None:
        """The office takes every open complaint a step further; a few wait longer than they should."""
        request = complaints_pb2.ListComplaintsRequest(
            filter='state != "CLOSED" AND state != "WITHDRAWN"', page_size=1000
        )
        # Each day draws anew, or who loses once would never be answered.
        day = self._timeline.clock.now().date()
        for complaint in self._platform.complaints.ListComplaints(request).complaints:
            rng = random.Random(f"{self._seed}/{complaint.related_resource}/{complaint.state}/{day}")
            if rng.random() < 0.85:
                advance_complaint(self._platform, complaint)
                self.memory.complaint_steps += 1

    def _begin(self, order: orders_pb2.WorkOrder) -> None:
        rng = random.Random(f"{self._seed}/{order.premises}/{order.category}/{order.attempt}")
        # Some crews do not hear the pager; the platform sends another.
        if order.attempt == 1 and rng.random() < 0.03:
            return
        traceparent = self.memory.trace_of_ticket.get(order.tickets[0], "")
        CrewScript(self._platform, self._timeline, order, rng, traceparent).begin()
        self.memory.scripts += 1

    def _surveys(self) -> list[surveys_pb2.Survey]:
        request = surveys_pb2.ListSurveysRequest(filter='state = "INVITED"', page_size=1000)
        return [survey for page in pages(self._platform.surveys.ListSurveys, request) for survey in page.surveys]

    def _answer(self, survey: surveys_pb2.Survey, rng: random.Random) -> Callable[[], None]:
        score = rng.choices((5, 4, 3, 2, 1), (46, 30, 13, 6, 5))[0]

        def answer(question: str, value: int | str) -> surveys_pb2.Answer:
            return surveys_pb2.Answer(question=question, values=[str(value)])

        def happen() -> None:
            answers = [answer("overall", score), answer("recommend", min(10, score * 2))]
            charged = rng.random() < 0.2
            for question in (
                "response",
                "arrival",
                "repair",
                "manner",
                "explanation",
                *(["charges"] if charged else []),
            ):
                answers += [answer(question, max(1, min(5, score + rng.choice((-1, 0, 0, 1)))))]
            answers.append(answer("charged", "yes" if charged else "no"))
            answers.append(answer("safety_advice", rng.choice(("yes", "yes", "partly", "no", "not_needed"))))
            if score <= 2:
                answers.append(answer("complain", "yes" if score == 1 else "no"))
                answers.append(answer("reasons", rng.choice(("late", "quality", "manner", "price", "other"))))
            request = surveys_pb2.RecordResponseRequest(link_token=survey.link_token, answers=answers)
            try:
                self._platform.surveys.RecordResponse(request)
            except grpc.RpcError as error:
                # Its link ran out meanwhile; the survey counts it as expired.
                if error.code() is not grpc.StatusCode.FAILED_PRECONDITION:
                    raise
                return
            self.memory.answers += 1

        return happen


def advance_complaint(platform: Platform, complaint: complaints_pb2.Complaint) -> None:
    """The next step of a complaint's life."""
    pb, stub = complaints_pb2, platform.complaints
    state, name = pb.Complaint, complaint.name
    if complaint.state == state.STATE_RECEIVED:
        stub.AcknowledgeComplaint(pb.AcknowledgeComplaintRequest(name=name))
    elif complaint.state in (state.STATE_ACKNOWLEDGED, state.STATE_REOPENED):
        stub.AssessComplaint(pb.AssessComplaintRequest(name=name, assessment="属实 / justified"))
    elif complaint.state == state.STATE_ASSESSED:
        stub.InvestigateComplaint(
            pb.InvestigateComplaintRequest(name=name, root_cause="response", findings="派工延误 / late dispatch")
        )
    elif complaint.state == state.STATE_INVESTIGATED:
        stub.RespondComplaint(pb.RespondComplaintRequest(name=name, response="致歉并回访 / apology and visit"))
    elif complaint.state == state.STATE_RESPONDED:
        stub.CommunicateDecision(
            pb.CommunicateDecisionRequest(name=name, decision="减免 / reduction", outcome="upheld")
        )
    else:
        stub.CloseComplaint(pb.CloseComplaintRequest(name=name, closing_note="满意 / satisfied"))
