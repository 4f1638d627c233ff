"""P2 on a real broker: each topic has its codec, and what partners read one that every client has."""

from datetime import timedelta

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import Fetcher

from servicekit.eventlog import Record, Topic, connect
from servicekit.eventlog.topics import codec_of, read_topics_file


def test_what_partners_read_is_in_no_codec_that_a_client_may_lack() -> None:
    read = [entry for entry in read_topics_file().topics if "bank" in entry.consumers]
    assert read
    assert {entry.compression for entry in read} <= {"none", "gzip"}


@pytest.mark.parametrize(
    ("topic", "codec"),
    [
        ("hearthline.bank.icbc.replies.v1", "none"),
        ("hearthline.bank.newbank9.replies.v1", "none"),
        ("hearthline.bank.icbc.payments.v1", "lz4"),
        ("hearthline.bank.icbc.payments.v1.dlq", "lz4"),
        ("hearthline.billing.v1", "lz4"),
        ("hearthlineXbankXicbcXrepliesXv1", "lz4"),
        ("something.else", "lz4"),
    ],
)
def test_a_topics_codec_is_its_entrys(topic: str, codec: str) -> None:
    assert codec_of(topic) == codec


def test_the_bytes_on_the_broker_are_in_the_topics_codec_and_keep_their_order(kafka: str) -> None:
    # Topics that nobody reads: the broker is every test's.
    replies, facts = "hearthline.bank.codecs.replies.v1", "hearthline.codecs.v1"
    with connect(f"kafka://{kafka}") as log:
        log.ensure_topics([Topic(name, 1, timedelta(days=1)) for name in (replies, facts)])
        start = {name: sum(1 for _ in log.read(name, 100_000)) for name in (replies, facts)}
        producer = log.producer()
        mixed = [Record(facts if n % 2 else replies, "k", b"%d " % n * 50) for n in range(40)]
        assert producer.publish(mixed) == [None] * 40
        producer.close()
        for name, odd in ((replies, 0), (facts, 1)):
            values = [record.value for record in log.read(name, 100_000)][start[name] :]
            assert values == [b"%d " % n * 50 for n in range(40) if n % 2 == odd]
    assert codecs_of(kafka, replies)[-1] == "none"
    assert codecs_of(kafka, facts)[-1] == "lz4"


_NAMES = ("none", "gzip", "snappy", "lz4", "zstd")
_LENGTH_AT, _ATTRIBUTES_AT = 8, 21


def codecs_of(servers: str, topic: str) -> list[str]:
    """The codec of each batch, by the header of its bytes as the broker gives them."""
    seen: list[str] = []
    consumer = KafkaConsumer(bootstrap_servers=servers, group_id=None, auto_offset_reset="earliest")

    class Looking(Fetcher.PartitionRecords):  # type: ignore[misc]
        def _unpack_records(self, tp, records, *rest):
            data, begin = bytes(records._buffer), 0
            while begin + _ATTRIBUTES_AT < len(data):
                seen.append(_NAMES[data[begin + _ATTRIBUTES_AT + 1] & 7])
                begin += 12 + int.from_bytes(data[begin + _LENGTH_AT : begin + 12], "big")
            yield from super()._unpack_records(tp, records, *rest)

    consumer._fetcher.PartitionRecords = Looking
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    end = consumer.end_offsets([partition])[partition]
    while consumer.position(partition) < end:
        consumer.poll(timeout_ms=200)
    consumer.close()
    return seen
