"""What an address of a channel looks like; enough to refuse nonsense, the provider knows the rest."""

import re

from notifications.domain.channel import Channel
from servicekit.errors import InvalidArgument

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_CALLED = re.compile(r"\+[1-9][0-9]{6,14}(;ext=[0-9]{1,20})?")
_EMAIL = re.compile(r"[^\s@<>,;\x00-\x1f]{1,64}@[^\s@<>,;\x00-\x1f]{1,255}")
_PLAIN = re.compile(r"[^\x00-\x1f]{1,300}")
_SHAPES = {
    Channel.SMS: (_PHONE, "must be a phone number in E.164, such as +8613800000000"),
    Channel.VOICE: (_CALLED, "must be a phone number in E.164, such as +8613800000000 or +862423456789;ext=801"),
    Channel.EMAIL: (_EMAIL, "must be one e-mail address"),
}


def check_address(channel: Channel, address: str, field: str = "address.address") -> None:
    """InvalidArgument when this can be no address of the channel."""
    shape, rule = _SHAPES.get(channel, (_PLAIN, "must not hold control characters"))
    if not shape.fullmatch(address):
        raise InvalidArgument(field, rule, reason="BAD_ADDRESS")
