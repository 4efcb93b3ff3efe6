"""The mark in a form: when it was made and for which layer, signed, so that what sends it has read the form before.

All processes of a server know the keys (`faults.keys`, migration 0009), and nobody else does.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Sequence

#: A person needs longer than this to fill in a form; no form is used for longer than that. Seconds.
SOONEST, LATEST = 3, 86_400
_TOKEN = re.compile(r"(?P<made>[0-9]{1,12})-(?P<sign>[0-9a-f]{64})", re.ASCII)


def new_token(key: bytes, layer: str) -> str:
    """The mark of a form that is made now."""
    made = int(time.time())
    return f"{made}-{_sign(key, layer, made)}"


def age(written: str, keys: Sequence[bytes], layer: str, now: float) -> float | None:
    """How many seconds ago the form was made; None for a mark that no server made for a form of this layer."""
    found = _TOKEN.fullmatch(written)
    if found is None:
        return None
    made = int(found["made"])
    if any(hmac.compare_digest(_sign(key, layer, made), found["sign"]) for key in keys):
        return now - made
    return None


def _sign(key: bytes, layer: str, made: int) -> str:
    return hmac.new(key, f"form {made} {layer}".encode(), hashlib.sha256).hexdigest()
