"""A filter as a tree (AIP-160): pure, bounded in length, depth and number of comparisons.

    expression = factor {[AND] factor}       factors side by side are joined by AND, too
    factor     = term {OR term}              so OR binds tighter than AND
    term       = [NOT | "-"] (comparison | "(" expression ")")
    comparison = field ("=" | "!=" | "<" | "<=" | ">" | ">=" | ":") argument
    argument   = value | "(" expression of values ")"

The libraries that exist for AIP-160 are for Go and Java, or need a newer Python than ours; a general parser would tell
less of what is wrong, and take longer than the query does.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from servicekit.errors import InvalidArgument
from servicekit.filters.tree import Comparison, Joined, Node, Not, Value, leaves, refusal

LONGEST = 2000
DEEPEST = 16
MOST = 100
"""Comparisons in one filter."""
_STARS = 5

_NAME = re.compile(r"""[^\s()"',:=<>!]+""")
_SIGN = re.compile(r"<=|>=|!=|[=<>:]")
_BARE = re.compile(r"""[^\s()"',=<>!\\]+""")
_SPACE = re.compile(r"\s*")
_KEYWORD = re.compile(r"(?:AND|OR|NOT)(?=[\s(]|\Z)")
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LOOKALIKES = re.compile("[“”„‘’‚«»「」『』＂＇＝：＜＞！（）＊]")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "*": "*"}
_OTHERS = {
    "and": "AND is written in capitals",
    "or": "OR is written in capitals",
    "not": "NOT is written in capitals",
    "&&": "write AND",
    "&": "write AND",
    "||": "write OR",
    "|": "write OR",
}


# Parsed once for all pages of a list; what differs from call to call is soon forgotten.
@lru_cache(maxsize=256)
def parse(text: str) -> Node | None:
    """The tree of a filter, None for an empty one; InvalidArgument names the character."""
    if len(text) > LONGEST:
        raise InvalidArgument("filter", f"must not be longer than {LONGEST} characters")
    if strange := _UNREADABLE.search(text):
        raise refusal(f"has a character that no text has, U+{ord(strange[0]):04X}", strange.start())
    return _Reader(text).filter()


