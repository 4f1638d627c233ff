"""Tokens and key sets as Keycloak, Entra, Auth0 and Dex make them, and odd ones that prove nothing (P4)."""

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from servicekit.claims import Claims
from servicekit.errors import Unauthenticated
from servicekit.jwks import KeySet
from servicekit.keys import parse
from servicekit.tokens import Tokens

ISSUER = "https://id.example/realms/heat"
RSA = rsa.generate_private_key(65537, 2048)
OTHER_RSA = rsa.generate_private_key(65537, 2048)
SMALL_RSA = rsa.generate_private_key(65537, 1024)
P256 = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
EDWARDS = ed25519.Ed25519PrivateKey.generate()
GOLDILOCKS = ed448.Ed448PrivateKey.generate()


def public(key: Any, **more: Any) -> dict[str, Any]:
    of: Any = {"RSA": RSAAlgorithm, "EC": ECAlgorithm, "Ed": OKPAlgorithm}
    kind = "RSA" if hasattr(key, "private_numbers") and hasattr(key, "key_size") and not hasattr(key, "curve") else "EC"
    algorithm = of["Ed"] if isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey) else of[kind]
    made: dict[str, Any] = algorithm.to_jwk(key.public_key(), as_dict=True)
    return {name: value for name, value in {**made, "kid": "k1", **more}.items() if value is not None}


def sign(key: Any, algorithm: str, kid: str | None = "k1", header: dict[str, Any] | None = None, **claims: Any) -> str:
    now = int(time.time())
    body = {"iss": ISSUER, "aud": "hearthline", "sub": "staff/1", "exp": now + 300, "roles": ["agent"], **claims}
    body = {name: value for name, value in body.items() if value is not None}
    whole = {"typ": "JWT", **({"kid": kid} if kid else {}), **(header or {})}
    if algorithm != "Ed25519":
        return jwt.encode(body, key, algorithm=algorithm, headers=whole)
    return _signed(key, {**whole, "alg": "Ed25519"}, body)


def _signed(key: Any, header: Any, body: Any) -> str:
    """Whatever the header is."""
    text = header if isinstance(header, str) else json.dumps(header)
    parts = [base64.urlsafe_b64encode(each.encode()).rstrip(b"=") for each in (text, json.dumps(body))]
    signature = base64.urlsafe_b64encode(key.sign(b".".join(parts))).rstrip(b"=")
    return b".".join([*parts, signature]).decode()


@pytest.fixture
def believing(tmp_path: Path) -> Callable[..., Tokens]:
    """A verifier of these keys."""

    def make(*keys: Any, claims: Claims | None = None, audience: str = "hearthline") -> Tokens:
        file = tmp_path / "jwks.json"
        file.write_text(json.dumps({"keys": keys}))
        return Tokens(KeySet(str(file)), ISSUER, audience, claims)

    return make


Believing = Callable[..., Tokens]


def reason(tokens: Tokens, token: str) -> str:
    with pytest.raises(Unauthenticated) as refused:
        tokens.identity(token)
    return refused.value.reason


TAKEN: dict[str, tuple[dict[str, Any], Any, str]] = {
    "RS256 that the key names": (public(RSA, alg="RS256", use="sig"), RSA, "RS256"),
    "RS256 of a key without alg, as Entra's": (public(RSA, use="sig", x5t="k1", x5c=["MIIC"]), RSA, "RS256"),
    "PS256 that the key names": (public(RSA, alg="PS256"), RSA, "PS256"),
    "PS256 of a key without alg": (public(RSA), RSA, "PS256"),
    "ES256 that the key names": (public(P256, alg="ES256"), P256, "ES256"),
    "ES256 of a key without alg": (public(P256), P256, "ES256"),
    "EdDSA": (public(EDWARDS, alg="EdDSA"), EDWARDS, "EdDSA"),
    "Ed25519, the new name": (public(EDWARDS, alg="Ed25519"), EDWARDS, "Ed25519"),
    "Ed25519 of a key with the old name": (public(EDWARDS, alg="EdDSA"), EDWARDS, "Ed25519"),
    "EdDSA of a key with the new name": (public(EDWARDS, alg="Ed25519"), EDWARDS, "EdDSA"),
    "Ed25519 of a key without alg": (public(EDWARDS), EDWARDS, "Ed25519"),
    "a key that says what it verifies": (public(RSA, key_ops=["verify"]), RSA, "RS256"),
}


