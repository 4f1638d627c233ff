"""docs/bank-guide.md says what is taken and what is not; every line of its tables is sent, and answered as it says."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from billing.domain.rejection import Reason
from servicekit.eventlog import Record
from tests.billing.running import ICBC, Billing, agreement_started
from tests.billing.signing import BankSide, base64url
from tests.support.running import Starter

GUIDE = (Path(__file__).parents[2] / "docs" / "bank-guide.md").read_text(encoding="utf-8")
EVENT = re.search(r"```json\n(.*?)```", GUIDE, re.DOTALL)
PYTHON = re.compile(r"sys\.|<class|codec|recursion|Traceback|int string|None|True|dict|\\x|object has no|argument")


def table(head: str) -> list[list[str]]:
    lines = GUIDE.partition(head + " |\n")[2].partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


NAME_NO_MEMBER = (Reason.MALFORMED_JSON, Reason.CURRENCY_MISMATCH, Reason.REVERSAL_MISMATCH)
MEMBERS = table("| member | value | answer | because")
RECORDS = table("| record | answer | because")


def event(number: int) -> dict[str, Any]:
    assert EVENT
    found: dict[str, Any] = json.loads(EVENT[1])
    found["data"]["bank_reference"] = f"T-{number}"
    return found


def reversal(number: int) -> dict[str, Any]:
    found = event(number)
    found["type"] = "hearthline.bank.v1.PaymentReversed"
    data = found["data"]
    data |= {"bank_reference": f"V-{number}", "reverses": f"T-{number}", "reversed_at": data.pop("paid_at")}
    return found


def written(cell: str) -> str:
    """The JSON text of a value in the table."""
    text, _, times = cell.partition(" × ")
    text = text.strip("`")
    if not times:
        return text
    quote = '"' if text[0] == '"' else ""
    return f"{quote}{text.strip(quote or None) * int(times)}{quote}"


def changed(whole: dict[str, Any], path: str, value: str) -> bytes:
    *outer, name = path.split(".")
    where = whole
    for each in outer:
        where = where[each]
    where[name] = "@@"
    return json.dumps(whole, ensure_ascii=False).replace('"@@"', value).encode()


def signed(content: bytes, alg: str = "EdDSA", pad: bool = False, **members: Any) -> str:
    kid = members.pop("kid", ICBC.kid)
    names = {"alg": alg, "kid": kid, "b64": False, "crit": ["b64"], **members}
    header = base64url(json.dumps({name: value for name, value in names.items() if value is not None}).encode())
    header += "=" * (-len(header) % 4) if pad else ""
    body = content if names["b64"] is False else base64url(content).encode()
    signature = base64url(ICBC.private_key.sign(header.encode() + b"." + body))
    return f"{header}..{signature}{'=' * (-len(signature) % 4) if pad else ''}"


def nested(number: int, depth: int, opened: str = "[", closed: str = "]") -> bytes:
    return changed(event(number), "extension", opened * depth + closed * depth)


def records(number: int) -> dict[str, Record]:
    """What the lines about whole records say, each with a reference of its own."""
    content = json.dumps(event(number)).encode()
    text = content.decode()
    data = json.dumps(event(number)["data"]).encode()
    good = ICBC.sign(content)
    inside = good.replace("..", f".{base64url(content)}.")
    plain = ICBC.record(content)
    attributes = {f"ce_{name}": str(value) for name, value in event(number).items() if name != "data"}

    def by(jws: str, value: bytes = content) -> Record:
        return ICBC.record(value, jws)

    return {
        "a byte order mark before the JSON": ICBC.record(b"\xef\xbb\xbf" + content),
        "spaces and line breaks around the JSON": ICBC.record(b"\r\n " + content + b"\n\t"),
        "text of another encoding than UTF-8": ICBC.record(
            changed(event(number), "x", '"王"').decode().encode("gb18030")
        ),
        "a name twice in one object": ICBC.record(text.replace('"amount"', '"amount": "1.00", "amount"').encode()),
        "two JSON objects": ICBC.record(content + content),
        "an array of events": ICBC.record(b"[" + content + b"]"),
        "JSON that is cut off": ICBC.record(content[:-9]),
        "objects 64 deep": ICBC.record(nested(number, 63, '{"a":', "}").replace(b":}", b":1}")),
        "objects 65 deep": ICBC.record(nested(number, 64, '{"a":', "}").replace(b":}", b":1}")),
        "arrays 20,000 deep": ICBC.record(nested(number, 20_000)),
        "a value of 65,537 bytes": ICBC.record(content.ljust(65_537)),
        "an empty value": ICBC.record(b""),
        "the binary mode, attributes as `ce_` headers": ICBC.record(data, None, "k", **attributes),
        "no `jws` header": replace(plain, headers={}),
        "the header `JWS` in capitals": replace(plain, headers={"JWS": good}),
        "two `jws` headers": by(f"{good}, {good}"),
        "padded base64url in `jws`": by(signed(content, pad=True)),
        "plain base64 in `jws`, with `+` or `/`": by(good[:-4] + "+/+/"),
        "a line break after `jws`": by(good + "\n"),
        "the value within `jws`, not detached": by(inside),
        "without `b64`, over the base64url form": by(signed(content, b64=None, crit=None)),
        '`"b64": false` without `crit`': by(signed(content, crit=None)),
        "another name in `crit`": by(signed(content, crit=["b64", "exp"], exp=1)),
        '`"alg": "Ed25519"`': by(signed(content, "Ed25519")),
        '`"alg": "none"`': by(signed(content, "none").rpartition(".")[0] + "."),
        '`"alg": "HS256"`': by(signed(content, "HS256")),
        '`"alg": "eddsa"`': by(signed(content, "eddsa")),
        "no `kid`": by(signed(content, kid=None)),
        "a `kid` that is not registered": by(BankSide("icbc", "2031-12").sign(content)),
        "one space more than was signed": by(good, content + b" "),
    }


def member_record(number: int, path: str, value: str) -> Iterator[Record]:
    kind, _, member = path.rpartition(" ")
    if kind == "reversal":
        yield ICBC.record(json.dumps(event(number)).encode())
    yield ICBC.record(changed(reversal(number) if kind else event(number), member, written(value)))


@pytest.fixture(scope="module")
def answers(start_once: Starter) -> dict[str, dict[str, Any]]:
    """Each line's answer, by the record that it answers."""
    billing = Billing(start_once)
    billing.register(ICBC)
    billing.deliver(agreement_started("0197"))
    for number, (path, value, *_) in enumerate(MEMBERS):
        billing.deliver(*SENT.setdefault(f"{path} {value}", list(member_record(number, path.strip("`"), value))))
    for number, (name, *_) in enumerate(RECORDS, 1000):
        billing.deliver(*SENT.setdefault(name, [records(number)[name]]))
    assert billing.balance("accounts/0197") < 0
    return {reply["data"]["record"]: reply for reply in billing.whole_replies()}


