"""`hearthline token` signs what a server takes, and `hearthline call` shows it (P4)."""

from pathlib import Path
from stat import S_IMODE

import pytest
from typer.testing import CliRunner

import workorders.bootstrap
from hearthline_cli.main import app
from hearthline_cli.tokens.issuing import ISSUER
from tests.support.running import Starter

CREWS = "hearthline.workorders.v1.CrewService/ListCrews"


def token(keys: Path, *arguments: str) -> str:
    """What the command prints."""
    done = CliRunner().invoke(app, ["token", "staff/1", "--keys", str(keys), *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_signed_token_opens_what_its_role_may(start: Starter, tmp_path: Path) -> None:
    keys, file = tmp_path / "keys", tmp_path / "token"
    file.write_text(token(keys, "--role", "dispatcher"))
    desk = start(workorders.bootstrap.service, work=False, jwks=str(keys / "jwks.json"), token_issuer=ISSUER)
    call = ["call", CREWS, "--target", desk.target]
    refused = CliRunner().invoke(app, call)
    assert (refused.exit_code, refused.stderr.partition(":")[0]) == (1, "UNAUTHENTICATED")
    answered = CliRunner().invoke(app, [*call, "--token-file", str(file)])
    assert answered.exit_code == 0, answered.output


def test_private_keys_are_for_their_owner(tmp_path: Path) -> None:
    token(tmp_path, "--algorithm", "RS256")
    (pem,) = tmp_path.glob("*.pem")
    assert S_IMODE(pem.stat().st_mode) == 0o600


def test_a_new_key_is_made_only_when_asked_for(tmp_path: Path) -> None:
    token(tmp_path)
    token(tmp_path)
    assert len([*tmp_path.glob("*.pem")]) == 1
    token(tmp_path, "--new-key")
    assert len([*tmp_path.glob("*.pem")]) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--role", "root"], "root"), (["--own", "streets/1"], "streets/1"), (["--algorithm", "HS256"], "EdDSA")],
)
def test_a_wrong_wish_is_named(tmp_path: Path, arguments: list[str], words: str) -> None:
    done = CliRunner().invoke(app, ["token", "staff/1", "--keys", str(tmp_path), *arguments])
    assert done.exit_code == 2
    assert words in done.output
