"""Records of a CSV file: no line is lost, whatever becomes of a quote.

A line ends with LF, CRLF or CR. A record goes over several lines where a quoted cell does, and is then taken only
if it is whole: its quotes are closed, it has as many cells as the header, and none of its lines is a good row by
itself. Otherwise its first line alone is refused and reading goes on at the next one, so that a quote that was never
closed costs one row.
"""

import csv
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

LONGEST_LINE = 2**20
MOST_LINES = 200
"""Of one record; a text of a ticket has at most 4,000 characters."""

Fits = Callable[[Sequence[str]], bool]
"""Whether cells are as many as the header's."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Why a record is none; `cell` counts from 0 where one is to blame."""

    rule: str
    cell: int = -1
    text: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """Its cells, the line where it begins, and how many it goes over."""

    line: int
    lines: int
    cells: Sequence[str]
    broken: Broken | None = None


class _Overlong(str):
    """The beginning of a line that has no end for more than LONGEST_LINE characters."""


class Lines:
    """The lines of a file one by one, counted; those that are given back come again."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._again: deque[str] = deque()
        self.count = 0
        """How many the file has had so far, those that were given back included."""

    @property
    def number(self) -> int:
        """Of the line that came last."""
        return self.count - len(self._again)

    def next(self) -> str | None:
        """The next line with its end, or None after the last."""
        if self._again:
            return self._again.popleft()
        line = self._text.readline(LONGEST_LINE)
        if not line:
            return None
        self.count += 1
        if len(line) < LONGEST_LINE or line.endswith(("\n", "\r")):
            return line
        rest = line
        while rest and not rest.endswith(("\n", "\r")):
            rest = self._text.readline(LONGEST_LINE)
        return _Overlong(line)

    def give_back(self, lines: Sequence[str]) -> None:
        self._again.extendleft(reversed(lines))


def records(lines: Lines, delimiter: str, fits: Fits, is_row: Fits) -> Iterator[Record]:
    """All records from where `lines` are; an empty line is one without cells.

    `is_row` tells whether cells would be a good row.
    """
    while (first := lines.next()) is not None:
        line = lines.number
        if not first.strip("\r\n"):
            yield Record(line, 1, ())
            continue
        taken = [first]
        found = _parsed(lines, delimiter, taken)
        broken = found if isinstance(found, Broken) else None
        if len(taken) > 1 and (broken or not fits(found) or _swallows(taken, delimiter, is_row)):  # type: ignore[arg-type]
            lines.give_back(taken[1:])
            yield Record(line, 1, (), _unclosed(first, delimiter))
        elif broken:
            yield Record(line, 1, (), broken)
        else:
            yield Record(line, len(taken), found)  # type: ignore[arg-type]


def _parsed(lines: Lines, delimiter: str, taken: list[str]) -> list[str] | Broken:
    """The cells of a record that begins with the line in `taken`, to which the lines that it needs are added."""

    def feed() -> Iterator[str]:
        yield taken[0]
        while len(taken) < MOST_LINES and (line := lines.next()) is not None:
            taken.append(line)
            yield line

    if isinstance(taken[0], _Overlong):
        return Broken(f"is no CSV: the line is longer than {LONGEST_LINE:,} characters")
    try:
        cells = next(csv.reader(feed(), delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            return _unclosed(taken[0], delimiter)
        if "expected after" in str(error):
            return Broken("is no CSV: after the quote that closes a cell other text follows; a quote inside is doubled")
        return Broken(f"is no CSV: {error}")
    if any(isinstance(line, _Overlong) for line in taken):
        return _unclosed(taken[0], delimiter)
    return cells


def _swallows(taken: Sequence[str], delimiter: str, is_row: Fits) -> bool:
    """Whether a line inside a quoted cell is a row of its own: then the quote was not meant to reach so far."""
    for line in taken[1:]:
        for how in ({"strict": True}, {"quoting": csv.QUOTE_NONE}):
            try:
                cells = next(csv.reader([line], delimiter=delimiter, **how), [])
            except csv.Error:
                continue
            if is_row(cells):
                return True
    return False


def _unclosed(line: str, delimiter: str) -> Broken:
    cells = next(csv.reader([line], delimiter=delimiter), [""])
    rule = "a quote is opened here and not closed as a cell's is; reading went on at the next line"
    return Broken(rule, len(cells) - 1, cells[-1].rstrip("\r\n"))
