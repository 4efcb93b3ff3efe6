"""Which CRS would put coordinates where they belong: how swapped axes and a wrong CRS are recognised."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer

from catalogue.language import Message, _

#: What Swedish municipalities hand in: GPS degrees, SWEREF 99 TM and its zones, RT 90, web maps.
CANDIDATES = (4326, 3006, *range(3007, 3019), *range(3019, 3025), 3857)

Bounds = tuple[float, float, float, float]


def fitting_crs(
    points: npt.NDArray[np.float64], area: Bounds, candidates: tuple[int, ...] = CANDIDATES
) -> list[tuple[int, bool]]:
    """The EPSG codes that put most of the `points` (n × 2, as read) inside `area` (CRS84), the best first.

    The flag says that the two axes must be swapped first.
    """
    found: list[tuple[float, int, bool]] = []
    west, south, east, north = area
    for swapped in (False, True):
        x, y = (points[:, 1], points[:, 0]) if swapped else (points[:, 0], points[:, 1])
        for code in candidates:
            longitude, latitude = _to_degrees(code, x, y)
            inside = (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)
            if (share := float(np.mean(inside))) > 0.5:
                found.append((share, code, swapped))
    found.sort(key=lambda candidate: (-candidate[0], candidate[2]))
    return [(code, swapped) for _share, code, swapped in found]


def suggestion(points: npt.NDArray[np.float64], area: Bounds, stated: int) -> Message | None:
    """What to write in the layer file so that the points fall into the area; None where nothing is known to fit."""
    fitting = [(code, swapped) for code, swapped in fitting_crs(points, area) if (code, swapped) != (stated, False)]
    if not fitting:
        return None
    code, swapped = fitting[0]
    if not swapped:
        return _("EPSG:{code} would fit: write crs: EPSG:{code} under source.", code=code)
    return _(
        "The two axes are swapped: EPSG:{code} would fit with easting before northing. Export it again in that order "
        "(in a CSV, exchange source.x and source.y).",
        code=code,
    )


def _to_degrees(
    code: int, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        transformer = Transformer.from_crs(CRS.from_epsg(code), CRS.from_epsg(4326), always_xy=True)
        longitude, latitude = transformer.transform(x, y, errcheck=False)
    return np.nan_to_num(longitude, nan=1e9, posinf=1e9), np.nan_to_num(latitude, nan=1e9, posinf=1e9)
