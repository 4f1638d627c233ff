"""The season's report: what the platform says happened, and whether it all adds up."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from hearthline.billing.v1 import ledger_pb2, payments_pb2
from hearthline.complaints.v1 import complaints_pb2
from hearthline.notifications.v1 import notifications_pb2
from hearthline.surveys.v1 import index_pb2
from hearthline.workorders.v1 import sensors_pb2, standards_pb2, tickets_pb2
from hearthline_cli.bank import Reconciliation
from hearthline_cli.season.opinions import estimated, factor_rows
from hearthline_cli.season.people import Memory
from hearthline_cli.season.platform import Platform, pages
from servicekit.times import to_timestamp


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must hold, and the numbers it was judged by."""

    rule: str
    holds: bool
    numbers: str


@dataclass
class Findings:
    """All that the services told, read once at the end of the season."""

    tickets: tickets_pb2.TicketStatistics
    performance: standards_pb2.ServicePerformance
    delivery: notifications_pb2.DeliveryStatistics
    surveys: index_pb2.SurveyStatistics
    index: index_pb2.SatisfactionIndex
    complaints: complaints_pb2.ComplaintStatistics
    payments: payments_pb2.PaymentStatistics
    trial: ledger_pb2.TrialBalance
    dead_letters: dict[str, int]
    banks: Reconciliation
    memory: Memory
    cold_rooms: int
    """Of homes with a sensor, that were cold in a night."""
    alarms: list[sensors_pb2.SensorAlarm]
    checks: list[Check] = field(default_factory=list)


def find(
    platform: Platform,
    start: datetime,
    end: datetime,
    memory: Memory,
    banks: Reconciliation,
    cold_rooms: int,
    dead: dict[str, int],
) -> Findings:
    """Asks every service for its numbers and judges them."""
    first, last = to_timestamp(start), to_timestamp(end)
    found = Findings(
        platform.tickets.GetTicketStatistics(tickets_pb2.GetTicketStatisticsRequest()),
        platform.standards.GetServicePerformance(standards_pb2.GetServicePerformanceRequest()),
        platform.notifications.GetDeliveryStatistics(
            notifications_pb2.GetDeliveryStatisticsRequest(start_time=first, end_time=last)
        ),
        platform.index.GetSurveyStatistics(index_pb2.GetSurveyStatisticsRequest(start_time=first, end_time=last)),
        platform.index.GetSatisfactionIndex(index_pb2.GetSatisfactionIndexRequest(start_time=first, end_time=last)),
        platform.complaints.GetComplaintStatistics(
            complaints_pb2.GetComplaintStatisticsRequest(start_time=first, end_time=last)
        ),
        platform.payments.GetPaymentStatistics(
            payments_pb2.GetPaymentStatisticsRequest(start_time=first, end_time=last)
        ),
        platform.ledger.GetTrialBalance(ledger_pb2.GetTrialBalanceRequest()),
        dead,
        banks,
        memory,
        cold_rooms,
        _alarms(platform),
    )
    found.checks = list(_checks(found))
    return found


def _alarms(platform: Platform) -> list[sensors_pb2.SensorAlarm]:
    request = sensors_pb2.ListSensorAlarmsRequest(page_size=1000)
    return [alarm for page in pages(platform.sensors.ListSensorAlarms, request) for alarm in page.sensor_alarms]


def _checks(f: Findings) -> Iterable[Check]:
    # Recovery tickets are the office's to settle; no crew is sent for them.
    states, told = Counter[str](), Counter[str]()
    for row in f.tickets.rows:
        if row.category != "recovery":
            states[tickets_pb2.Ticket.State.Name(row.state)] += row.count
            told["sensor" if row.channel == "sensor" else "call"] += row.count
    calls, by_sensor = told["call"], told["sensor"]
    yield Check("every call is a ticket", calls == f.memory.tickets, f"{f.memory.tickets} calls, {calls} tickets")
    undone = states["STATE_NEW"] + states["STATE_LINKED"]
    yield Check("every fault is mended in the end", undone == 0, f"{states.total()} tickets, {undone} unresolved")
    rung = len(f.alarms) == f.cold_rooms and all(a.state == sensors_pb2.SensorAlarm.STATE_ENDED for a in f.alarms)
    numbers = f"{f.cold_rooms} rooms, {len(f.alarms)} alarms, {by_sensor} tickets"
    yield Check("every cold room is one ticket", rung and by_sensor == f.cold_rooms, numbers)
    recovery, low = f.tickets.total - states.total(), f.surveys.total.low_score_count
    yield Check("every low score is a recovery ticket", recovery == low, f"{low} low scores, {recovery} tickets")
    total = f.surveys.total
    parts = total.answered_count + total.refused_count + total.expired_count + total.open_count
    yield Check("every survey is accounted for", parts == total.invited_count, f"{parts} of {total.invited_count}")
    answered = total.answered_count
    yield Check("every answer given is recorded", answered == f.memory.answers, f"{f.memory.answers}, {answered}")
    wanted, filed = total.complaint_wanted_count, f.complaints.by_channel.get("survey", 0)
    yield Check("every wish to complain is a complaint", wanted == filed, f"{wanted} wishes, {filed} complaints")
    yield Check("the ledger adds up to zero", f.trial.balanced, f"{f.trial.entry_count} entries")
    differences = len(f.banks.missing) + len(f.banks.unexpected)
    sent = sum(f.banks.sent.values())
    yield Check("every bank event got its answer", f.banks.is_complete, f"{sent} events, {differences} differences")
    posted = sum(bank.posted_count for bank in f.payments.banks)
    orders = f.banks.answered["PaymentAccepted"]
    yield Check("every payment accepted is posted", posted == orders, f"{orders} accepted, {posted} posted")
    rows = f.delivery.rows
    pending = sum(r.count for r in rows if notifications_pb2.Notification.State.Name(r.state) in _UNFINISHED)
    yield Check("no message is left over", pending == 0, f"{f.delivery.total} messages, {pending} unfinished")
    yield Check("no dead letters", not f.dead_letters, str(f.dead_letters or "none"))


