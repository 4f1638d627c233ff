"""What ends an import before it begins, or in the middle, ends it with two and says which key or file it is."""

from pathlib import Path

import pytest

from tests.importing.desk import SMALL, csv_file, report_of, run, small_mapping

ROW = "1,cold,x,02.01.2025 08:30"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SMALL + "nobody: 1\n", "nobody: Extra inputs are not permitted"),
        (SMALL + "  nobody: {constant: x}\n", "ticket: Value error, no such field: nobody; there are category"),
        (SMALL + "  outcome: {column: a, constant: b}\n", "ticket.outcome: Value error, give exactly one of column"),
        (SMALL.replace("Asia/Shanghai", "Asia/Nowhere"), "source.time_zone: "),
        (SMALL + "  outcome: {column: result}\n", "has no column result; it has number, kind, words, came"),
        ("ticket: {", "is not YAML"),
        ("", "mapping: Input should be a valid dictionary"),
        (SMALL.replace("%d.%m", "%Q.%m"), "source.time_formats.0: Value error, 'Q' is a bad directive"),
        (SMALL.replace("source: {", "source: {encoding: utf-99, "), "unknown encoding: utf-99"),
    ],
)
def test_a_mapping_that_cannot_be_used(tmp_path: Path, text: str, told: str) -> None:
    answer = run("tickets", csv_file(tmp_path, [ROW]), small_mapping(tmp_path, text), "--dry-run")
    assert answer.exit_code == 2, answer.output
    assert told in answer.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("premises: {address: {column: words}}", "premises needs a premises_id"),
        ("premises: {premises_id: {column: number}}\ncustomer: {display_name: {column: words}}", "needs a customer_id"),
        ("premises: {premises_id: {column: number}}\ncontacts: [{channel: {constant: sms}}]", "need a customer"),
    ],
)
def test_a_mapping_of_customers_names_what_a_second_run_knows_them_by(tmp_path: Path, text: str, told: str) -> None:
    answer = run("customers", csv_file(tmp_path, [ROW]), small_mapping(tmp_path, text), "--dry-run")
    assert answer.exit_code == 2
    assert told in answer.stderr


def test_a_service_that_cannot_be_reached(tmp_path: Path) -> None:
    # Nothing listens on the discard port.
    answer = run("tickets", csv_file(tmp_path, [ROW]), small_mapping(tmp_path), "--target", "127.0.0.1:9")
    assert answer.exit_code == 2
    assert "127.0.0.1:9: UNAVAILABLE" in answer.stderr
    assert "0 rows are done, the same command goes on after them" in answer.stderr


def test_a_file_that_breaks_off(tmp_path: Path) -> None:
    file = tmp_path / "old.csv.gz"
    file.write_bytes(b"\x1f\x8b\x08\x00")
    answer = run("tickets", file, small_mapping(tmp_path), "--dry-run")
    assert answer.exit_code == 2
    assert answer.stderr.startswith("import: ")


def test_no_dry_run_over_an_import_that_was_interrupted(tmp_path: Path) -> None:
    file = csv_file(tmp_path, [ROW])
    checkpoint = report_of(file).with_name(report_of(file).name + ".checkpoint")
    checkpoint.write_text("{}")
    answer = run("tickets", file, small_mapping(tmp_path), "--dry-run")
    assert answer.exit_code == 2
    assert "an import was interrupted" in answer.stderr


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("number,kind,words,came,words", "has more than one column words"),
        (f"{'x' * 200_000},kind", "its header is no CSV: field larger than field limit"),
    ],
)
def test_a_header_that_cannot_be_used(tmp_path: Path, header: str, told: str) -> None:
    file = tmp_path / "old.csv"
    file.write_text(f"{header}\n{ROW},y\n")
    answer = run("tickets", file, small_mapping(tmp_path), "--dry-run")
    assert answer.exit_code == 2, answer.output
    assert told in answer.stderr


@pytest.mark.parametrize("name", ["old.csv", "mapping.yaml"])
@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_the_error_report_never_replaces_a_file_that_is_none(tmp_path: Path, name: str, more: tuple[str, ...]) -> None:
    file, mapping = csv_file(tmp_path, [ROW]), small_mapping(tmp_path)
    before = (tmp_path / name).read_bytes()
    # The last --errors is the one that holds; nothing listens on the discard port.
    answer = run("tickets", file, mapping, "--errors", str(tmp_path / name), "--target", "127.0.0.1:9", *more)
    assert answer.exit_code == 2, answer.output
    assert "is there and is no error report" in answer.stderr
    assert (tmp_path / name).read_bytes() == before


def test_a_report_of_an_earlier_run_is_written_anew(tmp_path: Path) -> None:
    bad = "1,odd,x,02.01.2025 08:30"
    file, mapping = csv_file(tmp_path, [bad, bad]), small_mapping(tmp_path)
    for _ in range(2):
        assert run("tickets", file, mapping, "--dry-run").exit_code == 1
    assert len(report_of(file).read_text().splitlines()) == 3
