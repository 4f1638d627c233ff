"""What operators do with a service: deal with dead letters, send and take events again, verify the audit (P2, P5)."""

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Annotated

import typer

from servicekit.auditing import Progress, Verified, published_heads, verify
from servicekit.chain import BrokenChain
from servicekit.clock import connect_clock
from servicekit.database import connect_database
from servicekit.deadletters import DeadLetter, drop, open_dead_letters, replay
from servicekit.errors import FailedPrecondition
from servicekit.eventlog import connect as connect_eventlog
from servicekit.inbox import consumer_loops
from servicekit.kit import Kit
from servicekit.lanes import consumer_of
from servicekit.outbox import republish
from servicekit.service import Service

Chosen = Annotated[str, typer.Argument(help="id of a dead letter, or 'all'")]
Time = Annotated[str, typer.Option(help="such as 2026-11-24T09:00:00+08:00")]


def dead_letter_app(service: Service) -> typer.Typer:
    """`dlq list | replay | drop`."""
    app = typer.Typer(help="Events that a consumer of this service could not take.", no_args_is_help=True)

    @app.command("list")
    def show() -> None:
        """One JSON object a line: id, topic, consumer, reason, key; those that nobody has dealt with."""
        with open_kit(service) as kit:
            for letter in _letters(kit, service):
                fields = {"id": letter.id, "topic": letter.topic, "consumer": letter.consumer, "reason": letter.reason}
                print(json.dumps({**fields, "key": letter.record.key}, ensure_ascii=False))

    @app.command("replay")
    def again(identifier: Chosen) -> None:
        """Give events to their consumer again, after what refused them was mended; exits with 1 if one is refused."""
        with open_kit(service) as kit:
            chosen = _chosen(kit, service, identifier)
            taken = sum(_replayed(kit, service, letter) for letter in chosen)
        print(f"{taken} replayed")
        if taken < len(chosen):
            raise typer.Exit(1)

    @app.command("drop")
    def give_up(identifier: Chosen, yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False) -> None:
        """Give events up: they are never tried again and listed no more."""
        with open_kit(service) as kit:
            chosen = _chosen(kit, service, identifier)
            if not yes:
                typer.confirm(f"Drop {len(chosen)} for good?", abort=True)
            for letter in chosen:
                with kit.unit(_operator()) as uow:
                    drop(uow, letter)
        print(f"{len(chosen)} dropped")

    return app


def outbox_app(service: Service) -> typer.Typer:
    """`outbox republish`."""
    app = typer.Typer(help="Events that this service has published.", no_args_is_help=True)

    @app.callback()
    def only() -> None:
        """Keeps the command's name, though there is one."""

    @app.command("republish")
    def again(since: Time) -> None:
        """Send again what was published since then, for an event log that lost it; 72 hours are kept.

        Whoever has seen an event passes it over. Example: workorders outbox republish --since 2026-11-24T09:00:00+08:00
        """
        with open_kit(service) as kit:
            print(f"{republish(kit, _instant(since))} events are sent again")

    return app


def consumers_app(service: Service) -> typer.Typer:
    """`consumers rewind`."""
    app = typer.Typer(help="What this service reads.", no_args_is_help=True)

    @app.callback()
    def only() -> None:
        """Keeps the command's name, though there is one."""

    @app.command("rewind")
    def rewind(to: Time) -> None:
        """Take again what came since then, for a database that was restored; `work` must not run meanwhile.

        What the database has seen is passed over. Example: workorders consumers rewind --to 2026-11-24T09:00:00+08:00
        """
        instant = _instant(to)
        with open_kit(service) as kit:
            for loop in consumer_loops(service.subscriptions):
                loop.take_over(kit)
                print(f"{loop.name}: {kit.eventlog.rewind(loop.name, loop.topics, instant)} events are taken again")

    return app


def audit_app(service: Service) -> typer.Typer:
    """`audit verify`."""
    app = typer.Typer(help="The records of this service that cannot be changed unseen.", no_args_is_help=True)

    @app.callback()
    def only() -> None:
        """Keeps the command's name, though there is one."""

    @app.command("verify")
    def look(
        published: Annotated[bool, typer.Option(help="compare with what the event log has of it, too")] = True,
    ) -> None:
        """Look whether every sealed row is there and as it was; exits with 1 and names the first that is not.

        Without what was published a chain that was made anew as a whole, or cut together with its head, passes.
        """
        is_whole = True
        with open_kit(service) as kit:
            known = published_heads(kit.eventlog, service.name) if published else {}
            for sealed in service.sealed:
                try:
                    with _progress(sealed.name) as progress:
                        found = verify(kit, sealed, known.get(sealed.name, {}), progress)
                    print(f"{service.name} {sealed.name}: {_told(found)}")
                except BrokenChain as broken:
                    print(f"{service.name} {sealed.name}: BROKEN at {broken}")
                    is_whole = False
        if not is_whole:
            raise typer.Exit(1)

    return app


@contextmanager
def _progress(name: str) -> Iterator[Progress]:
    """A bar on a terminal, and nothing elsewhere."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _told(found: Verified) -> str:
    published = f"published up to {found.published.position}" if found.published else "none of it published"
    head = f"seal {found.head.seal.hex()}"
    return f"{found.head.position} rows are as they were sealed, {published}, {found.unsealed} not sealed yet; {head}"


@contextmanager
def open_kit(service: Service) -> Iterator[Kit]:
    """The parts of a service that a command needs, without its loops and its server."""
    settings = service.settings
    engine = connect_database(settings.database_url)
    with connect_eventlog(settings.eventlog_url) as log:
        yield Kit(service.name, settings, connect_clock(settings.clock), engine, log)
    engine.dispose()


def _letters(kit: Kit, service: Service) -> list[DeadLetter]:
    topics = list(dict.fromkeys(s.topic for s in service.subscriptions))
    with kit.unit() as uow:
        names = {name for s in service.subscriptions for name in (s.consumer, s.succeeds) if name}
        return open_dead_letters(uow, kit.eventlog, topics, names)


def _chosen(kit: Kit, service: Service, identifier: str) -> list[DeadLetter]:
    chosen = [letter for letter in _letters(kit, service) if identifier in ("all", letter.id)]
    if not chosen:
        raise ValueError(f"no dead letter {identifier}")
    return chosen


def _replayed(kit: Kit, service: Service, letter: DeadLetter) -> bool:
    """False for one that its consumer refuses again; the reason is told."""
    consumer = consumer_of(consumer_loops(service.subscriptions), letter.consumer, letter.topic)
    try:
        with kit.unit(_operator()) as uow:
            replay(uow, letter, partial(consumer.handle, kit))
    except FailedPrecondition as error:
        print(error, file=sys.stderr)
        return False
    return True


def _instant(given: str) -> datetime:
    try:
        instant = datetime.fromisoformat(given)
    except ValueError as error:
        raise ValueError(f"{given!r} is no time such as 2026-11-24T09:00:00+08:00") from error
    if instant.tzinfo is None:
        raise ValueError(f"{given!r} says no offset; 2026-11-24T09:00:00+08:00 does, and so does 2026-11-24T01:00:00Z")
    return instant


def _operator() -> str:
    """Who works on it: the account of this machine."""
    return f"operator/{getpass.getuser()}"
