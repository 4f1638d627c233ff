"""What a file is written in: what its first bytes say, and which encoding fits where the mapping's does not."""

import codecs
from collections.abc import Collection, Iterable

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", {"utf-32", "utf-32-le"}),
    (codecs.BOM_UTF32_BE, "utf-32", {"utf-32", "utf-32-be"}),
    (codecs.BOM_UTF8, "utf-8-sig", {"utf-8", "utf-8-sig"}),
    (codecs.BOM_UTF16_LE, "utf-16", {"utf-16", "utf-16-le"}),
    (codecs.BOM_UTF16_BE, "utf-16", {"utf-16", "utf-16-be"}),
    (b"\x84\x31\x95\x33", "gb18030", {"gb18030"}),
)
_TRIED = ("utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "big5")
_DELIMITERS = (",", ";", "\t", "|")
_UTF8 = frozenset({"utf-8", "utf-8-sig"})
_SURELY = 4
"""So many letters beyond ASCII that are valid UTF-8 are no accident of another encoding."""
_ENOUGH = 0.8

KEPT = "hearthline.kept"
"""The error handler under which bytes that are no text stay, each as a surrogate, for their row to be refused."""


def _kept(error: UnicodeError) -> tuple[str | bytes, int]:
    if isinstance(error, UnicodeDecodeError):
        return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end
    if isinstance(error, UnicodeEncodeError):
        points = [ord(char) - 0xDC00 for char in error.object[error.start : error.end]]
        if all(0 <= point <= 0xFF for point in points):
            return bytes(points), error.end
    raise error


codecs.register_error(KEPT, _kept)


def wrong_encoding(head: bytes, declared: str) -> str:
    """Why a file that begins so is not of the declared encoding, and which it is of; empty where it may be."""
    name = codecs.lookup(declared).name
    for mark, encoding, same in _MARKS:
        if head.startswith(mark):
            return "" if name in same else _advice(f"begins with the mark of {encoding.removesuffix('-sig')}", encoding)
    if _is_text(head, name) and (name in _UTF8 or not _is_surely_utf8(head)):
        wide = "" if name.startswith(("utf-16", "utf-32")) else _wide(head)
        return _advice("looks like UTF-16 without a mark", wide) if wide else ""
    found = fitting(head)
    return _advice(f"is no text in {declared}, but in {found}", found) if found and found != name else ""


def fitting(sample: bytes, whole: bool = False) -> str:
    """The encoding that a sample is text of, or empty when none is plausible."""
    if wide := _wide(sample):
        return wide
    if _is_text(sample, "utf-8", whole):
        return "utf-8"
    for encoding, usual in (("gb18030", _is_gb2312), ("big5", _is_big5)):
        letters = [char for char in _decoded(sample, encoding, whole) or "" if char > "\x7f"]
        # One alone may be two letters of a western encoding that happen to stand side by side.
        if len(letters) > 1 and sum(map(usual, letters)) >= _ENOUGH * len(letters):
            return encoding
    return ""


def fitting_cell(text: str, declared: str) -> str:
    """The same of a cell in which bytes were kept (KEPT)."""
    try:
        return fitting(text.encode(declared.removesuffix("-sig"), errors=KEPT), whole=True)
    except UnicodeError:
        return ""


def reading_with(head: bytes, needed: Collection[str]) -> tuple[str, str] | None:
    """The encoding and the delimiter under which a file has all the columns needed, or None."""
    for encoding in _TRIED:
        text = _decoded(head, encoding)
        line = (text or "").lstrip("\ufeff\r\n").splitlines()[:1]
        for delimiter in _DELIMITERS if line else ():
            if set(needed) <= set(_cells(line[0].split(delimiter))):
                return encoding, delimiter
    return None


def _cells(parts: Iterable[str]) -> list[str]:
    return [part.strip().removeprefix('"').removesuffix('"') for part in parts]


def _advice(what: str, encoding: str) -> str:
    return f"{what}: set source.encoding to {encoding}"


def _decoded(sample: bytes, encoding: str, whole: bool = False) -> str | None:
    try:
        # A letter that the end of a sample cuts in two is no error, unless the sample is all there is.
        return codecs.getincrementaldecoder(encoding)().decode(sample, whole)
    except UnicodeError:
        return None


def _is_text(sample: bytes, encoding: str, whole: bool = False) -> bool:
    return _decoded(sample, encoding, whole) is not None


def _is_surely_utf8(sample: bytes) -> bool:
    return sum(char > "\x7f" for char in _decoded(sample, "utf-8") or "") >= _SURELY


def _wide(sample: bytes) -> str:
    """UTF-16 by its zeros: every second byte of what is ASCII in it."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    most, least, encoding = (odd, even, "utf-16-le") if odd > even else (even, odd, "utf-16-be")
    if most < 2 or most * 20 < len(sample) or least * 10 > most:
        return ""
    return encoding if _is_text(sample, encoding) else ""


def _is_gb2312(char: str) -> bool:
    return len(char.encode("gb2312", errors="ignore")) == 2


def _is_big5(char: str) -> bool:
    found = char.encode("big5", errors="ignore")
    return len(found) == 2 and 0xA1 <= found[0] <= 0xC6
