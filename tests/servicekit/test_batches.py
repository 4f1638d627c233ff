"""Batches of Kafka as the broker gives them: what can be read is, in its order, and the rest is told with its place."""

import random
import struct
from collections.abc import Sequence
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kafka.consumer.fetcher import Fetcher
from kafka.protocol.consumer import IsolationLevel
from kafka.structs import TopicPartition

from servicekit.eventlog import Record
from servicekit.eventlog.kafka.batches import ReadableBatches
from servicekit.eventlog.kafka.codecs import LARGEST
from tests.support.foreign import BAD_NAME, batch, fetched

PLACE = TopicPartition("hearthline.bank.icbc.payments.v1", 3)
CODECS = {0: "none", 1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}
_CRC_AT, _ATTRIBUTES_AT, _LAST_AT, _MAGIC_AT = 17, 21, 23, 16


class Aborted:
    def __init__(self, producer: int, first: int) -> None:
        self.producer_id, self.first_offset = producer, first


class Reader(ReadableBatches):
    passed = 0

    @classmethod
    def tell(cls) -> None:
        cls.passed += 1


def read(
    *batches: bytes, at: int = 0, aborted: Sequence[Aborted] = (), kind: type = Reader
) -> tuple[list[Record], int]:
    """What a reader makes of it, and where it would fetch next."""
    Reader.passed = 0
    found = kind(
        at, PLACE, fetched(*batches), isolation_level=IsolationLevel.READ_COMMITTED, aborted_transactions=list(aborted)
    )
    records: list[Record] = []
    while found:
        more = found.take(7)
        records += more
        if not more and found:
            raise AssertionError("it stands still")
    return records, found.next_fetch_offset


def with_checksum(data: bytes) -> bytes:
    """The batch with the checksum that its bytes have."""
    import crc32c

    return data[:_CRC_AT] + struct.pack(">I", crc32c.crc32c(data[_ATTRIBUTES_AT:])) + data[_ATTRIBUTES_AT:]


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


def values(records: list[Record]) -> list[bytes]:
    return [record.value for record in records if not record.damage]


def damages(records: list[Record]) -> list[tuple[int, int]]:
    return [(record.offset, record.last_offset) for record in records if record.damage]


@pytest.mark.parametrize("codec", CODECS, ids=CODECS.get)
def test_every_codec_of_kafka_is_read(codec: int) -> None:
    sent = [f"{n} ".encode() * 500 for n in range(20)]
    records, following = read(batch(sent, base=40, codec=codec))
    assert values(records) == sent
    assert [record.offset for record in records] == list(range(40, 60))
    assert following == 60


@pytest.mark.parametrize("codec", [0, 1, 2, 3, 4], ids=CODECS.get)
@pytest.mark.parametrize("spoilt", ["checksum", "content", "content with its checksum"])
def test_a_batch_that_cannot_be_read_is_told_with_its_first_and_last_offset(codec: int, spoilt: str) -> None:
    bad = batch([bytes(range(256)) * 4] * 5, base=11, codec=codec)
    if spoilt == "checksum":
        bad = flipped(bad, _CRC_AT)
    else:
        bad = bad[:61] + bytes(random.Random(7).randbytes(len(bad) - 61))
        bad = with_checksum(bad) if spoilt.endswith("checksum") else bad
    records, following = read(batch([b"before"], base=10), bad, batch([b"after"], base=16))
    assert values(records) == [b"before", b"after"]
    assert damages(records) == [(11, 15)]
    assert following == 17


@pytest.mark.parametrize("codec", [5, 6, 7])
def test_a_codec_that_nobody_knows_is_told(codec: int) -> None:
    data = batch([b"x"] * 3)
    records, following = read(with_checksum(data[:_ATTRIBUTES_AT] + struct.pack(">h", codec) + data[_LAST_AT:]))
    assert (damages(records), following) == ([(0, 2)], 3)
    assert f"codec {codec}" in records[0].damage


@pytest.mark.parametrize("magic", [0, 1, 3, 100])
def test_a_format_that_nobody_knows_is_told(magic: int) -> None:
    data = batch([b"x"] * 3, base=5)
    records, following = read(data[:_MAGIC_AT] + bytes([magic]) + data[_MAGIC_AT + 1 :], batch([b"good"], base=8))
    assert (damages(records), values(records), following) == ([(5, 7)], [b"good"], 9)


@pytest.mark.parametrize("codec", [1, 3, 4], ids=CODECS.get)
def test_a_batch_that_unfolds_to_more_than_memory_is_told(codec: int) -> None:
    bomb = batch([bytes(LARGEST + 1)], codec=codec)
    assert len(bomb) < 1_000_000
    records, _ = read(bomb)
    assert damages(records) == [(0, 0)]
    assert str(LARGEST) in records[0].damage


def test_a_snappy_block_that_claims_gigabytes_takes_no_memory() -> None:
    claimed = b"\xff\xff\xff\xff\x0f" + bytes(100)
    data = batch([b"x"], codec=2)[:61] + claimed
    data = data[:8] + struct.pack(">i", len(data) - 12) + data[12:]
    assert damages(read(with_checksum(data))[0]) == [(0, 0)]


def test_a_header_whose_name_is_no_text_spoils_its_own_record_alone() -> None:
    sent = batch([b"0", b"1", b"2", b"3"], base=7, headers=[[], BAD_NAME, [], BAD_NAME], codec=3)
    records, following = read(sent)
    assert values(records) == [b"0", b"2"]
    assert damages(records) == [(8, 8), (10, 10)]
    assert [record.value for record in records if record.damage] == [b"1", b"3"]
    assert following == 11


