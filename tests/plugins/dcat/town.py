"""A region with two municipalities, described as after a first release: files that a test may change, no database."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from catalogue.download import Download
from catalogue.files.home import Home
from plugins.dcat.addresses import Addresses
from plugins.dcat.facts import CatalogueFacts, DatasetFacts, Measured, expected
from plugins.downloads.format import formats

ROOT = Path(__file__).parents[3]
ADDRESS = "https://geodata.exempelby.example"
FIRST, LAST = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC), datetime(2026, 9, 10, 22, 30, tzinfo=UTC)
#: A layer of the neighbour's, in a language that few portals know besides its own.
NYBY_UUID = "0a9a3f4e-0f1c-4a58-9d0b-0c7e6a2b9f11"


def write_town(folder: Path) -> Path:
    """The project's own publisher and layers, a neighbour with one layer, and the region that both belong to."""
    for name in ("collections", "config"):
        shutil.copytree(ROOT / name, folder / name)
    change(folder / "config/publishers/exempelby.yml", region="lanet")
    own = read(folder / "config/publishers/exempelby.yml")
    neighbour = own | {
        "id": "nyby",
        "name": {"sv": "Nyby kommun", "en": "Nyby municipality", "se": "Nyby gielda"},
        "languages": ["sv", "se", "nb"],
        "organisation_number": "000000-0001",
    }
    region = own | {
        "id": "lanet",
        "kind": "region",
        "name": {"sv": "Region Länet", "en": "The County Region"},
        "organisation_number": "000000-0002",
        "homepage": "https://www.lanet.example/",
    }
    del region["region"]
    for publisher in (neighbour, region):
        write(folder / f"config/publishers/{publisher['id']}.yml", publisher)
    titles = {"sv": "Parkering", "en": "Parking", "nb": "Parkering", "fi": "Pysäköinti", "se": "Parkeren"}
    layer = read(folder / "collections/parking.yml") | {"publisher": "nyby", "uuid": NYBY_UUID, "title": titles}
    write(folder / "collections/nyby/parking.yml", layer)
    return folder


def read(path: Path) -> dict[str, Any]:
    """A file's content, every scalar a text."""
    content: dict[str, Any] = yaml.load(path.read_text("utf-8"), yaml.BaseLoader)
    return content


def write(path: Path, content: dict[str, Any]) -> None:
    """Write a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")


def change(path: Path, **changes: Any) -> None:
    """Change keys of a file; None takes one out."""
    content = read(path) | changes
    write(path, {key: value for key, value in content.items() if value is not None})


def town(folder: Path, address: str = ADDRESS) -> tuple[Home, dict[str, CatalogueFacts]]:
    """The catalogues by publisher, with releases and downloads; fails where the files have mistakes."""
    home = Home.read(folder)
    assert home.errors == []
    found = expected(home, Addresses.of(home.settings, address))
    loaded = {name: replace(each, datasets=tuple(map(_loaded, each.datasets))) for name, each in found.items()}
    return home, {
        name: replace(each, parts=tuple(loaded[part.publisher.id] for part in each.parts))
        for name, each in loaded.items()
    }


def _loaded(facts: DatasetFacts) -> DatasetFacts:
    """As after the third release of a layer, with a file in every format."""
    if facts.measured is None:
        return facts
    measured = Measured(
        3, FIRST, LAST, 2_400, 7, 40, 5, 2, (17.160528, 59.375204, 17.253195, 59.422512), facts.measured.start, None,
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "http://www.opengis.net/def/crs/EPSG/0/3011"),
    )  # fmt: skip
    layer = facts.layer.id
    downloads = tuple(
        Download(layer, 3, each.ending, each.title, each.media_type, f"{layer}/{place}", 1_000_000 + place,
                 f"{place:064x}", LAST)
        for place, each in enumerate(formats())
    )  # fmt: skip
    return replace(facts, measured=measured, downloads=downloads)
