"""E-mail addresses, also those that people write so that machines shall not find them (`a (at) b.se`)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from loaders.personal.finding import SPACE

_OPEN, _CLOSE = r"[(\[{<]", r"[)\]}>]"
_AT = (
    f"(?:&#0?64;|%40|{SPACE}?[@\\uff20\\ufe6b]{SPACE}?"
    f"|{SPACE}{{0,2}}{_OPEN}{SPACE}?(?:at|a|snabel-?a|@){SPACE}?{_CLOSE}{SPACE}{{0,2}}"
    f"|{SPACE}snabel-?a{SPACE})"
)
_DOT = rf"(?:\.|{SPACE}?{_OPEN}(?:dot|punkt|\.){_CLOSE}{SPACE}?)"
#: A row without this has no address.
HINT = f"(?i){_AT}"
_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_ADDRESS = re.compile(
    rf"(?P<local>[\w!#$%&'*+/=?^`{{|}}~-]+(?:\.[\w!#$%&'*+/=?^`{{|}}~-]+)*){_AT}"
    rf"(?P<domain>{_LABEL}(?:{_DOT}{_LABEL})*{_DOT}(?:xn--[a-z0-9-]+|[^\W\d_]{{2,24}}))(?![\w@])",
    re.IGNORECASE,
)
#: Names of files such as `logo@2x.png`.
_FILES = frozenset("png jpg jpeg gif svg webp pdf css js html htm php xml json".split())


def find(text: str, domains: Collection[str] = ()) -> Iterator[tuple[int, int]]:
    """Where addresses stand in a text; those in the publisher's own `domains`, and below them, are left out."""
    for match in _ADDRESS.finditer(text):
        domain = re.sub(_DOT, ".", match["domain"], flags=re.IGNORECASE).lower()
        own = any(domain == known or domain.endswith(f".{known}") for known in domains)
        if not own and domain.rpartition(".")[2] not in _FILES:
            yield match.span()
