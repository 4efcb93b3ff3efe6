"""The page for developers: every example on it is asked for, and its promises are held against what happens."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from catalogue.settings import Limits
from server.app import create_app
from server.conformance import CONFORMANCE
from server.guard import MAX_QUERY_BYTES
from tests.homes import LAYER, load_layer, make_home, places, write_features
from tests.server.conftest import serving, write_home

HOST = "http://geo.example"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, engine: Engine, database_url: str) -> Iterator[httpx.Client]:
    folder = make_home(tmp_path_factory.mktemp("developers"), time={"start": "since"}, fields={
        **LAYER["fields"], "since": {"from": "since", "type": "date", "title": "Sedan"}})  # fmt: skip
    rows = places(12, since="2026-01-01")
    rows[0]["properties"]["name"] = "Ö'Malley's <väg> & \"plats\" \\ 1"
    write_features(folder / "places.geojson", rows)
    load_layer(engine, folder)
    with serving(create_app(folder, database_url)) as client:
        yield client


def examples(client: httpx.Client, **parameters: str) -> list[Any]:
    document = client.get("/developers", params=parameters).json()
    return [each for section in document["sections"] for each in section["examples"]]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_example_answers_as_it_says(client: httpx.Client, language: str) -> None:
    found = examples(client, lang=language)
    assert len(found) > 25 and {each["status"] for each in found} == {200, 400, 404}
    for each in found:
        assert each["href"].startswith(HOST)
        answer = client.get(each["href"].removeprefix(HOST))
        assert answer.status_code == each["status"], (each, answer.text)
    selecting = [each["href"] for each in found if re.search("items.(filter|q|name|filter-lang)=", each["href"])]
    # What selects by a value or a word finds the feature that it was taken from.
    assert len(selecting) >= 4
    for href in selecting:
        assert client.get(href.removeprefix(HOST)).json()["numberMatched"] >= 1, href


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_page_has_what_the_document_says(client: httpx.Client, language: str) -> None:
    document = client.get("/developers", params={"lang": language}).json()
    page = client.get("/developers", params={"lang": language, "f": "html"}).text
    links = {html.unescape(each) for each in re.findall('href="([^"]*)"', page)}
    words = html.unescape(page)
    for section in document["sections"]:
        assert f'id="{section["id"]}"' in page and f'href="#{section["id"]}"' in page
        assert {each["href"] for each in section["examples"]} <= links
        assert all(text in words for text in [*section["text"], *(each["text"] for each in section["facts"])])
        assert all(each["text"] in words for each in section["code"])
    assert "<väg>" not in page
    # Links inside lead somewhere too.
    for link in links:
        if link.startswith(HOST) and "/static/" not in link:
            assert client.get(link.removeprefix(HOST) or "/").status_code in (200, 400, 404)


def test_limits_are_those_of_the_settings(client: httpx.Client) -> None:
    (limits,) = (each for each in client.get("/developers").json()["sections"] if each["id"] == "limits")
    text = " ".join(each["text"] for each in limits["facts"])
    usual = Limits()
    for number in (usual.default_limit, usual.max_limit, usual.max_offset, MAX_QUERY_BYTES, 30):
        assert str(number) in text


def test_next_leads_to_the_example_of_the_second_page(client: httpx.Client) -> None:
    first, second = (
        each["href"] for each in examples(client) if "items?limit=2" in each["href"] and "offset" not in each["href"]
    )
    links = client.get(first.removeprefix(HOST)).json()["links"]
    (following,) = (each["href"] for each in links if each["rel"] == "next")
    assert (
        client.get(following.removeprefix(HOST)).json()["features"]
        == client.get(second.removeprefix(HOST)).json()["features"]
    )


def test_the_code_runs(client: httpx.Client, tmp_path: Path) -> None:
    address = str(client.base_url).rstrip("/")
    document = client.get("/developers").json()
    snippets = {
        each["language"]: each["text"].replace(HOST, address) for s in document["sections"] for each in s["code"]
    }
    assert {"curl", "python", "etag", "maplibre"} <= set(snippets)
    environment = {**os.environ, "no_proxy": "*"}
    for name, command in (("curl", ["bash", "-c"]), ("etag", ["bash", "-c"]), ("python", [sys.executable, "-c"])):
        done = subprocess.run(
            [*command, snippets[name]], capture_output=True, text=True, timeout=60, cwd=tmp_path, env=environment
        )
        assert done.returncode == 0, done.stderr
        if name == "etag":
            assert done.stdout == "304\n"
        elif name == "python":
            # All pages: links of the answers lead to the host by which it was asked.
            assert {line.split()[0] for line in done.stdout.splitlines()} == {f"p{n}" for n in range(12)}
    tiles = re.search('url: "([^"]*)"', snippets["maplibre"])
    assert tiles and client.get(tiles[1].removeprefix(address)).json()["tilejson"]
    source = re.search('"source-layer": "([^"]*)"', snippets["maplibre"])
    assert source and client.get(tiles[1].removeprefix(address)).json()["vector_layers"][0]["id"] == source[1]


def test_a_server_without_layers(tmp_path: Path, database_url: str) -> None:
    with serving(create_app(write_home(tmp_path), database_url)) as client:
        document = client.get("/developers").json()
        assert document["layer"] is None and {each["status"] for each in examples(client)} == {200}
        assert client.get("/developers", params={"f": "html"}).status_code == 200


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_conformance_class_has_its_sentence(client: httpx.Client, language: str) -> None:
    assert client.get("/conformance").json() == {"conformsTo": list(CONFORMANCE)}
    page = html.unescape(client.get("/conformance", params={"f": "html", "lang": language}).text)
    said = dict(re.findall(r"<dd>([^<]+)<br><code class=\"uri\">([^<]+)</code>", page))
    assert sorted(said.values()) == sorted(CONFORMANCE)
    assert len(said) == len(CONFORMANCE) and all(len(sentence) > 20 for sentence in said)
