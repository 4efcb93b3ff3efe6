"""What is worth keeping once it was found: the longest kept is given up first."""

from __future__ import annotations

from collections import OrderedDict


class Remembered[K, V](OrderedDict[K, V]):
    """Up to `largest` entries."""

    def __init__(self, largest: int) -> None:
        """Nothing is remembered yet."""
        super().__init__()
        self.largest = largest

    def __setitem__(self, key: K, value: V) -> None:
        """Keep a value."""
        super().__setitem__(key, value)
        if len(self) > self.largest:
            self.popitem(last=False)
