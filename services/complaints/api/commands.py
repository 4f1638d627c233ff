"""What callers ask for, as commands."""

from datetime import datetime, timedelta
from typing import Protocol

from complaints.domain.complaint import Severity
from complaints.domain.gaming import Rule
from complaints.handlers.filing import FileComplaint
from complaints.handlers.gaming import Question
from complaints.handlers.life_cycle import Which
from hearthline.complaints.v1 import complaints_pb2 as pb
from servicekit.errors import InvalidArgument
from servicekit.names import optional_id, resource_id
from servicekit.times import from_timestamp, instant

_LONGEST = timedelta(days=366)


class Named(Protocol):
    """A request about one complaint."""

    @property
    def name(self) -> str: ...
    @property
    def etag(self) -> str: ...


def which_of(request: Named) -> Which:
    return Which(resource_id(request.name, "complaints"), request.etag)


def unit_of(name: str) -> str:
    """The name of a unit, checked; empty stays empty."""
    identifier = optional_id(name, "units", field="responsible_unit")
    return f"units/{identifier}" if identifier else ""


def filing_of(request: pb.FileComplaintRequest) -> FileComplaint:
    related = request.related_resource
    if related:
        resource_id(related, related.partition("/")[0], field="related_resource")
    return FileComplaint(
        subject=request.subject,
        channel=request.channel,
        severity=Severity(request.severity),
        description=request.description,
        customer_id=optional_id(request.customer, "customers", field="customer") or "",
        complainant_display_name=request.complainant_display_name,
        complainant_contact=request.complainant_contact,
        anonymous=request.anonymous,
        confidential=request.confidential,
        external_number=request.external_number,
        external_due_time=from_timestamp(request.external_due_time),
        remedy_sought=request.remedy_sought,
        related_resource=related,
        responsible_unit=unit_of(request.responsible_unit),
        first_contact_owner=request.first_contact_owner,
        evidence=tuple(request.evidence),
        receive_time=from_timestamp(request.receive_time),
    )


def period_of(
    request: pb.GetComplaintStatisticsRequest | pb.ListGamingFindingsRequest,
) -> tuple[datetime, datetime]:
    start, end = instant(request.start_time), instant(request.end_time)
    if start >= end:
        raise InvalidArgument("end_time", "must be after start_time", reason="EMPTY_PERIOD")
    return start, end


def question_of(request: pb.ListGamingFindingsRequest) -> Question:
    start, end = period_of(request)
    if end - start > _LONGEST:
        raise InvalidArgument("end_time", f"must be at most {_LONGEST.days} days after start_time", "LONG_PERIOD")
    rule = Rule(pb.GamingFinding.Rule.Name(request.rule).removeprefix("RULE_")) if request.rule else None
    return Question(start, end, unit_of(request.responsible_unit), rule)
