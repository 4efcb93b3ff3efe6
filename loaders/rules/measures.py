"""Staged geometries in SQL, and how large they are in metres."""

from __future__ import annotations

from dataclasses import dataclass

from pyproj import CRS

from catalogue.crs import srid


@dataclass(frozen=True)
class Measures:
    """SQL expressions of staged rows `s`: in the plane of a CRS in metres, else on the ellipsoid (WGS 84)."""

    srid: int
    plane: bool

    @classmethod
    def of(cls, crs: CRS | None) -> Measures:
        """The measures for geometries in that CRS; without one there are none to measure."""
        if crs is None:
            return cls(0, False)
        metric = crs.is_projected and all(axis.unit_conversion_factor == 1 for axis in crs.axis_info)
        return cls(srid(crs), metric)

    @property
    def shape(self) -> str:
        """The geometry as it will be published, in its own CRS and without heights."""
        return f"ST_Force2D(ST_GeomFromWKB(coalesce(s._repaired, s._wkb), {self.srid}))"

    @property
    def degrees(self) -> str:
        """The geometry in CRS84."""
        return self.in_degrees(self.shape)

    def in_degrees(self, shape: str) -> str:
        """Any geometry of the layer's CRS in CRS84."""
        return shape if self.srid == 4326 else f"ST_Transform({shape}, 4326)"

    def area(self, shape: str) -> str:
        """Square metres."""
        return f"ST_Area({shape})" if self.plane else f"ST_Area(({self.in_degrees(shape)})::geography)"

    def length(self, shape: str) -> str:
        """Metres."""
        return f"ST_Length({shape})" if self.plane else f"ST_Length(({self.in_degrees(shape)})::geography)"
