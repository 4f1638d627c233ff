"""`hearthline dlq`: the events that services could not take, seen, given to them again, or given up (P2)."""

import getpass
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Annotated

import grpc
import typer
from google.protobuf import json_format

from hearthline.operations.v1 import dead_letters_pb2 as pb
from hearthline.operations.v1.dead_letters_pb2_grpc import DeadLetterServiceStub
from hearthline_cli.laptop import PORTS
from servicekit.client import connect
from servicekit.times import instant

_ROLES = ("system", "supervisor")

dlq_app = typer.Typer(
    no_args_is_help=True,
    help="Dead letters: events that a service could not take. Exit code 1: a service refused, or cannot be reached;"
    " 2: there is no such dead letter.",
)

Target = Annotated[str, typer.Option(help="host:port of one service; all six of the laptop")]
Chosen = Annotated[str, typer.Argument(help="name of a dead letter, or 'all'")]
Found = tuple[pb.DeadLetter, DeadLetterServiceStub]


@dlq_app.command("list")
def show(
    target: Target = "", as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False
) -> None:
    """Show what nobody has dealt with: its name, when and by whom it was refused, what it is, and why.

    Example: hearthline dlq list
    """
    with _services(target) as services:
        for letter, _ in _open(services):
            typer.echo(json_format.MessageToJson(letter, indent=None, ensure_ascii=False) if as_json else _line(letter))


@dlq_app.command("replay")
def give_again(name: Chosen, target: Target = "") -> None:
    """Give events to their consumer again, after what refused them was mended.

    Example: hearthline dlq replay all --target 127.0.0.1:50052
    """
    with _services(target) as services:
        chosen = _chosen(services, name)
        for letter, service in chosen:
            service.ReplayDeadLetter(pb.ReplayDeadLetterRequest(name=letter.name))
    typer.echo(f"{len(chosen)} replayed")


@dlq_app.command("drop")
def give_up(
    name: Chosen, target: Target = "", yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False
) -> None:
    """Give events up: they are never tried again and listed no more.

    Example: hearthline dlq drop all --target 127.0.0.1:50052
    """
    with _services(target) as services:
        chosen = _chosen(services, name)
        if not yes:
            typer.confirm(f"Drop {len(chosen)} for good?", abort=True)
        for letter, service in chosen:
            service.DropDeadLetter(pb.DropDeadLetterRequest(name=letter.name))
    typer.echo(f"{len(chosen)} dropped")


@contextmanager
def _services(target: str) -> Iterator[list[DeadLetterServiceStub]]:
    """The services to ask; what one of them refuses ends the command with its words."""
    targets = [target] if target else [f"127.0.0.1:{port}" for port in PORTS.values()]
    actor = f"operator/{getpass.getuser()}"
    with ExitStack() as stack:
        channels = [stack.enter_context(connect(each, actor, _ROLES)) for each in targets]
        try:
            yield [DeadLetterServiceStub(channel) for channel in channels]
        except grpc.RpcError as error:
            typer.echo(f"dlq: {error.code().name}: {error.details()}", err=True)
            raise typer.Exit(1) from error


def _open(services: Sequence[DeadLetterServiceStub]) -> Iterator[Found]:
    for service in services:
        page = service.ListDeadLetters(pb.ListDeadLettersRequest())
        yield from ((letter, service) for letter in page.dead_letters)
        while page.next_page_token:
            page = service.ListDeadLetters(pb.ListDeadLettersRequest(page_token=page.next_page_token))
            yield from ((letter, service) for letter in page.dead_letters)


def _chosen(services: Sequence[DeadLetterServiceStub], name: str) -> list[Found]:
    chosen = [found for found in _open(services) if name in ("all", found[0].name)]
    if not chosen:
        typer.echo("dlq: there are no dead letters" if name == "all" else f"dlq: no dead letter {name}", err=True)
        raise typer.Exit(2)
    return chosen


def _line(letter: pb.DeadLetter) -> str:
    kind = letter.type.rpartition(".")[2] or letter.topic
    told = f"{instant(letter.fail_time):%F %T}  {letter.consumer} refused {kind} of {letter.key or 'nobody'}"
    return f"{letter.name}  {told}\n    {letter.reason}"
