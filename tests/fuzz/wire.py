"""Bytes on the wire: mostly a message, sometimes what no message serializes to."""

from google.protobuf.message import Message
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.fuzz.drawing import Hand
from tests.fuzz.odd import SURROGATE

_UNKNOWN = (
    b"\xfa\xff\xff\xff\x0f\x04abcd",  # the last field number, as bytes
    b"\xf8\x07\x01" * 2000,  # 127, again and again
    b"\x0b" * 5000,  # groups within groups, none of which ends
    b"\x0a\xff\xff\xff\xff\x0f",  # four gigabytes to come
    b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",  # a number that does not end
    b"\x00\x00",  # field 0, which there is not
    b"\x0f",  # a kind of value that there is not
)


@st.composite
def wired(draw: DrawFn, messages: SearchStrategy[Message]) -> bytes:
    """The bytes of a message, cut, changed or lengthened once in a while."""
    hand = Hand(draw)
    body = hand(messages).SerializeToString().replace(SURROGATE.encode(), b"\xed\xa0\x80")
    place = hand.below(len(body) + 1)
    match hand.below(64):
        case 0:
            return body[:place]
        case 1:
            return body[:place] + hand(st.binary(min_size=1, max_size=4)) + body[place + 1 :]
        case 2:
            return body[:place] + hand(st.binary(max_size=20)) + body[place:]
        case 3:
            return body + hand.one_of(_UNKNOWN)
        case 4:
            return hand(st.binary(max_size=200))
        case _:
            return body
