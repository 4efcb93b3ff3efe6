"""The data that is served: three layers, the first in three releases, and the peers' copies of two of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.place import Place, open_place
from bench.serve.mixes import LARGE, NOISE, POLYGONS
from bench.serve.peers.tables import make_tables

#: Releases of the layer: before 1 % of its features changed, after it, and after one more changed.
BEFORE, AFTER = 1, 2
#: The most features of one answer: as many as a deployment may allow, for the one streamed download.
MOST = 100_000
#: Several servers are connected at once, each with its own pools.
_SETTINGS = {"max_connections": "200"}


@dataclass(frozen=True)
class Data:
    """Where the data is: `rows` polygons, a tenth as many of 60 vertices, a thirtieth as many of 400."""

    place: Place
    url: str
    rows: int

    @property
    def noise(self) -> int:
        """How many polygons of 60 vertices."""
        return self.rows // 10

    @property
    def large(self) -> int:
        """How many polygons of 400 vertices."""
        return self.rows // 30


@contextmanager
def open_data(rows: int) -> Iterator[Data]:
    """Make the database and load it; all is gone at the end."""
    with open_place(_SETTINGS) as place:
        data = Data(place, place.database(), rows)
        (place.folder / "config" / "server.yml").write_text(f"limits: {{max_limit: {MOST}}}\n", "utf-8")
        place.add_layer(NOISE)
        place.add_layer(LARGE)
        for changed in (0.01, 0.0, 1 / rows):
            place.load(data.url, place.source("polygons.gpkg", rows, changed))
        place.load(data.url, place.source("noise.gpkg", data.noise, corners=60), layer=NOISE)
        place.load(data.url, place.source("large.gpkg", data.large, corners=400), layer=LARGE)
        make_tables(data.url, [POLYGONS, NOISE])
        yield data
