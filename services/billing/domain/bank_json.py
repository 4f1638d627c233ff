"""The one JSON object in a bank's bytes, read so that nothing is guessed: no number is turned into one (B2)."""

import json
from dataclasses import dataclass
from typing import Any

from billing.domain.rejection import Reason, Rejected

LARGEST_BYTES = 64 * 1024
DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Number:
    """A JSON number as it was written. No field that we read is one, so none is ever too long or too large."""

    text: str


def read_json(content: bytes) -> dict[str, Any]:
    """The one JSON object in the bytes: UTF-8, no repeated names, no NaN, not deeper than `DEEPEST`."""
    if len(content) > LARGEST_BYTES:
        raise Rejected(Reason.TOO_LARGE, f"the value has more than {LARGEST_BYTES} bytes")
    event = _parsed(_text(content))
    if not isinstance(event, dict):
        raise _malformed("is not one JSON object")
    _check_depth(event)
    return event


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _malformed(f"is not UTF-8 at byte {error.start}") from error


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_int=Number, parse_float=Number)
    except json.JSONDecodeError as error:
        raise _malformed(f"is not JSON at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise _too_deep() from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for number, key in enumerate(keys) if key in keys[:number])
        raise _malformed(f"names {twice[:60]} twice in one object")
    return names


def _refuse(constant: str) -> None:
    raise _malformed(f"has {constant}, which is not JSON")


def _check_depth(event: dict[str, Any]) -> None:
    level: list[Any] = [event]
    for _ in range(DEEPEST):
        inner = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list)]
        level = [value for values in inner for value in values]
        if not level:
            return
    if any(isinstance(each, dict | list) for each in level):
        raise _too_deep()


def _too_deep() -> Rejected:
    return _malformed(f"is nested more than {DEEPEST} deep")


def _malformed(rule: str) -> Rejected:
    return Rejected(Reason.MALFORMED_JSON, f"the value {rule}")
