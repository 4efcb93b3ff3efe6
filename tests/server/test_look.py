"""A publisher's look over HTTP: on its own pages, kept for ever, and new when the file is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from sqlalchemy import Engine

from server.app import create_app
from tests.releases import Publisher, layer
from tests.server.conftest import FIELDS, eventually, serving, works, write_home, write_layer

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 10"><path d="M0 0h30v10z"/></svg>'
HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = write_home(tmp_path_factory.mktemp("look"), "works")
    folder = home / "config/publishers"
    own = yaml.safe_load((folder / "exempelby.yml").read_text())
    for id_, look in (("exempelby", {"colour": "#8A1C5C"}), ("region", {"logo": "x.svg"}), ("plain", {})):
        (folder / f"{id_}.yml").write_text(yaml.safe_dump(own | {"id": id_, "look": look}))
    (folder / "x.svg").write_text(LOGO)
    (home / "config/server.yml").write_text("default_publisher: exempelby\n")
    (home / "collections/region").mkdir()
    path = write_layer(home, "trees", publisher="region")
    path.rename(home / "collections/region/trees.yml")
    return home


@pytest.fixture(scope="module")
def client(home: Path, database_url: str, engine: Engine) -> Iterator[httpx.Client]:
    made = Publisher(engine)
    for id_ in ("works", "region.trees"):
        made.publish(layer(id_, FIELDS, time={"start": "start", "end": "stop"}), works())
    with serving(create_app(home, database_url)) as client:
        yield client


def loaded(client: httpx.Client, path: str) -> set[str]:
    """The addresses of looks that a page loads."""
    page = client.get(path, headers=HTML).raise_for_status().text
    return set(re.findall(r'(?:href|src)="http://geo.example(/look/[^"]*)"', page))


def test_pages_have_the_look_of_their_publisher(client: httpx.Client) -> None:
    for path in ("/", "/collections", "/collections/works", "/conformance"):
        found = loaded(client, path)
        assert {each.split("/")[2] for each in found} == {"exempelby"}
        assert {each.split("/")[4] for each in found} == {"style.css", "icon.svg"}
    found = loaded(client, "/collections/region.trees")
    assert {each.split("/")[2] for each in found} == {"region"}
    assert {each.split("/")[4] for each in found} == {"style.css", "icon.svg", "logo"}


def test_files_of_a_look(client: httpx.Client) -> None:
    style, logo = (
        next(each for each in loaded(client, path) if each.endswith(name))
        for path, name in (("/", "style.css"), ("/collections/region.trees", "logo"))
    )
    answer = client.get(style)
    assert (
        answer.headers["content-type"] == "text/css; charset=utf-8" and "immutable" in answer.headers["cache-control"]
    )
    assert answer.text.startswith(":root{--accent:light-dark(#8a1c5c,#")
    drawn = client.get(logo)
    assert drawn.text == LOGO and drawn.headers["content-type"] == "image/svg+xml"
    assert drawn.headers["x-content-type-options"] == "nosniff"
    policies = drawn.headers.get_list("content-security-policy")
    assert any("default-src 'none'" in policy and "sandbox" in policy for policy in policies)
    again = client.get(logo, headers={"if-none-match": drawn.headers["etag"]})
    assert again.status_code == 304 and not again.content
    # The look of another time is given as it is now, and not kept.
    other = client.get(re.sub("/[0-9a-f]{12}/", "/000000000000/", style))
    assert other.text == answer.text and other.headers["cache-control"] == "no-cache"
    for wrong in ("/look/none/0/style.css", "/look/plain/0/logo", "/look/region/0/x.svg", "/look/region/0/..%2Fx.svg"):
        assert client.get(wrong).status_code == 404


def test_a_new_logo_is_a_new_page(client: httpx.Client, home: Path) -> None:
    path = "/collections/region.trees"
    before, label = loaded(client, path), client.get(path, headers=HTML).headers["etag"]
    (home / "config/publishers/x.svg").write_text(LOGO.replace("30v10", "20v10"))
    eventually(lambda: loaded(client, path) != before, seconds=20)
    assert client.get(path, headers=HTML).headers["etag"] != label
    assert "20v10" in client.get(next(each for each in loaded(client, path) if each.endswith("logo"))).text
