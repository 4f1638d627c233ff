"""What people write as contacts, in the normal form that recognises a caller however it is written (C2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from customers.domain.customer import PHONES, Channel, Contact, Given, Violation, settled
from servicekit.contacts.emails import email
from servicekit.contacts.phones import PhoneBook, is_only_an_ending
from servicekit.contacts.written import parts, plain
from servicekit.errors import InvalidArgument

_AMBIGUOUS = "may be another ending or an extension: write the whole number, or the extension behind 转"


@dataclass(frozen=True, slots=True)
class Read:
    """The contacts that can be taken, and every field that cannot with the rule that it breaks."""

    contacts: tuple[Contact, ...]
    refused: tuple[Violation, ...] = ()

    def whole(self) -> tuple[Contact, ...]:
        """All of them; InvalidArgument naming each field that cannot be taken."""
        if self.refused:
            raise InvalidArgument.of(list(self.refused), reason="BAD_CONTACT")
        return self.contacts


class AddressBook:
    """Knows the country and the town that numbers without them belong to."""

    def __init__(self, region: str, area_code: str = "") -> None:
        self._phones = PhoneBook(region, area_code)

    def read(self, contacts: Sequence[Contact]) -> Read:
        """Each contact judged on its own: a bad one takes nobody with it."""
        taken: list[Given] = []
        refused: list[Violation] = []
        for number, contact in enumerate(contacts):
            field = f"contacts[{number}].address"
            for part in self._parts(contact):
                try:
                    normal = self._normal(contact, part, field)
                    taken.append(Given(number, normal, normal.channel is not contact.channel))
                except InvalidArgument as error:
                    refused += error.violations
        kept, more = settled(taken)
        return Read(kept, tuple(sorted({*refused, *more})))

    def forms(self, text: str) -> list[str]:
        """What a contact may be found by, whatever channel it is of."""
        found = [Contact(Channel.WECHAT, part).key for part in (text.strip(), plain(text)) if part]
        for part in (plain(text), *parts(text)):
            for channel in (Channel.EMAIL, Channel.VOICE):
                try:
                    found += self._normal(Contact(channel, part), part, "address").looked_up_by
                except InvalidArgument:
                    continue
        return list(dict.fromkeys(found))

    def _parts(self, contact: Contact) -> Sequence[str]:
        """What stands in the one field: mostly one, and two in "a/b", "a、b" and "a;b"."""
        whole = contact.address.strip()
        if contact.channel not in (*PHONES, Channel.EMAIL):
            return [whole]
        several = parts(whole)
        if contact.channel is Channel.EMAIL:
            return several if len(several) > 1 and all("@" in part for part in several) else [whole]
        if len(several) == 1 and len(words := several[0].split()) > 1 and self._are_numbers(words):
            several = words
        return several if len(several) > 1 else [whole]

    def _are_numbers(self, words: Sequence[str]) -> bool:
        try:
            return all(self._phones.read(word, "address") for word in words)
        except InvalidArgument:
            return False

    def _normal(self, contact: Contact, part: str, field: str) -> Contact:
        normal = self._read(contact, part, field)
        if part != normal.address:
            return replace(normal, written=part)
        # A reader sends back what it was told: the normal form, with what had been written.
        return normal if self._is_written(contact, normal, field) else replace(normal, written="")

    def _is_written(self, contact: Contact, normal: Contact, field: str) -> bool:
        try:
            return bool(contact.written) and self._read(contact, contact.written, field).key == normal.key
        except InvalidArgument:
            return False

    def _read(self, contact: Contact, part: str, field: str) -> Contact:
        if contact.channel is Channel.EMAIL:
            return replace(contact, address=email(part, field), extension="")
        if contact.channel not in PHONES:
            if not part:
                raise InvalidArgument(field, "must not be blank", reason="BAD_CONTACT")
            return replace(contact, address=part, extension="")
        if part != contact.address.strip() and is_only_an_ending(part):
            raise InvalidArgument(field, f"{part} {_AMBIGUOUS}", reason="BAD_PHONE")
        phone = self._phones.read(part, field)
        # Its kind decides, and not what somebody hopes: a land line rings, and no text message arrives there.
        extension = phone.extension or contact.extension
        texts = contact.channel is Channel.SMS and phone.takes_texts and not extension
        return replace(
            contact, channel=Channel.SMS if texts else Channel.VOICE, address=phone.number, extension=extension
        )
