"""One client of the server: HTTP as it comes, and what an answer says of itself."""

from __future__ import annotations

import gzip
import http.client
import json
import random
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import zstandard

Json = dict[str, Any]
#: All servers are asked under one name, so that their answers are the same and must have the same labels.
HOST = "geo.example"


@dataclass(frozen=True)
class Answer:
    """One answer: status, headers in lower case, and the bytes as they were sent."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def release(self) -> int:
        """The release that it says to be made from; 0 where it says none."""
        return int(self.headers.get("kartlagd-release", 0))

    @property
    def body(self) -> bytes:
        """The bytes without their coding."""
        coding = self.headers.get("content-encoding", "")
        if coding == "gzip":
            return gzip.decompress(self.raw)
        if coding == "zstd":
            return zstandard.ZstdDecompressor().stream_reader(self.raw).read()
        return self.raw

    @property
    def json(self) -> Json:
        """The body read as JSON."""
        found: Json = json.loads(self.body)
        return found

    def link(self, relation: str) -> str:
        """The address of a link; "" where there is none."""
        return next((link["href"] for link in self.json["links"] if link["rel"] == relation), "")


class Client:
    """One connection, made anew when it breaks."""

    def __init__(self, address: str, dice: random.Random) -> None:
        """Nothing is connected yet."""
        self._host, port = urlsplit(address).hostname or "", urlsplit(address).port
        self._port = port or 80
        self._dice = dice
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str, etag: str = "") -> Answer:
        """One answer, in a coding that chance chooses. Raises OSError where there is none."""
        headers = {"Host": HOST, "Accept-Encoding": self._dice.choice(["identity", "gzip", "zstd", "identity"])}
        if etag:
            headers["If-None-Match"] = etag
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._host, self._port, timeout=60)
        try:
            self._connection.request("GET", path, headers=headers)
            response = self._connection.getresponse()
            raw = response.read()
        except (http.client.HTTPException, OSError) as error:
            self.close()
            raise ConnectionError(str(error) or type(error).__name__) from error
        return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, raw)

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
