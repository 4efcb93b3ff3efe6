"""Noise bands around the main streets and the railway, in map sheets, as a noise calculation delivers them.

The bands are those of Directive 2002/49/EC, Annex VI: Lden from 55 to 75 dB and Lnight from 50 to 70 dB in steps of 5.
"""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from loaders.samples.division import Geometries, Indices
from loaders.samples.editions import Flaw, bow_tie, flat_polygon, polygon_at_origin, surveyed
from loaders.samples.town import CRS, Town

LOWEST = {"Lden": 55, "Lnight": 50}
_SHEET = 240.0
# Metres from the centre line to the lower limit of each band, lowest band first; quieter streets have fewer.
_REACH: dict[tuple[str, str], dict[int, tuple[float, ...]]] = {
    ("väg", "Lden"): {1: (120.0, 68.0, 36.0, 19.0, 9.0), 2: (46.0, 23.0, 11.0)},
    ("väg", "Lnight"): {1: (96.0, 52.0, 27.0, 14.0, 7.0), 2: (34.0, 16.0, 8.0)},
    ("järnväg", "Lden"): {1: (175.0, 100.0, 54.0, 28.0, 13.0)},
    ("järnväg", "Lnight"): {1: (205.0, 118.0, 64.0, 34.0, 16.0)},
}
_METHOD = {"väg": "CNOSSOS-EU", "järnväg": "Nord96"}


def rows(town: Town, scale: float, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """All noise bands that any edition has, in EPSG:3011: MultiPolygons without overlap in a source and measure."""
    ranks = town.streets["rank"].to_numpy()
    streets = town.streets.geometry.to_numpy()
    lines = {
        "väg": {rank: _segments(streets[ranks == rank]) for rank in (1, 2)},
        "järnväg": {1: _segments(np.array([town.railway], dtype=object))},
    }
    frames = [frame for (source, measure) in _REACH for frame in _bands(source, measure, lines[source])]
    bands = pd.concat(frames, ignore_index=True)
    return bands.iloc[np.argsort(bands["sheet"].to_numpy(), kind="stable")].drop(columns="sheet").reset_index(drop=True)


def alter(bands: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Bands of sheets that were calculated anew."""
    bands["BERAKNAT_AR"] = np.int32(2026)
    return bands.set_geometry(shapely.simplify(bands.geometry, 0.4))


def finish(bands: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The bands as they are written: EPSG:3006."""
    return surveyed(bands)


FLAWS: tuple[Flaw, ...] = (
    Flaw("duplicate row", None, outcome="numbered"),
    Flaw("geometry missing", "geometry"),
    Flaw("value not in the list", "MATT", lambda row: "LAeq24h"),
    Flaw("outside the area", "geometry", polygon_at_origin),
    Flaw("polygon without area", "geometry", flat_polygon),
    Flaw("polygon crosses itself", "geometry", bow_tie, "repaired"),
)


def _bands(source: str, measure: str, lines: dict[int, Geometries]) -> Iterator[gpd.GeoDataFrame]:
    reach = _REACH[source, measure]
    sheets, number, gathered = _sheets(lines, max(reach[1]))
    outer = _covered(sheets, gathered, reach, 0)
    for step in range(len(reach[1])):
        inner = _covered(sheets, gathered, reach, step + 1)
        band = shapely.difference(outer, inner)
        outer = inner
        keep = shapely.area(band) > 25.0
        low = LOWEST[measure] + 5 * step
        top = step + 1 == len(reach[1])
        yield gpd.GeoDataFrame(
            {
                "KALLA": source,
                "MATT": measure,
                "DB_LAG": np.int32(low),
                "DB_HOG": pd.array([pd.NA if top else low + 5] * int(keep.sum()), dtype="Int32"),
                "KLASS": f">={low}" if top else f"{low}-{low + 4}",
                "BERAKNAT_AR": np.int32(2022),
                "METOD": _METHOD[source],
                "sheet": number[keep],
            },
            geometry=_polygonal(band[keep]),
            crs=CRS,
        )


def _segments(lines: Geometries) -> Geometries:
    coordinates, index = shapely.get_coordinates(
        shapely.segmentize(shapely.simplify(lines, 1.0), 90.0), return_index=True
    )
    same = index[1:] == index[:-1]
    segments: Geometries = shapely.linestrings(np.stack([coordinates[:-1], coordinates[1:]], axis=1)[same])
    return segments


def _sheets(lines: dict[int, Geometries], reach: float) -> tuple[Geometries, Indices, dict[int, Geometries]]:
    """The map sheets that noise reaches, their numbers, and for each rank the lines near each sheet (or None)."""
    west, south, east, north = shapely.total_bounds(np.concatenate(list(lines.values())))
    columns = np.arange(np.floor((west - reach) / _SHEET), np.ceil((east + reach) / _SHEET))
    levels = np.arange(np.floor((south - reach) / _SHEET), np.ceil((north + reach) / _SHEET))
    x, y = (each.ravel() * _SHEET for each in np.meshgrid(columns, levels))
    sheets = shapely.box(x, y, x + _SHEET, y + _SHEET)
    gathered = {}
    for rank, segments in lines.items():
        sheet, segment = shapely.STRtree(segments).query(sheets, predicate="dwithin", distance=reach)
        order = np.lexsort((segment, sheet))
        used, index = np.unique(sheet[order], return_inverse=True)
        together = np.full(len(sheets), None, dtype=object)
        together[used] = shapely.line_merge(shapely.multilinestrings(segments[segment[order]], indices=index))
        gathered[rank] = together
    reached = np.any([~shapely.is_missing(each) for each in gathered.values()], axis=0)
    return sheets[reached], np.flatnonzero(reached), {rank: each[reached] for rank, each in gathered.items()}


def _covered(
    sheets: Geometries, gathered: dict[int, Geometries], reach: dict[int, tuple[float, ...]], step: int
) -> Geometries:
    """The part of each sheet that is at least as loud as the band's lower limit."""
    covered = np.full(len(sheets), shapely.Polygon(), dtype=object)
    for rank, distances in reach.items():
        if step < len(distances):
            near = shapely.buffer(gathered[rank], distances[step], quad_segs=5)
            near[shapely.is_missing(near)] = shapely.Polygon()
            covered = shapely.union(covered, near)
    return shapely.intersection(covered, sheets)


def _polygonal(shapes: Geometries) -> Geometries:
    parts, index = shapely.get_parts(shapes, return_index=True)
    solid = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (shapely.area(parts) > 0.5)
    multi: Geometries = shapely.multipolygons(parts[solid], indices=index[solid])
    return multi