_UNFINISHED = {"STATE_PENDING", "STATE_AWAITING_CONTACT", "STATE_SENDING", "STATE_SENT"}


def show(f: Findings, console: Console) -> None:
    """Prints the report."""
    for part in (_tickets, _standards, _messages, _opinions, _complaints, _money, _judgement):
        console.print(part(f))


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=SIMPLE)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    return table


def _tickets(f: Findings) -> Table:
    table = _table("Tickets and work orders", "what", "count")
    by_kind = Counter[str]()
    for row in f.tickets.rows:
        by_kind[f"{row.commodity} {row.category}"] += row.count
    for kind, count in by_kind.most_common():
        table.add_row(kind, f"{count:,}")
    table.add_row("of these by sensors", f"{sum(row.count for row in f.tickets.rows if row.channel == 'sensor'):,}")
    for state, count in sorted(f.performance.orders_by_state.items()):
        table.add_row(f"work orders {state.lower().replace('_', ' ')}", f"{count:,}")
    return table


def _standards(f: Findings) -> Table:
    table = _table("Standards kept: share, and number of cases", "commodity, category", *_CLOCKS)
    cells: dict[str, dict[str, list[int]]] = {}
    for row in f.performance.rows:
        kept, broken = cells.setdefault(f"{row.commodity} {row.category}", {}).setdefault(row.clock, [0, 0]), row.broken
        kept[0] += row.kept
        kept[1] += broken
    for kind, clocks in sorted(cells.items()):
        table.add_row(kind, *(_share(*clocks.get(clock, [0, 0])) for clock in _CLOCKS))
    return table


_CLOCKS = ("respond", "dispatch", "arrive", "restore", "call_back")


def _share(kept: int, broken: int) -> str:
    return f"{kept / (kept + broken):.0%} {kept + broken:>4,}" if kept + broken else "-"


def _messages(f: Findings) -> Table:
    table = _table("Messages by channel", "channel", "state", "count", "tries")
    by_state = Counter[tuple[str, str]]()
    tries = Counter[tuple[str, str]]()
    for row in f.delivery.rows:
        state = notifications_pb2.Notification.State.Name(row.state).removeprefix("STATE_").lower()
        by_state[row.channel or "-", state] += row.count
        tries[row.channel or "-", state] += row.attempts
    for key, count in sorted(by_state.items()):
        table.add_row(*key, f"{count:,}", f"{tries[key]:,}")
    return table


def _opinions(f: Findings) -> Table:
    table = _table("Opinions", "what", "value", "sample")
    total = f.surveys.total
    table.add_row("invited", f"{total.invited_count:,}", "")
    table.add_row(
        "response rate",
        estimated(total.response_rate, "{:.1%}".format, interval=False),
        f"{total.response_rate.sample_size:,}",
    )
    rows: list[tuple[str, index_pb2.Estimate, Callable[[float], str]]] = [
        ("satisfied (4 or 5)", f.index.csat, "{:.1%}".format),
        ("mean score", f.index.mean_score, "{:.2f}".format),
        ("net promoter score", f.index.nps, "{:+.0f}".format),
    ]
    for name, estimate, text in rows:
        table.add_row(name, estimated(estimate, text), f"{estimate.sample_size:,}")
    for row in factor_rows(f.index.factors):
        table.add_row(*row)
    return table


def _complaints(f: Findings) -> Table:
    table = _table("Complaints and their stage", "stage", "count")
    for state, count in sorted(f.complaints.by_state.items()):
        table.add_row(state.lower().replace("_", " "), f"{count:,}")
    table.add_row("overdue at the end", f"{f.complaints.overdue_count:,}")
    table.add_row("decided late, in any round", f"{f.complaints.decided_late_count:,}")
    table.add_row("missed any deadline", f"{f.complaints.missed_count:,}")
    # A complaint has up to three clocks, each with a ladder of its own.
    for step, count in sorted(f.complaints.by_supervision_step.items()):
        table.add_row(f"clocks that came to a {step}", f"{count:,}")
    return table


def _money(f: Findings) -> Table:
    table = _table("Payments by bank", "bank", "posted", "duplicate", "late", "quarantined", "reasons")
    for bank in f.payments.banks:
        reasons = ", ".join(f"{r.lower()} {n}" for r, n in sorted(bank.quarantined_by_reason.items()))
        counts = (bank.posted_count, bank.duplicate_count, bank.late_count, bank.quarantined_count)
        table.add_row(bank.bank, *(f"{count:,}" for count in counts), reasons)
    for total in f.payments.payments_total:
        table.add_row("together", f"{total.amount / 100:,.2f} {total.currency_code}", "", "", "", "")
    return table


def _judgement(f: Findings) -> Table:
    table = _table("Does it add up?", "rule", "holds", "numbers")
    for check in f.checks:
        table.add_row(check.rule, "[green]yes[/]" if check.holds else "[red]NO[/]", check.numbers)
    return table
