"""`hearthline topics`: make the topics of proto/topics.yaml, see them and their lag."""

from typing import Annotated

import typer
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from hearthline_cli.laptop import BANKS
from servicekit.eventlog import EventLogUnavailable, connect
from servicekit.eventlog.access import load_access
from servicekit.eventlog.topics import load_topics

_BANKS = ",".join(BANKS)

topics_app = typer.Typer(no_args_is_help=True, help="The topics of the event log.")

Url = Annotated[str, typer.Option("--eventlog", envvar="HEARTHLINE_EVENTLOG_URL", help="kafka://… or postgresql://…")]
Banks = Annotated[str, typer.Option(envvar="HEARTHLINE_BANKS", help="partner banks by comma")]


@topics_app.command("list")
def show(banks: Banks = _BANKS) -> None:
    """Every topic with its partitions and retention, as proto/topics.yaml has them."""
    for topic in load_topics(banks=banks.split(",")):
        typer.echo(f"{topic.name:<45} {topic.partitions:>3} partitions, kept {topic.retention.days} days")


@topics_app.command()
def access(banks: Banks = _BANKS, user_prefix: Annotated[str, typer.Option()] = "") -> None:
    """Who may do what, as `ensure --access` gives it."""
    for right in sorted(load_access(banks.split(","), user_prefix).rights):
        typer.echo(
            f"{right.user:<16} {right.verb:<6} {right.kind:<6} {right.name}{'*' if right.kind == 'group' else ''}"
        )


@topics_app.command()
def ensure(
    eventlog: Url,
    banks: Banks = _BANKS,
    partitions: Annotated[int, typer.Option(help="0: as the file says")] = 0,
    patience: Annotated[float, typer.Option(min=0, help="seconds to wait for an event log that is not up yet")] = 0,
    access: Annotated[bool, typer.Option("--access", help="let users do what proto/topics.yaml says, no more")] = False,
    user_prefix: Annotated[str, typer.Option(help="before the names of services and bank-ID in names of users")] = "",
) -> None:
    """Make the topics that are missing; may be repeated.

    Example: hearthline topics ensure --eventlog kafka://kafka:9092 --access --user-prefix hearthline-
    """
    topics = load_topics(banks=banks.split(","), partitions=partitions)
    wanted = load_access(banks.split(","), user_prefix)
    tries = Retrying(
        retry=retry_if_exception_type(EventLogUnavailable),
        stop=stop_after_delay(patience),
        wait=wait_fixed(0.5),
        reraise=True,
    )
    try:
        with connect(eventlog) as log:
            tries(log.ensure_topics, topics)
            if access:
                tries(log.allow, wanted)
    except (EventLogUnavailable, ValueError) as error:
        typer.echo(f"topics: {error}", err=True)
        raise typer.Exit(2) from error
    typer.echo(f"{len(topics)} topics are there" + (f", {len(wanted.rights)} rights are given" if access else ""))


@topics_app.command()
def lag(eventlog: Url, group: str, topic: str) -> None:
    """How many records of a topic a consumer group has not taken yet."""
    try:
        with connect(eventlog) as log:
            typer.echo(log.lag({group: [topic]})[group][topic])
    except (EventLogUnavailable, ValueError) as error:
        typer.echo(f"topics: {error}", err=True)
        raise typer.Exit(2) from error
