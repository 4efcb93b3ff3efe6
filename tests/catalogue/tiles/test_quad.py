"""The tiles of the world, against PROJ and against OGC's definition of them."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from pyproj import Transformer

from catalogue.tiles.quad import (
    BUFFER,
    LAST_LATITUDE,
    UNITS,
    ZOOMS,
    Tile,
    cell_size,
    limits,
    pixel,
    scale_denominator,
)

TO_DEGREES = Transformer.from_crs("EPSG:3857", "EPSG:4326", always_xy=True)


def test_zoom_0_is_the_world() -> None:
    assert Tile(0, 0, 0).bounds == pytest.approx((-20037508.3428, -20037508.3428, 20037508.3428, 20037508.3428))
    assert Tile(0, 0, 0).reach == pytest.approx((-180, -85.05, 180, 85.05), abs=0.5)
    assert LAST_LATITUDE == pytest.approx(85.05112877980659)


def test_a_tile_s_reach_is_its_edges_and_its_buffer_in_degrees() -> None:
    dice = random.Random(1)
    for _attempt in range(200):
        zoom = dice.randrange(2, 20)
        tile = Tile(zoom, dice.randrange(1, 2**zoom - 1), dice.randrange(1, 2**zoom - 1))
        west, south, east, north = tile.bounds
        margin = (east - west) * BUFFER / UNITS
        corners = (*TO_DEGREES.transform(west - margin, south - margin),
                   *TO_DEGREES.transform(east + margin, north + margin))  # fmt: skip
        assert tile.reach == pytest.approx(corners, abs=1e-9)
        assert tile.latitude == pytest.approx(TO_DEGREES.transform(0, (south + north) / 2)[1])


def test_the_tile_around_a_place_holds_it() -> None:
    dice = random.Random(2)
    for _attempt in range(200):
        lon, lat, zoom = dice.uniform(-180, 180), dice.uniform(-85, 85), dice.randrange(0, 22)
        found = limits((lon, lat, lon, lat), zoom)
        assert (found.first_column, found.first_row) == (found.last_column, found.last_row)
        tile = Tile(zoom, found.first_column, found.first_row)
        assert found.holds(tile)
        x, y = TO_DEGREES.transform(lon, lat, direction="INVERSE")
        west, south, east, north = tile.bounds
        assert west - 1e-6 <= x <= east + 1e-6 and south - 1e-6 <= y <= north + 1e-6


def test_limits_stay_in_the_world() -> None:
    found = limits((-180, -90, 180, 90), 3)
    assert (found.first_column, found.last_column, found.first_row, found.last_row) == (0, 7, 0, 7)
    assert not found.holds(Tile(2, 0, 0))
    assert not found.holds(Tile(3, 8, 0))


def test_the_tile_matrices_are_those_of_the_standard(standards: Path) -> None:
    stated = json.loads((standards / "ogcapi" / "tms" / "WebMercatorQuad.json").read_text())
    assert len(stated["tileMatrices"]) == len(ZOOMS)
    for zoom, matrix in enumerate(stated["tileMatrices"]):
        assert scale_denominator(zoom) == pytest.approx(matrix["scaleDenominator"], rel=1e-9)
        assert cell_size(zoom) == pytest.approx(matrix["cellSize"], rel=1e-9)
        assert matrix["matrixWidth"] == matrix["matrixHeight"] == 2**zoom
        west, _south, _east, north = Tile(zoom, 0, 0).bounds
        assert matrix["pointOfOrigin"] == pytest.approx([west, north])
    assert pixel(0) == 360 / 256
