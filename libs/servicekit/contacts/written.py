"""What people write into a field: widths, spaces and dashes that only look different, and two contacts in one (C2)."""

import re
import unicodedata

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−ー﹣－〜~"), "-")
_UNSEEN = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF, 0x00AD])
# Not ";ext=" and not ",,", which are what stands before an extension.
_PARTS = re.compile(r"[/、|\n\r]+|;(?!\s*ext)|(?<!,),(?!,)|\s*或者?\s*|\s+(?:和|及|or|and)\s+")


def plain(text: str) -> str:
    """The text in half width, with one kind of dash, without what is not seen (NFKC)."""
    normal = unicodedata.normalize("NFKC", text).translate(_UNSEEN)
    return normal.translate(_DASHES).strip()


def parts(text: str) -> list[str]:
    """The contacts that one field holds: "a/b", "a、b" and "a;b" are two."""
    return [part.strip() for part in _PARTS.split(plain(text)) if part.strip()]