@pytest.mark.parametrize("name", ["jws", "ce_type", "ce_id", "content-type"])
def test_a_header_that_we_read_must_be_text(name: str) -> None:
    records, _ = read(batch([b"0", b"1"], headers=[[(name, b"\xff")], [(name, b"\xe4\xbb\x98")]]))
    assert (damages(records), values(records)) == ([(0, 0)], [b"1"])
    assert name in records[0].damage


@pytest.mark.parametrize("name", ["traceparent", "x-b3", "__value_schema_id", "名称"])
def test_a_header_that_nobody_here_reads_may_hold_any_bytes(name: str) -> None:
    assert values(read(batch([b"0"], headers=[[(name, b"\xff\x00\x01")]]))[0]) == [b"0"]


def test_a_record_without_value_is_told() -> None:
    records, _ = read(batch([b"0", None, b"", b"3"]))
    assert (damages(records), values(records)) == ([(1, 1)], [b"0", b"", b"3"])


@pytest.mark.parametrize("milliseconds", [-(2**62), -1, 2**62, 253402300800000])
def test_a_time_that_no_calendar_has_is_no_time(milliseconds: int) -> None:
    data = batch([b"x"])
    data = with_checksum(data[:27] + struct.pack(">qq", milliseconds, milliseconds) + data[43:])
    assert values(read(data)[0]) == [b"x"]


def test_what_follows_a_length_that_does_not_fit_is_one_damage() -> None:
    data = batch([b"0", b"1", b"2"], base=20)
    # Each takes eleven bytes; the second one says that it is shorter.
    second = 61 + 11
    records, following = read(with_checksum(data[:second] + b"\x04" + data[second + 1 :]))
    assert values(records)[0] == b"0"
    assert damages(records)[-1][1] == 22
    assert following == 23


def test_records_that_were_taken_back_are_passed_over() -> None:
    gone, kept = partial(batch, producer=9, transactional=True), partial(batch, producer=4, transactional=True)
    records, following = read(
        gone([b"gone"] * 2, base=0),
        kept([b"kept"], base=2),
        batch([b"plain"], base=3),
        mark(4, 9, committed=False),
        gone([b"later"], base=5),
        mark(6, 9, committed=True),
        mark(7, 4, committed=True),
        aborted=[Aborted(9, 0)],
    )
    assert values(records) == [b"kept", b"plain", b"later"]
    assert (following, damages(records)) == (8, [])
    assert Reader.passed > 0


def test_what_was_taken_back_is_passed_over_even_where_it_cannot_be_decoded() -> None:
    bad = batch([b"gone"], base=0, codec=1, producer=9, transactional=True)
    bad = with_checksum(bad[:61] + bytes(len(bad) - 61))
    records, _ = read(bad, mark(1, 9, committed=False), batch([b"good"], base=2), aborted=[Aborted(9, 0)])
    assert (values(records), damages(records)) == ([b"good"], [])


@pytest.mark.parametrize("at", [11, 13, 15])
def test_reading_that_begins_within_a_broken_batch_goes_on_behind_it(at: int) -> None:
    bad = flipped(batch([b"x"] * 5, base=11), _CRC_AT)
    records, following = read(bad, batch([b"after"], base=16), at=at)
    assert (damages(records), values(records), following) == ([(11, 15)], [b"after"], 17)


def test_a_broken_header_that_ends_before_it_was_begun_does_not_lead_back() -> None:
    bad = batch([b"x"] * 5, base=11)
    bad = bad[:_LAST_AT] + struct.pack(">i", -7) + bad[_LAST_AT + 4 :]
    records, following = read(bad, at=14)
    assert (damages(records), following) == ([(11, 14)], 15)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_bytes_are_spoilt_reading_ends_behind_them(data: st.DataObject) -> None:
    codec = data.draw(st.sampled_from(list(CODECS)))
    count = data.draw(st.integers(1, 6))
    bad = bytearray(
        batch([bytes([n]) * 30 for n in range(count)], base=1, codec=codec, headers=[[("h", b"v")]] * count)
    )
    for _ in range(data.draw(st.integers(1, 4))):
        # Not the offset and the length, which are the broker's own.
        place = data.draw(st.integers(12, len(bad) - 1))
        bad[place] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        bad = bytearray(with_checksum(bytes(bad)))
    records, following = read(batch([b"before"], base=0), bytes(bad), batch([b"after"], base=1 + count))
    assert records[0].value == b"before"
    assert records[-1].value == b"after"
    assert following == 2 + count


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=30), st.sampled_from(list(CODECS)))
@example([b""], 0)
@settings(max_examples=100, deadline=None)
def test_what_is_whole_is_read_as_the_library_reads_it(sent: list[bytes], codec: int) -> None:
    data = batch(sent, base=100, codec=codec)
    ours, following = read(data)
    theirs, their_following = read(data, kind=Fetcher.PartitionRecords)
    assert [(r.offset, r.value) for r in ours] == [(r.offset, r.value) for r in theirs]
    assert following == their_following


def mark(offset: int, producer: int, committed: bool) -> bytes:
    """The end of a transaction."""
    data = bytearray(batch([struct.pack(">hi", 0, 0)], base=offset, producer=producer, transactional=True))
    data[data.index(b"key") - 1 : data.index(b"key") + 3] = b"\x08" + struct.pack(">hh", 0, int(committed))
    data[61] += 2
    data[_ATTRIBUTES_AT : _ATTRIBUTES_AT + 2] = struct.pack(">h", 0x30)
    data[8:12] = struct.pack(">i", len(data) - 12)
    return with_checksum(bytes(data))
