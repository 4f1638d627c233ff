"""An import from its first row to its last: while a batch is on its way the next one is made."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

from hearthline_cli.importing.filling import text_of
from hearthline_cli.importing.journal import Fate, Journal
from hearthline_cli.importing.mapping import Mapped
from hearthline_cli.importing.reading import Row, RowError
from hearthline_cli.importing.sending import Done, Kind, Outcome, Partly, batches
from servicekit.ids import derived_id


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A row, and what it is: something to send, wrong, or what becomes of it without being sent."""

    row: Row
    content: Any


def import_rows(
    rows: Iterator[Row], mapping: Mapped, kind: Kind[Any], journal: Journal, batch_size: int, dry_run: bool,
    tell: Callable[[], None],
) -> None:  # fmt: skip
    """Takes all rows that the journal has not seen, in order; what a service does not answer ends it (grpc.RpcError).

    After each batch the journal is saved, so that a run that is killed goes on where the batch began; the
    batch is then sent by the same request ids and gets the same answers (AIP-155).
    """

    def send(batch: Sequence[_Prepared]) -> list[Outcome]:
        contents = [p.content for p in batch if not isinstance(p.content, RowError | Fate)]
        if dry_run:
            return [Done.CREATED for _ in contents]
        return kind.send(contents, derived_id(journal.progress.run, f"row {batch[0].row.number}"))

    def settle(batch: Sequence[_Prepared], sent: Future[list[Outcome]]) -> None:
        _note(batch, iter(sent.result()), mapping, journal)
        if not dry_run:
            journal.save()
        tell()

    remaining = islice(rows, journal.progress.done, None)
    waiting: tuple[Sequence[_Prepared], Future[list[Outcome]]] | None = None
    with ThreadPoolExecutor(1, thread_name_prefix="import") as sender:
        for batch in batches((_prepare(row, mapping, kind) for row in remaining), batch_size):
            if waiting:
                settle(*waiting)
            waiting = batch, sender.submit(send, batch)
        if waiting:
            settle(*waiting)


def _prepare(row: Row, mapping: Mapped, kind: Kind[Any]) -> _Prepared:
    if row.broken is not None:
        return _Prepared(row, row.broken)
    if row.is_empty:
        return _Prepared(row, Fate.EMPTY)
    if any(row.values[skip.column].strip() in skip.values for skip in mapping.skip):
        return _Prepared(row, Fate.SKIPPED)
    try:
        return _Prepared(row, kind.prepare(row.values))
    except RowError as error:
        return _Prepared(row, error)


def _with_value(error: RowError, row: Row, mapping: Mapped) -> RowError:
    """What a service refused, with the value that the row has for the field."""
    name = error.field.rpartition(".")[2]
    found = next((fields[name] for fields in mapping.sections() if name in fields), None)
    return RowError(error.field, error.rule, text_of(name, found, row.values)) if found else error


def _note(batch: Sequence[_Prepared], outcomes: Iterator[Outcome], mapping: Mapped, journal: Journal) -> None:
    for prepared in batch:
        if isinstance(prepared.content, Fate):
            journal.progress.note(prepared.row, prepared.content)
            continue
        outcome = prepared.content if isinstance(prepared.content, RowError) else next(outcomes)
        if isinstance(outcome, RowError):
            journal.refuse(prepared.row, outcome if outcome.value else _with_value(outcome, prepared.row, mapping))
        elif isinstance(outcome, Partly):
            journal.progress.note(prepared.row, Fate.CREATED)
            for error in outcome.left_out:
                journal.leave_out(prepared.row, error)
        else:
            journal.progress.note(prepared.row, Fate.CREATED if outcome is Done.CREATED else Fate.EXISTED)
