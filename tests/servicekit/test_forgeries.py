"""Tokens that prove nothing, whatever they look like (P4)."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import grpc
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hearthline_cli.tokens.issuing import Issuer
from surveys.bootstrap import service as surveys
from tests.servicekit.asking import ask, bearer, reason_of, sign
from tests.support.identities import HOUR, issuer, proof
from tests.support.running import RunningService, Starter

Forge = Callable[[Issuer, Path], str]


@pytest.fixture
def keys(tmp_path: Path) -> Issuer:
    return issuer(tmp_path)


@pytest.fixture
def server(start: Starter, keys: Issuer) -> RunningService:
    return start(surveys, work=False, **proof(keys))


def _unsigned(keys: Issuer, _: Path) -> str:
    head, body, _signature = sign(keys).split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    plain = base64.urlsafe_b64encode(json.dumps({**header, "alg": "none"}).encode()).decode().rstrip("=")
    return f"{plain}.{body}."


def _by_public_key_as_secret(keys: Issuer, _: Path) -> str:
    (public,) = json.loads(keys.jwks.read_text())["keys"]
    pem = jwt.PyJWK(public).key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, body, _signature = sign(keys).split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": public["kid"]}).encode()).decode().rstrip("=")
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signature = algorithm.sign(f"{header}.{body}".encode(), pem)
    assert head
    return f"{header}.{body}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _of_somebody_with_the_same_key_id(keys: Issuer, path: Path) -> str:
    (public,) = json.loads(keys.jwks.read_text())["keys"]
    stranger = issuer(path / "stranger")
    (pem,) = (path / "stranger" / "keys").glob("*.pem")
    pem.rename(pem.with_name(f"{public['kid']}.pem"))
    return sign(stranger)


FORGERIES: dict[str, tuple[Forge, str]] = {
    "expired": (lambda k, _: sign(k, datetime.now(UTC) - 2 * HOUR), "TOKEN_EXPIRED"),
    "not yet valid": (lambda k, _: sign(k, nbf=datetime.now(UTC) + HOUR), "TOKEN_NOT_YET_VALID"),
    "for another audience": (lambda k, _: sign(k, aud="payroll"), "TOKEN_AUDIENCE"),
    "of another issuer": (lambda k, _: sign(k, iss="somebody"), "TOKEN_ISSUER"),
    "without an end": (lambda k, _: _without(k, "exp"), "TOKEN_INCOMPLETE"),
    "for nobody": (lambda k, _: sign(k, sub=""), "TOKEN_SUBJECT"),
    "with a line break in its name": (lambda k, _: sign(k, sub="staff/1\nroot"), "TOKEN_SUBJECT"),
    "with roles as an object": (lambda k, _: sign(k, roles={"supervisor": True}), "TOKEN_CLAIMS"),
    "by another key": (lambda _, p: sign(issuer(p / "other")), "TOKEN_KEY"),
    "by another key with the same id": (_of_somebody_with_the_same_key_id, "TOKEN_SIGNATURE"),
    "unsigned": (_unsigned, "TOKEN_INVALID"),
    "HS256 by the public key": (_by_public_key_as_secret, "TOKEN_INVALID"),
    "garbage": (lambda _, __: "not.a.token", "TOKEN_INVALID"),
    "nothing": (lambda _, __: "", "TOKEN_INVALID"),
    "oversize": (lambda k, _: sign(k, cells=["cells/" + "x" * 4000]), "TOKEN_TOO_LONG"),
}


def _without(keys: Issuer, claim: str) -> str:
    (pem,) = keys.jwks.parent.glob("*.pem")
    claims = jwt.decode(sign(keys), options={"verify_signature": False})
    del claims[claim]
    return jwt.encode(claims, pem.read_text(), algorithm="EdDSA", headers={"kid": pem.stem})


@pytest.mark.parametrize("case", FORGERIES)
def test_a_token_that_proves_nothing_is_refused(
    server: RunningService, keys: Issuer, tmp_path: Path, case: str
) -> None:
    forge, reason = FORGERIES[case]
    assert reason_of(server, bearer(forge(keys, tmp_path))) == reason


def test_a_refusal_repeats_the_token_neither_to_the_caller_nor_in_the_log(
    server: RunningService, keys: Issuer, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    said = ""
    forged = [forge(keys, tmp_path / str(number)) for number, (forge, _) in enumerate(FORGERIES.values())]
    for token in forged:
        with pytest.raises(grpc.RpcError) as error:
            ask(server, bearer(token))
        said += str(error.value)
    said += capfd.readouterr().out
    assert said.count("call refused") == len(forged)
    parts = {part for token in forged for part in token.split(".") if len(part) > len("token")}
    assert [part for part in parts if part in said] == []
