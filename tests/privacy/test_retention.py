"""What people said to the services goes when it is past its time, and what happened stays (C9)."""

from datetime import timedelta

import pytest

from complaints import bootstrap as complaints
from hearthline.complaints.v1 import complaints_pb2
from hearthline.notifications.v1.notifications_pb2 import GetNotificationRequest, Notification
from hearthline.workorders.v1.tickets_pb2 import CancelTicketRequest, GetTicketRequest, Ticket
from notifications import bootstrap as notifications
from servicekit.personal_data import ERASED
from servicekit.retention import Retention
from tests.complaints.calls import decide, filing, stub
from tests.notifications import calls as messages
from tests.notifications.test_api import send
from tests.support.running import RunningService, Starter
from tests.surveys.running import Surveys, says
from tests.workorders.calls import Desk
from workorders.domain.lifecycle import AWAITING_CONSENT, OPEN, State
from workorders.domain.ticket import TicketState
from workorders.store.tables import JOBS_KEPT, TICKETS_KEPT

YEAR, DAY = timedelta(days=365), timedelta(days=1)


def look(svc: RunningService, after: timedelta) -> None:
    """One round of the loop, as it comes every hour, when this time is over."""
    svc.clock.advance(after)
    while Retention(svc.service.rules).run_once(svc.kit):
        pass


def test_of_a_message_stays_that_it_was_sent(start: Starter) -> None:
    svc = start(notifications.service)
    name = messages.notifications(svc).SendNotification(send()).name
    svc.settle()

    def told() -> Notification:
        return messages.notifications(svc).GetNotification(GetNotificationRequest(name=name))

    look(svc, 2 * YEAR - DAY)
    before = told()
    assert before.body.startswith("Dear Li")
    look(svc, 2 * DAY)

    after = told()
    assert (after.state, after.channel, after.send_time) == (before.state, before.channel, before.send_time)
    assert (after.body, dict(after.values)) == (ERASED, {})
    assert [attempt.address for attempt in after.attempts] == [ERASED]
    assert messages.outbox(svc) == []


def test_of_an_answer_stay_the_points(start: Starter) -> None:
    running = Surveys(start)
    running.answer(running.invite().link_token, says("overall", 4), says("comment", text="谢谢师傅"))
    look(running.running, 3 * YEAR - 2 * DAY)
    assert running.find()[0].response.comment == "谢谢师傅"
    look(running.running, 3 * DAY)
    kept = running.find()[0].response
    assert (kept.score, kept.comment) == (4, ERASED)
    assert {answer.text for answer in kept.answers} <= {"", ERASED}


def test_of_a_complaint_stays_what_was_decided(start: Starter) -> None:
    svc = start(complaints.service)
    desk = stub(svc)
    names = [
        desk.FileComplaint(filing(complainant_display_name="李雷", related_resource=r)).name for r in ("", "tickets/t2")
    ]
    for name in names:
        decide(desk, name)
    desk.CloseComplaint(complaints_pb2.CloseComplaintRequest(name=names[0], closing_note="settled"))
    look(svc, 5 * YEAR + DAY)
    closed, open_still = (desk.GetComplaint(complaints_pb2.GetComplaintRequest(name=name)) for name in names)
    assert (closed.complainant_display_name, closed.description, closed.remedy_sought) == (ERASED, ERASED, "")
    assert closed.decision == "The valve was changed."
    assert open_still.complainant_display_name == "李雷"


@pytest.mark.parametrize("years", [4, 6])
def test_of_a_ticket_stays_what_it_was_about_but_an_open_one_stays_as_it_is(start: Starter, years: int) -> None:
    desk = Desk(start, work=False)
    over, waiting = desk.report(), desk.report(premises="premises/p2")
    desk.tickets.CancelTicket(CancelTicketRequest(name=over.name, reason="warm again"))

    look(desk.svc, years * YEAR)

    def kept(ticket: Ticket) -> tuple[str, str, str]:
        found = desk.tickets.GetTicket(GetTicketRequest(name=ticket.name))
        return found.category, found.summary, found.outcome

    assert kept(over) == ("no_heat", *((ERASED, ERASED) if years > 5 else ("暖气不热", "warm again")))
    assert kept(waiting) == ("no_heat", "暖气不热", "")


@pytest.mark.parametrize("years", [4, 6])
def test_of_a_job_stays_how_it_was_mended_but_an_open_one_stays_as_it_is(start: Starter, years: int) -> None:
    desk = Desk(start)
    done, going_on = desk.job(), desk.job(premises="premises/p2")
    desk.to_progress(done.name)
    desk.complete(done.name, signature="signatures/x")
    desk.step("ConfirmWorkOrder", done.name, note="they are content")
    desk.step("CloseWorkOrder", done.name)
    desk.to_progress(going_on.name)
    before = desk.get(done.name)

    look(desk.svc, years * YEAR)

    after, is_past = desk.get(done.name), years > 5
    assert after.signature == (ERASED if is_past else "signatures/x")
    noted = {"三单元门口", "they are content"}
    assert noted & {stage.note for stage in after.stages} == (set() if is_past else noted)
    assert [(stage.state, stage.time) for stage in after.stages] == [(s.state, s.time) for s in before.stages]
    assert (after.cause, after.resolution, after.promises) == (before.cause, before.resolution, before.promises)
    assert "三单元门口" in {stage.note for stage in desk.get(going_on.name).stages}


def test_tickets_that_are_over_are_those_that_nobody_works_on() -> None:
    assert all(f"'{state}'" in TICKETS_KEPT.text for state in (TicketState.RESOLVED, TicketState.CANCELLED))
    assert not any(f"'{state}'" in TICKETS_KEPT.text for state in (TicketState.NEW, TicketState.LINKED))


def test_jobs_that_are_over_are_those_without_a_next_step() -> None:
    assert {state for state in State if f"'{state}'" in JOBS_KEPT.text} == set(State) - OPEN - AWAITING_CONSENT
