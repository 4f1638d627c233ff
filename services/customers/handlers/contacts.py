"""Addresses in their one normal form, so that a caller is recognised however the number is written (C2)."""

import re

import phonenumbers

from customers.domain.customer import PHONES, Channel, Contact
from servicekit.errors import InvalidArgument

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+\Z")


class AddressBook:
    """Knows the country that numbers without one belong to."""

    def __init__(self, region: str) -> None:
        self._region = region

    def normal(self, contact: Contact, field: str) -> Contact:
        """The contact with its address as it is stored; InvalidArgument naming `field`."""
        address = contact.address.strip()
        if contact.channel in PHONES:
            address = self.phone(address, field)
        elif contact.channel is Channel.EMAIL:
            if not _EMAIL.match(address):
                raise InvalidArgument(field, "must be an e-mail address", reason="BAD_EMAIL")
            local, _, domain = address.rpartition("@")
            address = f"{local}@{domain.lower()}"
        return Contact(contact.channel, address, contact.language_code, contact.consented, contact.preferred)

    def phone(self, text: str, field: str) -> str:
        """E.164; short numbers such as 12345 are nobody's phone."""
        try:
            number = phonenumbers.parse(text, self._region)
        except phonenumbers.NumberParseException as error:
            raise InvalidArgument(field, "must be a phone number", reason="BAD_PHONE") from error
        if not phonenumbers.is_valid_number(number):
            raise InvalidArgument(field, f"is not a number that a phone in {self._region} can have", reason="BAD_PHONE")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def forms(self, text: str) -> list[str]:
        """What an address may be stored as, whatever channel it is of."""
        text = text.strip()
        local, at, domain = text.rpartition("@")
        forms = [f"{local}@{domain.lower()}" if at else text]
        try:
            forms.append(self.phone(text, "address"))
        except InvalidArgument:
            return forms
        return forms
