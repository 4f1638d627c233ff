"""Complaints and their entries in rows."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, func, or_, select

from complaints.domain.complaint import OVER, Complaint, Outcome, Severity, State
from complaints.domain.filing import case_key
from complaints.store.tables import complaints, entries
from servicekit.errors import NotFound
from servicekit.etags import check_etag
from servicekit.listing import Listing
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork

_FIELDS = tuple(field.name for field in fields(Complaint))
_NEWEST = 10_000
"""How many complaints are searched: in two tenths of a second, and some years of them."""
MISSED = "missed"
"""The detail of an entry that names the clocks which had run out when its step was taken."""
_LISTS = ("evidence", "supervised_steps")


def _listing(customer: ColumnElement[Any]) -> Listing:
    c = complaints.c
    names = (
        "state",
        "channel",
        "severity",
        "related_resource",
        "responsible_unit",
        "first_contact_owner",
        "external_number",
        "outcome",
        "root_cause",
        "receive_time",
        "decide_due_time",
        "deadline_estimated",
        "close_time",
        "create_time",
    )
    columns = {name: c[name] for name in names} | {"customer": customer}
    return Listing(
        select(complaints),
        columns,
        key=c.id,
        resource={"customer": "customers"},
        enums={"state": State},
        choices={"severity": tuple(Severity), "outcome": tuple(Outcome)},
        owners={"unit": lambda ids: c.responsible_unit.in_([f"units/{unit}" for unit in ids])},
    )


COMPLAINTS = _listing(complaints.c.customer_id)
# A filter must not tell what the reply hides.
COMPLAINTS_MASKED = _listing(case((complaints.c.confidential, ""), else_=complaints.c.customer_id))
ENTRIES = Listing(select(entries), {}, key=entries.c.number)


_TURN = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("case"), 0)))
_CASE = select(complaints).where(
    complaints.c.channel == bindparam("channel"),
    complaints.c.external_key == bindparam("key"),
    complaints.c.external_key != "",
)
_TO_RECKON = (
    select(complaints.c.id)
    .where(
        complaints.c.id > bindparam("after"),
        complaints.c.state.not_in([state.value for state in OVER]),
        complaints.c.decide_time.is_(None),
        or_(complaints.c.holidays_version < bindparam("version"), complaints.c.deadline_estimated),
    )
    .order_by(complaints.c.id)
    .limit(1)
)


def get_complaint(uow: UnitOfWork, identifier: str, etag: str = "") -> Complaint:
    """The complaint; NotFound, PermissionDenied for one of another unit, Aborted for an old etag."""
    COMPLAINTS.check_reach(uow, f"complaints/{identifier}")
    complaint = find_complaint(uow, identifier)
    if complaint is None:
        raise NotFound(f"complaints/{identifier}")
    check_etag(complaint.name, etag, complaint.version)
    return complaint


def find_complaint(uow: UnitOfWork, identifier: str) -> Complaint | None:
    """The complaint, or None."""
    row = uow.get(complaints, identifier)
    return complaint_of(row) if row else None


def find_case(uow: UnitOfWork, channel: str, number: str) -> Complaint | None:
    """The complaint that a government office's number was filed as; whoever files it at the same moment waits."""
    key = case_key(number)
    uow.lock_one(_TURN, {"case": f"case/{channel}/{key}"})
    row = uow.row(_CASE, {"channel": channel, "key": key})
    return complaint_of(row) if row else None


def next_to_reckon(uow: UnitOfWork, version: int, after: str) -> str | None:
    """The next open complaint, by id, that an older table of holidays counted, or that rests on an estimate."""
    row = uow.row(_TO_RECKON, {"version": version, "after": after})
    return row.id if row else None


def add_complaint(uow: UnitOfWork, complaint: Complaint) -> None:
    """Stores a new complaint; of a government office's case, after `find_case` found none."""
    uow.insert(complaints, _values(complaint))


def save_complaint(uow: UnitOfWork, before: Complaint, after: Complaint) -> None:
    """Stores what changed, if nobody else changed the complaint meanwhile."""
    old, new = _values(before), _values(after)
    changes = {name: new[name] for name in new if new[name] != old[name] and name != "version"}
    uow.update(complaints, {"id": before.id}, changes, version=before.version)


def add_entry(
    uow: UnitOfWork, complaint: Complaint, kind: str, actor: str, at: datetime, details: dict[str, str]
) -> None:
    """Adds the step that made this version of the complaint."""
    row = {
        "complaint_id": complaint.id,
        "number": complaint.version,
        "kind": kind,
        "actor": actor,
        "details": details,
        "create_time": at,
    }
    uow.insert(entries, row)


def matching(uow: UnitOfWork, query: str) -> ColumnElement[bool]:
    """Complaints that contain a text, whatever its case, of the newest that the caller may see; each is opened."""
    c = complaints.c
    searched = (c.subject, c.description, c.findings, c.external_number)
    newest = select(c.id, *searched).where(*COMPLAINTS.own(uow)).order_by(c.receive_time.desc()).limit(_NEWEST)
    wanted = query.casefold()
    found = [row.id for row in uow.rows(newest) if any(wanted in text.casefold() for text in row[1:])]
    return c.id.in_(found)


def entries_of(complaint_id: str) -> ColumnElement[bool]:
    """The entries of one complaint."""
    return entries.c.complaint_id == complaint_id


def complaint_of(row: AnyRow) -> Complaint:
    """The complaint that a row holds."""
    columns = row._asdict()
    values = {name: columns[name] for name in _FIELDS}
    values |= {name: tuple(values[name]) for name in _LISTS}
    values |= {"state": State(values["state"]), "severity": Severity(values["severity"])}
    return Complaint(**values)


def _values(complaint: Complaint) -> dict[str, Any]:
    values = {name: getattr(complaint, name) for name in _FIELDS}
    return values | {
        "state": complaint.state.value,
        "severity": complaint.severity.value,
        "external_key": case_key(complaint.external_number),
        **{name: list(values[name]) for name in _LISTS},
    }
