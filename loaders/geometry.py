"""What can be wrong with a row's geometry before PostGIS sees it, checked a batch at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import shapely
from pyproj import CRS

from catalogue.crs import Bounds, srid, transform_bounds
from catalogue.field import NO_GEOMETRY, GeometryKind
from catalogue.generation import NO_SHAPE
from catalogue.language import Message, _
from catalogue.layer import Layer
from loaders.wkb import shapes_from

#: shapely's type numbers of each kind, and the PostGIS type that holds single and multiple parts alike.
_TYPES = {
    0: ("point", "Point"), 1: ("line", "LineString"), 2: ("line", "LineString"), 3: ("polygon", "Polygon"),
    4: ("point", "MultiPoint"), 5: ("line", "MultiLineString"), 6: ("polygon", "MultiPolygon"),
    7: ("any", "GeometryCollection"),
}  # fmt: skip
#: A feature may cross the municipality's border: it is outside when it leaves the box by half its size.
_MARGIN = 0.5
_SAMPLE = 1000
#: The column that a check adds to a staged batch.
REPAIRED = pa.field("_repaired", pa.binary())

Rows = npt.NDArray[np.bool_]


class GeometryCheck:
    """Finds rows whose geometry cannot be published and learns what kinds of geometry there are.

    `layer`'s area limits where features may lie; with `gate.area: none` the area in which the CRS is defined does.
    """

    def __init__(self, layer: Layer, crs: CRS) -> None:
        """`crs` is that of the source's coordinates, easting first."""
        self.kind: GeometryKind = layer.geometry
        self.crs = crs
        self.types: Counter[str] = Counter()
        self.with_height = 0
        self.repaired = 0
        self.outside = 0
        self.outside_points: list[npt.NDArray[np.float64]] = []
        self.limits_publisher = layer.gate.area == "publisher"
        self._limits = _limits(layer, crs) if layer.has_geometry else None

    def check(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with `_error` set where a row's geometry cannot be published, and `_repaired` where it was mended.

        `_repaired` (WKB or null) stands beside `_wkb`, which stays as the source had it.
        """
        if self.kind == NO_GEOMETRY:
            return batch.append_column(REPAIRED, pa.nulls(batch.num_rows, REPAIRED.type))
        wkb = batch.column("_wkb")
        raw = wkb.to_numpy(zero_copy_only=False)
        shapes = shapes_from(raw)
        missing = shapely.is_missing(shapes)
        bounds = shapely.bounds(shapes)
        types = shapely.get_type_id(shapes)
        null = wkb.is_null().to_numpy(zero_copy_only=False)
        empty = ~missing & shapely.is_empty(shapes)
        valid = shapely.is_valid(shapes)
        # A coordinate that is no number makes a geometry invalid: only those need to be looked at one by one.
        finite = valid | _all_finite(np.where(valid, None, shapes))
        fitting = np.isin(types, [number for number, (kind, _name) in _TYPES.items() if self._fits(kind)])
        placed = ~missing & ~empty & finite & fitting
        outside = placed & self._outside(bounds)
        broken = placed & ~outside & ~valid
        mended = _mend(shapes, broken, self.kind)
        hopeless = broken & shapely.is_missing(mended)
        reasons: list[tuple[Rows, Callable[[int], Message]]] = [
            (null, lambda row: _("The row has no geometry.")),
            (missing & ~null, lambda row: _("The geometry cannot be read: a curve, an open ring or too few points.")),
            (empty, lambda row: _("The geometry is empty.")),
            (~missing & ~empty & ~finite, lambda row: _("A coordinate is no number (NaN or infinite).")),
            (
                ~missing & ~empty & finite & ~fitting,
                lambda row: _(
                    "A {found} in a layer of geometry “{kind}”.", found=_TYPES[int(types[row])][1], kind=self.kind
                ),
            ),
            (outside, lambda row: self._outside_reason(bounds[row])),
            (
                hopeless,
                lambda row: _(
                    "The geometry is invalid ({reason}) and nothing of it is left when it is repaired.",
                    reason=shapely.is_valid_reason(shapes[row]),
                ),
            ),
        ]
        repaired = np.where(broken & ~hopeless, mended, None)
        published = np.where(broken, mended, shapes)
        self._learn(published, bounds, placed & ~outside & ~hopeless, outside)
        self.repaired += int(np.count_nonzero(broken & ~hopeless))
        problems = [(int(row), reason(int(row))) for rows, reason in reasons for row in np.flatnonzero(rows)]
        return _with_errors(batch, problems).append_column(REPAIRED, pa.array(shapely.to_wkb(repaired), REPAIRED.type))

    def column_type(self) -> str:
        """The PostGIS type of the column that takes every geometry seen so far."""
        if self.kind == NO_GEOMETRY:
            return NO_SHAPE
        names = set(self.types)
        if len(names) == 1 and self.kind != "any":
            return names.pop()
        if not names:
            return {"point": "Point", "line": "LineString", "polygon": "Polygon", "any": "Geometry"}[self.kind]
        bases = {name.removeprefix("Multi") for name in names}
        if len(names) == 1:
            return names.pop()
        return f"Multi{bases.pop()}" if len(bases) == 1 else "Geometry"

    def sample_outside(self) -> npt.NDArray[np.float64]:
        """Centres (n × 2, in the source's coordinates) of some of the features that lie outside."""
        return np.concatenate(self.outside_points)[:_SAMPLE] if self.outside_points else np.empty((0, 2))

    def _fits(self, kind: str) -> bool:
        return self.kind == "any" or kind == self.kind

    def _outside(self, bounds: npt.NDArray[np.float64]) -> Rows:
        if self._limits is None:
            return np.zeros(len(bounds), dtype=bool)
        west, south, east, north = self._limits
        with np.errstate(invalid="ignore"):
            return ~(
                (bounds[:, 0] >= west) & (bounds[:, 1] >= south) & (bounds[:, 2] <= east) & (bounds[:, 3] <= north)
            )

    def _outside_reason(self, bounds: npt.NDArray[np.float64]) -> Message:
        x, y = (round(float(value), 3) for value in bounds[:2] / 2 + bounds[2:] / 2)
        if self.limits_publisher:
            return _("The feature at {x}, {y} lies outside the publisher's area.", x=x, y=y)
        return _("The feature at {x}, {y} lies where EPSG:{code} is not defined.", x=x, y=y, code=srid(self.crs))

    def _learn(self, shapes: Any, bounds: Any, kept: Rows, outside: Rows) -> None:
        for number, count in zip(*np.unique(shapely.get_type_id(shapes[kept]), return_counts=True), strict=True):
            self.types[_TYPES[int(number)][1]] += int(count)
        self.with_height += int(np.count_nonzero(shapely.has_z(shapes) & kept))
        self.outside += int(np.count_nonzero(outside))
        if outside.any() and sum(map(len, self.outside_points)) < _SAMPLE:
            self.outside_points.append(bounds[outside, :2] / 2 + bounds[outside, 2:] / 2)


def _mend(shapes: Any, broken: Rows, kind: GeometryKind) -> Any:
    """Valid geometries of the layer's kind in place of broken ones; None for all others and where nothing is left."""
    mended = np.full(len(shapes), None, dtype=object)
    for row in np.flatnonzero(broken):
        valid = shapely.make_valid(shapes[row], method="structure", keep_collapsed=False)
        parts = [part for part in shapely.get_parts(valid) if kind in ("any", _TYPES[shapely.get_type_id(part)][0])]
        single = len(parts) == 1 and not shapely.get_type_id(shapes[row]) >= 4
        if parts and not all(part.is_empty for part in parts):
            mended[row] = parts[0] if single else _gather(parts)
    return mended


def _gather(parts: list[Any]) -> Any:
    kinds = {int(shapely.get_type_id(part)) for part in parts}
    if kinds == {0}:
        return shapely.multipoints(parts)
    if kinds == {1}:
        return shapely.multilinestrings(parts)
    return shapely.multipolygons(parts) if kinds == {3} else shapely.geometrycollections(parts)


def _with_errors(batch: pa.RecordBatch, problems: list[tuple[int, Message]]) -> pa.RecordBatch:
    """The batch with `_error` set for those rows that have none yet."""
    if not problems:
        return batch
    errors = batch.column("_error").to_pylist()
    for row, reason in problems:
        errors[row] = errors[row] or orjson.dumps(reason.to_json()).decode()
    index = batch.schema.get_field_index("_error")
    return batch.set_column(index, batch.schema.field(index), pa.array(errors, batch.schema.field(index).type))


def _all_finite(shapes: Any) -> Rows:
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    finite = np.ones(len(shapes), dtype=bool)
    finite[owner[~np.isfinite(coordinates).all(axis=1)]] = False
    return finite


def _limits(layer: Layer, crs: CRS) -> Bounds | None:
    """The box, in the source's CRS, that every feature must lie in."""
    degrees = CRS.from_epsg(4326)
    if layer.gate.area == "publisher":
        west, south, east, north = layer.area
        wide, high = (east - west) * _MARGIN, (north - south) * _MARGIN
        box = (max(west - wide, -180), max(south - high, -90), min(east + wide, 180), min(north + high, 90))
        return transform_bounds(box, degrees, crs) if srid(crs) != 4326 else box
    if crs.is_geographic:
        return (-180.0, -90.0, 180.0, 90.0)
    use = crs.area_of_use
    if use is None or use.west >= use.east:
        return None
    # Zones are used beyond their edges; what is kilometres beyond is a mistake that the transformation would fail on.
    wide, high = (use.east - use.west) * 2, (use.north - use.south) * 0.5
    box = (max(use.west - wide, -180), max(use.south - high, -85), min(use.east + wide, 180), min(use.north + high, 85))
    try:
        return transform_bounds(box, degrees, crs)
    except ValueError:
        return None
