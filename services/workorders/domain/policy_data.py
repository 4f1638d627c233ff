"""The service standards of the utility, as data (W4). A change is a new version with a later date, never an edit."""

from datetime import date, timedelta

from workorders.domain.clocks import Clock, Hours, Limit, Measure
from workorders.domain.escalation import Ladder
from workorders.domain.policy import GENERAL, Case, Rule, Standard


def minutes(amount: float) -> Limit:
    """Elapsed minutes, day and night."""
    return Limit(timedelta(minutes=amount))


def hours(amount: float) -> Limit:
    """Elapsed hours, day and night."""
    return Limit(timedelta(hours=amount))


def office_hours(amount: float) -> Limit:
    """Hours in which the office is open; eight make a day."""
    return Limit(timedelta(hours=amount), hours=Hours.OFFICE)


def ladder(crew_lead: float, department: float, company: float) -> Ladder:
    """Minutes after the miss."""
    return Ladder(timedelta(minutes=crew_lead), timedelta(minutes=department), timedelta(minutes=company))


WITHIN_THE_SHIFT = Limit(timedelta(hours=2), Measure.SHIFT)  # 小修不过班
BEFORE_THE_NIGHT_ENDS = Limit(timedelta(hours=4), Measure.NIGHT)  # 中修不过夜


def without_pause(amount: float) -> Limit:
    """Elapsed hours that run on through every suspension (大修连续干)."""
    return Limit(timedelta(hours=amount), pausable=False)


EVERY_CASE = Rule(
    Case(),
    {
        Clock.RESPOND: hours(4),
        Clock.DISPATCH: hours(4),
        Clock.ARRIVE: minutes(20),  # from dispatch (S1)
        Clock.RESTORE: hours(48),
        Clock.CALL_BACK: office_hours(8),
    },
    ladder(0, 240, 1440),
    hand_overs=False,
)
URGENT = Rule(Case(urgency="urgent"), {Clock.RESPOND: hours(1), Clock.DISPATCH: minutes(30)}, ladder(0, 30, 120))
EMERGENCY = Rule(Case(urgency="emergency"), {Clock.RESPOND: minutes(30), Clock.DISPATCH: minutes(5)}, ladder(0, 15, 60))
VIP = Rule(Case(urgency="urgent", segment="vip"), {Clock.RESPOND: minutes(30), Clock.DISPATCH: minutes(15)})
INDUSTRIAL = Rule(Case(urgency="urgent", segment="industrial"), {Clock.RESPOND: minutes(45)})
RURAL = Rule(Case(area="rural"), {Clock.ARRIVE: minutes(40)})
MINOR = Rule(Case(severity="minor"), {Clock.RESTORE: WITHIN_THE_SHIFT})
# What can wait is not a shift's work: a meter change is promised in working days.
MINOR_ROUTINE = Rule(Case(severity="minor", urgency="routine"), {Clock.RESTORE: office_hours(16)})
MEDIUM = Rule(Case(severity="medium"), {Clock.RESTORE: BEFORE_THE_NIGHT_ENDS})
MAJOR = Rule(Case(severity="major"), {Clock.RESTORE: without_pause(24)}, hand_overs=True)

COMMON = (EVERY_CASE, URGENT, EMERGENCY, VIP, INDUSTRIAL, RURAL, MINOR, MINOR_ROUTINE, MEDIUM, MAJOR)

HEAT = (
    *COMMON,
    Rule(Case(category="burst_main"), {Clock.RESPOND: minutes(15), Clock.DISPATCH: minutes(5)}, ladder(0, 10, 30)),
    Rule(Case(category="low_temperature", urgency="routine"), {Clock.RESTORE: hours(24)}),
)
HEAT_BEFORE_2025 = (
    *(rule for rule in HEAT if rule is not EVERY_CASE),
    Rule(Case(), {**EVERY_CASE.limits, Clock.ARRIVE: minutes(30)}, EVERY_CASE.ladder, hand_overs=False),
)

GAS = (
    *COMMON,
    # A leak outruns everything: shut off and made safe within two hours, at night and on holidays.
    Rule(
        Case(category="leak"),
        {
            Clock.RESPOND: minutes(5),
            Clock.DISPATCH: minutes(2),
            Clock.ARRIVE: minutes(15),
            Clock.RESTORE: without_pause(2),
        },
        ladder(0, 5, 15),
    ),
    Rule(Case(category="leak", area="rural"), {Clock.ARRIVE: minutes(30)}),
    Rule(Case(category="leak", severity="major"), {Clock.RESTORE: without_pause(12)}),
)

POWER = (
    *(rule for rule in COMMON if rule is not RURAL),
    # The grid companies' commitments: 45 minutes in town, 90 in the country, two hours in remote parts.
    Rule(Case(area="urban"), {Clock.ARRIVE: minutes(45)}),
    Rule(Case(area="rural"), {Clock.ARRIVE: minutes(90)}),
    Rule(Case(area="remote"), {Clock.ARRIVE: minutes(120)}),
    Rule(Case(category="outage", urgency="emergency"), {Clock.RESTORE: hours(8)}),
    Rule(Case(category="outage", severity="major"), {Clock.RESTORE: without_pause(24)}),
)

STANDARDS = (
    Standard(GENERAL, 1, date(2020, 1, 1), COMMON),
    Standard("heat", 1, date(2020, 11, 1), HEAT_BEFORE_2025),
    Standard("heat", 2, date(2025, 11, 1), HEAT),
    Standard("gas", 1, date(2020, 1, 1), GAS),
    Standard("power", 1, date(2020, 1, 1), POWER),
)
