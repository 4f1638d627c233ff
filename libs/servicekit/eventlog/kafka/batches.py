"""Fetched batches as records: only what was committed, and what cannot be read set aside instead of raised.

kafka-python raises when it meets bytes that it cannot decode, at the same place again and again, and with it stands
whoever reads. Its reader of batches is replaced by this one, which yields such bytes as a `Record` with its `damage`
and goes on behind them: a single record where it can be told where the next one begins, else the rest of the batch.
"""

import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from kafka.consumer.fetcher import Fetcher
from kafka.errors import KafkaError
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.util import decode_varint
from kafka.structs import TopicPartition

from servicekit.eventlog import Record
from servicekit.eventlog.headers import joined
from servicekit.eventlog.kafka.codecs import opened
from servicekit.eventlog.kafka.unreadable import Unreadable

_PREFIX = struct.Struct(">qi")
_MAGIC_AT = 16
_CURRENT = 2
# What a broken or hostile batch makes the decoder say.
_FAULTS = (KafkaError, ValueError, IndexError, struct.error, OverflowError, TypeError)
# Headers that are read here, and must be text; of others any bytes are taken.
_READ = ("content-type", "jws")
_READ_PREFIX = "ce_"


def read_by(client: Any, passed_over: Callable[[], None] = lambda: None) -> None:
    """Has a KafkaConsumer of kafka-python read batches as is said above.

    `passed_over` is called when there was something that is nobody's record, such as the end of a transaction.
    """

    class Told(ReadableBatches):
        tell = staticmethod(passed_over)

    client._fetcher.PartitionRecords = Told


class ReadableBatches(Fetcher.PartitionRecords):  # type: ignore[misc]
    """What was fetched of one partition; yields `Record`."""

    tell: Callable[[], None]
    next_fetch_offset: int

    def _maybe_skip_record(self, record: Record) -> bool:
        return bool(max(record.offset, record.last_offset) < self.fetch_offset)

    def _unpack_records(self, tp: TopicPartition, records: Any, *_: object) -> Iterator[Record]:
        for batch in _batches(memoryview(records._buffer), self.fetch_offset):
            self.leader_epoch = batch.leader_epoch
            for record in batch.records(tp) if self._is_for_readers(batch) else ():
                self.records_read += 1
                self.bytes_read += len(record.value)
                self._reach(min(max(record.offset, record.last_offset), batch.last) + 1)
                yield record
            # Behind what was taken back, the marks of transactions, and what a compacted topic removed of the batch.
            if self._reach(batch.last + 1):
                self.tell()
        self.drain()

    def _reach(self, offset: int) -> bool:
        """Notes how far it has come, never backward; True when that is further than before."""
        is_further = offset > self.next_fetch_offset
        if is_further:
            self.next_fetch_offset = offset
        return is_further

    def _is_for_readers(self, batch: "Batch") -> bool:
        """False for what a transaction took back, and for the marks of transactions."""
        if batch.magic != _CURRENT or batch.broken:
            return True
        if batch.has_producer_id():
            self._consume_aborted_transactions_up_to(batch.last)
            if self._is_end_of_aborted(batch):
                self.aborted_producer_ids.discard(batch.producer_id)
            elif self._is_batch_aborted(batch):
                return False
        return not bool(batch.is_control_batch)

    def _is_end_of_aborted(self, batch: "Batch") -> bool:
        try:
            return bool(self._contains_abort_marker(batch))
        except _FAULTS:
            # A mark of a kind that is not known: none of those that end a transaction.
            return False


