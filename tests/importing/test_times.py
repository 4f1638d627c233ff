"""Times as sources write them: Excel's days, and the hour that a zone has twice or never (issue 19, 22)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hearthline.workorders.v1.tickets_pb2 import ImportedTicket
from hearthline_cli.importing.filling import fill
from hearthline_cli.importing.mapping import TicketMapping
from hearthline_cli.importing.moments import in_order, parsed
from hearthline_cli.importing.reading import RowError
from servicekit.times import from_timestamp

NEW_YORK, BERLIN, HARBIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Harbin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")


@pytest.mark.parametrize(
    ("text", "form", "told"),
    [
        ("45659.3541666667", "excel", "2025-01-02T08:30:00"),
        ("45659.35417", "excel", "2025-01-02T08:30:00"),
        ("45659", "excel", "2025-01-02T00:00:00"),
        ("45659.0", "excel", "2025-01-02T00:00:00"),
        ("44197.354166666664", "excel-1904", "2025-01-02T08:30:00"),
        ("1", "excel", "1900-01-01T00:00:00"),
        ("59", "excel", "1900-02-28T00:00:00"),
        ("61", "excel", "1900-03-01T00:00:00"),
        ("1", "excel-1904", "1904-01-02T00:00:00"),
        ("60", "excel-1904", "1904-03-01T00:00:00"),
        ("45659.999999", "excel", "2025-01-03T00:00:00"),
        ("2958465", "excel", "9999-12-31T00:00:00"),
    ],
)
def test_days_as_excel_counts_them(text: str, form: str, told: str) -> None:
    found = parsed(text, [form])
    assert found is not None
    assert found.isoformat() == told


@pytest.mark.parametrize(
    "text", ["60", "60.5", "0", "0.5", "-1", "2958466", "1e9", "nan", "inf", "x", "", "2025-01-02"]
)
def test_what_is_no_day_of_excel(text: str) -> None:
    assert parsed(text, ["excel"]) is None


@given(st.datetimes(datetime(1900, 3, 2), datetime(9998, 1, 1)))
def test_every_second_comes_back(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    days = (moment - datetime(1899, 12, 30)) / timedelta(days=1)
    assert parsed(repr(days), ["excel"]) == moment


def ticket(zone: str, report: str, resolve: str) -> tuple[datetime | None, datetime | None]:
    rules = TicketMapping.model_validate(
        {
            "source": {"time_zone": zone, "time_formats": ["%Y-%m-%d %H:%M", "iso"]},
            "ticket": {
                "ticket_id": {"constant": "x"}, "premises": {"constant": "premises/x"},
                "commodity": {"constant": "heat"}, "category": {"constant": "leak"},
                "severity": {"constant": "minor"}, "urgency": {"constant": "routine"},
                "channel": {"constant": "hotline"}, "summary": {"constant": "x"},
                "report_time": {"column": "a"}, "resolve_time": {"column": "b"},
            },
        }
    )  # fmt: skip
    found = fill(ImportedTicket(), rules.ticket, {"a": report, "b": resolve}, rules.source)
    return from_timestamp(found.report_time), from_timestamp(found.resolve_time)


@pytest.mark.parametrize(
    ("zone", "report", "resolve", "first", "last"),
    [
        # The hour from 01:00 to 02:00 comes twice.
        ("America/New_York", "2024-11-03 01:50", "2024-11-03 01:10", "05:50", "06:10"),
        ("America/New_York", "2024-11-03 01:10", "2024-11-03 01:50", "05:10", "05:50"),
        ("America/New_York", "2024-11-03 00:50", "2024-11-03 01:10", "04:50", "05:10"),
        ("America/New_York", "2024-11-03 01:50", "2024-11-03 02:10", "05:50", "07:10"),
        ("America/New_York", "2024-11-03 01:59", "2024-11-03 01:00", "05:59", "06:00"),
        ("America/New_York", "2024-11-03 01:30", "2024-11-03 01:30", "05:30", "05:30"),
        ("Europe/Berlin", "2024-10-27 02:45", "2024-10-27 02:15", "00:45", "01:15"),
        # Half an hour comes twice.
        ("Australia/Lord_Howe", "2024-04-07 01:50", "2024-04-07 01:40", "14:50", "15:10"),
        # The hour from 02:00 to 03:00 never comes: it is read by the clock before.
        ("America/New_York", "2024-03-10 02:30", "2024-03-10 04:00", "07:30", "08:00"),
        ("America/New_York", "2024-03-10 01:30", "2024-03-10 02:30", "06:30", "07:30"),
        ("America/New_York", "2024-03-10 02:30", "2024-03-10 03:10", "06:30", "07:10"),
        ("Europe/Berlin", "2024-03-31 02:00", "2024-03-31 02:59", "01:00", "01:59"),
        # Where an offset is named nothing is guessed.
        ("America/New_York", "2024-11-03T01:50:00-05:00", "2024-11-03 01:55", "06:50", "06:55"),
    ],
)
def test_the_hour_that_comes_twice_or_never(zone: str, report: str, resolve: str, first: str, last: str) -> None:
    found = ticket(zone, report, resolve)
    assert [moment and moment.strftime("%H:%M") for moment in found] == [first, last]


def test_before_and_after_stay_as_they_are_on_every_other_day() -> None:
    report, resolve = ticket("America/New_York", "2024-11-05 01:50", "2024-11-05 01:10")
    assert report is not None
    assert resolve is not None
    # The service refuses it, as before.
    assert report - resolve == timedelta(minutes=40)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)), st.integers(0, 600), st.sampled_from([NEW_YORK, BERLIN, HARBIN, LORD_HOWE]))  # noqa: E501  # fmt: skip
def test_what_happened_in_order_is_read_in_order(start: datetime, minutes: int, zone: ZoneInfo) -> None:
    """Two instants written by a zone's clock, without its offset, and read again."""
    began = start.replace(tzinfo=UTC)
    ended = began + timedelta(minutes=minutes)
    first, last = in_order(*(m.astimezone(zone).replace(fold=0) for m in (began, ended)))
    assert first <= last
    assert (abs(first - began), abs(last - ended)) <= (timedelta(hours=1), timedelta(hours=1))


@given(st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)), st.integers(61, 600), st.sampled_from([NEW_YORK, BERLIN]))  # noqa: E501  # fmt: skip
def test_an_end_more_than_an_hour_before_its_start_stays_wrong(start: datetime, minutes: int, zone: ZoneInfo) -> None:
    end = start - timedelta(minutes=minutes)
    first, last = in_order(start.replace(tzinfo=zone), end.replace(tzinfo=zone))
    assume(start.replace(tzinfo=zone).utcoffset() == end.replace(tzinfo=zone).utcoffset())
    assert last < first


def test_a_time_of_no_form_names_the_forms() -> None:
    with pytest.raises(RowError, match="is no time of the form %Y-%m-%d %H:%M or iso"):
        ticket("UTC", "2024-13-01 00:00", "2024-01-01 00:00")
