"""B2 on a real broker: bytes that nobody can read stop neither their bank nor another, and are answered."""

import json
import time
from collections.abc import Iterator

import grpc
import pytest

from billing.settings import Settings
from hearthline.operations.v1 import dead_letters_pb2 as dlq
from hearthline.operations.v1.dead_letters_pb2_grpc import DeadLetterServiceStub
from servicekit.eventlog import EventLog, connect
from servicekit.eventlog.topics import load_topics
from tests.billing.running import CCB, ICBC, Billing
from tests.support.foreign import BAD_NAME, foreign_producer, transactional_producer
from tests.support.kafka import container, need_docker
from tests.support.running import Starter

PATIENCE_S = 40.0


class OnKafka(Starter):
    """Starts services on a broker; its topics are everybody's, so what a test sends has references of its own."""

    def use(self, servers: str) -> None:
        self.eventlog.close()
        self.eventlog_url = f"kafka://{servers}"
        self.eventlog = connect(self.eventlog_url)
        self.eventlog.ensure_topics(load_topics(banks=["icbc", "ccb", "abc"], partitions=2))


@pytest.fixture(scope="module")
def kafka() -> Iterator[str]:
    """A broker of its own: what is said here would be news to the services of other tests."""
    need_docker()
    with container() as servers:
        yield servers


@pytest.fixture
def billing(databases, migrated_templates, kafka: str) -> Iterator[Billing]:
    starter = OnKafka(databases, migrated_templates)
    starter.use(kafka)
    billing = Billing(starter)
    billing.register(ICBC, CCB)
    billing.open()
    yield billing
    starter.stop()


def until(what, wanted) -> None:
    """Waits for the event, not for a while."""
    end = time.monotonic() + PATIENCE_S
    while (found := what()) != wanted:
        assert time.monotonic() < end, (found, wanted)
        time.sleep(0.05)


def replies(log: EventLog, bank: str) -> list[dict[str, str]]:
    return [json.loads(record.value)["data"] for record in log.read(f"hearthline.bank.{bank}.replies.v1", 1000)]


def test_good_corrupt_good_on_one_partition(billing: Billing, kafka: str) -> None:
    good, after, other = ICBC.payment("U1", amount="1.00"), ICBC.payment("U2", amount="2.00"), CCB.payment("U3")
    with foreign_producer(kafka) as producer:

        def send(record, headers=()):
            told = [(name, text.encode()) for name, text in record.headers.items()]
            sent = producer.send(record.topic, record.value, record.key.encode(), [*told, *headers], partition=0)
            return sent.get(10).offset

        send(good)
        broken = send(good, BAD_NAME)
        send(after)
        send(other)
    until(lambda: sorted(payment.bank_reference for payment in billing.listed_payments()), ["U1", "U2", "U3"])
    until(billing.reasons, ["UNREADABLE"])
    letters = DeadLetterServiceStub(billing.running.channel)
    until(lambda: len(letters.ListDeadLetters(dlq.ListDeadLettersRequest()).dead_letters), 1)
    [letter] = letters.ListDeadLetters(dlq.ListDeadLettersRequest()).dead_letters
    assert (letter.topic, letter.consumer) == (good.topic, "billing.banks.icbc")
    assert f"offsets {broken} to {broken} of partition 0" in letter.reason
    with pytest.raises(grpc.RpcError, match="holds bytes that no client can read"):
        letters.ReplayDeadLetter(dlq.ReplayDeadLetterRequest(name=letter.name))
    letters.DropDeadLetter(dlq.DropDeadLetterRequest(name=letter.name))
    assert not letters.ListDeadLetters(dlq.ListDeadLettersRequest()).dead_letters
    until(
        lambda: [told["reason"] for told in replies(billing.starter.eventlog, "icbc") if told["reason"]], ["UNREADABLE"]
    )
    until(lambda: sum(billing.running.progress().consumer_lag.values()), 0)


def test_what_a_bank_takes_back_in_its_transaction_is_no_payment(billing: Billing, kafka: str) -> None:
    before = {payment.bank_reference for payment in billing.listed_payments()}
    with transactional_producer(kafka) as producer:
        for reference, commit in (("T1", False), ("T2", True)):
            record = ICBC.payment(reference, amount="5.00")
            producer.begin_transaction()
            told = [(name, text.encode()) for name, text in record.headers.items()]
            producer.send(record.topic, record.value, record.key.encode(), told, partition=0).get(10)
            producer.commit_transaction() if commit else producer.abort_transaction()
    until(lambda: {p.bank_reference for p in billing.listed_payments()} - before >= {"T2"}, True)
    assert "T1" not in {payment.bank_reference for payment in billing.listed_payments()}
    until(lambda: sum(billing.running.progress().consumer_lag.values()), 0)


def test_two_threads_read_for_all_banks(billing: Billing) -> None:
    names = [thread.name for thread in billing.running.running._threads if "billing.banks" in thread.name]
    assert len(names) == Settings().bank_threads
