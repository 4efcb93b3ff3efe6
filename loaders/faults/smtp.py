"""The server for mail (`SMTP_URL`): who it is, and a session with it (RFC 5321; TLS as RFC 8314 has it)."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from catalogue.language import Message, _
from catalogue.problems import WrongUse

#: A server that does not answer is left for the next time.
SECONDS = 20.0
_PORTS = {"smtp": 587, "smtps": 465}


class NotSent(Exception):
    """Mail could not be sent; the message says why without saying what was in it."""

    def __init__(self, message: Message) -> None:
        """Keep the message."""
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        """The message."""
        return str(self.message)


@dataclass(frozen=True)
class MailServer:
    """A server for mail. `tls`: encrypted from the first byte; else from STARTTLS on, where the server offers it."""

    host: str
    port: int
    tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def is_here(self) -> bool:
        """Whether it is this machine, so that nobody listens in between."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def mail_server(environment: Mapping[str, str] = os.environ) -> MailServer | None:
    """What `SMTP_URL` says: `smtp://user:password@host:587`, or `smtps://…`; None where it is not set.

    Raises WrongUse, which does not repeat it, for one that is no such address.
    """
    url = environment.get("SMTP_URL", "")
    if not url:
        return None
    wrong = WrongUse(_("SMTP_URL is no address such as smtp://user:password@mail.exempelby.example:587."))
    try:
        parsed = urlsplit(url)
        host, port = parsed.hostname, parsed.port
    except ValueError:
        raise wrong from None
    if parsed.scheme not in _PORTS or not host or parsed.path.strip("/") or parsed.query or parsed.fragment:
        raise wrong
    return MailServer(
        host, port or _PORTS[parsed.scheme], parsed.scheme == "smtps",
        unquote(parsed.username) if parsed.username else None,
        unquote(parsed.password) if parsed.password else None,
    )  # fmt: skip


@contextmanager
def session(server: MailServer) -> Iterator[smtplib.SMTP]:
    """A session in which mail can be sent. Raises NotSent."""
    try:
        with _connected(server) as found:
            _prepare(found, server)
            yield found
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(told(error, server)) from None


def _connected(server: MailServer) -> smtplib.SMTP:
    if server.tls:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(server.host, server.port, timeout=SECONDS)


def _prepare(found: smtplib.SMTP, server: MailServer) -> None:
    found.ehlo()
    secret = server.tls
    if not secret and found.has_extn("starttls"):
        found.starttls(context=ssl.create_default_context())
        found.ehlo()
        secret = True
    if not secret and not server.is_here:
        raise NotSent(
            _("The server for mail, {host}, does not encrypt; what people write is not sent in the open.",
              host=server.host)
        )  # fmt: skip
    if server.user:
        found.login(server.user, server.password or "")


def told(error: OSError | smtplib.SMTPException, server: MailServer) -> Message:
    """Why the server for mail did not take something: its words may repeat addresses, so only numbers are told."""
    where = f"{server.host}:{server.port}"
    if isinstance(error, smtplib.SMTPResponseException):
        return _("The server for mail, {host}, answered {code}.", host=where, code=error.smtp_code)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = ", ".join(sorted({str(code) for code, _words in error.recipients.values()}))
        return _("The server for mail, {host}, answered {code}.", host=where, code=codes)
    return _("The server for mail, {host}, does not answer ({reason}).", host=where, reason=type(error).__name__)
