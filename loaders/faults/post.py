"""New reports of faults sent by mail: each once, and again later where it could not be sent."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, text

from catalogue.faults.report import Fault
from catalogue.faults.staff import report
from catalogue.files.home import Home
from catalogue.language import Message, _
from catalogue.publisher import Publisher
from loaders.faults.letter import letter
from loaders.faults.smtp import MailServer, NotSent, session, told

_DUE = "state = 'new' AND mailed_at IS NULL AND (mail_after IS NULL OR mail_after <= clock_timestamp())"
#: After an attempt that failed: a minute, then twice as long each time, up to six hours.
_LATER = (
    "mail_tries = mail_tries + 1, mail_after = clock_timestamp() + "
    "least(interval '6 hours', interval '1 minute' * power(2, least(mail_tries, 20)))"
)


@dataclass(frozen=True)
class Posted:
    """How many were sent, and why others were not (by their numbers, never their content).

    `trouble`: why nothing more could be sent to the server at all.
    """

    sent: int
    failed: Mapping[int, Message] = field(default_factory=dict)
    trouble: Message | None = None


def due(connection: Connection) -> bool:
    """Whether a report waits to be sent."""
    return bool(connection.scalar(text(f"SELECT EXISTS (SELECT FROM faults.report WHERE {_DUE})")))


def post(engine: Engine, home: Home, server: MailServer) -> Posted:
    """Send what is due, by the settings of `home`. Two that send at once do not send the same."""
    sent, failed = 0, dict[int, Message]()
    with engine.connect() as connection:
        if not due(connection):
            return Posted(0)
    try:
        with session(server) as found:
            last = 0
            while outcome := _next(engine, home, found, server, last):
                last, trouble = outcome
                if trouble is None:
                    sent += 1
                else:
                    failed[last] = trouble
    except NotSent as error:
        with engine.begin() as connection:
            connection.execute(text(f"UPDATE faults.report SET {_LATER} WHERE {_DUE}"))
        return Posted(sent, failed, error.message)
    return Posted(sent, failed)


def _next(
    engine: Engine, home: Home, found: smtplib.SMTP, server: MailServer, last: int
) -> tuple[int, Message | None] | None:
    """Send the first report after `last`: its number, and why it was not sent; None where there is none."""
    with engine.begin() as connection:
        # Locked while it is sent: whoever else sends passes it by.
        number = connection.scalar(
            text(
                f"SELECT number FROM faults.report WHERE {_DUE} AND number > :last "
                "ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED"
            ),
            {"last": last},
        )
        fault = report(connection, number) if number is not None else None
        if fault is None:
            return None
        trouble = _send(fault, home, found, server)
        change = "mailed_at = clock_timestamp()" if trouble is None else _LATER
        connection.execute(text(f"UPDATE faults.report SET {change} WHERE number = :number"), {"number": number})
        return fault.number, trouble


def _send(fault: Fault, home: Home, found: smtplib.SMTP, server: MailServer) -> Message | None:
    publisher = _publisher(fault, home)
    mail = home.settings.faults.mail
    if publisher is None or mail is None:
        return _("The publisher of “{layer}” is not known.", layer=fault.layer)
    try:
        found.send_message(letter(fault, home, publisher, mail.sender, mail.to or publisher.contact.email))
    except smtplib.SMTPServerDisconnected:
        raise
    except smtplib.SMTPException as error:
        return told(error, server)
    return None


def _publisher(fault: Fault, home: Home) -> Publisher | None:
    layer = home.layers.get(fault.layer) or home.unpublished.get(fault.layer)
    return home.publishers.get(layer.publisher if layer else home.default_publisher or "")
