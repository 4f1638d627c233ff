"""A complaint comes in: by a call, or out of a survey (S1, V5)."""

from dataclasses import dataclass
from datetime import datetime

from complaints.domain import filing
from complaints.domain.complaint import Complaint, Severity
from complaints.handlers import facts
from complaints.handlers.desk import Desk
from complaints.store.complaints import find_case, find_complaint, get_complaint
from hearthline.surveys.v1.events_pb2 import SurveyResponseRecorded
from servicekit.cloudevents import Event
from servicekit.ids import derived_id, new_id
from servicekit.times import instant
from servicekit.uow import UnitOfWork

WORST_SCORE = 1


@dataclass(frozen=True, slots=True)
class FileComplaint:
    """What a complainant says, and who took it in; empty where nothing was said."""

    subject: str
    channel: str
    severity: Severity
    description: str = ""
    customer_id: str = ""
    complainant_display_name: str = ""
    complainant_contact: str = ""
    anonymous: bool = False
    confidential: bool = False
    external_number: str = ""
    external_due_time: datetime | None = None
    remedy_sought: str = ""
    related_resource: str = ""
    responsible_unit: str = ""
    first_contact_owner: str = ""
    evidence: tuple[str, ...] = ()
    receive_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes complaints in; `unit` answers for those that name no other, `owner` for those that no person took."""

    desk: Desk
    unit: str
    owner: str

    def file_complaint(self, uow: UnitOfWork, command: FileComplaint) -> Complaint:
        """Files a complaint, or takes a government office's case up again that was filed before.

        InvalidArgument; AlreadyExists, naming the complaint, for a case that runs and has no new date.
        """
        if command.external_number and (standing := find_case(uow, command.channel, command.external_number)):
            return uow.commit(self._send_again(uow, command, get_complaint(uow, standing.id)))
        return uow.commit(self._file(uow, command, new_id(), uow.now, uow.actor))

    def _send_again(self, uow: UnitOfWork, command: FileComplaint, before: Complaint) -> Complaint:
        after = before.send_again(uow.now, self.desk.times, command.external_due_time)
        reason = f"{command.channel}: {command.external_number}"
        begins = after.reopen_count > before.reopen_count
        details = {
            "reason": reason,
            "description": command.description,
            "decide_due_time": after.decide_due_time.isoformat() if begins else "",
            "external_due_time": after.external_due_time.isoformat() if after.external_due_time else "",
        }
        if begins:
            return self.desk.change(uow, before, after, "reopened", details, facts.reopened(reason))
        return self.desk.change(uow, before, after, "renewed", details, facts.renewed)

    def on_response(self, uow: UnitOfWork, event: Event[SurveyResponseRecorded]) -> None:
        """Files the complaint that a survey's answer asks for, once (V5)."""
        answer, identifier = event.data, derived_id(event.id, "complaint")
        if not answer.complaint_wanted or find_complaint(uow, identifier) is not None:
            return
        customer = answer.customer.partition("/")[2]
        command = FileComplaint(
            subject=f"{answer.business_type} {answer.score}/5",
            description=answer.comment,
            channel="survey",
            severity=Severity.SERIOUS if answer.score <= WORST_SCORE else Severity.MINOR,
            customer_id=customer,
            anonymous=not customer,
            related_resource=answer.survey,
            receive_time=min(instant(answer.respond_time), event.time),
        )
        uow.commit(self._file(uow, command, identifier, event.time, self.owner))

    def _file(self, uow: UnitOfWork, command: FileComplaint, identifier: str, now: datetime, taker: str) -> Complaint:
        received = command.receive_time or now
        times = self.desk.times
        # The check below refuses any other, with all else that is wrong; no calendar need know the days after it.
        counted = received if filing.can_be_received(received, now) else now
        policy = times.policy(counted)
        terms = times.terms(policy, command.channel, command.severity)
        complaint = Complaint(
            id=identifier,
            subject=command.subject,
            description=command.description,
            customer_id=command.customer_id,
            complainant_display_name=command.complainant_display_name,
            complainant_contact=command.complainant_contact,
            anonymous=command.anonymous,
            confidential=command.confidential,
            channel=command.channel,
            external_number=command.external_number,
            severity=command.severity,
            remedy_sought=command.remedy_sought,
            related_resource=command.related_resource,
            responsible_unit=command.responsible_unit or self.unit,
            first_contact_owner=command.first_contact_owner or taker,
            evidence=command.evidence,
            policy=policy,
            receive_time=received,
            clock_time=received,
            acknowledge_due_time=times.after(counted, terms.acknowledge),
            decide_due_time=times.after(counted, terms.decide),
            decide_start=counted,
            decide_days=terms.decide,
            external_due_time=command.external_due_time,
            create_time=now,
            update_time=now,
        )
        filing.check(complaint, now)
        return self.desk.open(uow, complaint, "filed", _details(complaint), facts.filed)


def _details(complaint: Complaint) -> dict[str, str]:
    """What the first entry keeps; nothing about who complains."""
    return {
        "subject": complaint.subject,
        "description": complaint.description,
        "channel": complaint.channel,
        "external_number": complaint.external_number,
        "severity": complaint.severity.value,
        "remedy_sought": complaint.remedy_sought,
        "responsible_unit": complaint.responsible_unit,
        "first_contact_owner": complaint.first_contact_owner,
        "evidence": "\n".join(complaint.evidence),
        "policy": complaint.policy,
        "acknowledge_due_time": complaint.acknowledge_due_time.isoformat(),
        "decide_due_time": complaint.decide_due_time.isoformat(),
        "external_due_time": complaint.external_due_time.isoformat() if complaint.external_due_time else "",
    }
