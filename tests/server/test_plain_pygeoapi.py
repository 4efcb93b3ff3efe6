"""pygeoapi's own server, configured by `kartlagd config`, gives the features that Kartlagd's gives.

Excepted, since a provider cannot do it there: pygeoapi turns two corners of a `bbox` into the storage CRS, where a box
that is straight in one CRS is not in the other; near its edges another few features may come. `release`, `cursor`,
`active` and `filter` do not reach a provider, and unknown parameters are let through.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from shapely.geometry import shape

from tests.releases import Publisher
from tests.server.conftest import ROOT, eventually, free_port, stop, write_layer
from tests.server.test_items import ITEMS

TM = "http://www.opengis.net/def/crs/EPSG/0/3006"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
SECRET = "${DATABASE_URL} ${HOME}"


@pytest.fixture(scope="module")
def plain(
    home: Path, database_url: str, publisher: Publisher, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A client of pygeoapi's own server."""
    write_layer(home, "works", title={"sv": SECRET, "en": SECRET})
    folder, port = tmp_path_factory.mktemp("pygeoapi"), free_port()
    config, definition = folder / "pygeoapi.yml", folder / "openapi.json"
    environment = os.environ | {"KARTLAGD_HOME": str(home), "DATABASE_URL": database_url, "PYTHONPATH": str(ROOT)}
    arguments = ["config", "--into", str(config), "--address", f"http://127.0.0.1:{port}"]
    kartlagd = [sys.executable, "-c", "from cli.main import main; main()", *arguments]
    subprocess.run(kartlagd, cwd=ROOT, env=environment, check=True, timeout=60)
    environment |= {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(definition)}
    generate = ["openapi", "generate", str(config), "--format", "json", "--output-file", str(definition)]
    pygeoapi = [sys.executable, "-c", "from pygeoapi import cli; cli()", *generate]
    subprocess.run(pygeoapi, cwd=ROOT, env=environment, check=True, timeout=120, stdout=subprocess.DEVNULL)
    command = [sys.executable, "-m", "uvicorn", "pygeoapi.starlette_app:APP", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            eventually(lambda: client.get("/conformance").status_code == 200, seconds=60)
            yield client
    finally:
        stop(process)


def exact(answer: httpx.Response) -> dict[str, Any]:
    """What pygeoapi answers, which writes < and > as if JSON were HTML."""
    return dict(json.loads(answer.text.replace("&lt;", "<").replace("&gt;", ">")))


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Two features, the same but for how exactly coordinates are written."""
    assert (one["id"], one["properties"]) == (other["id"], other["properties"])
    if one["geometry"] is None or other["geometry"] is None:
        assert one["geometry"] is other["geometry"] is None
        return
    shapes = [np.array(shape(each["geometry"]).bounds) for each in (one, other)]
    assert np.abs(shapes[0] - shapes[1]).max() < (1e-3 if shapes[0].max() > 360 else 1e-6)


@pytest.mark.parametrize(
    "asked",
    [
        {}, {"limit": "3"}, {"limit": "5", "offset": "7"}, {"offset": "24"}, {"offset": "25"},
        {"crs": TM, "limit": "25"}, {"crs": CRS84}, {"lanes": "3"}, {"lanes": "3", "limit": "2"},
        {"name": "<väg> & 7"}, {"start": "2026-05-04"},
        {"sortby": "-lanes", "limit": "25"}, {"sortby": "lanes,-name"}, {"properties": "name"},
        {"properties": "name,lanes", "limit": "2"}, {"skipGeometry": "true"}, {"datetime": "2026-05-10/2026-05-11"},
        {"datetime": "2026-05-03T06:00:00Z"}, {"datetime": "../2026-05-02"}, {"bbox": "17,59,19,60"},
        {"bbox": "1,2,3,4"}, {"q": "väg"},
    ],
)  # fmt: skip
def test_features_are_the_same(client: httpx.Client, plain: httpx.Client, asked: dict[str, str]) -> None:
    theirs = plain.get(ITEMS, params=asked | {"f": "json"})
    ours = client.get(ITEMS, params=asked | {"f": "json"})
    assert theirs.status_code == ours.status_code == 200, (theirs.text, ours.text)
    assert exact(theirs)["numberMatched"] == ours.json()["numberMatched"]
    for one, other in zip(exact(theirs)["features"], ours.json()["features"], strict=True):
        same(one, other)


@pytest.mark.parametrize("asked", [{}, {"crs": TM}])
def test_a_feature_is_the_same(client: httpx.Client, plain: httpx.Client, asked: dict[str, str]) -> None:
    theirs, ours = (each.get(f"{ITEMS}/v9", params=asked | {"f": "json"}) for each in (plain, client))
    same(exact(theirs), ours.json())
    assert plain.get(f"{ITEMS}/none").status_code == 404


@pytest.mark.parametrize("query", ["bbox=1,2,3", "datetime=2026-02-30", "limit=0", "crs=EPSG:9999", "lanes=many"])
def test_what_is_wrong_is_refused(client: httpx.Client, plain: httpx.Client, query: str) -> None:
    assert client.get(f"{ITEMS}?{query}").status_code == 400
    assert plain.get(f"{ITEMS}?{query}").status_code == 400


def test_texts_are_published_as_they_stand(plain: httpx.Client) -> None:
    assert plain.get("/collections/works?f=json").json()["title"] == SECRET


def test_queryables(client: httpx.Client, plain: httpx.Client) -> None:
    theirs, ours = (each.get("/collections/works/queryables?f=json").json()["properties"] for each in (plain, client))
    assert set(theirs) == set(ours)
    assert {name: each.get("type") for name, each in theirs.items() if name != "geometry"} == {
        name: each.get("type") for name, each in ours.items() if name != "geometry"
    }


@pytest.mark.parametrize(
    "path",
    ["/", "/conformance", "/openapi", "/collections", "/collections/works", ITEMS, f"{ITEMS}/v9",
     "/collections/works/queryables", "/collections/works/schema"],
)  # fmt: skip
def test_its_pages_ask_nobody_else(plain: httpx.Client, path: str) -> None:
    answer = plain.get(path, params={"f": "html"})
    assert answer.status_code == 200 and answer.text.count("<html") == 1, answer.text[-600:]
    loaded = re.findall(r"<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)=[\"']([^\"']+)", answer.text)
    assert all(urlsplit(each).netloc in ("", plain.base_url.netloc.decode()) for each in loaded), loaded