@pytest.mark.parametrize("case", TAKEN)
def test_algorithms_are_taken_by_the_type_of_the_key(believing: Believing, case: str) -> None:
    entry, key, algorithm = TAKEN[case]
    assert believing(entry).identity(sign(key, algorithm)).subject == "staff/1"


NOT_TAKEN: dict[str, tuple[dict[str, Any], Any, str]] = {
    "RS256 where the key is for PS256": (public(RSA, alg="PS256"), RSA, "RS256"),
    "PS256 where the key is for RS256": (public(RSA, alg="RS256"), RSA, "PS256"),
    "RS512": (public(RSA), RSA, "RS512"),
    "ES256 where the set has an RSA key": (public(RSA), P256, "ES256"),
    "ES384": (public(P256), P384, "ES384"),
}


@pytest.mark.parametrize("case", NOT_TAKEN)
def test_an_algorithm_that_is_not_the_keys_is_refused(believing: Believing, case: str) -> None:
    entry, key, algorithm = NOT_TAKEN[case]
    assert reason(believing(entry), sign(key, algorithm)) in ("TOKEN_KEY", "TOKEN_INVALID")


def test_a_token_without_a_kid_is_of_the_one_key_that_fits(believing: Believing) -> None:
    one = believing(public(RSA, kid="a"), public(P256, kid="b"), public(EDWARDS, kid="c"))
    for key, algorithm in ((RSA, "RS256"), (P256, "ES256"), (EDWARDS, "Ed25519")):
        assert one.identity(sign(key, algorithm, kid=None)).subject == "staff/1"
    two = believing(public(RSA, kid="a"), public(OTHER_RSA, kid="b"))
    assert reason(two, sign(RSA, "RS256", kid=None)) == "TOKEN_KEY"
    assert two.identity(sign(OTHER_RSA, "RS256", kid="b")).subject == "staff/1"


def test_a_key_without_a_kid_serves_where_no_other_fits(believing: Believing) -> None:
    tokens = believing(public(RSA, kid=None), public(P256, kid="b"))
    assert tokens.identity(sign(RSA, "RS256", kid="whatever")).subject == "staff/1"
    assert tokens.identity(sign(RSA, "RS256", kid=None)).subject == "staff/1"
    assert reason(tokens, sign(P256, "ES256", kid="other")) == "TOKEN_KEY"
    assert reason(believing(public(RSA, kid=None)), sign(OTHER_RSA, "RS256")) == "TOKEN_SIGNATURE"


def test_keys_with_the_same_kid_are_not_guessed_among(believing: Believing) -> None:
    tokens = believing(public(RSA), public(OTHER_RSA), public(P256, kid="b"))
    assert reason(tokens, sign(RSA, "RS256")) == "TOKEN_KEY"
    assert reason(tokens, sign(OTHER_RSA, "RS256")) == "TOKEN_KEY"
    assert tokens.identity(sign(P256, "ES256", kid="b")).subject == "staff/1"
    # Of different types they may be alternatives (RFC 7517, 4.5), and the same key twice is one.
    assert believing(public(RSA), public(P256), public(RSA)).identity(sign(P256, "ES256")).subject == "staff/1"


