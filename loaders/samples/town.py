"""The fictional municipality Exempelby: streets, blocks, plots and buildings that every sample is made from.

Geometry is in EPSG:3011 (SWEREF 99 18 00), metres. The same scale and seed give the same town.
"""

from dataclasses import dataclass
from functools import lru_cache

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from loaders.samples.division import Geometries, Indices, Numbers, divide
from loaders.samples.names import MAIN_STREETS, QUARTERS, RADIALS, RING, street_names

AREA = (16.70, 59.15, 17.75, 59.65)
"""The municipality's extent in CRS84 (west, south, east, north); it holds the town up to scale 100."""
CRS = "EPSG:3011"
CENTRE = (105_100.0, 6_587_400.0)
_RADIUS = 1_750.0
_QUARTER_BLOCKS = 9


@dataclass(frozen=True)
class Town:
    """One town.

    Attributes:
        streets: name, rank (1 main, 2 collector, 3 local), LineString.
        railway: LineString.
        blocks: quarter, number, zone (core, flats, villas, industry, school, park), Polygon.
        plots: block (row of blocks), unit, zone, street, house (number), Polygon; they cover the blocks.
        buildings: plot (row of plots), zone, Polygon.
    """

    streets: gpd.GeoDataFrame
    railway: shapely.LineString
    blocks: gpd.GeoDataFrame
    plots: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame


@lru_cache(maxsize=1)
def build_town(scale: float, seed: int) -> Town:
    """Build the town: area, streets and plots grow with the scale, their sizes do not."""
    rng = np.random.default_rng([seed, 1])
    radius = _RADIUS * np.sqrt(scale)
    outline, ring = _blob(radius, rng), _blob(radius * 0.52, rng)
    railway = _wavy(np.array([-1.58, -0.30]) * radius, np.array([1.58, -0.52]) * radius, 0.05, rng)
    angles = np.arange(7) * 2 * np.pi / 7 + rng.uniform(-0.2, 0.2, 7) + 0.3
    radials = [
        _wavy(
            np.array([np.cos(a), np.sin(a)]) * radius * 0.3,
            np.array([np.cos(a + 0.1), np.sin(a + 0.1)]) * radius * 1.6,
            0.04,
            rng,
        )
        for a in angles
    ]
    outward = shapely.difference(np.array(radials, dtype=object), shapely.Polygon(ring.coords))
    lines = shapely.union_all([outline, ring, railway, *outward])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    faces = faces[shapely.contains_properly(shapely.Polygon(outline.coords).buffer(1.0), faces)]

    def block_size(centres: Numbers, origin: Indices) -> Numbers:
        distance: Numbers = np.hypot(*(centres - CENTRE).T) / radius
        return 9_000.0 + 15_000.0 * np.clip(distance - 0.15, 0.0, 1.0)

    division = divide(faces, block_size, rng, bend=0.05, jitter=0.09)
    streets = _streets(division.seams, division.weight, ring, outward, rng)
    blocks = _blocks(division.parts, railway, radius, rng)
    plots = _plots(blocks, streets, rng)
    return Town(streets, railway, blocks, plots, _buildings(plots, blocks, rng))


def nearest_street(points: Geometries, streets: gpd.GeoDataFrame) -> tuple[Indices, NDArray[np.int64]]:
    """For each point the row of the nearest street and the house number there (odd on one side, even on the other)."""
    lines = streets.geometry.to_numpy()
    nearest = shapely.STRtree(lines).nearest(points)
    along = shapely.line_locate_point(lines[nearest], points)
    here = shapely.get_coordinates(shapely.line_interpolate_point(lines[nearest], along))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines[nearest], along + 1.0))
    aside = shapely.get_coordinates(points) - here
    forward = ahead - here
    left = forward[:, 0] * aside[:, 1] - forward[:, 1] * aside[:, 0] > 0
    return nearest, (along / 14.0).astype(np.int64) * 2 + np.where(left, 1, 2)


def _blob(radius: float, rng: np.random.Generator) -> shapely.LinearRing:
    angle = np.linspace(0.0, 2 * np.pi, 120, endpoint=False)
    swing = sum(0.16 / k * np.sin(k * angle + rng.uniform(0.0, 2 * np.pi)) for k in (2, 3, 5))
    reach = radius * (1.0 + swing)
    return shapely.LinearRing(np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1) + CENTRE)


def _wavy(start: Numbers, end: Numbers, swing: float, rng: np.random.Generator) -> shapely.LineString:
    t = np.linspace(0.0, 1.0, 80)
    line = end - start
    normal = np.array([-line[1], line[0]])
    aside = swing * (np.sin(t * np.pi * 2 + rng.uniform(0, 6)) + 0.4 * np.sin(t * np.pi * 5 + rng.uniform(0, 6)))
    return shapely.LineString(CENTRE + start + t[:, None] * line + aside[:, None] * normal)


