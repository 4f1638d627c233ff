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
