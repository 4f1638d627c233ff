"""How far an import came, and what it refused: two files that a kill at any moment leaves whole."""

import codecs
import csv
import io
import os
from dataclasses import dataclass, field
from enum import StrEnum, auto
from pathlib import Path
from types import TracebackType

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hearthline_cli.importing.cells import inert
from hearthline_cli.importing.reading import Row, RowError
from servicekit.ids import new_id

_HEADER = ("row", "line", "field", "rule", "value")


class Fate(StrEnum):
    """What became of a row, and so of its lines."""

    CREATED = auto()
    EXISTED = auto()
    SKIPPED = auto()
    REFUSED = auto()
    EMPTY = auto()


class Progress(BaseModel):
    """What was done so far; also the checkpoint's content."""

    model_config = ConfigDict(extra="forbid")

    input: str
    """Digest of the file, the mapping and the target: a checkpoint of another import is not gone on with."""
    run: str = Field(default_factory=new_id)
    """Of this import, however often it is interrupted: the root of its request ids."""
    rows: dict[Fate, int] = Field(default_factory=lambda: dict.fromkeys(Fate, 0))
    """How many became what; together all that were read."""
    lines: dict[Fate, int] = Field(default_factory=lambda: dict.fromkeys(Fate, 0))
    """How many lines of the file those rows were."""
    left_out: int = 0
    """Contacts without which a row was taken; they stand in the error report, too."""
    errors_size: int = 0
    """Bytes of the error report that belong to these rows."""

    @property
    def done(self) -> int:
        """Rows so far."""
        return sum(self.rows.values())

    def note(self, row: Row, fate: Fate) -> None:
        """Counts a row and its lines."""
        self.rows[fate] += 1
        self.lines[fate] += row.lines


@dataclass(slots=True)
class Journal:
    """The checkpoint and the error report of one import; a context manager."""

    checkpoint: Path
    errors: Path
    digest: str
    progress: Progress = field(init=False)
    _report: io.FileIO = field(init=False)

    def __enter__(self) -> "Journal":
        self._spare_strangers()
        self.progress = self._load()
        self.errors.parent.mkdir(parents=True, exist_ok=True)
        self._report = io.FileIO(self.errors, "r+" if self.errors.exists() else "w+")
        # What was written after the last checkpoint is written again.
        self._report.truncate(self.progress.errors_size)
        self._report.seek(self.progress.errors_size)
        if not self.progress.errors_size:
            # Without the mark Excel takes it for its own country's encoding.
            self._report.write(codecs.BOM_UTF8)
            self._write(_HEADER)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._report.close()

    def refuse(self, row: Row, error: RowError) -> None:
        """Reports a row."""
        self.progress.note(row, Fate.REFUSED)
        self._report_error(row, error)

    def leave_out(self, row: Row, error: RowError) -> None:
        """Reports a part of a row that was taken without it."""
        self.progress.left_out += 1
        self._report_error(row, error)

    def _report_error(self, row: Row, error: RowError) -> None:
        self._write((row.number, row.line, error.field, error.rule, error.value))

    def save(self) -> None:
        """Makes everything so far last."""
        os.fsync(self._report.fileno())
        self.progress.errors_size = self._report.tell()
        fresh = self.checkpoint.with_name(self.checkpoint.name + ".new")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(self.progress.model_dump_json())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.checkpoint)

    def finish(self) -> None:
        """There is nothing to go on with; the error report stays."""
        self.checkpoint.unlink(missing_ok=True)

    def _spare_strangers(self) -> None:
        # The report is truncated and, when nothing was refused, removed: never the file to import, or the mapping.
        header = ",".join(_HEADER).encode()
        if self.errors.is_file() and self.errors.stat().st_size:
            with self.errors.open("rb") as found:
                if not found.read(len(header) + len(codecs.BOM_UTF8)).removeprefix(codecs.BOM_UTF8).startswith(header):
                    raise FileExistsError(f"{self.errors}: is there and is no error report; name another by --errors")

    def _load(self) -> Progress:
        try:
            found = Progress.model_validate_json(self.checkpoint.read_bytes())
        except (FileNotFoundError, ValidationError):
            return Progress(input=self.digest)
        usable = found.input == self.digest and self.errors.exists()
        return found if usable and self.errors.stat().st_size >= found.errors_size else Progress(input=self.digest)

    def _write(self, values: tuple[object, ...]) -> None:
        line = io.StringIO(newline="")
        csv.writer(line).writerow(map(inert, values))
        self._report.write(line.getvalue().encode("utf-8", errors="backslashreplace"))
