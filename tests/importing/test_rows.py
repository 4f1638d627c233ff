"""Rows are judged one by one: what is wrong with one is told of it, and its neighbours go in (C12)."""

import csv
import gzip
from pathlib import Path

import pytest

import customers.bootstrap
import workorders.bootstrap
from hearthline.workorders.v1 import tickets_pb2 as pb
from hearthline.workorders.v1.tickets_pb2_grpc import TicketServiceStub
from servicekit.times import from_timestamp
from tests.importing.desk import HEADER, csv_file, report_of, run, small_mapping
from tests.support.running import RunningService, Starter

GOOD = "1,cold,radiator,02.01.2025 08:30"


@pytest.fixture
def desk(start: Starter) -> RunningService:
    return start(workorders.bootstrap.service, work=False)


def tickets(desk: RunningService) -> list[pb.Ticket]:
    return list(TicketServiceStub(desk.channel).ListTickets(pb.ListTicketsRequest(page_size=1000)).tickets)


def test_a_row_becomes_a_ticket_of_its_own_time(desk: RunningService, tmp_path: Path) -> None:
    answer = run("tickets", csv_file(tmp_path, [GOOD]), small_mapping(tmp_path), "--target", desk.target)
    assert (answer.exit_code, answer.stdout.splitlines()) == (
        0,
        [
            "1 rows: 1 created, 0 there already, 0 skipped, 0 refused, 0 empty",
            "2 lines: 1 of the header, 1 created, 0 there already, 0 skipped, 0 refused, 0 empty",
        ],
    )
    (ticket,) = tickets(desk)
    assert (ticket.name, ticket.category, ticket.summary) == ("tickets/old-1", "no_heat", "cold, radiator")
    reported = from_timestamp(ticket.report_time)
    assert reported is not None
    assert reported.isoformat() == "2025-01-02T00:30:00+00:00"
    assert not report_of(tmp_path / "old.csv").exists()


def test_a_second_run_creates_nothing(desk: RunningService, tmp_path: Path) -> None:
    file, mapping = csv_file(tmp_path, [GOOD, "2,wet,floor,03.01.2025 10:00"]), small_mapping(tmp_path)
    run("tickets", file, mapping, "--target", desk.target)
    again = run("tickets", file, mapping, "--target", desk.target)
    assert again.stdout.splitlines()[0] == "2 rows: 0 created, 2 there already, 0 skipped, 0 refused, 0 empty"
    assert len(tickets(desk)) == 2


def test_a_dry_run_checks_and_sends_nothing(desk: RunningService, tmp_path: Path) -> None:
    file = csv_file(tmp_path, [GOOD, "2,odd,floor,03.01.2025 10:00"])
    answer = run("tickets", file, small_mapping(tmp_path), "--dry-run", "--target", desk.target)
    assert answer.exit_code == 1
    assert answer.stdout.splitlines()[0] == "2 rows: 1 would be sent, 0 there already, 0 skipped, 1 refused, 0 empty"
    assert tickets(desk) == []


@pytest.mark.parametrize(
    ("row", "field", "rule", "value"),
    [
        ("2,odd,x,02.01.2025 08:30", "category", "is not one of the mapping's values", "odd"),
        ("2,cold,x,2025-01-02", "report_time", "is no time of the form %d.%m.%Y %H:%M", "2025-01-02"),
        ("2,cold,x,", "report_time", "value is required", ""),
        (",cold,x,02.01.2025 08:30", "ticket_id", "must be at least 1 characters", ""),
        ("2 3,cold,x,02.01.2025 08:30", "ticket_id", "must be 1 to 128 letters", "old-2 3"),
        ("2,cold,x", "row", "has 3 columns, the header has 4", ""),
        ("2,cold,a\0b,02.01.2025 08:30", "words", "must not contain the NUL character", "a\0b"),
        (f"2,cold,{'x' * 4001},02.01.2025 08:30", "summary", "must be at most 4000 characters", "cold, " + "x" * 4001),
        ("2,cold,x,02.01.3025 08:30", "report_time", "must not be in the future", "02.01.3025 08:30"),
    ],
)  # fmt: skip
def test_a_bad_row_is_reported_and_its_neighbours_go_in(
    desk: RunningService, tmp_path: Path, row: str, field: str, rule: str, value: str
) -> None:
    file = csv_file(tmp_path, [GOOD, row, "3,wet,z,02.01.2025 08:31"])
    answer = run("tickets", file, small_mapping(tmp_path), "--target", desk.target)
    assert answer.exit_code == 1, answer.output
    assert [ticket.name for ticket in tickets(desk)] == ["tickets/old-1", "tickets/old-3"]
    with report_of(file).open(newline="", encoding="utf-8-sig") as report:
        (told,) = csv.DictReader(report)
    assert (told["row"], told["line"], told["field"], told["value"]) == ("2", "3", field, value)
    assert told["rule"].startswith(rule)


