"""`hearthline import tickets | customers`: what an older system exported as CSV, row by row."""

import hashlib
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import grpc
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from hearthline.workorders.v1.tickets_pb2_grpc import TicketServiceStub
from hearthline_cli.importing.journal import Fate, Journal
from hearthline_cli.importing.mapping import CustomerMapping, Mapped, MappingError, TicketMapping, load_mapping
from hearthline_cli.importing.reading import RowError, Table, open_rows
from hearthline_cli.importing.run import import_rows
from hearthline_cli.importing.sending import Households, Kind, Tickets
from hearthline_cli.importing.sheets import ZIP, SheetError
from hearthline_cli.laptop import PORTS
from servicekit.client import connect

import_app = typer.Typer(
    no_args_is_help=True,
    help="Bring tickets, or premises and customers, from a CSV file or a workbook (XLSX). Exit code 0: every"
    " row is in; 1: some were refused, see the error report; 2: wrong usage or mapping, or a service that cannot be"
    " reached.",
)

File = Annotated[Path, typer.Argument(help="CSV, CSV.gz or XLSX", exists=True, dir_okay=False)]
MappingFile = Annotated[Path, typer.Option("--mapping", help="YAML; docs/import explains it", exists=True)]
Errors = Annotated[Path | None, typer.Option(help="error report to write; FILE.errors.csv in this directory")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="check every row and send nothing")]
BatchSize = Annotated[int, typer.Option(min=1, max=500, help="rows in one transaction")]
Target = Annotated[str, typer.Option(help="host:port; the laptop's port of the service")]
Actor = Annotated[str, typer.Option(help="who imports, for the audit")]


@import_app.command()
def tickets(
    file: File, mapping: MappingFile, errors: Errors = None, dry_run: DryRun = False, batch_size: BatchSize = 500,
    target: Target = f"127.0.0.1:{PORTS['workorders']}", actor: Actor = "staff/import",
) -> None:  # fmt: skip
    """Bring tickets with their times and outcomes; they are history and send no crew.

    Example: hearthline import tickets 311.csv --mapping docs/import/nyc-311.yaml
    """
    rules = _load(mapping, TicketMapping, file)
    with connect(target, actor) as channel:
        _import(file, rules, Tickets(rules, TicketServiceStub(channel)), errors, dry_run, batch_size, target)


@import_app.command()
def customers(
    file: File, mapping: MappingFile, errors: Errors = None, dry_run: DryRun = False, batch_size: BatchSize = 500,
    target: Target = f"127.0.0.1:{PORTS['customers']}", actor: Actor = "staff/import",
) -> None:  # fmt: skip
    """Bring premises, and with them customers, their supply, and what was recorded in earlier years.

    Example: hearthline import customers buildings.csv --mapping docs/import/nyc-heat.yaml
    """
    rules = _load(mapping, CustomerMapping, file)
    with connect(target, actor) as channel:
        _import(file, rules, Households(rules, channel), errors, dry_run, batch_size, target)


def _load(path: Path, kind: type[Any], file: Path) -> Any:
    try:
        rules = load_mapping(path, kind)
    except MappingError as error:
        raise _failure(str(error)) from error
    with file.open("rb") as content:
        # Dates of a workbook are no texts: they are read as such, and told as ISO 8601.
        return rules.with_time_formats("iso") if content.read(len(ZIP)) == ZIP else rules


def _good(kind: Kind[Any]) -> Callable[[Mapping[str, str]], bool]:
    """Whether values would be a row that is sent."""

    def good(values: Mapping[str, str]) -> bool:
        try:
            kind.prepare(values)
        except RowError:
            return False
        return True

    return good


def _import(
    file: Path, rules: Mapped, kind: Kind[Any], errors: Path | None, dry_run: bool, batch_size: int, target: str
) -> None:
    report = errors or Path(f"{file.name}.errors.csv")
    checkpoint = report.with_name(f"{report.name}.checkpoint")
    if dry_run and checkpoint.exists():
        raise _failure(f"{checkpoint}: an import was interrupted; finish it by running it again, or remove this file")
    journal = Journal(checkpoint, report, _digest(file, rules, target, batch_size))
    try:
        with open_rows(file, rules, _good(kind)) as table, journal, _bar() as bar:
            if journal.progress.done:
                typer.echo(f"going on after row {journal.progress.done:,}", err=True)
            task = bar.add_task("", total=file.stat().st_size)
            tell = _teller(bar, task, journal, table.position)
            import_rows(table.rows, rules, kind, journal, batch_size, dry_run, tell)
    except grpc.RpcError as error:
        kept = "" if dry_run else f"; {journal.progress.done:,} rows are done, the same command goes on after them"
        raise _failure(f"{target}: {error.code().name}: {error.details()}{kept}") from error
    except (MappingError, SheetError, OSError, EOFError, zlib.error, LookupError, UnicodeError) as error:
        raise _failure(str(error)) from error
    journal.finish()
    _tell_end(journal, table, dry_run)


def _tell_end(journal: Journal, table: Table, dry_run: bool) -> None:
    done, lines = journal.progress, table.lines()
    verb = "would be sent" if dry_run else "created"
    typer.echo(f"{done.done:,} rows: {_fates(done.rows, verb)}")
    typer.echo(f"{lines:,} lines: {table.before:,} of the header, {_fates(done.lines, verb)}")
    if done.left_out:
        typer.echo(f"{done.left_out:,} contacts were left out of rows that were created")
    if lines != table.before + sum(done.lines.values()):
        raise _failure("the lines of the file are more or fewer than those of its rows; did it change meanwhile?")
    if done.rows[Fate.REFUSED] or done.left_out:
        typer.echo(f"what was refused, and why: {journal.errors}", err=True)
        raise typer.Exit(1)
    journal.errors.unlink()


def _fates(counts: Mapping[Fate, int], verb: str) -> str:
    words = {Fate.CREATED: verb, Fate.EXISTED: "there already"}
    return ", ".join(f"{counts[fate]:,} {words.get(fate, fate.value)}" for fate in Fate)


def _failure(message: str) -> typer.Exit:
    typer.echo(f"import: {message}", err=True)
    return typer.Exit(2)


_FORM = 2
"""Of how rows are counted: a checkpoint of another form is not gone on with."""


def _digest(file: Path, rules: Mapped, target: str, batch_size: int) -> str:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256")
    digest.update(f"{_FORM}\0{rules!r}\0{target}\0{batch_size}".encode())
    return digest.hexdigest()


def _bar() -> Progress:
    console = Console(stderr=True)
    columns = (BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    return Progress(*columns, console=console, disable=not console.is_terminal)


def _teller(bar: Progress, task: Any, journal: Journal, position: Callable[[], int]) -> Callable[[], None]:
    def tell() -> None:
        done = journal.progress
        bar.update(task, completed=position(), description=f"{done.done:,} rows, {done.rows[Fate.REFUSED]:,} refused")

    return tell
