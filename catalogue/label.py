"""Labels of answers: the `ETag` says which state, and which form of it, an answer was made from.

An incarnation of the database, an erasure epoch and a release number never stand for other bytes: a database that is
restored gets a new incarnation, and what is erased raises the epoch (RFC 9110, 8.8.3).
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from catalogue.query.state import State


@cache
def program() -> str:
    """Name and version of this program: another version may write the same state in other bytes."""
    try:
        return f"kartlagd {version('kartlagd')}"
    except PackageNotFoundError:  # run from a folder, not installed
        return "kartlagd"


def digest(*parts: object) -> str:
    """What stands for the parts that an answer was made from; every one matters, and so does their order."""
    text = "\x1f".join([program(), *map(str, parts)])
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def etag(*parts: object) -> str:
    """The digest as a strong entity tag."""
    return f'"{digest(*parts)}"'


def state_etag(state: State, *representation: object) -> str:
    """The entity tag of an answer made from one layer; `representation`: host, format, language, parameters."""
    return etag(state.incarnation, state.layer, state.erasure_epoch, state.release, *representation)


def matches(header: str, tag: str) -> bool:
    """Whether an `If-None-Match` header names the tag (weak comparison, RFC 9110, 13.1.2)."""
    listed = [part.strip().removeprefix("W/") for part in header.split(",")]
    return "*" in listed or tag in listed
