"""The state of a layer that an answer was made from."""

from __future__ import annotations

from typing import NamedTuple


class State(NamedTuple):
    """Enough to say whether another answer would be the same."""

    layer: str
    release: int
    erasure_epoch: int
    incarnation: str
