"""Rows of a CSV file or a workbook, one at a time; what is wrong with one of them is said of that row alone."""

import gzip
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TextIO, cast

from hearthline_cli.importing.encodings import KEPT, reading_with, wrong_encoding
from hearthline_cli.importing.mapping import Mapped, MappingError
from hearthline_cli.importing.records import Broken, Lines, Record, records
from hearthline_cli.importing.sheets import SheetError, is_workbook, open_sheet

_HEAD = 2**16
_GZIP = b"\x1f\x8b"


class RowError(Exception):
    """One row, or one field of it, breaks a rule."""

    def __init__(self, field: str, rule: str, value: str = "") -> None:
        super().__init__(f"{field}: {rule}")
        self.field, self.rule, self.value = field, rule, value


@dataclass(frozen=True, slots=True)
class Row:
    """`number` counts from 1 after the header; `line` is where in the file it begins, `lines` how many it has."""

    number: int
    line: int
    lines: int
    values: Mapping[str, str]
    broken: RowError | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self.broken and not any(value.strip() for value in self.values.values())


@dataclass(slots=True)
class Table:
    """A file as it is read."""

    rows: Iterator[Row]
    position: Callable[[], int]
    """How many bytes of the file were read."""
    lines: Callable[[], int]
    """How many lines were."""
    before: int = field(default=0)
    """Lines of the header, and the empty ones before it."""


IsRow = Callable[[Mapping[str, str]], bool]


@contextmanager
def open_rows(path: Path, rules: Mapped, is_row: IsRow) -> Iterator[Table]:
    """The rows of a file, which may be gzipped; MappingError, OSError.

    `is_row` tells whether values would be a good row, for rows that a quote has swallowed.
    """
    with path.open("rb") as raw:
        content = cast(IO[bytes], gzip.GzipFile(fileobj=raw) if _is_gzip(path, raw) else raw)
        head = content.read(_HEAD)
        content.seek(0)
        try:
            if is_workbook(head):
                with open_sheet(path, content, rules.source.sheet) as found:
                    yield _sheet(path, found, rules, raw)
                return
        except SheetError as error:
            raise MappingError(f"{path}: {error}") from error
        if wrong := wrong_encoding(head, rules.source.encoding):
            raise MappingError(f"{path}: {wrong}")
        # Bytes that are no text are kept as they are, for their row to be refused and not the file.
        text = io.TextIOWrapper(content, encoding=rules.source.encoding, errors=KEPT, newline="")
        yield _csv(path, text, head, rules, is_row, raw.tell)


def _is_gzip(path: Path, raw: IO[bytes]) -> bool:
    found = raw.read(len(_GZIP)) == _GZIP
    raw.seek(0)
    return found or path.suffix == ".gz"


def _sheet(path: Path, found: Iterator[Record], rules: Mapped, raw: IO[bytes]) -> Table:
    last = 0

    def counted() -> Iterator[Record]:
        nonlocal last
        for record in found:
            last = record.line
            yield record

    all_records = counted()
    header, before = _header(path, all_records)
    _check_header(path, header, rules, b"")
    # A sheet leaves out the cells after the last that is filled.
    filled = (Record(r.line, r.lines, (*r.cells, *[""] * (len(header) - len(r.cells)))) for r in all_records)
    return Table(_rows(filled, header), raw.tell, lambda: last, before)


def _csv(path: Path, text: TextIO, head: bytes, rules: Mapped, is_row: IsRow, position: Callable[[], int]) -> Table:
    lines, delimiter = Lines(text), rules.source.delimiter
    header, before = _header(path, records(lines, delimiter, bool, lambda _: False))
    _check_header(path, header, rules, head)

    def fits(cells: Sequence[str]) -> bool:
        return len(_trimmed(cells, len(header))) == len(header)

    def good(cells: Sequence[str]) -> bool:
        return fits(cells) and is_row(dict(zip(header, cells, strict=False)))

    return Table(_rows(records(lines, delimiter, fits, good), header), position, lambda: lines.count, before)


def _header(path: Path, found: Iterator[Record]) -> tuple[list[str], int]:
    """The first record that is not empty, and the lines up to its end."""
    for record in found:
        if record.broken:
            raise MappingError(f"{path}: its header is no CSV: {record.broken.rule.removeprefix('is no CSV: ')}")
        if any(cell.strip() for cell in record.cells):
            cells = [record.cells[0].removeprefix("\ufeff"), *record.cells[1:]]
            return _trimmed(cells, 0), record.line + record.lines - 1
    raise MappingError(f"{path}: is empty; its first line must name the columns")


def _check_header(path: Path, header: list[str], rules: Mapped, head: bytes) -> None:
    needed = rules.columns()
    if missing := sorted(needed - set(header)):
        other = reading_with(head, needed) if head else None
        advice = f"; it has with source.encoding {other[0]} and source.delimiter {other[1]!r}" if other else ""
        raise MappingError(f"{path}: has no column {', '.join(missing)}; it has {', '.join(header)}{advice}")
    if doubled := sorted(column for column in needed if header.count(column) > 1):
        raise MappingError(f"{path}: has more than one column {', '.join(doubled)}")


def _trimmed(cells: Sequence[str], least: int) -> list[str]:
    """Without the empty cells at the end, of which spreadsheets leave many, but not fewer than `least`."""
    end = len(cells)
    while end > least and not cells[end - 1].strip():
        end -= 1
    return list(cells[:end])


def _rows(found: Iterator[Record], header: list[str]) -> Iterator[Row]:
    for number, record in enumerate(found, 1):
        yield _row(number, record, header)


def _row(number: int, record: Record, header: list[str]) -> Row:
    cells = _trimmed(record.cells, len(header))
    if record.broken:
        return Row(number, record.line, record.lines, {}, _error(record.broken, header))
    if not any(cell.strip() for cell in cells):
        return Row(number, record.line, record.lines, {})
    if len(cells) != len(header):
        broken = RowError("row", f"has {len(cells)} columns, the header has {len(header)}")
        return Row(number, record.line, record.lines, {}, broken)
    return Row(number, record.line, record.lines, dict(zip(header, cells, strict=True)))


def _error(broken: Broken, header: list[str]) -> RowError:
    named = 0 <= broken.cell < len(header)
    return RowError(header[broken.cell] if named else "row", broken.rule, broken.text)
