"""What people really have: encodings, workbooks, and a report that a spreadsheet opens (issue 19, 22)."""

import codecs
import io
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from hearthline_cli.importing import sheets
from hearthline_cli.importing.cells import inert
from tests.importing.desk import HEADER, SMALL, report_of, run, small_mapping
from tests.importing.test_lines import DATE, GOOD, dry_run, refused, summary

ROWS = f"{HEADER}\n1,cold,暖气不热,{DATE}\n2,wet,阀门漏水,{DATE}\n"
CHINESE = ROWS.replace("words", "摘要")
BY_CHINESE = SMALL.replace("words", "摘要")


def encoded_as(name: str, mapping: str = SMALL) -> str:
    return mapping.replace("source: {", f"source: {{encoding: {name}, ")


@pytest.mark.parametrize("mapping", ["utf-8-sig", "utf-8", "ascii", "latin-1", "big5", "gb18030", "utf-16", "cp1252"])
@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("gb18030", {"gb18030"}), ("gbk", {"gb18030"}), ("gb2312", {"gb18030"}), ("utf-16", {"utf-16"}),
        ("utf-16-le", {"utf-16-le"}), ("utf-16-be", {"utf-16-be"}), ("utf-8", {"utf-8", "utf-8-sig"}),
        ("utf-8-sig", {"utf-8-sig"}), ("utf-32", {"utf-32"}), ("big5", {"big5"}),
    ],
)  # fmt: skip
def test_the_encoding_that_fits_is_named(tmp_path: Path, written: str, told: set[str], mapping: str) -> None:
    """And with it the file is read: decoding that fails, or comes to other letters, ends an import before it begins."""
    text, by = (CHINESE, BY_CHINESE) if written != "big5" else (CHINESE.translate(TRADITIONAL), TRADITIONAL_MAPPING)
    answer = dry_run(tmp_path, text.encode(written), encoded_as(mapping, by))
    if answer.exit_code == 0:
        # Nothing to suggest where the declared one is right already, or is a part of the right one.
        assert mapping in {*told, written, *({"utf-8"} if "utf-8-sig" in told else ())}
        return
    assert answer.exit_code == 2, answer.output
    found = next(name for name in sorted(told, key=len, reverse=True) if f" {name}" in answer.stderr)
    assert summary(dry_run(tmp_path, text.encode(written), encoded_as(found, by)))[0]["would be sent"] == 2


TRADITIONAL = str.maketrans("气热阀门漏", "氣熱閥門漏")
TRADITIONAL_MAPPING = BY_CHINESE


def test_the_encoding_is_named_also_where_the_header_is_ascii(tmp_path: Path) -> None:
    answer = dry_run(tmp_path, ROWS.encode("gb18030"))
    assert answer.exit_code == 2
    assert "is no text in utf-8-sig, but in gb18030: set source.encoding to gb18030" in answer.stderr


def test_a_row_of_another_encoding_is_refused_with_its_name(tmp_path: Path) -> None:
    """A file put together of two: the one that most of it is in holds, the row is told."""
    odd = f"7,cold,暖气不热,{DATE}\n".encode("gb18030")
    rows, _ = summary(dry_run(tmp_path, (ROWS * 1).encode() + odd + f"8,wet,x,{DATE}".encode()))
    assert (rows["would be sent"], rows["refused"]) == (3, 1)
    assert "it is in gb18030" in refused(tmp_path)[0]["rule"]


@pytest.mark.parametrize("odd", ["café", "Müller", "Straße 5", "Größe", "ação"])
def test_western_letters_are_not_taken_for_chinese(tmp_path: Path, odd: str) -> None:
    dry_run(tmp_path, f"{HEADER}\n1,cold,{odd},{DATE}\n".encode("cp1252"))
    (told,) = refused(tmp_path)
    assert told["rule"] == "is not text in the file's encoding, utf-8-sig"


def test_a_letter_cut_in_two_at_the_end_of_utf_16(tmp_path: Path) -> None:
    content = f"{HEADER}\n{GOOD}\n2,cold,x,{DATE}".encode("utf-16")
    rows, _ = summary(dry_run(tmp_path, content[:-1], encoded_as("utf-16")))
    assert (rows["would be sent"], rows["refused"]) == (1, 1)


def workbook(folder: Path, rows: list[list[object]], name: str = "old.xlsx", since_1904: bool = False) -> Path:
    book = Workbook()
    if since_1904:
        book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    second = book.create_sheet("Second")
    second.append(HEADER.split(","))
    book.save(folder / name)
    return folder / name


MOMENT = datetime(2025, 1, 2, 8, 30)
COLUMNS: list[object] = [*HEADER.split(",")]


