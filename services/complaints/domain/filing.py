"""What may be filed (S1)."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta

from complaints.domain.complaint import Complaint
from servicekit.errors import InvalidArgument

NUMBERED_CHANNELS = frozenset({"12345", "12398"})
"""Channels that give their cases a number of their own."""

# What offices write before a number, when something stands between the two.
_LABEL = re.compile(
    r"^(?:(?:no|nr|ref|12345|12398)(?=[\W_]|热线)|工单编号|工单号|工单|案件号|案号|编号|热线|[\W_])+(?=.*\w)"
)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_FARTHEST = timedelta(days=730)


def case_key(number: str) -> str:
    """An external number in the one form in which numbers are compared: whatever its width, case and punctuation.

    `１２３４５－2026－0７`, `12345-2026-07`, `No. 2026 07` and `2026/07` are the same case. Leading zeros count.
    """
    folded = unicodedata.normalize("NFKC", number).casefold().strip()
    return "".join(filter(str.isalnum, _LABEL.sub("", folded)))


def can_be_received(at: datetime, now: datetime) -> bool:
    """True for a time at which a complaint may have reached us."""
    return _EARLIEST <= at <= now


def check(complaint: Complaint, now: datetime) -> None:
    """InvalidArgument naming every field that a complaint cannot be filed with."""
    wrong = [*_complainant(complaint), *_case(complaint), *_times(complaint, now)]
    if wrong:
        raise InvalidArgument.of(wrong, reason="BAD_COMPLAINT")


def _complainant(complaint: Complaint) -> list[tuple[str, str]]:
    named = {
        "customer": complaint.customer_id,
        "complainant_display_name": complaint.complainant_display_name,
        "complainant_contact": complaint.complainant_contact,
    }
    if complaint.anonymous:
        return [(field, "must be empty for an anonymous complainant") for field, value in named.items() if value]
    if not complaint.customer_id and not complaint.complainant_display_name:
        return [("customer", "or complainant_display_name is required unless the complainant is anonymous")]
    return []


def _case(complaint: Complaint) -> list[tuple[str, str]]:
    wrong = []
    if complaint.channel in NUMBERED_CHANNELS and not complaint.external_number:
        wrong.append(("external_number", f"is required for channel {complaint.channel}"))
    if complaint.external_number and not case_key(complaint.external_number):
        wrong.append(("external_number", "must have a letter or a digit"))
    if not complaint.first_contact_owner or complaint.first_contact_owner == "anonymous":
        wrong.append(("first_contact_owner", "must be named when the caller is not known"))
    return wrong


def _times(complaint: Complaint, now: datetime) -> list[tuple[str, str]]:
    if not can_be_received(complaint.receive_time, now):
        return [("receive_time", "must be after the year 2000 and not in the future")]
    due = complaint.external_due_time
    if due is not None and not complaint.receive_time < due < complaint.receive_time + _FARTHEST:
        return [("external_due_time", "must be after receive_time, by no more than two years")]
    return []