ODD: dict[str, Any] = {
    "for encryption": public(OTHER_RSA, kid="x", use="enc"),
    "for encryption, with Keycloak's alg": public(OTHER_RSA, kid="x", use="enc", alg="RSA-OAEP"),
    "that wraps keys": public(OTHER_RSA, kid="x", key_ops=["wrapKey"]),
    "of an unknown type": {"kty": "AKP", "kid": "x", "alg": "ML-DSA-44", "pub": "AA"},
    "of no type": {"kid": "x"},
    "of an odd type": {"kty": ["RSA"], "kid": "x"},
    "of a secret": {"kty": "oct", "kid": "x", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U"},
    "that is small": public(SMALL_RSA, kid="x"),
    "on another curve": public(P384, kid="x"),
    "on Ed448": public(GOLDILOCKS, kid="x", alg="EdDSA"),
    "with a broken modulus": {"kty": "RSA", "kid": "x", "n": "!!", "e": "AQAB"},
    "without a modulus": {"kty": "RSA", "kid": "x"},
    "with a point that is on no curve": {"kty": "EC", "crv": "P-256", "kid": "x", "x": "AA", "y": "AA"},
    "with a number as its kid": public(OTHER_RSA, kid=7),
    "with an alg of another type": public(OTHER_RSA, kid="x", alg="ES256"),
    "that is private": {**public(EDWARDS, kid="x"), "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"},
    "that is a text": "RSA",
    "that is null": None,
    "that is a list": [public(OTHER_RSA, kid="x")],
    "with use as a number": public(OTHER_RSA, kid="x", use=1),
    "with key_ops as a number": public(OTHER_RSA, kid="x", key_ops=7),
}


@pytest.mark.parametrize("case", ODD)
def test_one_odd_key_does_not_spoil_the_set(believing: Believing, case: str) -> None:
    tokens = believing(ODD[case], public(RSA), ODD[case])
    assert tokens.identity(sign(RSA, "RS256")).subject == "staff/1"
    assert [key.kid for key in parse(json.dumps({"keys": [ODD[case], public(RSA)]}).encode())] == ["k1"]
    with pytest.raises(ValueError, match="no usable key"):
        parse(json.dumps({"keys": [ODD[case]]}).encode())


@pytest.mark.parametrize(
    "text", ["", "7", "[]", "{}", '{"keys": {}}', '{"keys": null}', "[" * 100_000, '{"keys": "RSA"}']
)
def test_what_is_no_set_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match="JWKS"):
        parse(text.encode())


NOW = int(time.time())
IN_TIME: dict[str, dict[str, int]] = {
    "ended 20 s ago": {"exp": -20},
    "begins in 20 s": {"nbf": 20},
    "was issued in 20 s, by a clock that is fast": {"iat": 20},
}
TOO_LATE = {
    "ended 40 s ago": ({"exp": -40}, "TOKEN_EXPIRED"),
    "begins in 60 s": ({"nbf": 60}, "TOKEN_NOT_YET_VALID"),
    "was issued in 60 s": ({"iat": 60}, "TOKEN_NOT_YET_VALID"),
}


@pytest.mark.parametrize("case", IN_TIME)
def test_clocks_may_differ_by_half_a_minute(believing: Believing, case: str) -> None:
    times: dict[str, Any] = {name: int(time.time()) + off for name, off in IN_TIME[case].items()}
    assert believing(public(RSA)).identity(sign(RSA, "RS256", **times)).subject == "staff/1"


@pytest.mark.parametrize("case", TOO_LATE)
def test_and_by_no_more(believing: Believing, case: str) -> None:
    offsets, why = TOO_LATE[case]
    times: dict[str, Any] = {name: int(time.time()) + off for name, off in offsets.items()}
    assert reason(believing(public(RSA)), sign(RSA, "RS256", **times)) == why


