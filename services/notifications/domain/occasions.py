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
    "payment-reversed": {
        "amount": Kind.MONEY,
        "balance": Kind.MONEY,
        "refunded": Kind.MONEY,
        "reverse_time": Kind.TIME,
        "reference": Kind.TEXT,
    },
    "payment-refunded": {"amount": Kind.MONEY, "refund_time": Kind.TIME},
    "crew-changed": {
        "work_order": Kind.TEXT,
        "commodity": Kind.TERM,
        "category": Kind.TERM,
        "crew_name": Kind.TEXT,
    },
    "fault-known": {
        "work_order": Kind.TEXT,
        "commodity": Kind.TERM,
        "category": Kind.TERM,
        "join_time": Kind.TIME,
    },
    "crew-overdue": {
        "work_order": Kind.TEXT,
        "commodity": Kind.TERM,
        "category": Kind.TERM,
        "crew_name": Kind.TEXT,
        "due_time": Kind.TIME,
    },
    "crew-on-site": {
        "work_order": Kind.TEXT,
        "commodity": Kind.TERM,
        "category": Kind.TERM,
        "crew_name": Kind.TEXT,
    },
    "arrival-late": {
        "work_order": Kind.TEXT,
        "commodity": Kind.TERM,
        "category": Kind.TERM,
        "due_time": Kind.TIME,
    },
    "work-suspended": {
        "work_order": Kind.TEXT,
        "commodity": Kind.TERM,
        "category": Kind.TERM,
        "reason": Kind.TERM,
        "suspend_time": Kind.TIME,
    },
    "work-resumed": {
        "work_order": Kind.TEXT,
        "commodity": Kind.TERM,
        "category": Kind.TERM,
        "resume_time": Kind.TIME,
    },
    "work-not-done": {
        "work_order": Kind.TEXT,
        "commodity": Kind.TERM,
        "category": Kind.TERM,
        "reason": Kind.TEXT,
        "not_done_time": Kind.TIME,
    },
    "ticket-corrected": {
        "ticket": Kind.TEXT,
        "commodity": Kind.TERM,
        "category": Kind.TERM,
        "urgency": Kind.TERM,
        "triage_time": Kind.TIME,
    },
    "complaint-withdrawn": {"complaint": Kind.TEXT, "withdraw_time": Kind.TIME},
    "complaint-reopened": {"complaint": Kind.TEXT, "reopen_time": Kind.TIME},
    "complaint-late": {"complaint": Kind.TEXT, "due_time": Kind.TIME},
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
