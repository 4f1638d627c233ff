"""Texts that are searched for where they must not be, in every form in which they may be written.

Ciphertext in base64 meets a form of four characters by chance, which decided a test now and then: forms shorter than
twelve characters prove nothing.
"""

from base64 import b64encode

SHORTEST = 12
_SHORTEST_NUMBER = 11
"""Of a mobile number in China; digits alone are a sixteenth of what ciphertext in hex can be at each place."""


def forms(canary: str) -> list[str]:
    """The text as it is, in hex as PostgreSQL shows bytes, escaped, and in base64 wherever in a text it stands.

    ValueError for a canary of which a form is too short to prove anything.
    """
    raw = canary.encode()
    if len(canary) < (_SHORTEST_NUMBER if canary.isdecimal() else SHORTEST):
        raise ValueError(f"{canary!r} is too short to prove anything: {SHORTEST} characters and more do")
    encoded = [_within_base64(raw, before) for before in range(3)]
    return [canary, raw.hex(), *encoded, repr(raw)[2:-1], canary.encode("unicode_escape").decode()]


def _within_base64(raw: bytes, before: int) -> str:
    """What stands in base64 for certain, so many bytes of three going before: neighbours change what is at the ends."""
    text = b64encode(bytes(before) + raw).decode().rstrip("=")
    first = (before * 8 + 5) // 6
    last = (before + len(raw)) * 8 // 6
    return text[first:last]
