"""Reports of real loads: what they say held against the source, valid and closed in itself, and nothing of the data."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine

from catalogue.problems import Refused, WrongUse
from loaders.report import write
from loaders.report.again import told_of_release
from loaders.report.facts import Facts
from loaders.report.page import page
from tests.aftermath import forget_all
from tests.homes import load_layer, make_home, place, places, read_layer, write_features

XHTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def home(tmp_path: Path, engine: Engine) -> Path:
    forget_all(engine)
    home = make_home(tmp_path, title={"sv": "Platser <b>&\"'", "en": "Places"}, gate={"identity_errors": 0.1})
    write_features(home / "places.geojson", places(50))
    return home


def valid(text: str) -> ElementTree.Element:
    """The page as XML: every element closed, every value escaped; ids unique, and nothing led to or run."""
    assert text.startswith("<!DOCTYPE html>")
    root = ElementTree.fromstring(text.partition("\n")[2])
    assert len(text.encode()) < 500_000
    names = [element.tag for element in root.iter()]
    assert not {f"{XHTML}{name}" for name in ("script", "link", "img", "iframe", "object", "form", "a")} & {*names}
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        assert not {"href", "src", "style", "onload", "onclick"} & {*element.keys()}
        for label in (element.get("aria-labelledby") or "").split():
            assert label in ids
    style = root.find(f".//{XHTML}style")
    assert style is not None and "url(" not in (style.text or "") and "@import" not in (style.text or "")
    assert names.count(f"{XHTML}h1") == names.count(f"{XHTML}main") == names.count(f"{XHTML}title") == 1
    return root


def table(root: ElementTree.Element, title: str) -> list[list[str]]:
    section = next(s for s in root.iter(f"{XHTML}section") if s.findtext(f"{XHTML}h2") == title)
    return [["".join(cell.itertext()) for cell in row] for row in section.iterfind(f".//{XHTML}tbody/{XHTML}tr")]


def test_the_report_of_a_release_says_what_came_in_and_what_changed(home: Path, engine: Engine) -> None:
    load_layer(engine, home)
    changed = [place("p0", 17.0, 59.3, name="Ny"), *places(48)[1:], place("q", 17.3, 59.4, name=None)]
    file = write_features(home / "places.geojson", [*changed, place("p1", 17.0, 59.3), place("p2", 17.0, 59.3)])
    done = load_layer(engine, home)
    path = write(done, read_layer(home), home / "rapporter", "en")
    root = valid(path.read_text("utf-8"))
    source = dict(table(root, "What came in"))
    assert source["Rows"] == "51" and source["Bytes"] == f"{file.stat().st_size:,}".replace(",", "\u202f")
    assert source["Coordinate system"].startswith("EPSG:4326") and source["Source"] == "places.geojson"
    ours = sha256(b"places.geojson\0" + sha256(file.read_bytes()).digest()).hexdigest()
    assert source["Checksum (SHA-256)"] == ours
    assert table(root, "Rows") == [["The identity “…” stands in an earlier row too.", "2", "50, 51"]]
    before_and_after = table(root, "Before and after")
    assert before_and_after[:2] == [["Release", "1", "2"], ["Features", "50", "49"]]
    assert before_and_after[2][2] == "17.0000, 59.3000, 17.3000, 59.4000"
    assert table(root, "Features without a value") == [["name", "0", "1"], ["size", "0", "0"]]
    marks = {
        kind: root.findall(f".//{SVG}path[@class='mark {kind}']")[0].get("d", "")
        for kind in ("added", "changed", "removed")
    }
    assert [marks[kind].count("M") for kind in marks] == [1, 1, 2]
    facts = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert facts["changes"] == {"added": 1, "changed": 1, "removed": 2} and Facts.model_validate(facts)
    # The same again, from what is kept with the release.
    with engine.connect() as connection:
        told = told_of_release(connection, "places", 2)
        again = valid(page(told, "en"))
        assert [again.findall(f".//{SVG}path[@class='mark {kind}']")[0].get("d") for kind in marks] == [*marks.values()]
        assert table(again, "Before and after") == before_and_after and table(again, "Rows") == table(root, "Rows")
        first = told_of_release(connection, "places", 1)
        assert first.facts.before is None and len(first.shapes) == 50
        with pytest.raises(WrongUse, match="has no release 7"):
            told_of_release(connection, "places", 7)


def test_a_refused_load_has_a_report_too_with_what_would_be_lost(home: Path, engine: Engine) -> None:
    load_layer(engine, home)
    write_features(home / "places.geojson", places(10))
    with pytest.raises(Refused) as refused:
        load_layer(engine, home)
    path = write(refused.value, read_layer(home), home / "rapporter", "sv")
    root = valid(path.read_text("utf-8"))
    assert root.get("lang") == "sv" and root.findtext(f".//{XHTML}h1") == "Platser <b>&\"'"
    verdict = root.find(f".//{XHTML}p[@class='verdict bad']")
    assert verdict is not None and verdict.text == "Stoppad: ingenting har ändrats."
    (removed,) = root.findall(f".//{SVG}path[@class='mark removed']")[:1]
    assert removed.get("d", "").count("M") == 40
    (home / "places.geojson").write_text("")
    with pytest.raises(Refused) as refused:
        load_layer(engine, home)
    valid(write(refused.value, read_layer(home), home / "rapporter", "sv").read_text("utf-8"))
    assert len({*(home / "rapporter").glob("*.html")}) == 2
    assert (home / "rapporter").stat().st_mode & 0o077 == 0


def test_nothing_of_the_data_stands_in_a_report(home: Path, engine: Engine) -> None:
    secret = "19121212-1212"
    make_home(home, fields={"size": {"from": "size", "type": "integer", "title": "Storlek"}}, gate={"rejected": 1})
    write_features(home / "places.geojson", [*places(30, name=secret), place("x", 17.0, 59.3, size="två stycken")])
    done = load_layer(engine, home)
    assert done.report and "två stycken" in str(done.report.reasons[0][0])
    path = write(done, read_layer(home), home / "rapporter", "en")
    for file in (path, path.with_suffix(".json")):
        assert "två stycken" not in file.read_text("utf-8") and "31" in file.read_text("utf-8")
    make_home(home, fields={"name": {"from": "name", "type": "text", "title": "Namn"}})
    with pytest.raises(Refused, match="personal data") as refused:
        load_layer(engine, home, breaking=True)
    path = write(refused.value, read_layer(home), home / "rapporter", "en")
    text = path.read_text("utf-8")
    assert secret not in text and table(valid(text), "Personal data")[0][:4] == [
        "name", "personal identity numbers", "stops the release", "30",
    ]  # fmt: skip
    assert not re.search("<svg", text)
