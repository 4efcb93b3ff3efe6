"""How much of a layer tiles can show at each zoom, measured on a sample of its staged rows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, text

from catalogue.generation import Generation, quoted
from catalogue.tiles.quad import LAST_LATITUDE, pixel
from catalogue.tiles.thinning import Thinning, size
from loaders.staging import Staging

Numbers = npt.NDArray[np.float64]

#: What one tile may cost: a feature that is drawn as a dot costs 1, so many of its vertices another 1.
_MOST = 5000.0
_VERTICES = 250
#: Bytes of a tile with all properties, well below what a tile may have: the fullest tile of the sample is a guess.
_MOST_BYTES = 350_000
#: A feature of so many pixels is large: the view of the layer lives by it. Doubled until few enough are.
_LARGE_PIXELS = 4
_LARGEST_PIXELS = 4096
_SAMPLE = 5000
#: How many standard deviations the fullest of some hundred tiles lies above what it should hold.
_CHANCE = 2.5
_FEWEST_OF_SAMPLE = 128
#: Rows that a tile may read. Where it would be more, the features shown at its zoom get an index of their own.
_MOST_READ = 20_000


@dataclass(frozen=True)
class Sample:
    """Some of a layer's features: x and y in the square world (0 to 1), size in degrees, vertices, bytes.

    Each stands for `weight` features.
    """

    x: Numbers
    y: Numbers
    size: Numbers
    vertices: Numbers
    bytes: Numbers
    weight: int

    def fullest(self, values: Numbers, zoom: int) -> float:
        """The largest sum of `values` over the features of one tile."""
        if not len(values):
            return 0.0
        cells = np.floor(self.x * 2**zoom) * 2**zoom + np.floor(self.y * 2**zoom)
        _cells, place = np.unique(cells, return_inverse=True)
        sums = np.bincount(place, values)
        if self.weight > 1:
            # Of many tiles with a few of the sample each, the fullest is one that was met too often.
            sums = np.maximum(sums - _CHANCE * np.sqrt(np.bincount(place, values**2)), 0)
        return float(sums.max()) * self.weight


def measure(connection: Connection, staging: Staging, generation: Generation, rows: int, last_zoom: int) -> Thinning:
    """The thresholds for a layer of so many staged rows; at `last_zoom` every feature is shown."""
    if not generation.has_geometry:
        return Thinning()
    return thinning(sample(connection, staging, generation, rows), last_zoom)


def sample(connection: Connection, staging: Staging, generation: Generation, rows: int) -> Sample:
    """Every n-th staged row, n being odd: sources come in rows and pairs."""
    weight = min(rows // _SAMPLE + 1, _FEWEST_OF_SAMPLE) | 1
    fields = ", ".join(f"s.{quoted(name)}" for name, kind in generation.fields if kind != "object")
    shape = f"ST_GeomFromWKB(coalesce(s._repaired, s._wkb), {generation.srid})"
    degrees = shape if generation.srid == 4326 else f"ST_Transform({shape}, 4326)"
    found = connection.execute(
        text(
            "SELECT array_agg((ST_XMin(_geom) + ST_XMax(_geom)) / 2), array_agg((ST_YMin(_geom) + ST_YMax(_geom)) / 2),"
            f" array_agg({size(generation.geometry_type)}), array_agg(ST_NPoints(_geom)), array_agg(bytes) FROM ("
            f"SELECT {degrees} AS _geom, octet_length(ROW({fields})::text) AS bytes FROM {staging.rows} s "
            f"WHERE s._ord % {weight} = 0 AND NOT EXISTS (SELECT FROM {staging.rejected} r WHERE r._ord = s._ord) "
            "OFFSET 0) s "
            "WHERE NOT ST_IsEmpty(_geom)"
        )
    ).one()
    lon, lat, sizes, vertices, properties = (np.array(values or [], dtype=np.float64) for values in found)
    lat = np.radians(np.clip(lat, -LAST_LATITUDE, LAST_LATITUDE))
    bytes_ = 40 + 3 * vertices + properties + 6 * len(generation.fields)
    return Sample(
        x=np.clip((lon + 180) / 360, 0, 1 - 1e-12),
        y=(1 - np.arcsinh(np.tan(lat)) / math.pi) / 2,
        size=sizes,
        vertices=vertices,
        bytes=bytes_,
        weight=weight,
    )


def thinning(sample: Sample, last_zoom: int) -> Thinning:
    """The thresholds with which no tile of a layer like the sample costs too much."""
    sizes: list[float] = []
    halvings: list[int] = []
    largest, halving, details = 0.0, 0, last_zoom
    bands: list[int] = []
    indexed = np.ones(len(sample.x))
    for zoom in reversed(range(last_zoom + 1)):
        cost = 1 + np.where(sample.size < pixel(zoom), 0, sample.vertices / _VERTICES)
        if zoom < last_zoom and (sizes or sample.fullest(cost, zoom) > _MOST):
            largest = max(largest, _large(sample, cost, zoom))
            large = sample.size >= largest
            rest = max(_MOST - sample.fullest(cost * large, zoom), _MOST / 8)
            small = sample.fullest(cost * ~large, zoom)
            halving = max(halving, math.ceil(math.log2(max(small / rest, 1))))
            sizes.insert(0, largest)
            halvings.insert(0, halving)
            share = np.where(large, 1, 0.5**halving)
            if sample.fullest(indexed, zoom) > _MOST_READ:
                bands.append(zoom)
                indexed = share
        else:
            share = np.ones(len(sample.x))
        if details == zoom + 1 and sample.fullest(sample.bytes * share, zoom) <= _MOST_BYTES:
            details = zoom
    return Thinning(tuple(sizes), tuple(halvings), details, tuple(bands))


def _large(sample: Sample, cost: Numbers, zoom: int) -> float:
    """The size from which features are few enough to be shown all; infinite where there is none."""
    pixels = _LARGE_PIXELS
    while pixels <= _LARGEST_PIXELS:
        least = pixels * pixel(zoom)
        if sample.fullest(cost * (sample.size >= least), zoom) <= _MOST / 2:
            return least
        pixels *= 2
    return math.inf
