from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import zstandard

from tests.releases import Publisher, layer
from tests.server.conftest import FIELDS, eventually, works, write_layer

UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.decompress,
    "zstd": zstandard.ZstdDecompressor().decompress,
}
PATHS = ["/", "/collections", "/openapi", "/collections/works", "/collections/works/schema", "/tileMatrixSets"]


@pytest.mark.parametrize("path", PATHS)
def test_every_coding_has_the_same_content_and_a_label_of_its_own(client: httpx.Client, path: str) -> None:
    bodies, labels = [], set()
    for coding in ("identity", "gzip", "zstd", "gzip"):
        with client.stream("GET", path, headers={"accept-encoding": coding}) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers.get("content-encoding", "identity") == coding
        assert answer.headers["content-length"] == str(len(raw))
        bodies.append(UNPACK[coding](raw))
        labels.add(answer.headers["etag"])
        again = client.get(path, headers={"accept-encoding": coding, "if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
    assert len(set(bodies)) == 1 and len(labels) == 3


def test_a_label_of_what_is_not_there_is_none(client: httpx.Client) -> None:
    for path in ("/collections/none", "/collections/works?unknown=1"):
        assert client.get(path, headers={"if-none-match": "*"}).status_code in (400, 404)
    assert client.get("/collections/works", headers={"if-none-match": "*"}).status_code == 304


@pytest.mark.parametrize("path", ["/", "/collections", "/openapi", "/collections/works"])
def test_a_release_and_a_changed_file_make_other_labels(
    client: httpx.Client, home: Path, publisher: Publisher, path: str
) -> None:
    definition = layer("works", FIELDS, time={"start": "start", "end": "stop"})

    def label() -> str:
        return client.get(path).headers["etag"]

    first = label()
    assert label() == first
    publisher.publish(definition, works())
    eventually(lambda: label() != first, seconds=5)
    second = label()
    write_layer(home, "works", title={"sv": f"Efter {path}"})
    eventually(lambda: label() not in (first, second), seconds=5)
    third = label()
    publisher_file = home / "config" / "publishers" / "exempelby.yml"
    email = f"email: karta{len(path)}@exempelby.example"
    publisher_file.write_text(re.sub(r"email: \S+", email, publisher_file.read_text("utf-8")), "utf-8")
    eventually(lambda: label() not in (first, second, third), seconds=5)
