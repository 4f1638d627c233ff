"""What six services should know of one customer, in memory: the simplest thing that could be right."""

from collections import Counter
from dataclasses import dataclass, field

JOB = {
    "DISPATCHED": {"AcknowledgeWorkOrder": "ACKNOWLEDGED"},
    "ACKNOWLEDGED": {"StartWorkOrderTravel": "EN_ROUTE"},
    "EN_ROUTE": {"ArriveWorkOrder": "ARRIVED"},
    "ARRIVED": {"StartWorkOrder": "IN_PROGRESS"},
    "IN_PROGRESS": {"SuspendWorkOrder": "SUSPENDED", "CompleteWorkOrder": "COMPLETED"},
    "SUSPENDED": {"ResumeWorkOrder": "IN_PROGRESS"},
    "COMPLETED": {"ConfirmWorkOrder": "CONFIRMED"},
    "CONFIRMED": {"CloseWorkOrder": "CLOSED"},
    "CLOSED": {},
}
"""State of a job: the steps that are allowed in it, and where they lead."""

COMPLAINT = {
    "RECEIVED": {"AcknowledgeComplaint": "ACKNOWLEDGED"},
    "ACKNOWLEDGED": {"AssessComplaint": "ASSESSED"},
    "ASSESSED": {"InvestigateComplaint": "INVESTIGATED"},
    "INVESTIGATED": {"RespondComplaint": "RESPONDED"},
    "RESPONDED": {"CommunicateDecision": "DECISION_COMMUNICATED"},
    "DECISION_COMMUNICATED": {"CloseComplaint": "CLOSED"},
    "CLOSED": {},
}
"""The same for complaints."""


@dataclass(slots=True)
class Model:
    """One customer with one account."""

    name: str = ""
    balance: int = 0
    payments: dict[str, int] = field(default_factory=dict)
    """What is left of each, in minor units."""
    jobs: dict[str, str] = field(default_factory=dict)
    complaints: dict[str, str] = field(default_factory=dict)
    timeline: Counter[str] = field(default_factory=Counter)
    """Lines by kind of the fact."""

    def tell(self, fact: str) -> None:
        """Something that the customer's timeline shows."""
        self.timeline[fact] += 1

    def refund(self, payment: str, amount: int) -> bool:
        """True when it is allowed."""
        if amount > self.payments[payment]:
            return False
        self.payments[payment] -= amount
        self.balance += amount
        self.tell("PaymentRefunded")
        return True


def follow(open_: dict[str, str], paths: dict[str, dict[str, str]], name: str, verb: str) -> bool:
    """True when this step is allowed; then it is taken."""
    following = paths[open_[name]].get(verb)
    if following is None:
        return False
    open_[name] = following
    return True
