"""Who may read and write what: as proto/topics.yaml says it, and as a broker with users enforces it (P4)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from servicekit.eventlog import EventLog, EventLogUnavailable, Record, Refused, UnknownTopic, connect
from servicekit.eventlog.access import load_access
from servicekit.eventlog.topics import load_topics
from tests.support.kafka import ADMINISTRATOR, secured_container

BANKS = ["icbc", "ccb"]
PREFIX = "hl-"
PAYMENTS, REPLIES = "hearthline.bank.{}.payments.v1", "hearthline.bank.{}.replies.v1"
OTHERS = "User:monitoring"

Connect = Callable[[str], EventLog]


def rights_of(user: str, verb: str) -> set[str]:
    return {r.name for r in load_access(BANKS).rights if (r.user, r.verb, r.kind) == (user, verb, "topic")}


def test_a_bank_writes_its_payments_and_reads_its_replies_and_nothing_else() -> None:
    everything = {(r.verb, r.kind, r.name) for r in load_access(BANKS).rights if r.user == "bank-icbc"}
    assert everything == {
        ("write", "topic", PAYMENTS.format("icbc")),
        ("read", "topic", REPLIES.format("icbc")),
        ("read", "group", "bank-icbc."),
    }


def test_a_service_writes_its_own_topic_and_dead_letters_of_what_it_reads() -> None:
    read = {f"hearthline.{name}.v1" for name in ("customers", "surveys", "telemetry", "workorders")}
    letters = {f"{name}.dlq" for name in read}
    seals = "hearthline.workorders.audit.v1"
    assert rights_of("workorders", "read") == read | letters | {seals}
    assert rights_of("workorders", "write") == {"hearthline.workorders.v1"} | letters | {seals}


def test_a_gateway_writes_readings_and_nothing_else() -> None:
    everything = {(r.verb, r.kind, r.name) for r in load_access(BANKS).rights if r.user == "gateway"}
    assert everything == {("write", "topic", "hearthline.telemetry.v1"), ("read", "group", "gateway.")}


def test_every_topic_is_written_by_somebody() -> None:
    written = {r.name for r in load_access(BANKS).rights if r.verb == "write"}
    assert {topic.name for topic in load_topics(BANKS) if not topic.name.endswith("notifications.v1.dlq")} <= written


def test_users_that_are_not_ours_are_nobodys_business() -> None:
    access = load_access(BANKS, PREFIX)
    assert [access.is_about(user) for user in ("hl-billing", "hl-bank-left", "billing", "monitoring")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_log_without_users_says_so(database: str) -> None:
    with connect(database) as log, pytest.raises(ValueError, match="knows no users"):
        log.allow(load_access(BANKS))


def test_brokers_without_an_authorizer_say_so(kafka: str) -> None:
    with connect(f"kafka://{kafka}") as log, pytest.raises(ValueError, match=r"authorizer\.class\.name"):
        log.allow(load_access(BANKS))


@pytest.fixture(scope="module")
def secured() -> Iterator[str]:
    """Servers of a broker that knows all users of two banks, gave them their rights, and has all topics."""
    with secured_container() as servers:
        admin = KafkaAdminClient(bootstrap_servers=servers, **ADMINISTRATOR)
        users = sorted({right.user for right in load_access(BANKS, PREFIX).rights})
        made = [UserScramCredentialUpsertion(u, ScramMechanism.SCRAM_SHA_512, password=u) for u in users]
        assert set(admin.alter_user_scram_credentials(made).values()) == {None}
        admin.close()
        yield servers


@pytest.fixture
def log_of(secured: str, tmp_path: Path) -> Iterator[Connect]:
    """Opens the log as a user; `admin` may do everything."""
    opened: list[EventLog] = []

    def open_(user: str) -> EventLog:
        folder = tmp_path / user
        folder.mkdir(exist_ok=True)
        is_admin = user == "admin"
        (folder / "username").write_text(user if is_admin else PREFIX + user)
        (folder / "password").write_text(ADMINISTRATOR["sasl_plain_password"] if is_admin else PREFIX + user)
        mechanism = "PLAIN" if is_admin else "SCRAM-SHA-512"
        opened.append(connect(f"kafka://{secured}?sasl_mechanism={mechanism}&sasl_credentials={folder}"))
        return opened[-1]

    admin = open_("admin")
    admin.ensure_topics(load_topics(BANKS, partitions=2))
    admin.allow(load_access(BANKS, PREFIX))
    yield open_
    for log in opened:
        log.close()


def publish(log: EventLog, topic: str) -> Exception | None:
    producer = log.producer()
    (outcome,) = producer.publish([Record(topic, "key", b"value", {"ce_id": "1"})])
    producer.close()
    return outcome


def test_a_bank_pays_and_is_answered(log_of: Connect) -> None:
    bank, billing = log_of("bank-icbc"), log_of("billing")
    assert publish(bank, PAYMENTS.format("icbc")) is None
    taken = billing.consumer("billing.banks.icbc", [PAYMENTS.format("icbc")])
    assert taken.poll(30)
    taken.commit()
    taken.close()
    assert publish(billing, REPLIES.format("icbc")) is None
    answers = bank.consumer("bank-icbc.replies", [REPLIES.format("icbc")])
    assert answers.poll(30)
    answers.close()


@pytest.mark.parametrize("topic", [PAYMENTS.format("ccb"), REPLIES.format("ccb"), "hearthline.billing.v1"])
def test_a_bank_sees_nothing_of_others(log_of: Connect, topic: str) -> None:
    bank = log_of("bank-icbc")
    assert isinstance(publish(bank, topic), UnknownTopic)
    with pytest.raises(UnknownTopic):
        list(bank.read(topic, 1))
    consumer = bank.consumer("bank-icbc.spying", [topic])
    with pytest.raises(EventLogUnavailable):
        consumer.poll(5)
    consumer.close()


def test_a_bank_cannot_answer_itself_nor_use_anothers_group(log_of: Connect) -> None:
    bank = log_of("bank-icbc")
    assert isinstance(publish(bank, REPLIES.format("icbc")), Refused)
    consumer = bank.consumer("bank-ccb.replies", [REPLIES.format("icbc")])
    with pytest.raises(EventLogUnavailable, match="GroupAuthorizationFailed"):
        consumer.poll(10)
    consumer.close()


def test_a_service_cannot_speak_for_another(log_of: Connect) -> None:
    surveys = log_of("surveys")
    assert publish(surveys, "hearthline.surveys.v1") is None
    assert isinstance(publish(surveys, "hearthline.workorders.v1"), Refused)
    assert publish(surveys, "hearthline.workorders.v1.dlq") is None
    assert surveys.lag({"surveys.triggers": ["hearthline.workorders.v1"]})["surveys.triggers"].keys() == {
        "hearthline.workorders.v1"
    }


def test_repeated_it_changes_nothing_and_takes_back_what_is_too_much(log_of: Connect, secured: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=secured, **ADMINISTRATOR)
    granted = [acl(user) for user in ("User:hl-bank-icbc", OTHERS)]
    assert not admin.create_acls(granted)["failed"]
    log = log_of("admin")
    log.allow(load_access(BANKS, PREFIX))
    before = entries(admin)
    log.allow(load_access(BANKS, PREFIX))
    assert entries(admin) == before
    assert {principal for principal, *_ in before if principal == OTHERS} == {OTHERS}
    assert len(before) == len(load_access(BANKS, PREFIX).rights) + 1
    log.allow(load_access(["icbc"], PREFIX))
    assert {principal for principal, *_ in entries(admin) if "bank" in principal} == {"User:hl-bank-icbc"}
    admin.close()


def acl(principal: str) -> ACL:
    topic = ResourcePattern(ResourceType.TOPIC, "hearthline.workorders.v1", ACLResourcePatternType.LITERAL)
    return ACL(principal, "*", ACLOperation.READ, ACLPermissionType.ALLOW, topic)


def entries(admin: KafkaAdminClient) -> set[tuple[str, str, str]]:
    from servicekit.eventlog.kafka.acls import _existing

    return {(a.principal, a.operation.name, repr(a.resource_pattern)) for a in _existing(admin)}
