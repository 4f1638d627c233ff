"""What operators do with the personal data that a service stores (C9)."""

import sys

import typer

from servicekit.operating import open_kit
from servicekit.personal.renewal import outdated, renew
from servicekit.service import Service


def personal_app(service: Service) -> typer.Typer:
    """`personal reencrypt`."""
    app = typer.Typer(help="Personal data that this service stores.", no_args_is_help=True)

    @app.callback()
    def only() -> None:
        """Keeps the command's name, though there is one."""

    @app.command("reencrypt")
    def again() -> None:
        """Encrypt what is stored in clear or under an older key with the current one, while the service serves.

        May be ended and run again: it goes on with what is left. Exits with 1 while others write under older keys.
        """
        with open_kit(service) as kit:
            done = renew(kit, service.metadata, _tell)
            left = outdated(kit, service.metadata)
        print(f"{done} rows encrypted, {left} left under other keys")
        if left:
            raise typer.Exit(1)

    return app


def _tell(table: str, done: int, total: int) -> None:
    print(f"{table}: {done} of {total}", file=sys.stderr, flush=True)
