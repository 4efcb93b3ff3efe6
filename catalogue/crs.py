"""Coordinate reference systems: names, axis order, and one known transformation between any two.

Inside Kartlagd coordinates are always x before y (easting before northing, longitude before latitude), as GIS files
and PostGIS have them. The order that a CRS itself defines is used where a client names the CRS by its URI
(OGC API Features Part 2, 7.2 and 7.3).
"""

from __future__ import annotations

import math
import re
import warnings
from functools import cache, lru_cache

from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import TransformerGroup

from catalogue.language import _
from catalogue.problems import WrongUse

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
#: Decimals of written coordinates: about a centimetre in degrees, a millimetre otherwise.
DEGREE_DECIMALS = 7
METRE_DECIMALS = 3
#: Points on each edge of a box that is transformed: an edge becomes a curve.
_EDGE_POINTS = 21

Bounds = tuple[float, float, float, float]

_NAME = re.compile(
    r"""^(?:
        https?://www\.opengis\.net/def/crs/(?P<authority>EPSG|OGC)/[0-9.]+/
      | urn:ogc:def:crs:(?P<urn>EPSG|OGC):[0-9.]*:
      | \[?(?P<curie>EPSG|OGC|CRS):
    )(?P<code>[0-9]{2,6}|CRS84)\]?$""",
    re.VERBOSE | re.IGNORECASE,
)


def uri_from(name: str) -> str | None:
    """The OGC URI that `name` means: a URI, a URN or a CURIE (`EPSG:3006`, `[EPSG:3006]`); None where it is none.

    Only the form is looked at; whether the CRS exists is not.
    """
    match = _NAME.match(name.strip())
    if match is None:
        return None
    authority = (match["authority"] or match["urn"] or match["curie"]).upper()
    code = match["code"].upper()
    if authority == "EPSG":
        return f"http://www.opengis.net/def/crs/EPSG/0/{code}" if code != "CRS84" else None
    return CRS84 if code in ("CRS84", "84") else None


@cache
def crs_from(name: str) -> CRS:
    """The CRS of that name (`EPSG:3011`, an OGC URI, a safe CURIE). Raises WrongUse for a name that means none."""
    address = uri_from(name)
    if address is None:
        raise WrongUse(_("“{name}” names no coordinate reference system; write it as EPSG:3006.", name=name))
    code = "OGC:CRS84" if address == CRS84 else f"EPSG:{address.rsplit('/', 1)[1]}"
    try:
        return CRS.from_user_input(code)
    except CRSError as error:
        raise WrongUse(_("The coordinate reference system {name} does not exist.", name=code)) from error


@cache
def uri(crs: CRS) -> str:
    """The OGC URI of a CRS. Raises WrongUse for one that no registry knows."""
    known = crs.to_authority()
    address = uri_from(":".join(known)) if known else None
    if address is None:
        raise WrongUse(
            _("The coordinate reference system “{name}” has no EPSG code; state one as crs: EPSG:….", name=crs.name)
        )
    return address


@cache
def srid(crs: CRS) -> int:
    """The number by which PostGIS knows a CRS (CRS84 is 4326, since x comes first in PostGIS)."""
    address = uri(crs)
    return 4326 if address == CRS84 else int(address.rsplit("/", 1)[1])


def uri_of_srid(number: int) -> str:
    """The URI of what PostGIS stores under an SRID; 4326 is CRS84, since x comes first in PostGIS."""
    return CRS84 if number == 4326 else f"http://www.opengis.net/def/crs/EPSG/0/{number}"


@cache
def northing_first(address: str) -> bool:
    """Whether the CRS of that URI defines northing or latitude as its first axis."""
    axes = [axis.direction for axis in crs_from(address).axis_info[:2]]
    return axes[0] in ("north", "south") and axes[1] in ("east", "west")


@cache
def is_geographic(address: str) -> bool:
    """Whether coordinates of the CRS of that URI are degrees."""
    return bool(crs_from(address).is_geographic)


def decimals(address: str) -> int:
    """How many decimals coordinates in that CRS are written with."""
    return DEGREE_DECIMALS if is_geographic(address) else METRE_DECIMALS


@cache
def transformer(source: CRS, target: CRS) -> Transformer:
    """The best transformation between two CRSs, x before y on both sides; safe to share between threads.

    Raises WrongUse where the best one needs a grid that this machine does not have: the next best may be metres off.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        group = TransformerGroup(source, target, always_xy=True, allow_ballpark=False)
    if not group.transformers:
        raise WrongUse(
            _("There is no transformation from {source} to {target}.", source=source.name, target=target.name)
        )
    if not group.best_available:
        missing = [grid.short_name for operation in group.unavailable_operations for grid in operation.grids]
        raise WrongUse(
            _(
                "The best transformation from {source} to {target} needs the grid {grid}, which is missing here, "
                "and without it coordinates are metres off. Convert the source to EPSG:3006 with a tool that has it.",
                source=source.name,
                target=target.name,
                grid=missing[0] if missing else "?",
            )
        )
    return group.transformers[0]


def operation_name(source: CRS, target: CRS) -> str:
    """What the transformation is called, to be recorded with data that went through it."""
    return str(transformer(source, target).description)


@lru_cache(maxsize=4096)
def transform_bounds(bounds: Bounds, source: CRS, target: CRS) -> Bounds:
    """The box around a transformed box (min x, min y, max x, max y), its edges followed point by point.

    Slightly too large rather than too small. Raises ValueError where it lies outside what `target` can express.
    """
    if source == target:
        return bounds
    try:
        found = transformer(source, target).transform_bounds(*bounds, densify_pts=_EDGE_POINTS)
    except ProjError as error:
        raise ValueError("outside the coordinate reference system") from error
    if not all(map(math.isfinite, found)):
        raise ValueError("outside the coordinate reference system")
    west, south, east, north = found
    # Between two points the edge may bulge; a thousandth of the box is ten times that even for a country.
    margin = max(east - west, north - south) / 1000
    return west - margin, south - margin, east + margin, north + margin
