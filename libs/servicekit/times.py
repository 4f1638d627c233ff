"""Instants between Python and protobuf; always aware, always UTC."""

from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.errors import InvalidArgument

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_timestamp(at: datetime | None) -> Timestamp | None:
    """The protobuf form of an aware datetime; None stays None, which leaves a message field unset."""
    if at is None:
        return None
    micros = (at - _EPOCH) // _MICROSECOND
    return Timestamp(seconds=micros // 1_000_000, nanos=micros % 1_000_000 * 1000)


def from_timestamp(stamp: Timestamp, field: str = "timestamp") -> datetime | None:
    """The aware UTC datetime of a Timestamp, to the microsecond; None when it is unset (zero).

    InvalidArgument naming `field` for one outside of the years 1 to 9999.
    """
    if stamp.seconds == 0 and stamp.nanos == 0:
        return None
    return instant(stamp, field)


def instant(stamp: Timestamp, field: str = "timestamp") -> datetime:
    """As `from_timestamp` for a field that is always set; zero is the epoch itself."""
    try:
        return _EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)
    except OverflowError as error:
        raise InvalidArgument(field, "must be within the years 1 to 9999", reason="ABSURD_TIME") from error
