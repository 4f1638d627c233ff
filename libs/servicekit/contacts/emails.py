"""Addresses of mail: what is kept to send to (C2)."""

import re

import idna

from servicekit.contacts.written import plain
from servicekit.errors import InvalidArgument

_NAMED = re.compile(r".*<([^<>]+)>\s*\Z")
_LOCAL = re.compile(r"[^@\s\"(),:;<>\[\]\\\x00-\x1f\x7f.]+(\.[^@\s\"(),:;<>\[\]\\\x00-\x1f\x7f.]+)*\Z")
_LONGEST_LOCAL, _LONGEST = 64, 254
REASON = "BAD_EMAIL"


def email(text: str, field: str) -> str:
    """The address as it is kept: its domain in ASCII and small letters, what is before the @ as it was written.

    Servers may tell A from a there, though hardly one does. InvalidArgument BAD_EMAIL naming `field`.
    """
    written = plain(text)
    if named := _NAMED.match(written):
        written = named[1].strip()
    local, at, domain = written.removeprefix("mailto:").rpartition("@")
    if not at or not _LOCAL.match(local) or len(local.encode()) > _LONGEST_LOCAL:
        raise InvalidArgument(field, "must be an e-mail address", reason=REASON)
    address = f"{local}@{_ascii(domain, field)}"
    if len(address.encode()) > _LONGEST:
        raise InvalidArgument(field, f"must be an e-mail address of at most {_LONGEST} characters", reason=REASON)
    return address


def _ascii(domain: str, field: str) -> str:
    try:
        # UTS 46 also folds case and takes the full stop that a Chinese keyboard writes.
        found = idna.encode(domain.rstrip(".。"), uts46=True, std3_rules=True).decode().lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise InvalidArgument(field, "must be an e-mail address with a domain that can exist", reason=REASON) from error
    if "." not in found or found.rpartition(".")[2].isdigit():
        raise InvalidArgument(field, "must be an e-mail address with a whole domain", reason=REASON)
    return found
