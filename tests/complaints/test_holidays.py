"""Deadlines that rest on holidays which nobody has published yet, and what happens when they are (W5, S2)."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text as text_query

from complaints.bootstrap import service
from complaints.domain.complaint import Severity
from complaints.domain.deadlines import Timetable
from complaints.domain.policy_data import BOOK
from complaints.settings import Settings
from hearthline.complaints.v1 import complaints_pb2 as pb
from servicekit.calendar import BusinessCalendar, ChineseHolidays, Window, official_table, weekly
from servicekit.times import instant, to_timestamp
from tests.complaints.builders import TIMES, cn, complaint
from tests.complaints.calls import filing, stub
from tests.support.running import RunningService, Starter

BRIDGED = """
version = 1
source = "State Council"
years = [2027]
holidays = ["2027-01-01/2027-01-03", "2027-02-05/2027-02-11"]
workdays = ["2027-01-09", "2027-01-16"]
"""

LONGER = """
version = 1
source = "State Council"
years = [2027]
holidays = ["2027-01-01/2027-01-08"]
"""


def timetable(text: str) -> Timetable:
    table = official_table(text)
    office = BusinessCalendar(weekly(Window(time(8, 30), time(17, 30))), holidays=ChineseHolidays.of(table))
    return Timetable(office, BOOK, table.version)


OFFICIAL = timetable(BRIDGED)


@given(
    st.sampled_from(Severity),
    st.datetimes(datetime(2026, 10, 1), datetime(2027, 3, 1), timezones=st.just(UTC)),
    st.timedeltas(timedelta(0), timedelta(days=90)),
    st.sets(st.dates(date(2027, 1, 1), date(2027, 4, 30)), min_size=5, max_size=60),
    st.sets(st.dates(date(2027, 1, 1), date(2027, 4, 30)), max_size=8),
)
def test_no_table_moves_a_deadline_back_or_behind_the_moment_it_comes(
    severity: Severity, received: datetime, waited: timedelta, holidays: set[date], extra: set[date]
) -> None:
    workdays = {day for day in extra if day.weekday() > 4} - holidays
    text = f'version = 1\nsource = "x"\nyears = [2027]\nholidays = {[str(d) for d in sorted(holidays)]}\n'
    times = timetable(text + f"workdays = {[str(d) for d in sorted(workdays)]}\n")
    before, now = complaint(receive_time=received, severity=severity).marked(TIMES), received + waited
    after = before.reckon(now, times)
    assert not after.deadline_estimated
    for old, new in (
        (before.acknowledge_due_time, after.acknowledge_due_time),
        (before.decide_due_time, after.decide_due_time),
    ):
        assert new == old if old <= now else now < new <= old
    assert before.missed_clocks(now) == after.missed_clocks(now)
    assert after.reckon(now, times) == after


def test_a_deadline_is_marked_only_where_it_goes_through_unknown_days() -> None:
    assert not complaint(receive_time=cn(11, 2)).marked(TIMES).deadline_estimated
    assert complaint(receive_time=cn(12, 29)).marked(TIMES).deadline_estimated
    assert not complaint(receive_time=cn(12, 29)).marked(OFFICIAL).deadline_estimated
    assert complaint(receive_time=cn(12, 29, year=2027)).marked(OFFICIAL).deadline_estimated


def test_the_days_of_extensions_and_of_a_graver_class_are_counted_anew() -> None:
    filed, now = cn(12, 28), cn(12, 29)
    extended = complaint(receive_time=filed).extend(now, TIMES, 3, "staff/1", "staff/2")
    days = TIMES.terms(extended.policy, "hotline", Severity.MINOR).decide
    counted = extended.reckon(now, OFFICIAL)
    assert counted.decide_due_time == OFFICIAL.after(filed, days + 3) < extended.decide_due_time
    late = cn(12, 30)
    minor = complaint(receive_time=filed, channel="12345").extend(now, TIMES, 3, "staff/1", "staff/2").acknowledge(late)
    graver = minor.assess(late, TIMES, "x", Severity.GRAVE, "")
    assert graver.decide_start is not None
    assert TIMES.after(graver.decide_start, graver.decide_days) == graver.decide_due_time < minor.decide_due_time


def test_the_table_takes_the_mark_off_and_moves_deadline_and_timer(start: Starter, tmp_path: Path) -> None:
    start.clock.set(cn(12, 29).astimezone(UTC))
    complaints = start(service)
    filed = stub(complaints).FileComplaint(filing())
    this_year = stub(complaints).FileComplaint(filing(receive_time=to_timestamp(cn(11, 25))))
    assert filed.deadline_estimated
    assert not this_year.deadline_estimated
    assert rows(complaints, "SELECT count(*) FROM complaints WHERE deadline_estimated") == [1]
    after = with_table(start, complaints, tmp_path, BRIDGED)
    counted = stub(after).GetComplaint(pb.GetComplaintRequest(name=filed.name))
    assert not counted.deadline_estimated
    days = TIMES.terms(filed.policy, "hotline", Severity.MINOR).decide
    due = instant(counted.decide_due_time)
    assert due == OFFICIAL.after(instant(filed.receive_time), days) < instant(filed.decide_due_time)
    assert reminder(after, filed.name) == [due]
    entries = stub(after).ListComplaintEntries(pb.ListComplaintEntriesRequest(parent=filed.name)).entries
    assert [entry.kind for entry in entries] == ["filed", "reckoned"]
    assert entries[1].details["holidays_version"] == "1"
    start.advance(due - start.clock.now() + timedelta(seconds=1))
    assert "decide.reminder" in stub(after).GetComplaint(pb.GetComplaintRequest(name=filed.name)).supervised_steps


def test_a_table_that_would_give_us_more_time_takes_the_mark_off_alone(start: Starter, tmp_path: Path) -> None:
    start.clock.set(cn(12, 29).astimezone(UTC))
    complaints = start(service)
    filed = stub(complaints).FileComplaint(filing())
    after = with_table(start, complaints, tmp_path, LONGER)
    counted = stub(after).GetComplaint(pb.GetComplaintRequest(name=filed.name))
    assert counted.decide_due_time == filed.decide_due_time
    assert not counted.deadline_estimated
    assert reminder(after, filed.name) == [instant(filed.decide_due_time)]


def test_a_corrected_issue_counts_anew_and_an_old_process_takes_nothing_back(start: Starter, tmp_path: Path) -> None:
    start.clock.set(cn(12, 29).astimezone(UTC))
    complaints = start(service)
    name = stub(complaints).FileComplaint(filing()).name
    read = pb.GetComplaintRequest(name=name)
    first = with_table(start, complaints, tmp_path, LONGER)
    before = stub(first).GetComplaint(read).decide_due_time
    second = with_table(start, first, tmp_path, BRIDGED.replace("version = 1", "version = 2"))
    corrected = stub(second).GetComplaint(read)
    assert instant(corrected.decide_due_time) < instant(before)
    third = with_table(start, second, tmp_path, LONGER)
    assert stub(third).GetComplaint(read) == corrected


def with_table(start: Starter, running: RunningService, folder: Path, text: str) -> RunningService:
    """The service, ended and started again with this table of holidays."""
    path = folder / "holidays.toml"
    path.write_text(text, "utf-8")
    start.end(running)
    running.service = service(Settings(**{**running.service.settings.model_dump(), "holidays": path}))
    after = start.again(running)
    after.settle()
    return after


def reminder(running: RunningService, name: str) -> list[datetime]:
    return rows(running, f"SELECT due FROM timers WHERE subject = '{name}' AND name = 'decide.reminder'")


def rows(running: RunningService, query: str) -> list[Any]:
    with running.kit.engine.connect() as connection:
        return [row[0] for row in connection.execute(text_query(query))]
