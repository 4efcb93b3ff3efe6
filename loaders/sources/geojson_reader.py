"""The features of a GeoJSON file one by one, as Python objects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

_CHUNK = 1 << 20

type Feature = dict[str, Any]


def features(path: Path) -> Iterator[Feature]:
    """The features of a FeatureCollection one by one, as Python objects, in bounded memory."""
    with path.open(encoding="utf-8-sig") as file:
        text = _Text(file)
        text.expect("{")
        while True:
            key = text.value()
            text.expect(":")
            if key == "features":
                break
            text.value()
            if text.next_sign() != ",":
                return
            text.expect(",")
        text.expect("[")
        while text.next_sign() != "]":
            yield text.value()
            if text.next_sign() == ",":
                text.expect(",")


class _Text:
    """A growing window over JSON text: what is read is dropped."""

    def __init__(self, file: TextIO) -> None:
        self._file, self._buffer, self._at = file, "", 0
        self._decoder = json.JSONDecoder()

    def _more(self) -> bool:
        chunk = self._file.read(_CHUNK)
        self._buffer, self._at = self._buffer[self._at :] + chunk, 0
        return bool(chunk)

    def next_sign(self) -> str:
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at].isspace():
                self._at += 1
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                raise ValueError("JSON ends too early")

    def expect(self, sign: str) -> None:
        if self.next_sign() != sign:
            raise ValueError(f"{sign} expected")
        self._at += 1

    def value(self) -> Any:
        self.next_sign()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError:
                if not self._more():
                    raise
                continue
            # A number at the window's end may go on in the next chunk.
            if end == len(self._buffer) and self._more():
                continue
            self._at = end
            return value
