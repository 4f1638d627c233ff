"""What each event that causes a message gives to its template, by template code (N2).

A template of one of these codes may use no other variables: that is found when it is published, not when it is sent.
"""

from collections.abc import Mapping

from notifications.domain.values import Kind

SUPPLIED: Mapping[str, Mapping[str, Kind]] = {
    "ticket-received": {
        "ticket": Kind.TEXT,
        "commodity": Kind.TERM,
        "category": Kind.TERM,
        "urgency": Kind.TERM,
        "report_time": Kind.TIME,
    },
    "crew-dispatched": {
        "work_order": Kind.TEXT,
        "commodity": Kind.TERM,
        "category": Kind.TERM,
        "crew_name": Kind.TEXT,
        "arrive_due_time": Kind.TIME,
        "attempt": Kind.INTEGER,
    },
    "work-completed": {
        "work_order": Kind.TEXT,
        "commodity": Kind.TERM,
        "category": Kind.TERM,
        "complete_time": Kind.TIME,
        "resolution": Kind.TEXT,
    },
    "work-cancelled": {
        "work_order": Kind.TEXT,
        "commodity": Kind.TERM,
        "category": Kind.TERM,
        "reason": Kind.TEXT,
        "cancel_time": Kind.TIME,
    },
    "ticket-answered": {"ticket": Kind.TEXT, "outcome": Kind.TEXT, "resolve_time": Kind.TIME},
    "ticket-withdrawn": {"ticket": Kind.TEXT, "reason": Kind.TEXT, "cancel_time": Kind.TIME},
    "ticket-reopened": {"ticket": Kind.TEXT, "reason": Kind.TEXT, "reopen_time": Kind.TIME},
    "survey-invitation": {"business": Kind.TERM, "link": Kind.LINK, "expire_time": Kind.TIME},
    "complaint-received": {
        "complaint": Kind.TEXT,
        "subject": Kind.TEXT,
        "file_time": Kind.TIME,
        "decide_due_time": Kind.TIME,
    },
    "complaint-received-estimated": {
        "complaint": Kind.TEXT,
        "subject": Kind.TEXT,
        "file_time": Kind.TIME,
        "decide_due_time": Kind.TIME,
    },
    "complaint-decided": {"complaint": Kind.TEXT, "decision": Kind.TEXT},
    "complaint-extended": {
        "complaint": Kind.TEXT,
        "reason": Kind.TEXT,
        "explanation": Kind.TEXT,
        "decide_due_time": Kind.TIME,
    },
    "complaint-extended-estimated": {
        "complaint": Kind.TEXT,
        "reason": Kind.TEXT,
        "explanation": Kind.TEXT,
        "decide_due_time": Kind.TIME,
    },
    "complaint-supervised": {
        "complaint": Kind.TEXT,
        "step": Kind.TERM,
        "clock": Kind.TERM,
        "unit": Kind.TEXT,
        "due_time": Kind.TIME,
    },
    "payment-received": {
        "amount": Kind.MONEY,
        "balance": Kind.MONEY,
        "pay_time": Kind.TIME,
        "reference": Kind.TEXT,
    },
    "standard-escalated": {
        "work_order": Kind.TEXT,
        "clock": Kind.TERM,
        "level": Kind.TERM,
        "category": Kind.TERM,
        "urgency": Kind.TERM,
        "crew": Kind.TEXT,
        "raise_time": Kind.TIME,
    },
}
