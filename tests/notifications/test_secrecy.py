"""A process that works with passwords, and fails over them, tells none to whoever lists processes or reads its log."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from psycopg import sql

from hearthline.notifications.v1 import notifications_pb2 as pb
from hearthline.notifications.v1.notifications_pb2_grpc import NotificationServiceStub
from hearthline.notifications.v1.templates_pb2 import TemplateValue
from servicekit.client import connect
from servicekit.eventlog import connect as connect_eventlog
from servicekit.eventlog.topics import load_topics
from tests.faults.processes import wait_until
from tests.support.ports import free_port
from tests.support.postgres import shut

CANARY = "canary-7b40"


class Refusing:
    """A mail server's book of users that nobody stands in; remembers who came with which password."""

    def __init__(self) -> None:
        self.seen: list[tuple[bytes, bytes]] = []

    def __call__(self, server: object, session: object, envelope: object, mechanism: str, given: object) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.seen.append((given.login, given.password))
        return AuthResult(success=False, handled=False)


@pytest.fixture
def mail_server() -> Iterator[tuple[Refusing, int]]:
    """The users of a running server, and its port."""
    users = Refusing()
    controller = Controller(object(), "127.0.0.1", free_port(), authenticator=users, auth_require_tls=False)
    controller.start()
    yield users, controller.port
    controller.stop()


@pytest.fixture
def url(postgres_url: str, database: str) -> Iterator[str]:
    """The database as one reaches it who has a password."""
    role = f"canary_{uuid4().hex[:8]}"
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        make = sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}")
        admin.execute(make.format(sql.Identifier(role), sql.Literal(CANARY)))
        parts = urlsplit(database)
        yield urlunsplit(parts._replace(netloc=f"{role}:{CANARY}@{parts.netloc.rpartition('@')[2]}"))
        with psycopg.connect(database, autocommit=True) as inside:
            inside.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(role)))
        admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def environment(url: str, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "HEARTHLINE_DATABASE_URL": url,
        "HEARTHLINE_EVENTLOG_URL": url,
        "HEARTHLINE_LISTEN": "127.0.0.1:0",
        "HEARTHLINE_LOG_LEVEL": "debug",
        "HEARTHLINE_TRUST_CALLERS": "true",
        "HEARTHLINE_PROVIDERS": '{"email": "smtp"}',
        "HEARTHLINE_SMTP_HOST": "127.0.0.1",
        "HEARTHLINE_SMTP_PORT": str(port),
        "HEARTHLINE_SMTP_USER": "hearthline",
        "HEARTHLINE_SMTP_PASSWORD": f"{CANARY}-smtp",
    }


def send(port: str) -> None:
    """Has a mail sent."""
    to = pb.DirectAddress(channel="email", address="li@example.com", language_code="en", display_name="Li")
    values = {"complaint": TemplateValue(text="c-1"), "decision": TemplateValue(text="sorry")}
    request = pb.SendNotificationRequest(template_code="complaint-decided", address=to, values=values)
    with connect(f"127.0.0.1:{port}", "staff/1007") as channel:
        NotificationServiceStub(channel).SendNotification(request)


def test_neither_the_list_of_processes_nor_the_log_has_a_password(
    url: str, postgres_url: str, mail_server: tuple[Refusing, int], tmp_path: Path
) -> None:
    users, smtp_port = mail_server
    with connect_eventlog(url) as log:
        log.ensure_topics(load_topics(banks=["icbc"], partitions=1))
    written = tmp_path / "log"
    with written.open("w") as log_file:
        process = subprocess.Popen(
            [sys.executable, "-m", "notifications", "run"],
            env=environment(url, smtp_port), stdout=subprocess.PIPE, stderr=log_file, text=True,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        listens = next((line for line in process.stdout if "listens on port" in line), "")
        assert listens, written.read_text()
        shown = Path(f"/proc/{process.pid}/cmdline").read_text()
        send(listens.split()[-1])
        wait_until(lambda: bool(users.seen))
        before = written.stat().st_size
        with shut(postgres_url, urlsplit(url).path[1:]):
            wait_until(lambda: "cannot be reached" in written.read_text()[before:])
        process.terminate()
        told = listens + process.stdout.read() + written.read_text()
        process.wait(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert users.seen[0] == (b"hearthline", f"{CANARY}-smtp".encode())
    assert "notifications\0run" in shown
    assert "serving" in told
    assert CANARY not in shown + told
