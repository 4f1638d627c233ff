"""Every line of a file is accounted for, and a quote that is never closed costs one row (issue 19, 20)."""

import csv
import gzip
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import Result

from hearthline_cli.importing.records import LONGEST_LINE, MOST_LINES, Lines, records
from tests.importing.desk import HEADER, SMALL, report_of, run, small_mapping

DATE = "02.01.2025 08:30"
GOOD = f"1,cold,radiator,{DATE}"
FATES = ("would be sent", "there already", "skipped", "refused", "empty")


def dry_run(folder: Path, content: str | bytes, mapping: str = SMALL, name: str = "old.csv") -> Result:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return run("tickets", file, small_mapping(folder, mapping), "--dry-run")


def summary(answer: Result) -> tuple[dict[str, int], dict[str, int]]:
    """Rows and lines by what became of them; each sum is the number that the line begins with."""
    assert answer.exit_code in (0, 1), answer.output
    found = []
    for line in answer.stdout.splitlines()[:2]:
        numbers = [int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", line)]
        assert numbers[0] == sum(numbers[1:]), line
        found.append(dict(zip(FATES, numbers[-len(FATES) :], strict=True)))
    assert answer.exit_code == bool(found[0]["refused"])
    return found[0], found[1]


def refused(folder: Path, name: str = "old.csv") -> list[dict[str, str]]:
    report = report_of(folder / name)
    if not report.exists():
        return []
    with report.open(newline="", encoding="utf-8-sig") as content:
        return list(csv.DictReader(content))


def test_an_open_quote_in_a_long_file_costs_its_own_row_only(tmp_path: Path) -> None:
    lines = [f"{number},cold,radiator,{DATE}" for number in range(5000)]
    lines[1803] = f'1803,cold,"radiator,{DATE}'
    answer = dry_run(tmp_path, "\n".join([HEADER, *lines, ""]))
    rows, counted = summary(answer)
    assert (rows["would be sent"], rows["refused"]) == (4999, 1)
    assert counted["refused"] == 1
    (told,) = refused(tmp_path)
    assert (told["row"], told["line"], told["field"], told["value"]) == ("1804", "1805", "words", f"radiator,{DATE}")
    assert told["rule"].startswith("a quote is opened here and not closed")


MANY = "x\n" * (MOST_LINES - 1)

# What stands between a good row and another one; how many rows and lines of it are sent, refused, and empty.
CASES = {
    "open to the end of the file": (f'2,cold,"x,{DATE}', (0, 0), (1, 1), 0),
    "open in the last cell": (f'2,cold,x,"{DATE}', (0, 0), (1, 1), 0),
    "open in the first cell": (f'"2,cold,x,{DATE}', (0, 0), (1, 1), 0),
    "two open in the same column": (f'2,cold,"x,{DATE}\n8,cold,y,{DATE}\n3,cold,"y,{DATE}', (1, 1), (2, 2), 0),
    "two open on neighbouring lines": (f'2,cold,",{DATE}\n3,cold,",{DATE}', (0, 0), (2, 2), 0),
    "two that would close each other": (f'2,cold,"x,{DATE}\n8,wet,y,{DATE}\n3,cold,",{DATE}', (1, 1), (2, 2), 0),
    "open before a legal one": (f'2,cold,"x,{DATE}\n3,cold,"a, b",{DATE}', (1, 1), (1, 1), 0),
    "open before one with doubled quotes": (f'2,cold,"x,{DATE}\n3,cold,"a ""b"" c",{DATE}', (1, 1), (1, 1), 0),
    "open before a legal one of two lines": (f'2,cold,"x,{DATE}\n3,cold,"a\nb",{DATE}', (1, 2), (1, 1), 0),
    "all cells quoted, one not closed": (f'"2","cold","x,"{DATE}"\n"3","cold","y","{DATE}"', (1, 1), (1, 1), 0),
    "two lines in a cell": (f'2,cold,"one\ntwo",{DATE}', (1, 2), (0, 0), 0),
    "commas and two lines in a cell": (f'2,cold,"one, and\ntwo, three, four",{DATE}', (1, 2), (0, 0), 0),
    "an empty line in a cell": (f'2,cold,"one\n\ntwo",{DATE}', (1, 3), (0, 0), 0),
    "as many lines as a record may have": (f'2,cold,"{MANY}",{DATE}', (1, MOST_LINES), (0, 0), 0),
    "more lines than a record may have": (f'2,cold,"x\n{MANY}",{DATE}', (0, 0), (201, 201), 0),
    "a stray quote within a cell": (f'2,cold,5" pipe,{DATE}', (1, 1), (0, 0), 0),
    "quotes around a word": (f'2,cold,the "big" one,{DATE}', (1, 1), (0, 0), 0),
    "text after a closed quote": (f'2,cold,"the "big" one",{DATE}', (0, 0), (1, 1), 0),
    "a lone CR ends a line": (f"2,cold,a\rb,{DATE}", (0, 0), (2, 2), 0),
    "a CR within quotes": (f'2,cold,"a\rb",{DATE}', (1, 2), (0, 0), 0),
    "too many cells": (f"2,cold,x,{DATE},more", (0, 0), (1, 1), 0),
    "too few cells": ("2,cold,x", (0, 0), (1, 1), 0),
    "empty cells at the end": (f"2,cold,x,{DATE},,,", (1, 1), (0, 0), 0),
    "a NUL": (f"2,cold,a\0b,{DATE}", (0, 0), (1, 1), 0),
    "blank lines": (f"\n2,cold,x,{DATE}\n\n   \n,,,\n,,,,,", (1, 1), (0, 0), 5),
    "a line without an end": (f"2,cold,{'x' * (LONGEST_LINE + 9)},{DATE}", (0, 0), (1, 1), 0),
    "a line without an end in a quote": (f'2,cold,"a\n{"x" * (2 * LONGEST_LINE)}",{DATE}', (0, 0), (2, 2), 0),
}


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("case", CASES)
def test_all_lines_are_accounted_for_and_the_neighbours_go_in(tmp_path: Path, case: str, end: str) -> None:
    middle, sent, not_taken, empty = CASES[case]
    content = "\n".join([HEADER, GOOD, middle, f"9,wet,z,{DATE}"])
    if end == "\r\n":
        content = re.sub("\n", "\r\n", content)
    rows, lines = summary(dry_run(tmp_path, content))
    assert (rows["would be sent"], lines["would be sent"]) == (2 + sent[0], 2 + sent[1])
    assert (rows["refused"], lines["refused"], rows["empty"]) == (*not_taken, empty)
    # The last row is there although it has no line end.
    assert all(told["row"] != str(sum(rows.values())) for told in refused(tmp_path))


@pytest.mark.parametrize(
    ("content", "mapping"),
    [
        ("\ufeff" + f"{HEADER}\n{GOOD}\n", SMALL),
        (f"\n\n{HEADER}\n{GOOD}", SMALL),
        (f"{HEADER},,\n{GOOD},,\n", SMALL),
        (f"{HEADER},note,note\n{GOOD},a,b\n", SMALL),
        (f"{HEADER}\r{GOOD}\r", SMALL),
        (f"{HEADER}\r\n{GOOD}\n", SMALL),
        (f"{HEADER}\n{GOOD}\n".replace(",", ";"), SMALL.replace("source: {", 'source: {delimiter: ";", ')),
        (f"{HEADER}\n{GOOD}\n".replace(",", "\t"), SMALL.replace("source: {", 'source: {delimiter: "\\t", ')),
        (gzip.compress(f"{HEADER}\n{GOOD}\n".encode()), SMALL),
        (f'"number","kind","words","came"\n"1","cold","a ""b"", c","{DATE}"', SMALL),
    ],
    ids=["BOM", "blank before", "empty columns", "doubled", "CR", "mixed", ";", "tab", "gzip by content", "quoted"],
)
def test_files_that_are_read(tmp_path: Path, content: str | bytes, mapping: str) -> None:
    rows, _ = summary(dry_run(tmp_path, content, mapping))
    assert (rows["would be sent"], rows["refused"]) == (1, 0)


def test_a_file_of_a_header_alone_is_no_error(tmp_path: Path) -> None:
    answer = dry_run(tmp_path, HEADER)
    assert (answer.exit_code, sum(summary(answer)[0].values())) == (0, 0)
    assert answer.stdout.splitlines()[1].startswith("1 lines: 1 of the header")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty; its first line must name the columns"),
        ("\n\r\n,,\n", "is empty; its first line must name the columns"),
        ("number,kind,words,came,words\n", "has more than one column words"),
        ('number,kind,"words,came\n' + GOOD, "its header is no CSV: a quote is opened here"),
        (f"{HEADER}\n{GOOD}".replace(",", ";"), "it has with source.encoding utf-8-sig and source.delimiter ';'"),
        (f"{HEADER}\n{GOOD}".replace(",", "\t"), r"it has with source.encoding utf-8-sig and source.delimiter '\t'"),
        ("number|kind|words|came", "it has with source.encoding utf-8-sig and source.delimiter '|'"),
    ],
)
def test_files_that_are_not_read_at_all(tmp_path: Path, content: str, told: str) -> None:
    answer = dry_run(tmp_path, content)
    assert answer.exit_code == 2, answer.output
    assert told in answer.stderr


