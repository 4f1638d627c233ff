"""Values that nobody should send, by kind of field."""

from google.protobuf.descriptor import FieldDescriptor as F
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

SURROGATE = "\ufffd"
"""Stands for a lone surrogate, which only bytes on the wire can hold: see `wire.py`."""

TEXTS = (
    *(
        "",
        " ",
        "\0",
        "a\0b",
        SURROGATE,
        "\u202eابتثlrm\u200f",
        "\ufeff",
        "\u2028",
        "\U0010ffff",
        "👩‍👩‍👧",
        "٣",
        "Ⅷ",
        "ß" * 70,
    ),
    *("a" * 129, "a" * 4001, "火" * 70_000, "../../etc/passwd", "'; DROP TABLE outbox; --", "%", "_", "\\", "${7*7}"),
    *(
        "{{ 7 * 7 }}",
        "{% for x in y %}",
        "{{ ''.__class__ }}",
        "{{ " + "(" * 500 + " }}",
        "a/b/c",
        "/",
        "tickets/",
        "*",
        "NaN",
    ),
    *("null", "-1", "1e309", "9" * 5000, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z"),
    *(
        'state = "',
        'a = "b" AND ',
        "name:" + "\\" * 99,
        "(" * 99,
        "create_time > 9999-12-31T23:59:59-23:59",
        "id desc desc",
        "=" * 50,
    ),
    *("WyJhIiwgW11d", "W10", "WyJ4IiwgW3sidCI6IDV9XV0", "bnVsbA", "=" * 9, "W1tdLCBbXV0", "[" * 900),
    *(
        '{"kty": "OKP", "crv": "Ed25519", "x": 5}',
        '{"a":' * 900,
        "http://[",
        "https://a b",
        "+86",
        "a@",
        "@",
        "CNY",
        "XXX",
        "zh-CN",
    ),
)
_INTS = (
    0,
    1,
    -1,
    2,
    7,
    100,
    1001,
    2**15,
    2**31 - 1,
    -(2**31),
    2**31,
    2**53 + 1,
    10**18,
    2**63 - 1,
    -(2**63),
    2**64 - 1,
)
_FLOATS = (0.0, -0.0, 1e-320, 1.5, -1.0, 1e38, 1.7e308, -1.7e308, float("nan"), float("inf"), float("-inf"))
# Seconds: the epoch, the ends of years 1 and 9999, and beyond both.
_SECONDS = (0, 1, -1, -62135596800, -62135596801, 253402300799, 253402300800, 7258118400, 2**63 - 1, -(2**63))
_NANOS = (0, 1, 999, 999_999_999, 1_000_000_000, -1, 2**31 - 1, -(2**31))

_WIDTHS = {
    **dict.fromkeys((F.TYPE_INT32, F.TYPE_SINT32, F.TYPE_SFIXED32, F.TYPE_ENUM), (-(2**31), 2**31 - 1)),
    **dict.fromkeys((F.TYPE_INT64, F.TYPE_SINT64, F.TYPE_SFIXED64), (-(2**63), 2**63 - 1)),
    **dict.fromkeys((F.TYPE_UINT32, F.TYPE_FIXED32), (0, 2**32 - 1)),
    **dict.fromkeys((F.TYPE_UINT64, F.TYPE_FIXED64), (0, 2**64 - 1)),
}

texts = st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
seconds, nanos = st.sampled_from(_SECONDS), st.sampled_from(_NANOS)


def scalar(field: F) -> SearchStrategy[object]:
    """An odd value that the field's type can hold."""
    if field.type == F.TYPE_STRING:
        return texts
    if field.type == F.TYPE_BYTES:
        return st.binary(max_size=50) | st.just(b"\xff" * 70_000)
    if field.type == F.TYPE_BOOL:
        return st.booleans()
    if field.type in (F.TYPE_DOUBLE, F.TYPE_FLOAT):
        return st.sampled_from(_FLOATS) | st.floats(width=32)
    least, most = _WIDTHS[field.type]
    return st.sampled_from([n for n in _INTS if least <= n <= most]) | st.integers(least, most)