class Batch(DefaultRecordBatch):  # type: ignore[misc]
    """One batch as it was fetched."""

    def __init__(self, data: memoryview, at: int, following: int | None) -> None:
        """`at` was asked for, which the first batch of an answer holds; `following` is where the next one begins."""
        size = self.HEADER_STRUCT.size
        super().__init__(data if len(data) >= size else bytes(data).ljust(size, b"\0"))
        self.data = data
        self._at = at
        self._following = following
        self.broken = self._fault(len(data))

    def _fault(self, size: int) -> str:
        """What forbids to read any of it; empty where it may be tried."""
        if self.magic != _CURRENT:
            return f"its format {self.magic} is not known"
        if size < self.HEADER_STRUCT.size:
            return f"it breaks off within its header, after {size} bytes"
        if not self.validate_crc():
            return "its checksum is wrong"
        return ""

    @property
    def last(self) -> int:
        """Its last offset: what its header says, unless the next batch knows better."""
        told: int = max(self.last_offset, self.base_offset, self._at if self.broken else self.base_offset)
        return told if self._following is None else max(min(told, self._following - 1), int(self.base_offset))

    def records(self, tp: TopicPartition) -> Iterator[Record]:
        """Its records, and in place of what cannot be read why not."""
        if self.broken:
            yield _damaged(
                tp, self.base_offset, self.last, bytes(self.data), f"the batch cannot be read: {self.broken}"
            )
            return
        try:
            self._open()
        except Unreadable as error:
            yield _damaged(tp, self.base_offset, self.last, bytes(self.data), f"the batch cannot be read: {error}")
            return
        begin = self.base_offset
        while True:
            try:
                message = next(self)
            except StopIteration:
                return
            except _FAULTS as error:
                record = self._salvaged(tp, begin, error)
            else:
                record = _record(tp, message)
            yield record
            begin = max(record.offset, record.last_offset) + 1
            if record.last_offset > record.offset or (begin > self.last and record.damage):
                return

    def _open(self) -> None:
        if self.broken:
            raise Unreadable(self.broken)
        if self.compression_type != self.CODEC_NONE:
            self._buffer = bytearray(opened(self.compression_type, bytes(self.data[self.HEADER_STRUCT.size :])))
            self._pos = 0
        self._decompressed = True

    def _salvaged(self, tp: TopicPartition, begin: int, error: Exception) -> Record:
        """The record that could not be read, by itself if the next one can be found, else with all behind it."""
        try:
            size, place = decode_varint(self._buffer, self._pos)
            content = bytes(self._buffer[place : place + size])
            _, after = decode_varint(content, 1)
            delta, after = decode_varint(content, after)
            is_alone = 0 < size == len(content) and begin <= self.base_offset + delta <= self.last
        except _FAULTS:
            is_alone = False
        if not is_alone or self._next_record_index >= self._num_records:
            rest = bytes(self._buffer[self._pos :])
            return _damaged(
                tp, min(begin, self.last), self.last, rest, f"the rest of the batch cannot be read: {error}"
            )
        self._pos = place + size
        self._next_record_index += 1
        return _damaged(tp, self.base_offset + delta, -1, _value(content, after), f"cannot be read: {error}")


def _batches(buffer: memoryview, at: int) -> Iterator[Batch]:
    """All that are whole; the last one may have been cut off by the largest size of an answer."""
    place = 0
    while place + _PREFIX.size <= len(buffer):
        _, length = _PREFIX.unpack_from(buffer, place)
        end = place + _PREFIX.size + length
        if length < 0 or end > len(buffer):
            return
        following = _PREFIX.unpack_from(buffer, end)[0] if end + _PREFIX.size <= len(buffer) else None
        yield Batch(buffer[place:end], at, following)
        place = end


def _record(tp: TopicPartition, message: Any) -> Record:
    """A message as the port has it."""
    try:
        if message.value is None:
            raise Unreadable("has no value")
        return Record(
            topic=tp.topic,
            key=_text("key", message.key),
            value=message.value,
            headers=joined((name, _header(name, value)) for name, value in message.headers),
            partition=tp.partition,
            offset=message.offset,
            timestamp=_time(message.timestamp),
        )
    except Unreadable as error:
        return _damaged(tp, message.offset, -1, message.value or b"", f"cannot be read: {error}")


def _header(name: str, value: bytes | None) -> str:
    is_read = name in _READ or name.startswith(_READ_PREFIX)
    return _text(f"header {name!r}", value) if is_read else (value or b"").decode(errors="replace")


def _text(what: str, value: bytes | None) -> str:
    try:
        return (value or b"").decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"{what} is not UTF-8: {error.reason} at byte {error.start}") from error


def _time(milliseconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        # Its producer said so, and nothing depends on it.
        return None


def _value(content: bytes, place: int) -> bytes:
    """The value of a record that cannot be read as a whole, from its key on; all of it where that fails, too."""
    try:
        size, place = decode_varint(content, place)
        size, place = decode_varint(content, place + max(size, 0))
    except _FAULTS:
        return content
    return content[place : place + size] if 0 <= size <= len(content) - place else content


def _damaged(tp: TopicPartition, first: int, last: int, value: bytes, why: str) -> Record:
    return Record(tp.topic, "", value, {}, tp.partition, first, last_offset=max(first, last), damage=why)
