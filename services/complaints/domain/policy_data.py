"""The deadlines of the utility, as data (S2). A change is a new version with a later date, never an edit."""

from datetime import date

from complaints.domain.complaint import Severity
from complaints.domain.deadlines import Policy, PolicyBook, Terms

GENERAL: dict[str, Terms] = {
    Severity.MINOR: Terms(acknowledge=1, decide=15, extension=15, extensions=1, urging=2, criticism=5),
    Severity.SERIOUS: Terms(acknowledge=1, decide=10, extension=10, extensions=1, urging=1, criticism=3),
    Severity.GRAVE: Terms(acknowledge=0, decide=5, extension=5, extensions=1, urging=1, criticism=2),
}
# What a government hotline hands over is watched there too: five working days as a rule.
GOVERNMENT: dict[str, Terms] = {
    Severity.MINOR: Terms(acknowledge=1, decide=5, extension=5, extensions=1, urging=1, criticism=2),
    Severity.SERIOUS: Terms(acknowledge=0, decide=3, extension=3, extensions=1, urging=1, criticism=2),
    Severity.GRAVE: Terms(acknowledge=0, decide=2, extension=2, extensions=1, urging=1, criticism=2),
}
# The energy regulator's line leaves the company ten working days.
REGULATOR: dict[str, Terms] = {
    Severity.MINOR: Terms(acknowledge=1, decide=10, extension=5, extensions=1, urging=1, criticism=2),
    Severity.SERIOUS: Terms(acknowledge=1, decide=7, extension=5, extensions=1, urging=1, criticism=2),
    Severity.GRAVE: Terms(acknowledge=0, decide=3, extension=3, extensions=1, urging=1, criticism=2),
}
# Who answered a survey badly is called back at once, and hears soon what came of it.
SURVEY: dict[str, Terms] = {
    Severity.MINOR: Terms(acknowledge=1, decide=10, extension=5, extensions=1, urging=1, criticism=3),
    Severity.SERIOUS: Terms(acknowledge=1, decide=7, extension=5, extensions=1, urging=1, criticism=3),
}

POLICIES = (
    Policy(1, date(2020, 1, 1), GENERAL, {}),
    Policy(
        2,
        date(2025, 11, 1),
        GENERAL,
        {
            "12345": GOVERNMENT,
            "media": GOVERNMENT,
            "social_supervisor": GOVERNMENT,
            "12398": REGULATOR,
            "survey": SURVEY,
        },
    ),
)

BOOK = PolicyBook(POLICIES, tuple(Severity))
