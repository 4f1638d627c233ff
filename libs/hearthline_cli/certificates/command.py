"""`hearthline certificates`: an authority of the installation's own, and the certificates that it signs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from hearthline_cli.certificates.issuing import Pair, issue, new_authority
from hearthline_cli.certificates.secrets import ClusterRefused, Secret, Secrets

AUTHORITY_LIFE = timedelta(days=3650)


def certificates(
    wanted: Annotated[list[str], typer.Argument(help="SECRET=HOST,HOST… for a server, SECRET= for a caller")],
    authority: Annotated[str, typer.Option(help="secret of the authority, made when it is not there")],
    days: Annotated[int, typer.Option(min=1, max=398, help="how long a certificate is valid")] = 90,
    release: Annotated[str, typer.Option(help="app.kubernetes.io/instance of the secrets")] = "hearthline",
) -> None:
    """Keep the TLS secrets of this pod's namespace: make those that are missing, renew in the last third of their life.

    Run as often as you like; what is good stays as it is. Without its secret, the authority is made anew, and all
    certificates with it.

    Example: hearthline certificates --authority hl-authority hl-customers-tls=hl-customers,localhost hl-caller-tls=
    """
    labels = {"app.kubernetes.io/part-of": "hearthline", "app.kubernetes.io/instance": release}
    try:
        servers = [_wish(text) for text in wanted]
        made = keep(Secrets.of_this_pod(), authority, servers, timedelta(days=days), labels, datetime.now(UTC))
    except (ClusterRefused, ValueError) as error:
        typer.echo(f"certificates: {error}", err=True)
        raise typer.Exit(2) from error
    typer.echo(f"made or renewed: {', '.join(made) or 'nothing'}")


def keep(
    secrets: Secrets,
    authority: str,
    wanted: Sequence[tuple[str, list[str]]],
    life: timedelta,
    labels: dict[str, str],
    now: datetime,
) -> list[str]:
    """Names of the secrets that had to be written; ChangedMeanwhile when somebody else is at it, too."""
    written = []
    held = secrets.read(authority)
    signer = _pair(held)
    if signer.is_due(now):
        signer = new_authority(f"Hearthline {labels['app.kubernetes.io/instance']}", now, AUTHORITY_LIFE)
        secrets.write(authority, _secret(signer, signer, held.version), labels)
        written.append(authority)
    for name, hosts in wanted:
        there = secrets.read(name)
        if not _is_good(there, signer, hosts, now):
            pair = issue(signer, name, hosts, now, life)
            secrets.write(name, _secret(pair, signer, there.version), labels)
            written.append(name)
    return written


def _is_good(secret: Secret, signer: Pair, hosts: Sequence[str], now: datetime) -> bool:
    pair = _pair(secret)
    return not pair.is_due(now) and secret.files.get("ca.crt") == signer.certificate and pair.hosts() == set(hosts)


def _pair(secret: Secret) -> Pair:
    return Pair(secret.files.get("tls.crt", b""), secret.files.get("tls.key", b""))


def _secret(pair: Pair, signer: Pair, version: str | None) -> Secret:
    return Secret({"tls.crt": pair.certificate, "tls.key": pair.key, "ca.crt": signer.certificate}, version)


def _wish(text: str) -> tuple[str, list[str]]:
    name, equals, hosts = text.partition("=")
    if not name or not equals:
        raise ValueError(f"{text!r}: SECRET=HOST,HOST… is wanted")
    return name, [host for host in hosts.split(",") if host]
