"""E-mail by the standard library's smtplib (N1).

SMTP has no idempotency keys. A worker that dies between the server's "250 OK" and our commit hands the message over
again, so e-mail is at-least-once; the second copy has the same Message-ID, by which mail servers and readers know
a duplicate. At-most-once would lose the message in the same accident, and a lost notice is worse than two.
"""

import smtplib
import time
from collections.abc import Sequence
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from notifications.domain.address import check_address
from notifications.domain.delivery import Result
from notifications.domain.notification import Outcome
from notifications.providers.port import Outgoing
from notifications.settings import Settings
from servicekit.clock import Clock
from servicekit.errors import InvalidArgument

_SHARE = 0.25
"""Of a lease, how long a batch is handed over. What a slow server takes after the lease's end, another worker sends,
too, and neither is told what became of it: everybody would get the same message every five minutes."""
_UNREACHABLE = Result(Outcome.TEMPORARY, "SMTP_UNREACHABLE")


class Smtp:
    """One connection a batch. Acceptance by the server is the last that is heard of a message."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock

    def send(self, messages: Sequence[Outgoing]) -> Sequence[Result]:
        """See `Provider.send`."""
        results: list[Result] = []
        try:
            server = self._connect()
        except smtplib.SMTPResponseException as error:
            # Also a refused login: an operator's mistake, not the message's.
            return [Result(Outcome.TEMPORARY, f"SMTP_{error.smtp_code}")] * len(messages)
        except smtplib.SMTPNotSupportedError:
            return [Result(Outcome.TEMPORARY, "SMTP_NOT_SUPPORTED")] * len(messages)
        except OSError:
            return [_UNREACHABLE] * len(messages)
        enough = time.monotonic() + self._settings.send_lease.total_seconds() * _SHARE
        try:
            for message in messages:
                results.append(self._send(server, message))
                if results[-1] is _UNREACHABLE:
                    # Waiting out a timeout for each of the rest would outlast the lease.
                    return results + [_UNREACHABLE] * (len(messages) - len(results))
                if time.monotonic() > enough:
                    break
        finally:
            with suppress(OSError):
                server.quit()
        return results

    def _connect(self) -> smtplib.SMTP:
        s = self._settings
        server = smtplib.SMTP(s.smtp_host, s.smtp_port, timeout=s.smtp_timeout.total_seconds())
        try:
            if s.smtp_starttls:
                import ssl

                server.starttls(context=ssl.create_default_context())
            if s.smtp_user:
                server.login(s.smtp_user, s.smtp_password)
        except BaseException:
            server.close()
            raise
        return server

    def _send(self, server: smtplib.SMTP, message: Outgoing) -> Result:
        try:
            check_address(message.channel, message.address)
            mail = self._mail(message)
        except (InvalidArgument, ValueError, IndexError, MessageError):
            # Ours for what is plainly no address; the standard library's parser has three for finer nonsense.
            return Result(Outcome.PERMANENT, "BAD_ADDRESS")
        try:
            server.send_message(mail, self._settings.smtp_sender, [message.address])
        except smtplib.SMTPRecipientsRefused as error:
            return _refusal(error.recipients[message.address][0])
        except smtplib.SMTPNotSupportedError:
            return Result(Outcome.PERMANENT, "SMTP_ADDRESS_NOT_SUPPORTED")
        except smtplib.SMTPResponseException as error:
            return _refusal(error.smtp_code)
        except OSError:
            return _UNREACHABLE
        return Result(Outcome.ACCEPTED, receipt_follows=False)

    def _mail(self, message: Outgoing) -> EmailMessage:
        sender = self._settings.smtp_sender
        mail = EmailMessage()
        mail["From"] = Address(addr_spec=sender)
        mail["To"] = Address(addr_spec=message.address)
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(self._clock.now())
        mail["Message-ID"] = f"<{message.key}@{sender.rpartition('@')[2]}>"
        # Tells out-of-office robots to keep still (RFC 3834).
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.body)
        # After the content, which brings its own Content- headers and drops others.
        mail["Content-Language"] = message.language.value
        return mail


def _refusal(code: int) -> Result:
    """5yz is for good, anything else may pass (RFC 5321, 4.2.1)."""
    return Result(Outcome.PERMANENT if 500 <= code < 600 else Outcome.TEMPORARY, f"SMTP_{code}")
