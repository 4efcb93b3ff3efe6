"""A real server process, read by the clients that people use."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from contextlib import ExitStack
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from owslib.ogcapi.features import Features
from shapely.geometry import shape

from server.patience import SECONDS
from tests.releases import converted
from tests.server.conftest import works

FEATURES = {feature.id: feature for feature in works()}


def test_owslib_reads_the_collections_and_all_features(server_address: str) -> None:
    service = Features(f"{server_address}/")
    assert service.feature_collections() == ["works"]
    assert service.collection("works")["itemType"] == "feature"
    assert "lanes" in service.collection_queryables("works")["properties"]
    seen: dict[str, Any] = {}
    for offset in range(0, 30, 10):
        page = service.collection_items("works", limit=10, offset=offset)
        seen |= {feature["id"]: feature for feature in page["features"]}
    assert seen.keys() == FEATURES.keys()
    for identifier, feature in seen.items():
        assert feature["properties"] == FEATURES[identifier].properties
    found = service.collection_items("works", bbox=[-180, -90, 180, 90], lanes="3", limit=100)
    assert found["numberMatched"] == 6


def test_gdal_reads_every_feature_by_pages(server_address: str) -> None:
    if shutil.which("ogr2ogr") is None:
        pytest.skip("ogr2ogr is not on this machine")
    listed = subprocess.run(["ogrinfo", "-ro", f"OAPIF:{server_address}/"], capture_output=True, text=True, check=True)
    assert "works" in listed.stdout
    command = ["ogr2ogr", "-f", "GeoJSON", "/vsistdout/", f"OAPIF:{server_address}/", "works", "-oo", "PAGE_SIZE=10"]
    written = subprocess.run(command, capture_output=True, text=True, check=True)
    features = json.loads(written.stdout)["features"]
    assert len(features) == 25
    by_name = {feature["properties"]["name"]: feature for feature in features}
    for stored in FEATURES.values():
        found = by_name[stored.properties["name"]]
        assert shape(found["geometry"]).equals_exact(converted(stored.geometry, 3006, 4326), 1.1e-7)
        assert found["properties"]["lanes"] == stored.properties["lanes"]


def test_the_process_answers_head_and_keeps_no_state(server_address: str) -> None:
    head = httpx.head(f"{server_address}/collections/works/items?f=json", headers={"accept-encoding": "identity"})
    assert head.status_code == 200 and head.content == b"" and int(head.headers["content-length"]) > 1000
    assert httpx.get(f"{server_address}/health").json() == {"status": "ok"}
    link = httpx.get(f"{server_address}/").json()["links"][0]["href"]
    assert link.startswith(server_address)


def test_a_request_that_never_ends_is_not_waited_for(server_address: str) -> None:
    address = urlsplit(server_address)
    half = b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: "
    whole = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    with ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection((address.hostname, address.port), timeout=SECONDS + 5))
            for _ in range(3)
        ]
        for connection, sent in zip(connections, (b"", half, whole + half), strict=True):
            connection.sendall(sent)
        answers = [b"".join(iter(partial(connection.recv, 65536), b"")) for connection in connections]
    assert answers[:2] == [b"", b""]
    assert answers[2].startswith(b"HTTP/1.1 200") and answers[2].endswith(b'{"status":"ok"}')
