"""B2: a bank's signature is a detached JWS over the exact bytes received."""

import json
from datetime import timedelta

import pytest
from jwt.exceptions import PyJWTError

from billing.domain.bank import Bank, BankKey
from billing.domain.rejection import Reason, Rejected
from billing.signatures import check, public_key, verify
from servicekit.errors import InvalidArgument
from tests.billing.signing import BankSide, base64url
from tests.support.running import MORNING

# RFC 8037, appendix A.1 to A.5.
RFC_8037_KEY = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
RFC_8037_PAYLOAD = b"Example of Ed25519 signing"
RFC_8037_SIGNATURE = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
RFC_8037_DETACHED = f"eyJhbGciOiJFZERTQSJ9..{RFC_8037_SIGNATURE}"

ICBC = BankSide("icbc")
CONTENT = '{"amount":"1.00", "客户":"王"}'.encode()


def bank(*keys: BankKey) -> Bank:
    return Bank("icbc", "ICBC", MORNING, MORNING, keys or (BankKey(ICBC.kid, ICBC.jwk),))


def refused(content: bytes, jws: str, by: Bank | None = None) -> Reason:
    with pytest.raises(Rejected) as rejected:
        verify(content, jws, by or bank(), MORNING)
    return rejected.value.reason


def test_the_example_of_rfc_8037_is_good() -> None:
    check(RFC_8037_PAYLOAD, RFC_8037_DETACHED, public_key(RFC_8037_KEY, "jwk"))


def test_the_example_of_rfc_8037_with_one_other_byte_is_not() -> None:
    with pytest.raises(PyJWTError):
        check(RFC_8037_PAYLOAD + b" ", RFC_8037_DETACHED, public_key(RFC_8037_KEY, "jwk"))


def test_an_unencoded_payload_is_signed_as_it_is() -> None:
    verify(CONTENT, ICBC.sign(CONTENT), bank(), MORNING)


def test_a_payload_in_base64url_is_good_as_well() -> None:
    header = base64url(json.dumps({"alg": "EdDSA", "kid": ICBC.kid}).encode())
    signature = ICBC.private_key.sign(f"{header}.{base64url(CONTENT)}".encode())
    verify(CONTENT, f"{header}..{base64url(signature)}", bank(), MORNING)


@pytest.mark.parametrize("other", [CONTENT + b"\n", CONTENT.replace(b" ", b""), CONTENT.replace(b"1.00", b"9.00"), b""])
def test_other_bytes_are_not_what_was_signed(other: bytes) -> None:
    assert refused(other, ICBC.sign(CONTENT)) is Reason.BAD_SIGNATURE


def test_another_banks_signature_under_our_kid_is_bad() -> None:
    assert refused(CONTENT, BankSide("ccb", ICBC.kid).sign(CONTENT)) is Reason.BAD_SIGNATURE


def test_an_unknown_kid_is_told_apart_from_a_bad_signature() -> None:
    assert refused(CONTENT, BankSide("icbc", "2031-12").sign(CONTENT)) is Reason.UNKNOWN_KEY


def header(**members: object) -> str:
    return base64url(json.dumps(members).encode())


@pytest.mark.parametrize(
    "jws",
    [
        "",
        "x",
        "..",
        "a..b",
        "\0..\0",
        "é..ü",
        header(alg="EdDSA") + "..AAAA",
        header(alg="none", kid=ICBC.kid) + "..",
        header(alg="HS256", kid=ICBC.kid) + "..AAAA",
        header(alg="EdDSA", kid=7) + "..AAAA",
        header(alg="EdDSA", kid=ICBC.kid) + "..AAAA",
        header(alg="EdDSA", kid=ICBC.kid, crit=["exp"], exp=1) + "..AAAA",
        header(alg="EdDSA", kid=ICBC.kid, b64=False) + "..AAAA",
        header(alg="EdDSA", kid="x" * 5000) + "..AAAA",
        ICBC.sign(CONTENT).replace("..", f".{base64url(CONTENT)}."),
        ICBC.sign(CONTENT)[:-4],
    ],
)
def test_what_is_no_detached_jws_of_ours_is_a_bad_signature(jws: str) -> None:
    assert refused(CONTENT, jws) is Reason.BAD_SIGNATURE


def test_keys_are_good_from_their_first_to_before_their_last_instant() -> None:
    hour = timedelta(hours=1)
    now = BankKey(ICBC.kid, ICBC.jwk, MORNING, MORNING + hour)
    verify(CONTENT, ICBC.sign(CONTENT), bank(now), MORNING)
    early = BankKey(ICBC.kid, ICBC.jwk, MORNING + hour)
    late = BankKey(ICBC.kid, ICBC.jwk, None, MORNING)
    assert refused(CONTENT, ICBC.sign(CONTENT), bank(early)) is Reason.KEY_NOT_VALID
    assert refused(CONTENT, ICBC.sign(CONTENT), bank(late)) is Reason.KEY_NOT_VALID


def test_two_keys_are_good_while_they_are_rotated() -> None:
    newer = BankSide("icbc", "2026-02")
    both = bank(BankKey(ICBC.kid, ICBC.jwk), BankKey(newer.kid, newer.jwk))
    verify(CONTENT, ICBC.sign(CONTENT), both, MORNING)
    verify(CONTENT, newer.sign(CONTENT), both, MORNING)


@pytest.mark.parametrize(
    "jwk",
    [
        "",
        "[]",
        "{",
        '{"kty":"RSA"}',
        '{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}',
        '{"kty":"OKP","crv":"Ed25519"}',
        '{"kty":"OKP","crv":"Ed25519","x":"AAAA"}',
        '{"kty":"OKP","crv":"Ed25519","x":17}',
        RFC_8037_KEY[:-1] + ',"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}',
    ],
)
def test_only_public_ed25519_keys_are_taken(jwk: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        public_key(jwk, "bank.keys[0].jwk")
    assert error.value.violations[0][0] == "bank.keys[0].jwk"
