"""A small town for pages: a layer of a model with two releases and files, tables, and values that want to be more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import lxml.html
import pytest
import yaml
from sqlalchemy import Engine

from catalogue.finishing import finish
from plugins.downloads.make import make_downloads
from server.app import create_app
from tests.homes import LAYER, load_layer, make_home, write_features
from tests.releases import Publisher, layer
from tests.server.conftest import serving

Json = dict[str, Any]
Element = Any

SCRIPT = '<script>alert("1")</script>'
#: What people write, and what others make them write.
HOSTILE = {
    "html": f"{SCRIPT}<img src=x onerror=alert(1)> & \"x\" 'y'",
    "template": "{{ 7 * 7 }} {% raw %} ${x} %(x)s {0}",
    "arabic": "\u202eشارع الملك فيصل\u202c abc",
    "emoji": "👩‍👩‍👧‍👦 🚧\u200d",
    "long": "Å" * 10_000,
    "javascript": "javascript:alert(1)",
    "id": "a/b \"c\" <d> & 'e'",
}
MODEL: Json = {
    "id": "works/1",
    "title": {"sv": "Vägarbeten", "en": "Road works"},
    "description": {"sv": "Arbeten på gator.", "en": "Works on streets."},
    "geometry": "line",
    "time": {"start": "start", "end": "stop"},
    "display": {"title": ["street", "work"], "colour": "impact", "place": "street"},
    "fields": {
        "street": {"type": "text", "required": True, "title": {"sv": "Gata", "en": "Street"}, "iri": "schema:location"},
        "work": {"type": "text", "title": {"sv": "Åtgärd", "en": "Work"}},
        "impact": {
            "type": "text",
            "title": {"sv": "Påverkan", "en": "Impact"},
            "description": {"sv": "Vad det betyder.", "en": "What it means."},
            "values": {
                "closed": {"sv": "Avstängd", "en": "Closed"},
                "open": {"sv": "Öppen", "en": "Open"},
            },
        },
        "width": {"type": "number", "unit": "m", "title": {"sv": "Bredd", "en": "Width"}},
        "lit": {"type": "boolean", "title": {"sv": "Belyst", "en": "Lit"}},
        "start": {"type": "date", "title": {"sv": "Start", "en": "Start"}},
        "stop": {"type": "date", "title": {"sv": "Slut", "en": "End"}},
        "page": {"type": "text", "title": {"sv": "Sida", "en": "Page"}},
        "more": {"type": "object", "title": {"sv": "Mer", "en": "More"}},
        "visit": {"type": "text", "title": {"sv": "Möte", "en": "Meeting"}, "links": "meetings.id"},
    },
}
TABLE = {"body": {"from": "Organ", "type": "text", "title": {"sv": "Organ", "en": "Body"}},
         "starts": {"from": "Start", "type": "datetime", "title": {"sv": "Start", "en": "Start"}}}  # fmt: skip


def works(edition: int) -> list[Json]:
    """Lines from W1 to W30 with two that are hostile; the second edition closes W1, moves W2 and loses W30."""
    rows = [_work(f"W{number}", number, edition) for number in range(1, 31 if edition == 1 else 30)]
    rows[0]["properties"]["impact"] = "open" if edition == 1 else "closed"
    rows[0]["properties"] |= {
        "page": "https://exempelby.example/w1?a=1&b=2",
        "more": {"lampor": 3, "delar": [{"namn": "A"}, None]},
        "visit": "M1",
    }
    rows.append(_work(HOSTILE["id"], 40, edition))
    rows[-1]["properties"] |= {"street": HOSTILE["html"], "work": HOSTILE["emoji"], "page": HOSTILE["javascript"]}
    rows.append(_work("LONG", 41, edition))
    rows[-1]["properties"] |= {"street": HOSTILE["long"], "work": HOSTILE["arabic"], "page": HOSTILE["template"]}
    # A row without what is required is rejected.
    rows.append(_work("WRONG", 42, edition))
    rows[-1]["properties"]["street"] = None
    return rows


def _work(key: str, number: int, edition: int) -> Json:
    east = 17.0 + number / 1000 + (0.0005 if edition == 2 and key == "W2" else 0)
    properties = {
        "key": key,
        "street": f"Storgatan {number}",
        "work": "Schakt",
        "impact": "closed" if number % 2 else "open",
        "width": 2.5 if number % 3 else None,
        "lit": bool(number % 2),
        "start": f"2026-05-{number % 28 + 1:02}",
        "stop": None,
        "page": None,
        "more": None,
        "visit": None,
    }
    geometry = {"type": "LineString", "coordinates": [[east, 59.4], [east + 0.001, 59.401]]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Path:
    """The project folder; its layers are loaded."""
    home = tmp_path_factory.mktemp("town")
    (home / "collections" / "models").mkdir(parents=True)
    (home / "collections" / "models" / "works-1.yml").write_text(
        yaml.safe_dump(MODEL, allow_unicode=True, sort_keys=False), "utf-8"
    )
    (home / "moten.csv").write_text(
        "Id;Organ;Start\nM1;Nämnd 1;2026-01-01T18:00\nM2;Nämnd 2;2026-02-01T18:00\n", "utf-8"
    )
    table = {**LAYER, "id": "meetings", "geometry": "none", "source": {"path": "moten.csv"}, "identity": "Id"}
    make_home(home, table, fields=TABLE, time={"start": "starts", "end": "starts"})
    fields = {name: {"from": name} for name in MODEL["fields"]}
    no_title = {"title": None, "description": None, "geometry": None}
    make_home(
        home,
        {**LAYER, "id": "works", "model": "works/1", "source": {"path": "works.geojson"}, "fields": fields, **no_title},
        publish={"licence": "CC-BY-4.0", "update": "daily", "crs": ["EPSG:3006"]},
        display={"place": "work"},
    )
    odd = {
        "title": {"sv": HOSTILE["html"] + HOSTILE["emoji"]},
        "description": {"sv": HOSTILE["arabic"] + HOSTILE["long"]},
    }
    make_home(home, {**LAYER, "id": "alone", "source": {"path": "alone.geojson"}, **odd})
    make_home(home, {**LAYER, "id": "empty", "source": {"path": "empty.geojson"}})
    write_features(home / "alone.geojson", [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [17.0, 59.4]},
         "properties": {"key": "A1", "name": "Ensam", "size": 20000}}
    ])  # fmt: skip
    for edition in (1, 2):
        write_features(home / "works.geojson", works(edition))
        assert load_layer(engine, home, "works", shrink=True, breaking=True).outcome == "published"
    for name in ("meetings", "alone"):
        assert load_layer(engine, home, name).outcome == "published"
    Publisher(engine).publish(layer("empty", {"name": "text", "size": "integer"}), [])
    finish(engine, "works", home / ".kartlagd" / "downloads", [make_downloads], lambda step, share: None)
    return home


@pytest.fixture(scope="module")
def client(town: Path, database_url: str) -> Iterator[httpx.Client]:
    """A client that asks for pages."""
    with serving(create_app(town, database_url)) as client:
        client.headers.update({"accept": "text/html", "host": client.base_url.netloc.decode()})
        yield client


def page(client: httpx.Client, path: str, language: str = "sv", **parameters: Any) -> Element:
    """A page, parsed as HTML."""
    answer = client.get(path, params=parameters or None, headers={"accept-language": language})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    return lxml.html.fromstring(answer.text)


def item_path(identifier: str, layer_id: str = "works") -> str:
    """The address of a feature."""
    return f"/collections/{layer_id}/items/{quote(identifier, safe='')}"


def text_of(element: Element) -> str:
    """What people read in an element, blanks made one."""
    return " ".join(element.text_content().split())


def by_id(document: Element, identifier: str) -> Element:
    """The element of that id."""
    return document.get_element_by_id(identifier)


def facts(element: Element) -> dict[str, str]:
    """Names and values of the lists of facts in an element."""
    return {
        text_of(pair.find("dt")): text_of(pair.find("dd")) for pair in element.iterfind(".//dl[@class='facts']/div")
    }
