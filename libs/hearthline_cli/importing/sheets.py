"""Rows of a workbook (XLSX), as texts; how much of one is unpacked is bounded."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from hearthline_cli.importing.records import Record

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MOST_UNPACKED = 512 * 2**20
"""Bytes of a workbook's parts together; a million rows of ten cells are about 400 MB."""
MOST_ROWS = 2**20
"""What Excel itself can hold; a row number beyond it is no workbook's."""


class SheetError(Exception):
    """A workbook that cannot be read, in words."""


def is_workbook(head: bytes) -> bool:
    """Whether a file that begins so is one; SheetError for those of another kind."""
    if head.startswith(OLE):
        raise SheetError("is a workbook of Excel before 2007 (.xls), or has a password: save it as .xlsx or CSV")
    return head.startswith(ZIP)


@contextmanager
def open_sheet(path: Path, raw: IO[bytes], name: str) -> Iterator[Iterator[Record]]:
    """The rows of a sheet, the first one where no name is given; SheetError."""
    _check_size(raw)
    try:
        # Values as they were last calculated, not formulas; read as they stand, not as a whole.
        book = load_workbook(raw, read_only=True, data_only=True, keep_links=False)
    except (KeyError, ValueError, OSError, SyntaxError, TypeError, InvalidFileException, zipfile.BadZipFile) as error:
        raise SheetError(f"is no workbook that can be read: {error}") from error
    try:
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        if not sheets or (name and name not in sheets):
            raise SheetError(f"has no sheet {name}; it has {', '.join(sheets)}")
        sheet: Any = sheets[name] if name else next(iter(sheets.values()))
        # What a sheet says of its own size is often wrong.
        sheet.reset_dimensions()
        yield _records(sheet.iter_rows(values_only=True))
    finally:
        book.close()


def _check_size(raw: IO[bytes]) -> None:
    try:
        parts = zipfile.ZipFile(raw).infolist()
    except zipfile.BadZipFile as error:
        raise SheetError(f"is no workbook that can be read: {error}") from error
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise SheetError("is a ZIP archive and no workbook: unpack it first")
    # More than it says of itself is not unpacked of a part.
    if (size := sum(part.file_size for part in parts)) > MOST_UNPACKED:
        raise SheetError(f"would unpack to {size:,} bytes, more than {MOST_UNPACKED:,}: save it as CSV")
    raw.seek(0)


def _records(rows: Iterator[tuple[Any, ...]]) -> Iterator[Record]:
    number = 0
    while True:
        try:
            cells = next(rows, None)
        except (ValueError, KeyError, IndexError, SyntaxError, TypeError, zipfile.BadZipFile) as error:
            raise SheetError(f"cannot be read after row {number:,}: {error}") from error
        if cells is None:
            return
        number += 1
        if number > MOST_ROWS:
            raise SheetError(f"has more than {MOST_ROWS:,} rows")
        yield Record(number, 1, tuple(_text(cell) for cell in cells))


def _text(cell: object) -> str:
    kinds: tuple[tuple[type, Callable[[Any], str]], ...] = (
        (type(None), lambda _: ""),
        (bool, lambda value: "true" if value else "false"),
        # A number of an account or a telephone is a float there, as all numbers are.
        (float, lambda value: f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)),
        (datetime, datetime.isoformat),
        (date, date.isoformat),
        (time, time.isoformat),
    )
    return next((render(cell) for kind, render in kinds if isinstance(cell, kind)), str(cell))