SENT: dict[str, list[Record]] = {}


def check(answers: dict[str, dict[str, Any]], line: str, expected: str) -> str:
    """The detail of the answer, which must be the expected one."""
    sent = SENT[line][-1]
    reply = answers.get(f"{sent.topic}/{sent.partition}/{sent.offset}")
    if expected == "waits":
        assert reply is None
        return ""
    assert reply is not None
    told, kind = reply["data"], reply["type"].rpartition(".")[2]
    if expected == "accepted":
        assert (kind, told["detail"]) == ("PaymentAccepted", "")
    else:
        assert (kind, told["reason"]) == ("PaymentRejected", expected.strip("`")), told["detail"]
        assert told["detail"]
        assert not PYTHON.search(told["detail"])
    return str(told["detail"])


@pytest.mark.parametrize("line", MEMBERS, ids=[f"{row[0]} {row[1]}"[:60] for row in MEMBERS])
def test_a_member_is_answered_as_the_guide_says(answers: dict[str, dict[str, Any]], line: list[str]) -> None:
    path, value, expected = line[:3]
    detail = check(answers, f"{path} {value}", expected)
    if detail and expected.strip("`") not in (
        Reason.MALFORMED_JSON,
        Reason.CURRENCY_MISMATCH,
        Reason.REVERSAL_MISMATCH,
    ):
        field = path.strip("`").rpartition(" ")[2].removeprefix("data.").removesuffix("_base64")
        assert field in detail or (field == "currency" and "amount" in detail)


@pytest.mark.parametrize("line", RECORDS, ids=[row[0] for row in RECORDS])
def test_a_record_is_answered_as_the_guide_says(answers: dict[str, dict[str, Any]], line: list[str]) -> None:
    check(answers, line[0], line[1])


def test_the_tables_are_whole() -> None:
    assert len(MEMBERS) > 120
    assert {row[0] for row in RECORDS} == set(records(0))
    assert {row[2] for row in MEMBERS} >= {"accepted", "waits", "`BAD_AMOUNT`", "`BAD_TIME`", "`BAD_FIELD`"}
