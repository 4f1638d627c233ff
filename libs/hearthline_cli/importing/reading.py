"""Rows of a CSV file, one at a time; what is wrong with one of them is said of that row alone."""

import csv
import gzip
import io
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, cast

from hearthline_cli.importing.mapping import MappingError, Source

_LONGEST_LINE = 2**20


class RowError(Exception):
    """One row, or one field of it, breaks a rule."""

    def __init__(self, field: str, rule: str, value: str = "") -> None:
        super().__init__(f"{field}: {rule}")
        self.field, self.rule, self.value = field, rule, value


@dataclass(frozen=True, slots=True)
class Row:
    """`number` counts from 1 after the header; `line` is where in the file it ends."""

    number: int
    line: int
    values: Mapping[str, str]
    broken: RowError | None = None


@contextmanager
def open_rows(path: Path, source: Source, needed: Collection[str]) -> Iterator[tuple[Iterator[Row], Callable[[], int]]]:
    """The rows of a file, which may be gzipped, and how many of its bytes were read; MappingError, OSError."""
    with path.open("rb") as raw:
        content = cast(IO[bytes], gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw)
        # Bytes that are no text are kept as they are, for their row to be refused and not the file.
        text = io.TextIOWrapper(content, encoding=source.encoding, errors="surrogateescape", newline="")
        # A line has an end here even where the file has none: what follows it is a row that is refused.
        reader = csv.reader(iter(partial(text.readline, _LONGEST_LINE), ""), delimiter=source.delimiter)
        try:
            header = next(reader, [])
        except csv.Error as error:
            raise MappingError(f"{path}: its header is no CSV: {error}") from error
        if missing := sorted(set(needed) - set(header)):
            raise MappingError(f"{path}: has no column {', '.join(missing)}; it has {', '.join(header)}")
        if doubled := sorted(column for column in set(needed) if header.count(column) > 1):
            raise MappingError(f"{path}: has more than one column {', '.join(doubled)}")
        yield _rows(reader, lambda: reader.line_num, header), raw.tell


def _rows(reader: Iterator[list[str]], line: Callable[[], int], header: list[str]) -> Iterator[Row]:
    number = 0
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            number += 1
            yield Row(number, line(), {}, RowError("row", f"is no CSV: {error}"))
            continue
        if not fields:
            continue
        number += 1
        if len(fields) != len(header):
            broken = RowError("row", f"has {len(fields)} columns, the header has {len(header)}")
            yield Row(number, line(), {}, broken)
        else:
            yield Row(number, line(), dict(zip(header, fields, strict=True)))
