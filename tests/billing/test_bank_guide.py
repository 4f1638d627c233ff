"""docs/bank-guide.md is the contract: its worked example is good, and its reasons are all there are."""

import json
import re
from pathlib import Path

from billing.domain.bank_event import Kind, read_instruction
from billing.domain.money import Money
from billing.domain.rejection import Reason
from billing.signatures import check, public_key
from tests.support.running import MORNING

GUIDE = (Path(__file__).parents[2] / "docs" / "bank-guide.md").read_text()


def line(label: str) -> str:
    found = re.search(rf"^{label} +(.*)$", GUIDE, re.MULTILINE)
    assert found
    return found[1]


def test_the_worked_example_is_signed_by_the_key_it_names() -> None:
    jwk = re.search(r'"jwk": "(.*?)"}\]', GUIDE)
    assert jwk
    check(line("value").encode(), line("jws"), public_key(jwk[1].replace('\\"', '"'), "jwk"))


def test_the_worked_example_says_what_the_event_above_it_says() -> None:
    shown = re.search(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    assert shown
    assert json.loads(shown[1]) == json.loads(line("value"))
    asked = read_instruction(line("value").encode(), "icbc", MORNING)
    assert (asked.kind, asked.reference, asked.amount) == (
        Kind.PAYMENT,
        "ICBC-20260115-000042",
        Money(123_45, "CNY"),
    )


def test_every_reason_is_explained_and_no_other() -> None:
    table = GUIDE.partition("| reason |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([A-Z_]+)`", table)) == set(Reason)
