"""`hearthline token`: proof of who calls, for development."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from hearthline_cli.tokens.issuing import ALGORITHMS, ISSUER, Issuer
from servicekit.access import SCOPES, access_file

_KEYS = Path.home() / ".hearthline" / "keys"


def token(
    subject: Annotated[str, typer.Argument(help="who calls, for example staff/1007")],
    role: Annotated[list[str] | None, typer.Option(help="a role of proto/access.yaml; may be repeated")] = None,
    own: Annotated[
        list[str] | None, typer.Option(help="what is the caller's own: cells/3, crews/7 …; may be repeated")
    ] = None,
    keys: Annotated[Path, typer.Option(help="folder of the issuer's keys, made when it is not there")] = _KEYS,
    issuer: Annotated[str, typer.Option(help="`iss`")] = ISSUER,
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 365, help="how long it is good")] = 8,
    algorithm: Annotated[str, typer.Option(help="of a new key: EdDSA or RS256")] = "EdDSA",
    new_key: Annotated[bool, typer.Option("--new-key", help="sign with a new key; those before stay good")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="say nothing but the token")] = False,
) -> None:
    """Sign a token for a caller, with keys of your own; for development, where no identity provider issues them.

    Example: hearthline token staff/1007 --role crew --own crews/7 > token

    Then start services with HEARTHLINE_JWKS=~/.hearthline/keys/jwks.json HEARTHLINE_TOKEN_ISSUER=hearthline-development
    and call with: hearthline call --token-file token hearthline.workorders.v1.WorkOrderService/ListWorkOrders
    """
    roles = role or []
    if unknown := sorted(set(roles) - access_file().roles.keys()):
        raise typer.BadParameter(f"{unknown[0]} is not one of {', '.join(access_file().roles)}", param_hint="--role")
    if algorithm not in ALGORITHMS:
        raise typer.BadParameter(f"is one of {', '.join(ALGORITHMS)}", param_hint="--algorithm")
    source = Issuer(keys, issuer)
    if new_key or not source.has_keys():
        source.add_key(algorithm)
    typer.echo(source.sign(subject, roles, _by_collection(own or []), datetime.now(UTC), timedelta(hours=hours)))
    if not quiet:
        typer.echo(f"HEARTHLINE_JWKS={source.jwks} HEARTHLINE_TOKEN_ISSUER={issuer}", err=True)


def _by_collection(names: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        collection, slash, identifier = name.partition("/")
        if collection not in SCOPES.values() or not slash or not identifier:
            raise typer.BadParameter(
                f"{name} is not like {', '.join(f'{c}/…' for c in SCOPES.values())}", param_hint="--own"
            )
        found.setdefault(collection, []).append(name)
    return found