PROVIDERS: dict[str, tuple[Claims, dict[str, Any], tuple[str, set[str], Any]]] = {
    "Keycloak, roles of the realm": (
        Claims("preferred_username", ("realm_access.roles",)),
        {
            "sub": "1e0c6a2f-7b1d-4b0e-9b58-6f7f0c8f8a11",
            "typ": "Bearer",
            "azp": "hearthline-web",
            "preferred_username": "staff/1007",
            "aud": ["hearthline", "account"],
            "realm_access": {"roles": ["default-roles-heat", "offline_access", "agent"]},
            "resource_access": {"account": {"roles": ["manage-account", "supervisor"]}},
            "scope": "profile email",
        },
        ("staff/1007", {"agent"}, {}),
    ),
    "Keycloak, roles of a client whose name has dots": (
        Claims("sub", ("realm_access.roles", "resource_access.api.heat.example.roles")),
        {
            "realm_access": {"roles": ["auditor"]},
            "resource_access": {"api.heat.example": {"roles": ["supervisor"]}, "api": {"heat": 7}},
        },
        ("staff/1", {"auditor", "supervisor"}, {}),
    ),
    "Entra, app roles": (
        Claims("oid"),
        {"oid": "8f2d", "ver": "2.0", "tid": "9a", "roles": ["agent", "Tasks.Read"], "scp": "access_as_user"},
        ("8f2d", {"agent"}, {}),
    ),
    "Entra, delegated scopes": (
        Claims(roles=("roles", "scp")),
        {"roles": None, "scp": "agent User.Read"},
        ("staff/1", {"agent"}, {}),
    ),
    "Auth0, claims with a namespace": (
        Claims(roles=("https://heat.example/roles",), scope_prefix="https://heat.example/"),
        {
            "aud": ["hearthline", "https://heat.eu.auth0.com/userinfo"],
            "https://heat.example/roles": ["crew"],
            "https://heat.example/crews": ["crews/7", "8"],
            "scope": "openid profile",
        },
        ("staff/1", {"crew"}, {"crew": {"7", "8"}}),
    ),
    "Auth0, permissions": (
        Claims(roles=("permissions",)),
        {"permissions": ["agent", "read:tickets"]},
        ("staff/1", {"agent"}, {}),
    ),
    "Dex, groups": (
        Claims("name", ("groups",)),
        {"sub": "CgYxMjM0NTY", "name": "staff/9", "groups": ["auditor", "team-a"], "at_hash": "x"},
        ("staff/9", {"auditor"}, {}),
    ),
    "a scope with spaces": (
        Claims(roles=("scope",)),
        {"scope": "openid  agent\tsupervisor"},
        ("staff/1", {"agent", "supervisor"}, {}),
    ),
    "no such claim": (Claims(roles=("realm_access.roles",)), {"roles": ["agent"]}, ("staff/1", set(), {})),
    "a path through what is no object": (Claims(roles=("roles.x",)), {"roles": ["agent"]}, ("staff/1", set(), {})),
    "ours": (
        Claims(),
        {"roles": ["agent"], "cells": ["cells/3"], "units": []},
        ("staff/1", {"agent"}, {"cell": {"3"}, "unit": set()}),
    ),
}


@pytest.mark.parametrize("case", PROVIDERS)
def test_claims_are_found_where_a_provider_puts_them(believing: Believing, case: str) -> None:
    places, claims, (subject, roles, scopes) = PROVIDERS[case]
    found = believing(public(RSA, alg="RS256"), claims=places).identity(sign(RSA, "RS256", **claims))
    assert (found.subject, {*found.roles}, {kind: {*ids} for kind, ids in found.scopes.items()}) == (
        subject,
        roles,
        scopes,
    )


