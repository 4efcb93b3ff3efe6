"""How many features match: counted once for each state of a layer and each question."""

from __future__ import annotations

from collections import OrderedDict

_LARGEST = 20_000


class Counted(OrderedDict[tuple[str, str], int]):
    """Numbers by state label and digest of the question; the oldest are given up first."""

    def __setitem__(self, key: tuple[str, str], value: int) -> None:
        """Keep a number."""
        super().__setitem__(key, value)
        if len(self) > _LARGEST:
            self.popitem(last=False)
