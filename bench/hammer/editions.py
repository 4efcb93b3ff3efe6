"""A layer that is published again and again, and what each of its releases holds."""

from __future__ import annotations

import json
import math
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from catalogue.files.home import Home
from loaders.gate import Accepted
from loaders.load import Options, load
from loaders.pace import Pace
from loaders.rollback import rollback

LAYER = "moving"
#: One tile of zoom 14 holds all features.
TILE = (14, 4833, 8965)
_WEST, _NORTH = TILE[2] * 360 / 2 ** TILE[0] - 180, 59.164668
_LAYER_FILE = """\
id: moving
publisher: hammer
title: Rörligt
description: Punkter som flyttas i varje utgåva.
geometry: point
source: {path: moving.geojson, crs: "EPSG:4326"}
identity: key
fields:
  key: {from: key, type: text, title: Nyckel}
  edition: {from: edition, type: integer, title: Utgåva}
retention: {releases: RELEASES}
publish: {licence: CC0-1.0}
assessment:
  personal_data: {outcome: none, by: Bench, case: "1", date: 2026-10-01}
  secrecy: {outcome: none, by: Bench, case: "1", date: 2026-10-01}
  security: {outcome: none, by: Bench, case: "1", date: 2026-10-01}
  rights: {outcome: own, by: Bench, case: "1", date: 2026-10-01}
"""
_PUBLISHER_FILE = """\
id: hammer
name: Hammer
kind: municipality
area: [16, 59, 18, 60]
contact: {name: Bench, email: bench@exempelby.se}
"""

#: What a release holds: the edition of each feature, by its id.
Content = dict[str, int]


def make_home(folder: Path, releases: int = 12) -> Path:
    """A project folder with the layer, of which so many releases can be read."""
    for path, content in (
        (f"collections/{LAYER}.yml", _LAYER_FILE.replace("RELEASES", str(releases))),
        ("config/publishers/hammer.yml", _PUBLISHER_FILE),
    ):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")
    return folder


@dataclass
class Editions:
    """Publishes releases, and knows before each is published what it holds.

    Some features change in most releases (in place, in the table that readers read), all of them in some (a new
    table); features come and go, and now and then a release is rolled back.
    """

    home: Path
    engine: Engine
    features: int = 150
    seed: int = 20261001
    expected: dict[int, Content] = field(default_factory=dict)
    #: When a release was surely current (`time.monotonic`).
    published: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Nothing is published yet."""
        self._dice = random.Random(self.seed)

    @property
    def newest(self) -> int:
        """The number of the newest release that was published; 0 before the first."""
        return max(self.published, default=0)

    def publish(self) -> int:
        """The next release; its number."""
        number = self.newest + 1
        if number > 3 and number % 7 == 0:
            target = number - self._dice.randint(2, 3)
            self.expected[number] = dict(self.expected[target])
            rollback(self.engine, LAYER, target)
        else:
            content = self._next(number)
            self.expected[number] = content
            self._write(content)
            options = Options(
                data=self.home / "private", accepted=Accepted(shrink=True), pace=Pace(processes=1), again=True
            )
            result = load(self.engine, self.home, Home.read(self.home).layer(LAYER), options, lambda step, share: None)
            if result.release != number:
                raise AssertionError(f"release {number} was to be published: {result}")
        self.published[number] = time.monotonic()
        return number

    def _next(self, number: int) -> Content:
        keys = [f"f{n}" for n in range(self.features)]
        current = self.expected.get(number - 1)
        if current is None or number % 4 == 0:
            return dict.fromkeys(self._dice.sample(keys, self.features - 5), number)
        content = dict(current)
        for key in self._dice.sample(keys, 4):
            content[key] = number
        for key in self._dice.sample(sorted(content), 2):
            del content[key]
        return content

    def _write(self, content: Content) -> None:
        features = [
            {"type": "Feature", "properties": {"key": key, "edition": edition},
             "geometry": {"type": "Point", "coordinates": place(int(key[1:]), self.features)}}
            for key, edition in content.items()
        ]  # fmt: skip
        (self.home / "moving.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def place(number: int, features: int) -> list[float]:
    """Where a feature lies: inside the tile, each at a place of its own (longitude, latitude)."""
    columns = math.isqrt(features) + 1
    step = 0.009 / columns
    return [round(_WEST + 0.001 + number % columns * step, 7), round(_NORTH - 0.001 - number // columns * step, 7)]