@pytest.mark.parametrize("since_1904", [False, True])
def test_a_workbook_is_read_as_its_cells_are(tmp_path: Path, since_1904: bool) -> None:
    rows: list[list[object]] = [
        [*COLUMNS, None, None],
        [1, "cold", "radiator", MOMENT],
        [2.0, "cold", 3.5, date(2025, 1, 2), None, ""],
        [None, None],
        ["3", "wet", time(8, 30), DATE],
        [4, "wet", True, DATE, None, "surplus"],
        [5, "odd", "x", DATE],
        [6, "cold", "x", "yesterday"],
        [7, "cold", None, MOMENT],
    ]
    file = workbook(tmp_path, rows, since_1904=since_1904)
    answer = run("tickets", file, small_mapping(tmp_path), "--dry-run")
    found, lines = summary(answer)
    assert found == lines | {}
    assert (found["would be sent"], found["refused"], found["empty"]) == (4, 3, 1)
    assert [(t["line"], t["field"], t["value"]) for t in refused(tmp_path, "old.xlsx")] == [
        ("6", "row", ""),
        ("7", "category", "odd"),
        ("8", "report_time", "yesterday"),
    ]


def test_another_sheet_is_named_by_the_mapping(tmp_path: Path) -> None:
    file = workbook(tmp_path, [["nothing"]])
    mapping = small_mapping(tmp_path, SMALL.replace("source: {", "source: {sheet: Second, "))
    assert run("tickets", file, mapping, "--dry-run").stdout.startswith("0 rows")
    mapping = small_mapping(tmp_path, SMALL.replace("source: {", "source: {sheet: Third, "))
    answer = run("tickets", file, mapping, "--dry-run")
    assert answer.exit_code == 2
    assert "has no sheet Third; it has Sheet, Second" in answer.stderr


def zipped(parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is a workbook of Excel before 2007 (.xls)"),
        (zipped({"old.csv": ROWS}), "is a ZIP archive and no workbook"),
        (zipped({"xl/workbook.xml": "<x/>"}), "is no workbook that can be read"),
        (zipped({"xl/workbook.xml": "no xml"}), "is no workbook that can be read"),
        (b"PK\x03\x04 and no more", "is no workbook that can be read"),
    ],
)
def test_what_is_no_workbook_is_refused_in_words(tmp_path: Path, content: bytes, told: str) -> None:
    answer = dry_run(tmp_path, content, name="old.xlsx")
    assert answer.exit_code == 2, answer.output
    assert told in answer.stderr
    assert "Traceback" not in answer.output


def test_a_workbook_that_would_unpack_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = workbook(tmp_path, [COLUMNS])
    monkeypatch.setattr(sheets, "MOST_UNPACKED", 1000)
    answer = run("tickets", file, small_mapping(tmp_path), "--dry-run")
    assert answer.exit_code == 2
    assert "would unpack to " in answer.stderr


def test_a_workbook_that_is_cut_off(tmp_path: Path) -> None:
    file = workbook(tmp_path, [COLUMNS, *[[n, "cold", "x" * 50, MOMENT] for n in range(500)]])
    file.write_bytes(file.read_bytes()[:-200])
    answer = run("tickets", file, small_mapping(tmp_path), "--dry-run")
    assert answer.exit_code == 2
    assert "old.xlsx: is no workbook that can be read" in answer.stderr


@pytest.mark.parametrize(
    "live",
    ["=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "＋1", "－1", "＠x", "-", "=",
     '=HYPERLINK("http://x","y")', "\n=1", "\u3000=1", "\xa0+1", "@", "+86 24 2222"],
)  # fmt: skip
def test_no_cell_of_the_report_is_a_formula(tmp_path: Path, live: str) -> None:
    assert inert(live) == f"'{live}"
    dry_run(tmp_path, f'{HEADER}\n1,"{live.replace(chr(34), chr(34) * 2)}",x,{DATE}\n')
    report = report_of(tmp_path / "old.csv").read_bytes()
    assert report.startswith(codecs.BOM_UTF8)
    (told,) = refused(tmp_path)
    assert not told["value"].strip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) or told["value"][0] == "'"
    assert told["value"].startswith("'")


@given(st.text())
def test_an_inert_cell_begins_with_no_sign(text: str) -> None:
    found = str(inert(text))
    assert found in (text, f"'{text}")
    assert found.strip()[:1] not in set("=+-@＝＋－＠") or not found.strip()


def test_letters_of_the_report_are_read_by_a_spreadsheet(tmp_path: Path) -> None:
    dry_run(tmp_path, f"{HEADER}\n1,暖气,x,{DATE}\n")
    report = report_of(tmp_path / "old.csv")
    assert "暖气" in report.read_text(encoding="utf-8-sig")
    # A report of before, without the mark, is an error report, too.
    report.write_bytes(report.read_bytes().removeprefix(codecs.BOM_UTF8))
    assert dry_run(tmp_path, f"{HEADER}\n1,暖气,x,{DATE}\n").exit_code == 1