def _streets(
    seams: Geometries, weight: Numbers, ring: shapely.LinearRing, radials: Geometries, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    rank = np.where(weight > 450_000.0, 1, np.where(weight > 80_000.0, 2, 3))
    order = np.argsort(-weight, kind="stable")
    seams, rank = seams[order], rank[order]
    names = np.concatenate([np.array(MAIN_STREETS, dtype=object), street_names(len(seams), rng)])[: len(seams)]
    quarters = np.array_split(np.asarray(ring.coords)[:-1], len(RING))
    arcs = [
        shapely.LineString([*quarter, following[0]])
        for quarter, following in zip(quarters, quarters[1:] + quarters[:1], strict=True)
    ]
    roads, index = shapely.get_parts(radials, return_index=True)
    return gpd.GeoDataFrame(
        {
            "name": [*RING, *np.resize(np.array(RADIALS, dtype=object), len(radials))[index], *names],
            "rank": np.concatenate([np.ones(len(arcs) + len(roads), dtype=np.int64), rank]),
        },
        geometry=np.concatenate([np.array(arcs, dtype=object), roads, seams]),
        crs=CRS,
    )


def _blocks(
    faces: Geometries, railway: shapely.LineString, radius: float, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    free = shapely.difference(shapely.buffer(faces, -7.0, join_style="mitre"), railway.buffer(16.0))
    shapes = shapely.get_parts(free)
    shapes = shapes[shapely.area(shapes) > 900.0]
    centres = shapely.centroid(shapes)
    distance = np.hypot(*(shapely.get_coordinates(centres) - CENTRE).T) / radius
    chance = rng.uniform(size=len(shapes))
    zone = np.select(
        [
            chance < 0.06,
            chance < 0.09,
            (shapely.distance(centres, railway) < 260.0) & (distance > 0.45),
            distance < 0.26,
            (distance < 0.5) | (chance > 0.93),
        ],
        ["park", "school", "industry", "core", "flats"],
        "villas",
    ).astype(object)
    quarter = np.arange(len(shapes)) // _QUARTER_BLOCKS
    lap = quarter // len(QUARTERS)
    return gpd.GeoDataFrame(
        {
            "quarter": np.array(QUARTERS, dtype=object)[quarter % len(QUARTERS)],
            "number": lap * _QUARTER_BLOCKS + np.arange(len(shapes)) % _QUARTER_BLOCKS + 1,
            "zone": zone,
        },
        geometry=shapes,
        crs=CRS,
    )


def _plots(blocks: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    largest = (
        blocks["zone"]
        .map(
            {
                "core": 1_700.0,
                "flats": 3_600.0,
                "villas": 1_500.0,
                "industry": 7_000.0,
                "school": np.inf,
                "park": np.inf,
            }
        )
        .to_numpy()
    )
    cut = divide(blocks.geometry.to_numpy(), lambda centres, origin: largest[origin], rng, jitter=0.03)
    first = np.searchsorted(cut.origin, cut.origin)
    street, house = nearest_street(shapely.centroid(cut.parts), streets)
    return gpd.GeoDataFrame(
        {
            "block": cut.origin,
            "unit": np.arange(len(cut.parts)) - first + 1,
            "zone": blocks["zone"].to_numpy()[cut.origin],
            "street": streets["name"].to_numpy()[street],
            "house": house,
        },
        geometry=cut.parts,
        crs=CRS,
    )


def _buildings(plots: gpd.GeoDataFrame, blocks: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    zone = plots["zone"].to_numpy()
    shapes = plots.geometry.to_numpy()
    inner = shapely.buffer(blocks.geometry.to_numpy(), -13.0, join_style="mitre")[plots["block"].to_numpy()]
    row = shapely.difference(shapely.buffer(shapes, -0.2, join_style="mitre"), inner)
    box = shapely.get_coordinates(shapely.oriented_envelope(shapes)).reshape(-1, 5, 2)
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    share = np.select([zone == "villas", zone == "industry"], [0.34, 0.6], 0.45)[:, None]
    share = share * rng.uniform(0.8, 1.2, (len(plots), 2))
    u, v = (box[:, 1] - box[:, 0]) / 2 * share[:, :1], (box[:, 2] - box[:, 1]) / 2 * share[:, 1:]
    house = shapely.polygons(np.stack([middle - u - v, middle + u - v, middle + u + v, middle - u + v], axis=1))
    shape = np.where(zone == "core", row, shapely.intersection(house, shapely.buffer(shapes, -1.0)))
    parts, plot = shapely.get_parts(shape, return_index=True)
    keep = (shapely.area(parts) > 30.0) & (zone[plot] != "park")
    return gpd.GeoDataFrame({"plot": plot[keep], "zone": zone[plot][keep]}, geometry=parts[keep], crs=CRS)