def fields_in(text: str) -> frozenset[str]:
    """The fields that a filter compares."""
    return frozenset(leaf.field for leaf in leaves(parse(text)))


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._count = 0
        self._of_values = False

    def filter(self) -> Node | None:
        self._skip()
        if self._at == len(self._text):
            return None
        whole = self._expression(self._comparison)
        if self._at < len(self._text):
            raise refusal(f"{self._text[self._at]!r} closes or separates nothing", self._at)
        return whole

    def _expression(self, leaf: Callable[[], Node]) -> Node:
        parts = [self._factor(leaf)]
        while not self._ends():
            self._word("AND")
            parts.append(self._factor(leaf))
        return parts[0] if len(parts) == 1 else Joined("AND", tuple(parts))

    def _factor(self, leaf: Callable[[], Node]) -> Node:
        parts = [self._term(leaf)]
        while self._word("OR"):
            parts.append(self._term(leaf))
        return parts[0] if len(parts) == 1 else Joined("OR", tuple(parts))

    def _term(self, leaf: Callable[[], Node]) -> Node:
        # Among values a minus begins a number.
        is_negated = self._word("NOT") or (not self._of_values and self._sign("-"))
        if self._ends():
            raise refusal("ends where a comparison is expected, for example state = OPEN", self._at)
        if word := _KEYWORD.match(self._text, self._at):
            raise refusal(f"{word[0]} stands where a comparison is expected", self._at)
        part = self._inner(leaf) if self._sign("(") else leaf()
        return Not(part) if is_negated else part

    def _inner(self, leaf: Callable[[], Node]) -> Node:
        begin = self._at
        self._depth += 1
        if self._depth > DEEPEST:
            raise refusal(f"has more than {DEEPEST} parentheses inside one another", begin)
        inner = self._expression(leaf)
        if not self._sign(")"):
            raise refusal("has a parenthesis that is not closed", begin - 1)
        self._depth -= 1
        return inner

    def _comparison(self) -> Node:
        begin = self._at
        field = self._field()
        sign = _SIGN.match(self._text, self._at)
        if sign is None:
            raise self._bare(field, begin)
        self._at = sign.end()
        self._skip()
        if not self._sign("("):
            return Comparison(field, sign[0], self._value(), begin)
        if sign[0] not in ("=", ":"):
            raise refusal(f"parentheses follow = or :, not {sign[0]}; NOT {field} = (…) excludes", sign.end())
        self._of_values = True
        inner = self._inner(lambda: Comparison(field, sign[0], self._value(), begin))
        self._of_values = False
        return inner

    def _field(self) -> str:
        begin = self._at
        if self._text[begin] in "\"'":
            return self._quoted().text
        name = _NAME.match(self._text, begin)
        if name is None:
            raise refusal(f"a field is expected, not {self._text[begin]!r}", begin)
        self._at = name.end()
        if self._text.startswith("(", self._at):
            raise refusal(f"there is no function {name[0][:80]!r}: filters have none", begin)
        self._skip()
        return name[0]

    def _value(self) -> Value:
        begin = self._at
        self._count += 1
        if self._count > MOST:
            raise refusal(f"has more than {MOST} comparisons", begin)
        if begin < len(self._text) and self._text[begin] in "\"'":
            return self._quoted()
        bare = _BARE.match(self._text, begin)
        if bare is None or _KEYWORD.match(self._text, begin):
            rest = bare[0] if bare else self._text[begin : begin + 1]
            rule = f"{rest!r} begins no value: put it in quotes" if rest else "ends where a value is expected"
            raise refusal(rule, begin)
        if odd := _LOOKALIKES.search(bare[0]):
            raise refusal(f"{odd[0]!r} is none of the signs of a filter: in quotes it is text", begin + odd.start())
        self._at = bare.end()
        if self._text.startswith("(", self._at):
            raise refusal(f"there is no function {bare[0][:80]!r}: filters have none", begin)
        if (end := self._text[self._at : self._at + 1]) and end not in "),'\"" and not end.isspace():
            raise refusal(f"{end!r} stands in a value that is not in quotes", self._at)
        self._skip()
        return _valued(tuple(bare[0].split("*")), False, begin)

    def _quoted(self) -> Value:
        """A text in quotes of either kind; a backslash keeps the next character from ending it or being a wildcard."""
        begin, text = self._at, self._text
        quote, at = text[begin], begin + 1
        parts, piece = [], ""
        while at < len(text) and text[at] != quote:
            if text[at] == "\\":
                escape = text[at + 1 : at + 2]
                if escape and escape not in _ESCAPES:
                    raise refusal(f"\\{escape} means nothing: a backslash itself is written \\\\", at)
                piece += _ESCAPES.get(escape, "")
                at += 1
            elif text[at] == "*":
                parts.append(piece)
                piece = ""
            else:
                piece += text[at]
            at += 1
        if at >= len(text):
            raise refusal("has a quote that is not closed", begin)
        self._at = at + 1
        self._skip()
        return _valued((*parts, piece), True, begin)

    def _bare(self, word: str, at: int) -> InvalidArgument:
        """What to say of a word that is compared with nothing."""
        if odd := _LOOKALIKES.search(word):
            return refusal(f"{odd[0]!r} is none of the signs of a filter", at + odd.start())
        advice = _OTHERS.get(word.lower(), "no list searches all fields: name one, for example state = OPEN")
        return refusal(f"{word[:40]!r} is compared with nothing; {advice}", at)

    def _word(self, word: str) -> bool:
        found = _KEYWORD.match(self._text, self._at)
        if found is None or found[0] != word:
            return False
        self._at = found.end()
        self._skip()
        return True

    def _sign(self, sign: str) -> bool:
        if not self._text.startswith(sign, self._at):
            return False
        self._at += 1
        self._skip()
        return True

    def _ends(self) -> bool:
        return self._at == len(self._text) or self._text[self._at] in "),"

    def _skip(self) -> None:
        if found := _SPACE.match(self._text, self._at):
            self._at = found.end()


def _valued(parts: tuple[str, ...], is_quoted: bool, at: int) -> Value:
    if len(parts) - 1 > _STARS:
        raise refusal(f"has more than {_STARS} wildcards in a value", at)
    return Value(parts, is_quoted, at)