WRONG_CLAIMS: dict[str, tuple[dict[str, Any], str]] = {
    "no exp": ({"exp": None}, "TOKEN_INCOMPLETE"),
    "no iss": ({"iss": None}, "TOKEN_INCOMPLETE"),
    "no aud": ({"aud": None}, "TOKEN_INCOMPLETE"),
    "no sub": ({"sub": None}, "TOKEN_INCOMPLETE"),
    "another issuer": ({"iss": ISSUER + "/"}, "TOKEN_ISSUER"),
    "another audience": ({"aud": "account"}, "TOKEN_AUDIENCE"),
    "a list of other audiences": ({"aud": ["account", "hearth"]}, "TOKEN_AUDIENCE"),
    "exp as a text": ({"exp": "soon"}, "TOKEN_INVALID"),
    "exp without an end": ({"exp": float("inf")}, "TOKEN_INVALID"),
    "exp that is no number": ({"exp": float("nan")}, "TOKEN_INVALID"),
    "roles as a number": ({"roles": 7}, "TOKEN_CLAIMS"),
    "roles as an object": ({"roles": {"agent": True}}, "TOKEN_CLAIMS"),
    "roles that are no names": ({"roles": ["agent", 7]}, "TOKEN_CLAIMS"),
    "cells as an object": ({"cells": {"3": 1}}, "TOKEN_CLAIMS"),
    "an empty sub": ({"sub": ""}, "TOKEN_SUBJECT"),
    "a long sub": ({"sub": "x" * 201}, "TOKEN_SUBJECT"),
}


@pytest.mark.parametrize("case", WRONG_CLAIMS)
def test_claims_that_are_wrong_prove_nobody(believing: Believing, case: str) -> None:
    claims, why = WRONG_CLAIMS[case]
    assert reason(believing(public(RSA)), sign(RSA, "RS256", **claims)) == why


BODY = {"iss": ISSUER, "aud": "hearthline", "sub": "staff/1", "exp": NOW + 3600}
HEADERS: dict[str, Any] = {
    "none": {"alg": "none", "kid": "k1"},
    "None": {"alg": "None", "kid": "k1"},
    "no alg": {"kid": "k1"},
    "alg as a list": {"alg": ["Ed25519"], "kid": "k1"},
    "HS256": {"alg": "HS256", "kid": "k1"},
    "alg in small letters": {"alg": "eddsa", "kid": "k1"},
    "Ed448": {"alg": "Ed448", "kid": "k1"},
    "crit that is unknown": {"alg": "EdDSA", "kid": "k1", "crit": ["exp"], "exp": 1},
    "crit that is b64": {"alg": "EdDSA", "kid": "k1", "crit": ["b64"], "b64": False},
    "crit that is empty": {"alg": "EdDSA", "kid": "k1", "crit": []},
    "jwk": {"alg": "EdDSA", "jwk": public(EDWARDS)},
    "jku": {"alg": "EdDSA", "kid": "k1", "jku": "https://evil.example/jwks"},
    "x5u": {"alg": "EdDSA", "kid": "k1", "x5u": "https://evil.example/x"},
    "kid as a number": {"alg": "EdDSA", "kid": 1},
    "kid twice": '{"alg": "EdDSA", "kid": "x", "kid": "k1"}',
    "alg twice": '{"alg": "none", "alg": "EdDSA", "kid": "k1"}',
    "a list": "[]",
    "no JSON": "alg=EdDSA",
    "deep": "[" * 2000,
}


@pytest.mark.parametrize("case", HEADERS)
def test_headers_that_ask_for_more_than_the_issuers_keys_are_refused(believing: Believing, case: str) -> None:
    assert reason(believing(public(EDWARDS)), _signed(EDWARDS, HEADERS[case], BODY)) == "TOKEN_INVALID"


def test_the_same_with_a_plain_header_is_taken(believing: Believing) -> None:
    """Else the refusals above would show nothing."""
    assert believing(public(EDWARDS)).identity(_signed(EDWARDS, {"alg": "EdDSA", "kid": "k1"}, BODY)).subject


@pytest.mark.parametrize("token", ["", ".", "..", "a.b", "a.b.c.d.e", "é.b.c", "e30.e30.", "e30.e30.e30", "\ud800.a.b"])
def test_what_is_no_token_is_said_to_be_none(believing: Believing, token: str) -> None:
    assert reason(believing(public(EDWARDS)), token) == "TOKEN_INVALID"