CELLS = st.text(st.sampled_from('abc ,;"\n\r\0é暖'), max_size=8)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8))
def test_what_was_written_is_read(table: list[list[str]]) -> None:
    """A writer's CSV comes back cell by cell, and its lines are those that the records have."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(table)
    lines = Lines(io.StringIO(out.getvalue(), newline=""))
    found = list(records(lines, ",", lambda cells: len(cells) == 3, lambda _: False))
    assert [list(record.cells) for record in found] == table
    assert sum(record.lines for record in found) == lines.count


@given(st.text(st.sampled_from('ab,"\n\r\0'), max_size=60))
def test_no_line_is_lost_whatever_the_quotes(content: str) -> None:
    lines = Lines(io.StringIO(content, newline=""))
    found = list(records(lines, ",", lambda cells: len(cells) == 2, lambda cells: len(cells) == 2))
    assert sum(record.lines for record in found) == lines.count == len(io.StringIO(content, newline="").readlines())
    assert [record.line for record in found] == [1 + sum(r.lines for r in found[:n]) for n in range(len(found))]


@given(st.data(), st.integers(1, 30))
def test_each_open_quote_costs_one_row(data: st.DataObject, count: int) -> None:
    """Rows of typed cells, some of them with a quote that is opened and not closed: all others are read."""
    spoilt = data.draw(st.sets(st.integers(0, count - 1)))
    table = [f'{n},"x,1' if n in spoilt else f"{n},x,1" for n in range(count)]
    lines = Lines(io.StringIO("\n".join(table)))
    is_row = lambda cells: len(cells) == 3 and cells[0].isdigit() and cells[2] == "1"  # noqa: E731
    found = list(records(lines, ",", lambda cells: len(cells) == 3, is_row))
    assert [bool(record.broken) for record in found] == [n in spoilt for n in range(count)]
