"""Where the rows come from: what a layer file may say of files, services and tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.files.home import Home
from tests.catalogue.homes import LAYER, make_home, write

PLACE = "{path: samples/works.gpkg}"


def problems(home: Path, source: str) -> list[str]:
    assert PLACE in LAYER
    write(home, "collections/works.yml", LAYER.replace(PLACE, source, 1))
    return [str(problem) for problem in Home.read(home).problems]


@pytest.mark.parametrize(
    "source",
    [
        "{url: 'https://kartor.exempelby.example/a.gpkg'}",
        "{url: 'http://10.1.2.3:8080/geoserver/wfs?service=WFS', layer: gata:arbeten, page_size: 500, sort_by: nr}",
        "{url: 'https://exempelby.example/FeatureServer/0', secret: GATA_TOKEN, secret_as: 'parameter:token'}",
        "{table: gata.vägarbeten, secret: GATA_DATABASE, geometry: geom}",
        "{table: Vägarbeten 2026, secret: GATA_DATABASE, x: X, y: Y}",
    ],
)
def test_places(tmp_path: Path, source: str) -> None:
    assert problems(make_home(tmp_path), source) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{layer: a}", "source: A source has exactly one of path, url and table. For example: path: samples/"),
        ("{path: a.gpkg, url: 'https://a.example/b.gpkg'}", "source: A source has exactly one of path, url and table."),
        ("{url: 'file:///etc/passwd'}", "source.url: “file:///etc/passwd” is no web address. It begins with https://"),
        ("{url: 'https:///x'}", "is no web address."),
        ("{url: 'https://[::1/x'}", "is no web address."),
        ("{url: 'https://u:p@a.example/'}", "source.url: The address holds a name or password. Put them into an env"),
        ("{url: 'https://a.example/wfs?Token=x'}", "The address holds a secret (“Token”)."),
        ("{table: gata.vag}", "source: The address of the table's database is missing."),
        ("{table: a.b.c, secret: GATA}", "source.table: “a.b.c” does not fit here. Write a table as schema.table"),
        ("""{table: 'a"b', secret: GATA}""", "Write a table as schema.table, without quotation marks."),
        ("{table: a, secret: 'postgresql://u:p@h/d'}", "Write the name of an environment variable"),
        ("{path: a.gpkg, secret: GATA}", "source: “secret” goes with url, table alone."),
        ("{path: a.gpkg, page_size: 5}", "“page_size” goes with url alone."),
        ("{url: 'https://a.example/b.gpkg', secret_as: basic}", "“secret_as” goes with url, secret alone."),
        ("{url: 'https://a.example/b.gpkg', secret: A, secret_as: cookie}", "Write bearer, basic, header:NAME or"),
        ("{url: 'https://a.example/wfs', page_size: 0}", "“0” is too small; the least is 1."),
    ],
)
def test_mistakes(tmp_path: Path, source: str, expected: str) -> None:
    found = problems(make_home(tmp_path), source)
    assert any(expected in problem for problem in found), found


def test_a_secret_in_a_layer_file_is_not_repeated(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    for source in ("{url: 'https://u:hemligt@a.example/'}", "{url: 'https://a.example/?token=hemligt'}"):
        assert not any("hemligt" in problem for problem in problems(home, source))
