"""Telephone numbers: one form however they are written, with extension, and what they can be used for (C2, N1)."""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from servicekit.contacts.written import plain
from servicekit.errors import InvalidArgument

REASON = "BAD_PHONE"
_TEXTABLE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.PERSONAL_NUMBER})
_EXTENSION = re.compile(r"\s*[,;(-]*\s*(?:转接?|轉接?|分机号?|分機號?|内线|內線|\*)\s*:?\s*(\d{1,7})\s*\)?\s*\Z")
_TAIL = re.compile(r"(.+?)\s*-+\s*(\d{1,6})\Z")
_REMARK = re.compile(r"\s*\([^()\d]*\)\s*\Z")
_LOCAL = re.compile(r"[2-9]\d{5,7}\Z")
_ENDING = re.compile(r"\d{1,5}\Z")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number in E.164, and the extension behind it."""

    number: str
    extension: str = ""

    @property
    def takes_texts(self) -> bool:
        """True where a text message arrives: at mobile phones, and never at an extension."""
        return not self.extension and takes_texts(self.number)


@lru_cache(maxsize=65536)
def takes_texts(number: str) -> bool:
    """True for an E.164 number of a kind that text messages reach: not land lines, 400, 800, 95xxx or 12345."""
    try:
        return phonenumbers.number_type(phonenumbers.parse(number, None)) in _TEXTABLE
    except phonenumbers.NumberParseException:
        return False


class PhoneBook:
    """Knows the country, and the town, of numbers that come without one."""

    def __init__(self, region: str, area_code: str = "") -> None:
        self._region, self._area_code = region, area_code

    def read(self, text: str, field: str) -> Phone:
        """The number that a text is; InvalidArgument BAD_PHONE naming `field`.

        Short numbers such as 12345 or 95598 are services that anybody calls, and nobody's phone.
        """
        written = _REMARK.sub("", plain(text))
        if said := _EXTENSION.search(written):
            written = f"{written[: said.start()]} ext. {said[1]}"
        number = self._parsed(written)
        if number is None and (tail := _TAIL.match(written)) and (number := self._parsed(tail[1])):
            number.extension = tail[2]
        if number is None:
            raise InvalidArgument(field, self._rule(written), reason=REASON)
        return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164), number.extension or "")

    def _parsed(self, text: str) -> PhoneNumber | None:
        number = self._valid(text)
        if number is None and self._area_code and self._is_local(text):
            number = self._valid(f"{self._area_code}{text}")
        return number

    def _valid(self, text: str) -> PhoneNumber | None:
        try:
            number = phonenumbers.parse(text, self._region)
        except phonenumbers.NumberParseException:
            return None
        return number if phonenumbers.is_valid_number(number) else None

    def _is_local(self, text: str) -> bool:
        """A whole number of a town, and none of the short ones that are the same in every town."""
        digits = re.sub(r"[\s().-]", "", text.partition(" ext. ")[0])
        short = phonenumbers.parse(digits, self._region) if _LOCAL.match(digits) else None
        return short is not None and not phonenumbers.is_valid_short_number_for_region(short, self._region)

    def _rule(self, text: str) -> str:
        if self._is_local(text):
            known = "is no number of the area code" if self._area_code else "has no area code, and no setting has one:"
            return f"{known} {self._area_code or 'HEARTHLINE_PHONE_AREA_CODE'}"
        if not any(letter.isdigit() for letter in text):
            return "must be a phone number"
        return f"is not a number that a phone in {self._region} can have"


def is_only_an_ending(part: str) -> bool:
    """True for the "90" of "23456789/90": another last digits, or an extension, and nobody can tell which."""
    return bool(_ENDING.match(part))
