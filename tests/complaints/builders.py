"""Complaints to test the rules with."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from complaints.domain.complaint import Complaint, Severity
from complaints.domain.deadlines import Timetable
from complaints.domain.policy_data import BOOK
from servicekit.calendar import BusinessCalendar, Window, weekly

SHANGHAI = ZoneInfo("Asia/Shanghai")
TIMES = Timetable(BusinessCalendar(weekly(Window(time(8, 30), time(17, 30)))), BOOK)
STAFF = "staff/1007"
# A Thursday morning in the heating season, a working day in China.
MORNING = datetime(2026, 1, 15, 1, 0, tzinfo=UTC)


def cn(month: int, day: int, hour: int = 9, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def evening(day: date) -> datetime:
    """When the office closes on a day."""
    return datetime.combine(day, time(17, 30), SHANGHAI).astimezone(UTC)


def complaint(**fields: Any) -> Complaint:
    """A complaint just filed; deadlines by its channel and severity."""
    received = fields.pop("receive_time", MORNING)
    channel, severity = fields.pop("channel", "hotline"), fields.pop("severity", Severity.MINOR)
    policy = TIMES.policy(received)
    terms = TIMES.terms(policy, channel, severity)
    values = {
        "id": "c1",
        "subject": "Cold for three days",
        "description": "",
        "customer_id": "cu1",
        "complainant_display_name": "",
        "complainant_contact": "",
        "anonymous": False,
        "confidential": False,
        "external_number": "",
        "remedy_sought": "repair",
        "related_resource": "",
        "responsible_unit": "units/north",
        "first_contact_owner": STAFF,
        "evidence": (),
        "clock_time": received,
        "acknowledge_due_time": TIMES.after(received, terms.acknowledge),
        "decide_due_time": TIMES.after(received, terms.decide),
        "external_due_time": None,
        "decide_start": received,
        "decide_days": terms.decide,
        "create_time": received,
        "update_time": received,
    }
    given = {"channel": channel, "severity": severity, "policy": policy, "receive_time": received}
    return Complaint(**{**values, **given, **fields})
