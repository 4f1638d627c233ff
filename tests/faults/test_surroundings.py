"""A database or a broker that is not there: at the start, in flight, and back again."""

import subprocess
import sys
from threading import enumerate as all_threads
from uuid import uuid4

import grpc
import psycopg
import pytest
from kafka import KafkaAdminClient
from kafka.admin import NewPartitions
from kafka.producer.sender import Sender

from hearthline.operations.v1.operations_pb2 import GetProgressRequest, WaitUntilIdleRequest
from hearthline.operations.v1.operations_pb2_grpc import OperationsServiceStub
from hearthline.workorders.v1 import tickets_pb2 as pb
from servicekit.eventlog import EventLogUnavailable, Record
from servicekit.eventlog import connect as connect_eventlog
from servicekit.eventlog.kafka import clients as kafka_clients
from servicekit.eventlog.kafka import producer as kafka_producer
from servicekit.eventlog.topics import load_topics
from tests.faults.broker import Broker
from tests.faults.processes import NOWHERE, PATIENCE_S, WorkOrders, environment, retry_delay_s, wait_until
from tests.faults.proxy import DatabaseWire
from tests.support.kafka import need_docker

TOPIC = "hearthline.workorders.v1"


def ids_on_the_log(eventlog: str) -> list[str]:
    with connect_eventlog(eventlog) as log:
        return [record.key for record in log.read(TOPIC, 1000)]


def unpublished(database: str) -> int:
    """Facts that wait for the event log."""
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT count(*) FROM outbox WHERE published_at IS NULL").fetchone()
    assert row is not None
    return int(row[0])


def senders() -> set[Sender]:
    """The threads of Kafka's producers here."""
    return {thread for thread in all_threads() if isinstance(thread, Sender)}


@pytest.mark.parametrize("command", ["run", "migrate"])
def test_a_database_that_is_not_there_at_the_start_is_told_in_one_line(command: str) -> None:
    arguments = [sys.executable, "-m", "workorders", command]
    ended = subprocess.run(
        arguments, env=environment(NOWHERE, NOWHERE), capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("workorders: HEARTHLINE_DATABASE_URL: connection to server at")
    assert ended.stderr.count("\n") == 1


def test_a_server_whose_database_comes_later_becomes_ready(migrated: str, eventlog: str) -> None:
    wire = DatabaseWire(migrated)
    with WorkOrders("serve", wire.url, eventlog) as service:
        wait_until(lambda: not service.is_ready())
        with pytest.raises(grpc.RpcError) as refused:
            service.take()
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        with wire:
            wait_until(service.is_ready)
            assert service.take()


def test_a_database_that_goes_away_in_flight_loses_nothing_that_was_acknowledged(migrated: str, eventlog: str) -> None:
    with DatabaseWire(migrated) as wire, WorkOrders("run", wire.url, eventlog) as service:
        before = service.take()
        wire.cut()
        identifier = str(uuid4())
        with pytest.raises(grpc.RpcError) as refused:
            service.take(identifier)
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        assert retry_delay_s(refused.value) > 0
        wait_until(lambda: not service.is_ready())
        wire.mend()
        wait_until(service.is_ready)
        # Repeated by its request id it is taken once, whether or not the first try had come through.
        again = service.take(identifier)
        assert service.take(identifier) == again
        names = {ticket.name for ticket in service.tickets.ListTickets(pb.ListTicketsRequest()).tickets}
        assert names == {before, again}
        wait_until(lambda: unpublished(migrated) == 0)
    assert {f"tickets/{key}" for key in ids_on_the_log(eventlog)} >= names


@pytest.mark.parametrize("log", [NOWHERE, "kafka://127.0.0.1:9"])
def test_without_a_broker_calls_are_served_and_facts_wait(migrated: str, log: str) -> None:
    with WorkOrders("run", migrated, log) as service:
        operations = OperationsServiceStub(service.channel)
        with pytest.raises(grpc.RpcError) as refused:
            operations.WaitUntilIdle(WaitUntilIdleRequest(), timeout=30)
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        assert service.take()
        assert service.is_ready()
        with pytest.raises(grpc.RpcError) as refused:
            operations.GetProgress(GetProgressRequest(), timeout=30)
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        assert unpublished(migrated) == 1


def test_a_broker_that_comes_back_gets_every_fact_once_and_in_order(migrated: str, eventlog: str) -> None:
    with DatabaseWire(eventlog) as wire, WorkOrders("run", migrated, wire.url) as service:
        names = [service.take()]
        wait_until(lambda: unpublished(migrated) == 0)
        wire.cut()
        names += [service.take() for _ in range(5)]
        assert service.is_ready()
        assert unpublished(migrated) == 5
        wire.mend()
        wait_until(lambda: unpublished(migrated) == 0)
    assert sorted(f"tickets/{key}" for key in ids_on_the_log(eventlog)) == sorted(names)


def test_what_was_late_for_a_broker_that_is_away_does_not_come_behind_what_is_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    need_docker()
    monkeypatch.setattr(kafka_producer, "_DELIVERY_S", 5)
    monkeypatch.setattr(kafka_clients, "_PATIENCE_MS", 3000)
    # More than one batch takes.
    records = [Record(TOPIC, f"key-{n % 5}", str(n).ljust(30_000).encode()) for n in range(40)]
    broker = Broker()
    broker.start()
    try:
        with connect_eventlog(f"kafka://{broker.servers}") as log:
            log.ensure_topics(load_topics(partitions=3))
            others = senders()
            producer = log.producer()
            assert producer.publish(records[:5]) == [None] * 5
            (sender,) = senders() - others
            broker.wire.cut()
            outcomes = producer.publish(records)
            assert {type(outcome) for outcome in outcomes} == {EventLogUnavailable}
            broker.wire.mend()
            monkeypatch.undo()
            # The client that was late ends, and another is made for what comes next.
            wait_until(lambda: not sender.is_alive())
            assert producer.publish(records[5:]) == [None] * 35
            producer.close()
        with connect_eventlog(f"kafka://{broker.servers}") as log:
            kept = [int(record.value) for record in log.read(TOPIC, 1000)]
            assert sorted(kept) == list(range(40))
            assert all([n for n in kept if n % 5 == key] == list(range(key, 40, 5)) for key in range(5))
    finally:
        broker.stop()


def test_a_member_whose_join_is_slow_ends_it() -> None:
    need_docker()
    group = "customers.timeline"
    broker = Broker()
    broker.start()
    try:
        with connect_eventlog(f"kafka://{broker.servers}") as log:
            log.ensure_topics(load_topics(partitions=1))
            producer, consumer = log.producer(), log.consumer(group, [TOPIC])
            producer.publish([Record(TOPIC, "key", b"first")])
            wait_until(lambda: bool(consumer.poll(1.0)))
            consumer.commit()
            admin = KafkaAdminClient(bootstrap_servers=broker.servers)
            admin.create_partitions({TOPIC: NewPartitions(3)})
            admin.close()
            # It learns of them as it connects again, and each answer about its join takes longer than a poll.
            broker.wire.delay_s = 0.3
            broker.wire.reset()

            def is_taken() -> bool:
                try:
                    if consumer.poll(1.0):
                        consumer.commit()
                except EventLogUnavailable:
                    consumer.rewind()
                return not sum(log.lag({group: [TOPIC]})[group].values())

            wait_until(lambda: producer.publish([Record(TOPIC, f"key-{n}", b"more") for n in range(20)]) == [None] * 20)
            wait_until(is_taken)
            consumer.close()
            producer.close()
    finally:
        broker.stop()