def test_bytes_that_are_no_text_are_refused_and_told_readably(desk: RunningService, tmp_path: Path) -> None:
    file = tmp_path / "old.csv"
    file.write_bytes(f"{HEADER}\n{GOOD}\n2,cold,".encode() + b"caf\xe9" + b",02.01.2025 08:30\n")
    assert run("tickets", file, small_mapping(tmp_path), "--target", desk.target).exit_code == 1
    told = report_of(file).read_text(encoding="utf-8")
    assert 'words,"is not text in the file\'s encoding, utf-8-sig",caf\\udce9' in told
    assert len(tickets(desk)) == 1


def test_files_as_offices_write_them(desk: RunningService, tmp_path: Path) -> None:
    """Gzipped, with a BOM, CRLF, a comma and a newline inside quotes, an empty line, and a row that is not meant."""
    file = tmp_path / "old.csv.gz"
    lines = [HEADER, '1,cold,"one, two\r\nthree",02.01.2025 08:30', "", "9,test,x,y", "2,wet,z,02.01.2025 08:30"]
    file.write_bytes(gzip.compress(("\ufeff" + "\r\n".join(lines)).encode()))
    answer = run("tickets", file, small_mapping(tmp_path), "--target", desk.target)
    assert answer.stdout.splitlines()[0] == "4 rows: 2 created, 0 there already, 1 skipped, 0 refused, 1 empty"
    assert tickets(desk)[0].summary == "cold, one, two\r\nthree"


def test_texts_too_long_for_one_message_go_in_several(desk: RunningService, tmp_path: Path) -> None:
    # 500 of them are 5.9 MB; a service takes 4 MiB.
    file = csv_file(tmp_path, [f"{number},cold,{'暖' * 3900},02.01.2025 08:30" for number in range(500)])
    answer = run("tickets", file, small_mapping(tmp_path), "--target", desk.target)
    assert answer.stdout.startswith("500 rows: 500 created, 0 there already, 0 skipped, 0 refused, 0 empty\n")
    assert len(tickets(desk)) == 500


@pytest.mark.parametrize(
    "cell", ["x" * 200_000, '"' + "x" * 200_000 + '"', "x" * 3_000_000], ids=["bare", "quoted", "endless"]
)
def test_a_cell_that_is_too_large_is_told_and_its_neighbours_go_in(
    desk: RunningService, tmp_path: Path, cell: str
) -> None:
    rows = [GOOD, f"2,cold,{cell},02.01.2025 08:30", GOOD.replace("1", "3", 1)]
    answer = run("tickets", csv_file(tmp_path, rows), small_mapping(tmp_path), "--target", desk.target)
    assert {ticket.name for ticket in tickets(desk)} == {"tickets/old-1", "tickets/old-3"}
    assert "2 created" in answer.stdout
    told = report_of(tmp_path / "old.csv").read_text()
    assert "field larger than field limit" in told or "is longer than 1,048,576 characters" in told


PEOPLE = """
premises: {premises_id: {column: place}, address: {column: street}}
customer: {customer_id: {column: who}, display_name: {column: who}}
contacts: [{channel: {constant: sms}, address: {column: telephone}}]
"""


def test_a_contact_that_is_left_out_is_told_with_its_own_address(start: Starter, tmp_path: Path) -> None:
    registry = start(customers.bootstrap.service, work=False)
    file = tmp_path / "people.csv"
    file.write_text("place,street,who,telephone\np1,Lane 1,Wang,13912345678\np2,Lane 2,Li,12345\n")
    mapping = small_mapping(tmp_path, PEOPLE)
    answer = run("customers", file, mapping, "--target", registry.target)
    assert answer.stdout.splitlines()[::2] == [
        "2 rows: 2 created, 0 there already, 0 skipped, 0 refused, 0 empty",
        "1 contacts were left out of rows that were created",
    ]
    assert answer.exit_code == 1
    with report_of(file).open(newline="", encoding="utf-8-sig") as report:
        (told,) = csv.DictReader(report)
    assert (told["row"], told["field"], told["value"]) == ("2", "contacts[0].address", "12345")
