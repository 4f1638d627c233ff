"""How a phrase in free text is read: within its clause, by the words before and behind it, with its reason.

It is asked for unless something turns it round: an odd number of negations that reach it, quotation marks or somebody
else who says it, a past that is over, a condition that is not about what is wrong now, a question whether, or a thing
that is called after it. Who asks how or where to do it asks for it. In doubt it is asked for: a human reads it then.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from servicekit.phrases import chinese as zh
from servicekit.phrases import english as en

_APOSTROPHES = dict.fromkeys(map(ord, "’‘ʼ`´′＇"), "'")
_FOLDED = {ord(old): new for old, new in zh.FOLDED.items()}
_CLAUSE = re.compile(
    r"[。！？!?；;…\n]+|[,，:：、]+|[.](?=\s|$)|\s-+\s|[()（）—]+"
    r"|(?:但是|可是|不过|然而|只是|但|而是)|\b(?:but|however|though|although|yet|except)\b"
)


_ZH_CHAIN = re.compile(f"(?:{zh.RHETORIC}|{zh.NOT}|{zh.BETWEEN}|~)*$")
_ZH_NOT = re.compile(f"{zh.RHETORIC}|{zh.NOT}")
_ZH_MASK = re.compile(zh.NO_NEGATION)
_EN_NOT = re.compile(rf"(?<![\w']){en.NOT}(?![\w'])")
_EN_MASK = re.compile(rf"\b{en.NO_NEGATION}\b")


class Stance(StrEnum):
    """What somebody means who says a phrase."""

    ASKED = "asked"
    NEGATED = "negated"
    QUOTED = "quoted"
    OTHERS = "others"
    PAST = "past"
    CONDITION = "condition"
    QUESTION = "question"
    THING = "thing"
    TAKEN_BACK = "taken back"


@dataclass(frozen=True, slots=True)
class Reading:
    """One place where a phrase stands, what is meant there, and the words that say so."""

    phrase: str
    stance: Stance
    because: str


@dataclass(frozen=True, slots=True)
class _Place:
    """A phrase in its clause, and the clauses around it."""

    before: str
    phrase: str
    after: str
    previous: str
    rest: str
    """All of the text behind the phrase."""
    end: str
    """The mark that ends the clause."""


def normal(text: str) -> str:
    """The text in one width, case, script and kind of apostrophe."""
    folded = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).translate(_APOSTROPHES).casefold()
    return re.sub(r"[^\S\n]+", " ", folded.translate(_FOLDED))


def asks_for(text: str, phrases: Sequence[str]) -> Reading | None:
    """The first place where one of the phrases is asked for; None where nobody asks."""
    return next((each for each in readings(text, phrases) if each.stance is Stance.ASKED), None)


def readings(text: str, phrases: Sequence[str]) -> list[Reading]:
    """Every place where one of the phrases stands, in order."""
    whole = normal(text)
    return [_read(whole, start, phrase) for start, phrase in _found(whole, [normal(p) for p in phrases if p.strip()])]


def _found(whole: str, phrases: Sequence[str]) -> Iterator[tuple[int, str]]:
    # The longest first: a complaint is no complain with a t behind it. Latin ones begin a word.
    parts = [rf"(?<![a-z]){re.escape(p)}" if p[0].isascii() else re.escape(p) for p in sorted(phrases, key=len)]
    if parts:
        yield from ((found.start(), found[0]) for found in re.finditer("|".join(reversed(parts)), whole))


def _read(whole: str, start: int, phrase: str) -> Reading:
    place = _place(whole, start, phrase)
    if quoted := _quoted(whole, start, start + len(phrase)):
        return Reading(phrase, Stance.QUOTED, quoted)
    for stance, judge in _JUDGES:
        if because := judge(place):
            return Reading(phrase, stance, because)
    return Reading(phrase, Stance.ASKED, f"{place.before}{phrase}{place.after}".strip())


def _place(whole: str, start: int, phrase: str) -> _Place:
    ends = list(_CLAUSE.finditer(whole))
    behind = start + len(phrase)
    left = [found for found in ends if found.end() <= start]
    right = next((found for found in ends if found.start() >= behind), None)
    begin = left[-1].end() if left else 0
    previous = whole[(left[-2].end() if len(left) > 1 else 0) : left[-1].start()] if left else ""
    stop = right.start() if right else len(whole)
    return _Place(whole[begin:start], phrase, whole[behind:stop], previous, whole[behind:], right[0] if right else "")


def _quoted(whole: str, start: int, end: int) -> str:
    """The quotation that the place is in; nothing where it is all of the text, or the writer's own words."""
    for opening, closing in zh.QUOTES.items():
        left = whole.rfind(opening, 0, start)
        if left < 0 or (opening == closing and whole.count(opening, 0, start) % 2 == 0):
            continue
        right = whole.find(closing, end)
        if right < 0 or closing in whole[left + 1 : start]:
            continue
        before, behind = whole[:left], whole[right + 1 :]
        is_own = re.search(zh.OWN_WORDS, before) or re.search(en.OWN_WORDS, before.strip(" ,:"))
        if not is_own and (before + behind).strip(" .,!。，！"):
            return whole[left : right + 1]
    return ""


