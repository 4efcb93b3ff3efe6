"""Addresses and IRIs that people write: absolute, http or https, and what RDF and browsers can hold."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from catalogue.language import _
from catalogue.problems import Mistake

#: What no IRI holds unencoded (RFC 3987, 2.2; RDF 1.1 Turtle, IRIREF).
_FORBIDDEN = re.compile(r"""[\x00-\x20\x7f-\x9f<>"{}|\\^`\u200b-\u200f\u2028\u2029]""")


def web_address(text: str) -> str:
    """The address as it is. Raises Mistake where it is none, or holds what must be encoded."""
    if found := _FORBIDDEN.search(text):
        message = _("The address “{address}” holds a character that an address cannot have.", address=text)
        raise Mistake(message, _("Write {encoded} for it.", encoded=encoded(found[0])))
    try:
        parts = urlsplit(text)
        complete = parts.scheme in ("http", "https") and bool(parts.hostname)
        complete = complete and (parts.port is None or parts.port > 0)
    except ValueError:
        complete = False
    if not complete:
        message = _("“{address}” is not a whole web address.", address=text)
        raise Mistake(message, _("It begins with https:// or http://, then a host: https://www.exempelby.example/."))
    return text


def encoded(text: str) -> str:
    """The text with everything percent-encoded that no address can have."""
    return _FORBIDDEN.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), text)


WebAddress = Annotated[str, AfterValidator(web_address)]
