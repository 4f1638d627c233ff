"""One contract for every provider (N1): the sandbox, and SMTP against a real server on this machine."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from notifications.bootstrap import service
from notifications.domain.channel import Channel, Language
from notifications.domain.notification import Outcome
from notifications.providers.port import Outgoing, Provider
from notifications.providers.sandbox import Sandbox
from notifications.providers.smtp import Smtp
from notifications.settings import Settings
from servicekit.clock import ManualClock
from tests.notifications.calls import outbox
from tests.support.ports import free_port
from tests.support.running import MORNING, Starter


@dataclass
class Mailbox:
    """A mail server that refuses some addresses, as servers do."""

    messages: list[EmailMessage] = field(default_factory=list)
    delay_s: float = 0.0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("gone"):
            return "550 5.1.1 no such user"
        if address.startswith("full"):
            return "452 4.2.2 mailbox full"
        if address.startswith("ends"):
            return "421 4.3.2 shutting down"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.delay_s)
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        if message["Subject"] == "spam":
            return "554 5.7.1 not wanted"
        self.messages.append(message)
        return "250 OK"


@dataclass(frozen=True)
class Subject:
    """A provider under test, the addresses that make it misbehave, and the keys it really sent."""

    provider: Provider
    good: str
    busy: str
    unknown: str
    keys: Callable[[], list[str]]
    counts_keys: bool


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield box, controller.port
    controller.stop()


def smtp(port: int, **more: object) -> Smtp:
    settings = Settings(smtp_host="127.0.0.1", smtp_port=port, **more)  # type: ignore[arg-type]
    return Smtp(settings, ManualClock(MORNING))


@pytest.fixture(params=["sandbox", "smtp"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "smtp":
        box, port = request.getfixturevalue("mailbox")
        ids = lambda: [m["Message-ID"].strip("<>").partition("@")[0] for m in box.messages]  # noqa: E731
        return Subject(smtp(port), "li@example.com", "full@example.com", "gone@example.com", ids, counts_keys=False)
    start: Starter = request.getfixturevalue("start")
    svc = start(service, work=False)
    assert isinstance(svc.kit.settings, Settings)
    settings = svc.kit.settings.model_copy(update={"sandbox_behaviour": {"3": "temporary", "4": "permanent"}})
    keys = lambda: [m.name.partition("/")[2] for m in outbox(svc)]  # noqa: E731
    return Subject(Sandbox(svc.kit, settings), "li1@x.cn", "li3@x.cn", "li4@x.cn", keys, counts_keys=True)


def outgoing(address: str, key: str = "key-1", subject: str = "主题", body: str = "正文 body") -> Outgoing:
    return Outgoing(key, "n-1", Channel.EMAIL, address, Language.ZH, subject, body)


def test_accepts_a_message(subject: Subject):
    (result,) = subject.provider.send([outgoing(subject.good)])
    assert result.outcome is Outcome.ACCEPTED


def test_says_what_may_pass(subject: Subject):
    (result,) = subject.provider.send([outgoing(subject.busy)])
    assert (result.outcome, bool(result.reason)) == (Outcome.TEMPORARY, True)
    assert subject.keys() == []


def test_says_what_will_not_pass(subject: Subject):
    (result,) = subject.provider.send([outgoing(subject.unknown)])
    assert (result.outcome, bool(result.reason)) == (Outcome.PERMANENT, True)
    assert subject.keys() == []


def test_passes_the_idempotency_key_on(subject: Subject):
    subject.provider.send([outgoing(subject.good, key="0197-abc")])
    assert subject.keys() == ["0197-abc"]


def test_same_key_again_is_accepted_and_recognisable(subject: Subject):
    """A provider that knows keys keeps one; a mail server gets a second copy of the same Message-ID."""
    for _ in range(2):
        (result,) = subject.provider.send([outgoing(subject.good)])
        assert result.outcome is Outcome.ACCEPTED
    assert set(subject.keys()) == {"key-1"}
    assert len(subject.keys()) == (1 if subject.counts_keys else 2)


def test_one_bad_message_does_not_spoil_its_batch(subject: Subject):
    batch = [
        outgoing(subject.good, "a"),
        outgoing(subject.unknown, "b"),
        outgoing(subject.busy, "c"),
        outgoing(subject.good, "d"),
    ]
    results = subject.provider.send(batch)
    assert [r.outcome for r in results] == [
        Outcome.ACCEPTED,
        Outcome.PERMANENT,
        Outcome.TEMPORARY,
        Outcome.ACCEPTED,
    ]
    assert sorted(subject.keys()) == ["a", "d"]


def test_takes_an_empty_batch(subject: Subject):
    assert list(subject.provider.send([])) == []


def test_mail_is_complete_and_readable(mailbox: tuple[Mailbox, int]):
    box, port = mailbox
    (result,) = smtp(port).send([outgoing("li@example.com")])
    (mail,) = box.messages
    assert (result.outcome, result.receipt_follows) == (Outcome.ACCEPTED, False)
    assert (mail["To"], mail["Subject"], mail["Content-Language"]) == ("li@example.com", "主题", "zh-CN")
    assert mail["Message-ID"] == "<key-1@hearthline.example>"
    assert mail["Date"].datetime == MORNING
    assert mail.get_content().strip() == "正文 body"


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b, c@d", "a@b\r\nBcc: c@d", "<a@b>", "a b@c.d", "@", "a@", "x" * 400 + "@b"]
)
def test_nonsense_for_an_address_is_a_permanent_failure(mailbox: tuple[Mailbox, int], address: str):
    box, port = mailbox
    results = smtp(port).send([outgoing(address), outgoing("li@example.com", "good")])
    assert [r.outcome for r in results] == [Outcome.PERMANENT, Outcome.ACCEPTED]
    assert [m["To"] for m in box.messages] == ["li@example.com"]


def test_server_that_hangs_up_leaves_the_rest_for_later(mailbox: tuple[Mailbox, int]):
    box, port = mailbox
    batch = [outgoing("li@example.com", "a"), outgoing("ends@example.com", "b"), outgoing("li@example.com", "c")]
    results = smtp(port).send(batch)
    assert [r.outcome for r in results] == [Outcome.ACCEPTED, Outcome.TEMPORARY, Outcome.TEMPORARY]
    assert len(box.messages) == 1


def test_what_a_slow_server_leaves_no_time_for_was_not_tried(mailbox: tuple[Mailbox, int]):
    box, port = mailbox
    batch = [outgoing("li@example.com", f"k{n}") for n in range(3)]
    results = smtp(port, send_lease=timedelta(0)).send(batch)
    assert [result.outcome for result in results] == [Outcome.ACCEPTED]
    assert len(box.messages) == 1


def test_unwanted_content_is_a_permanent_failure(mailbox: tuple[Mailbox, int]):
    (result,) = smtp(mailbox[1]).send([outgoing("li@example.com", subject="spam")])
    assert (result.outcome, result.reason) == (Outcome.PERMANENT, "SMTP_554")


def test_slow_server_is_a_temporary_failure(mailbox: tuple[Mailbox, int]):
    box, port = mailbox
    box.delay_s = 0.5
    (result,) = smtp(port, smtp_timeout=timedelta(seconds=0.1)).send([outgoing("li@example.com")])
    assert result.outcome is Outcome.TEMPORARY


def test_no_server_is_a_temporary_failure():
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        port: int = nobody_listens.getsockname()[1]
        results = smtp(port).send([outgoing("li@example.com"), outgoing("wang@example.com")])
    assert [(r.outcome, r.reason) for r in results] == [(Outcome.TEMPORARY, "SMTP_UNREACHABLE")] * 2


def test_login_or_encryption_that_the_server_does_not_offer_loses_no_message(mailbox: tuple[Mailbox, int]):
    for wanted in ({"smtp_starttls": True}, {"smtp_user": "u", "smtp_password": "p"}):
        (result,) = smtp(mailbox[1], **wanted).send([outgoing("li@example.com")])
        assert (result.outcome, result.reason) == (Outcome.TEMPORARY, "SMTP_NOT_SUPPORTED")
