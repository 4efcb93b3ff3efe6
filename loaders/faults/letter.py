"""A report of a fault as a mail: plain text, in the main language of the publisher."""

from __future__ import annotations

import textwrap
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from catalogue.faults.report import KINDS, Fault
from catalogue.feature_schema import in_language
from catalogue.files.home import Home
from catalogue.language import LANGUAGES, Message, _
from catalogue.publisher import Publisher

#: Subjects are cut: the rest is in the letter.
_SUBJECT = 120


def letter(fault: Fault, home: Home, publisher: Publisher, sender: str, to: str) -> EmailMessage:
    """The mail about a report. Nothing in it can end a line of its head: whoever wrote it cannot write headers."""
    language = publisher.languages[0] if publisher.languages[0] in LANGUAGES else "en"
    layer = home.layers.get(fault.layer)
    title = in_language(layer.title, language) if layer else fault.layer
    about = fault.feature or title
    subject = _("Fault report {number}: {layer}, {about}", number=fault.number, layer=fault.layer, about=about)
    mail = EmailMessage()
    mail["Subject"] = _one_line(subject.render(language))[:_SUBJECT]
    mail["From"] = _address(sender)
    mail["To"] = _address(to)
    if fault.email:
        mail["Reply-To"] = _address(fault.email)
    mail["Date"] = format_datetime(fault.received_at)
    # The same however often it is sent, so that one that comes twice is known.
    mail["Message-ID"] = f"<fault-{fault.number}-{fault.received_at:%Y%m%d%H%M%S}@{_address(sender).domain}>"
    # No machine is to answer (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_body(fault, home, publisher, title, language))
    return mail


def object_address(base_url: str | None, fault: Fault) -> str:
    """Where the object is, or the layer; a path alone where the public address is not known."""
    place = f"{(base_url or '').rstrip('/')}/collections/{quote(fault.layer, safe='')}"
    return f"{place}/items/{quote(fault.feature, safe='')}" if fault.feature else place


def _body(fault: Fault, home: Home, publisher: Publisher, title: str, language: str) -> str:
    received = fault.received_at.astimezone(ZoneInfo(publisher.time_zone))
    facts: list[tuple[Message, str]] = [
        (_("Layer"), f"{title} ({fault.layer})"),
        (_("Object"), fault.feature or "–"),
        (_("Address"), object_address(home.settings.base_url, fault)),
        (_("Release"), str(fault.release)),
        (_("What is wrong"), KINDS[fault.kind].render(language)),
        (_("Field"), fault.field or "–"),
        (_("Received"), f"{received:%Y-%m-%d %H:%M}"),
        (_("Reply to"), fault.email or _("nobody: no address was given").render(language)),
    ]
    lines = [f"{name.render(language)}: {_one_line(text)}" for name, text in facts]
    # Marked line by line, so that nothing that somebody wrote looks like ours.
    said = textwrap.indent(fault.text, "> ", lambda _line: True)
    done = _("When it is dealt with: kartlagd reports done {number}", number=fault.number)
    rest = _("The text was written by somebody on the web, and nobody has looked at it.")
    return "\n".join([*lines, "", said, "", rest.render(language), done.render(language), ""])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _address(written: str) -> Address:
    name, _at, domain = written.rpartition("@")
    return Address(username=name, domain=domain.encode("idna").decode())
