"""The preview: what is held is read on loopback by this machine, and by no route of the public server."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from server.app import create_app
from tests.command import PATIENCE, environment, run
from tests.homes import load_layer, make_home, place, places, write_features
from tests.server.conftest import eventually, free_port, serving

HELD_NAME = "Hemlig plats"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Path:
    """A layer with one release, and a second one that waits: one feature more, one less, one changed."""
    home = make_home(tmp_path_factory.mktemp("home"))
    write_features(home / "places.geojson", places(20))
    load_layer(engine, home)
    make_home(home, approve={"hold": "always"})
    (home / "config/server.yml").write_text("base_url: https://geodata.exempelby.example\n")
    new = [place("p0", 17.0, 59.3, name=HELD_NAME), *places(19)[1:], place("extra", 17.2, 59.4, name=HELD_NAME)]
    write_features(home / "places.geojson", new)
    assert load_layer(engine, home).outcome == "held"
    return home


@pytest.fixture(scope="module")
def preview(home: Path, database_url: str) -> Iterator[httpx.Client]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", "from cli.main import main; main()", "preview", "places", "--port", str(port)],
        cwd=home, env=environment(database_url, KARTLAGD_HOME=str(home)),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20)
    try:
        eventually(lambda: client.get("/collections/places").status_code == 200, PATIENCE)
        yield client
    finally:
        client.close()
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=PATIENCE)


def test_a_preview_serves_what_is_held_as_the_server_would(preview: httpx.Client) -> None:
    items = preview.get("/collections/places/items?limit=100&f=json").json()
    ids = [feature["id"] for feature in items["features"]]
    assert items["numberMatched"] == 20 and "extra" in ids and "p19" not in ids
    name = preview.get("/collections/places/items/p0?f=json").json()["properties"]["name"]
    assert name == HELD_NAME
    collection = preview.get("/collections/places?f=json").json()
    assert collection["release"]["number"] == 2
    own = str(preview.base_url).rstrip("/")
    for document in (items, collection, preview.get("/?f=json").json()):
        for link in re.findall(r'"href": ?"(https?://[^"]+)"', json.dumps(document)):
            assert not link.startswith("https://geodata.exempelby.example")
            assert link.startswith(own) or "exempelby" not in link
    where = preview.get("/collections/places/items?filter=name='Hemlig plats'&bbox=17.1,59.3,17.3,59.5&f=json").json()
    assert [feature["id"] for feature in where["features"]] == ["extra"]
    assert preview.get("/collections/places/items?q=hemlig&f=json").json()["numberMatched"] == 2
    tile = preview.get("/collections/places/tiles/WebMercatorQuad/8/75/140?f=mvt")
    assert tile.status_code == 200 and HELD_NAME.encode() in tile.content
    page = preview.get("/?f=html").text
    assert "PREVIEW, not published" in page or "FÖRHANDSGRANSKNING" in page


def test_the_report_with_its_map_is_a_page_of_the_preview(preview: httpx.Client) -> None:
    answer = preview.get("/review/places?lang=en")
    assert answer.status_code == 200 and "script" not in answer.headers["content-security-policy"]
    root = ElementTree.fromstring(answer.text.partition("\n")[2])
    marks = {
        kind: root.findall(f".//{{http://www.w3.org/2000/svg}}path[@class='mark {kind}']")[0].get("d", "").count("M")
        for kind in ("added", "changed", "removed")
    }
    assert marks == {"added": 1, "changed": 1, "removed": 1}
    assert "Waits for approval" in answer.text
    assert preview.get("/review/trees").status_code == 404


@pytest.mark.parametrize("host", ["geodata.exempelby.example", "127.0.0.1.example", "10.0.0.7", "localhost.", ""])
def test_another_host_is_refused(preview: httpx.Client, host: str) -> None:
    for path in ("/", "/collections/places/items", "/review/places", "/static/style.css"):
        answer = preview.get(path, headers={"Host": host})
        assert answer.status_code in (400, 421) and HELD_NAME not in answer.text


def test_pages_from_elsewhere_read_nothing_and_nothing_is_kept(preview: httpx.Client) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert preview.get("/collections/places/items", headers=headers).status_code == 403
    answer = preview.get("/collections/places/items")
    assert answer.headers["cache-control"] == "no-store"
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    port = preview.base_url.port
    assert httpx.get(f"http://localhost:{port}/health").status_code == 200
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), port)} - {"127.0.0.1", "::1", "127.0.1.1"}
    for address in others:
        with socket.socket(socket.AF_INET6 if ":" in str(address) else socket.AF_INET) as far:
            assert far.connect_ex((str(address), port or 0)) != 0


def test_no_route_of_the_public_server_knows_of_it(home: Path, database_url: str) -> None:
    with serving(create_app(home, database_url)) as public:
        first = public.get("/collections/places/items?f=json&limit=7").json()
        cursor = next(link["href"] for link in first["links"] if link["rel"] == "next")
        paths = [
            "/", "/?f=html", "/collections?f=json", "/collections/places?f=json", "/collections/places?f=html",
            "/collections/places/schema?f=json", "/collections/places/queryables?f=json", "/openapi?f=json", "/ready",
            "/collections/places/items?limit=1000&f=json", "/collections/places/items?limit=1000&f=csv",
            "/collections/places/items?limit=1000&f=html", "/collections/places/items?q=hemlig&f=json",
            "/collections/places/items?filter=name LIKE 'Heml%25'&f=json",
            "/collections/places/items/extra?f=json",
            "/collections/places/items/p0?f=json", "/collections/places/items?release=2&f=json",
            "/collections/places/items?release=1&limit=1000&f=json", "/collections/places/items?release=0&f=json",
            "/collections/places/items/extra?release=2&f=json", "/collections/places/items?sortby=-name&f=json",
            "/collections/places/changes?since=1", "/collections/places/changes?since=0", "/collections/places/changes",
            "/collections/places/changes?since=2", "/collections/places/tiles?f=json",
            *(f"/collections/places/tiles/WebMercatorQuad/{z}?f=mvt" for z in ("8/75/140", "0/0/0", "12/1205/2241")),
            "/collections/places.gpkg", "/collections/places/downloads", "/dcat?f=ttl", "/dcat?f=jsonld",
            "/catalog?f=ttl", "/review/places", "/held/places", "/unpublished?f=json", cursor.split("example", 1)[1],
        ]  # fmt: skip
        for path in paths:
            answer = public.get(path)
            body = answer.content.decode("latin-1")
            assert "Hemlig" not in body and '"extra"' not in body and answer.status_code < 500, path
            if path.startswith("/collections/places/items?") and "release=2" not in path and answer.status_code == 200:
                assert "Kartlagd-Release" not in answer.headers or answer.headers["Kartlagd-Release"] == "1"
        assert public.get("/collections/places/items?f=json").json()["numberMatched"] == 20
        assert public.get("/collections/places?f=json").json()["release"]["number"] == 1


def test_held_releases_cannot_be_read_by_the_public_server_whatever_its_environment_says(
    home: Path, database_url: str
) -> None:
    program = (
        "import os; from catalogue.database.connections import server_engine; from sqlalchemy import text\n"
        "from catalogue.database import schemas, connections\n"
        "connections.READER_ROLE = schemas.SERVER_ROLE\n"
        "engine = server_engine(os.environ['DATABASE_URL'], own_login=False, statement_seconds=5)\n"
        "from catalogue.release import current_releases\n"
        "with engine.connect() as connection: print(current_releases(connection))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(database_url, KARTLAGD_READS="held"), cwd=home,
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode != 0 and "permission denied for schema held" in done.stderr


def test_a_layer_without_a_held_release_has_no_preview(home: Path, database_url: str) -> None:
    done = run(home, "preview", "trees", url=database_url)
    assert done.returncode == 2 and "No release of trees waits for approval." in done.stderr