def _taken_back(place: _Place) -> str:
    found = re.search(zh.TAKEN_BACK, place.rest) or re.search(en.TAKEN_BACK, place.rest)
    return found[0] if found else ""


def _negated(place: _Place) -> str:
    if re.search(zh.INSISTS, place.before):
        return ""
    masked = _ZH_MASK.sub(_hidden, place.before)
    chain = _ZH_CHAIN.search(masked)
    before = _ZH_NOT.findall(chain[0]) if chain else []
    double = re.match(zh.AFTER_DOUBLE, place.after)
    if chain and (len(before) + bool(before and double)) % 2:
        return chain[0] + place.phrase
    # A topic may be taken up behind the comma: 投诉嘛,就不必了. Not so a wish, which is then taken back.
    topic = place.after if re.search(zh.WANTS, place.before) else place.rest
    if not before and (behind := re.match(zh.AFTER_NOT, topic)):
        return place.phrase + behind[0]
    if re.search(zh.CARRIED, place.previous):
        return place.previous
    return _negated_in_english(place)


def _hidden(found: "re.Match[str]") -> str:
    return "~" * len(found[0])


def _negated_in_english(place: _Place) -> str:
    if but := re.match(en.BUT_NOT, place.rest):
        return place.phrase + but[0]
    before = _EN_MASK.sub(_hidden, place.before)
    blocks = list(re.finditer(en.BLOCKS, re.sub(en.KEEPS, _hidden, before)))
    scope = before[blocks[-1].end() :] if blocks else before
    return f"{scope.strip()} {place.phrase}" if len(_EN_NOT.findall(scope)) % 2 else ""


def _by_others(place: _Place) -> str:
    found = re.search(f"{zh.OTHERS}{zh.OTHERS_DO}$|{zh.PASSIVE}", place.before)
    found = found or re.search(f"{en.OTHERS}{en.OTHERS_DO}", place.before)
    return found[0] + place.phrase if found else ""


def _past(place: _Place) -> str:
    if re.search(f"(我|我们|本人){zh.WANTS}", place.before):
        return ""
    for pattern in en.PAST_AFTER:
        if found := re.search(pattern, place.after):
            return place.phrase + found[0]
    for pattern in (*en.PAST, en.DEALT_WITH):
        if found := re.search(pattern, place.before):
            return found[0] + place.phrase
    if found := re.match(zh.PAST_AFTER, place.after):
        return "" if re.search(zh.WANTS, place.before) else place.phrase + found[0]
    found = re.search(zh.PAST, place.before)
    return found[0] + "…" + place.phrase if found else ""


def _condition(place: _Place) -> str:
    """One that is about what is wrong now is a warning, and heard as one."""
    around = f"{place.previous}，{place.before}{place.phrase}{place.after}"
    chinese = re.search(zh.IF, f"{place.previous}，{place.before}")
    if chinese and not re.search(zh.FAILING, around) and not re.search(zh.NOW, place.before):
        return chinese[0]
    english = re.search(en.IF, f"{around}{place.end}{place.rest[len(place.after) :]}")
    if english and (re.search(en.UNREAL, place.before) or not re.search(en.FAILING, around)):
        return english[0]
    return ""


def _question(place: _Place) -> str:
    if re.search(zh.HOW, place.before) or re.search(en.HOW, place.before):
        return ""
    found = re.search(zh.WHETHER, place.before)
    if not found and not place.phrase.isascii():
        found = re.match(zh.ASKED, place.after + place.end[:1].replace("，", "").replace(",", ""))
    if not found and "?" in place.end:
        found = re.search(en.WHETHER, place.before.strip())
    return found[0] if found else ""


def _thing(place: _Place) -> str:
    found = re.match(zh.THING, place.after) or re.search(en.THING, place.after)
    wanted = re.search(zh.WANTS_THING, place.before + place.after)
    wanted = wanted or re.search(en.WANTS_THING, place.before)
    return place.phrase + found[0] if found and not wanted else ""


_JUDGES = (
    (Stance.QUESTION, _question),
    (Stance.OTHERS, _by_others),
    (Stance.NEGATED, _negated),
    (Stance.TAKEN_BACK, _taken_back),
    (Stance.CONDITION, _condition),
    (Stance.PAST, _past),
    (Stance.THING, _thing),
)
