"""In which CRS a source's coordinates are: what the file says, held against where the publisher is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from catalogue.crs import Bounds, crs_from, transformer
from catalogue.language import Message, _
from catalogue.problems import WrongUse
from catalogue.publisher import Publisher
from loaders.fitting_crs import CANDIDATES, fitting_crs
from loaders.inspect import Inspection

_SWEDEN: Bounds = (10.5, 55.0, 24.5, 69.5)


@dataclass(frozen=True)
class CrsGuess:
    """`write` is what the layer file must say (None: the file itself says it); `remark` is for the person who decides.

    `swap` says that the columns of x and y must change places.
    """

    write: str | None
    remark: Message | None = None
    swap: bool = False


def guess_crs(inspection: Inspection, publisher: Publisher, wanted: str | None) -> CrsGuess:
    """Raises WrongUse where nobody can know: then a person must say it."""
    west, south, east, north = publisher.area
    area = (west, south, east, north)
    file = inspection.source.info.shown
    if wanted is not None:
        crs_from(wanted)
        return CrsGuess(wanted)
    said = inspection.source.info.crs
    code = said.to_epsg() if said is not None else None
    candidates = CANDIDATES if code is None or code in CANDIDATES else (code, *CANDIDATES)
    fitting = fitting_crs(inspection.points, area, candidates) if len(inspection.points) else []
    straight = [number for number, swapped in fitting if not swapped]
    if said is not None and code is not None and _plausible(said, inspection):
        # Zones look alike: a neighbour's would often fit too. What the file says stands unless it cannot be.
        better = straight[0] if straight and not _inside(inspection.points, said, _wider(area)) else None
        remark = better and _(
            "the file says EPSG:{code}, which puts the features outside the area; EPSG:{better} would fit.",
            code=code,
            better=better,
        )
        return CrsGuess(None if _in_file(inspection) else f"EPSG:{code}", remark or None)
    if straight:
        others = ", ".join(f"EPSG:{number}" for number in straight[1:4])
        if said is not None:
            remark = _("the file says {said}, but EPSG:{code} puts it into the area.", said=said.name, code=straight[0])
        elif others:
            remark = _("guessed from the coordinates; {others} would fit as well.", others=others)
        else:
            remark = _("guessed from the coordinates, since it alone puts them into the area.")
        return CrsGuess(f"EPSG:{straight[0]}", remark)
    turned = inspection.points[:, ::-1]
    swapped = fitting[0][0] if fitting else None
    if swapped is None and said is not None and code is not None and _inside(turned, said, _use(said)):
        swapped = code
    if swapped is not None:
        if "x" in inspection.source.info.found:
            return CrsGuess(f"EPSG:{swapped}", _("x and y have changed places, so that they fit."), swap=True)
        raise WrongUse(
            _(
                "{file}: the two axes are swapped: EPSG:{code} would fit with easting before northing. "
                "Export it again in that order.",
                file=file,
                code=swapped,
            )
        )
    if code is None and len(inspection.points) and np.mean((np.abs(inspection.points) <= (180, 90)).all(axis=1)) > 0.5:
        return CrsGuess("EPSG:4326", _("guessed, since the coordinates look like degrees."))
    national = crs_from("EPSG:3006")
    if len(inspection.points) and _inside(inspection.points, national, _SWEDEN):
        return CrsGuess("EPSG:3006", _("guessed, since it puts the features into Sweden."))
    if said is not None and code is None:
        raise WrongUse(
            _(
                "{file}: the file says “{said}”, but with numbers of its own, for which there is no EPSG code. "
                "Convert it to EPSG:3006 first.",
                file=file,
                said=said.name,
            )
        )
    raise WrongUse(
        _(
            "{file}: the coordinate reference system is not known, and none that is usual here puts the features into "
            "the area of {publisher}. Say it: --crs EPSG:3006",
            file=file,
            publisher=publisher.id,
        )
    )


def _in_file(inspection: Inspection) -> bool:
    # Where columns hold the coordinates the CRS is a guess from their names, which should be seen in the layer file.
    return not inspection.source.info.shape_columns


def _plausible(said: CRS, inspection: Inspection) -> bool:
    """Whether most features lie near where the CRS is meant to be used: metres under a .prj of degrees do not.

    Near, since a town goes on with its zone beyond the zone's edge.
    """
    return not len(inspection.points) or _inside(inspection.points, said, _wider(_use(said)))


def _use(crs: CRS) -> Bounds:
    use = crs.area_of_use
    return (-180.0, -90.0, 180.0, 90.0) if use is None else use.bounds


def _wider(area: Bounds) -> Bounds:
    """The area with half its size around it: features cross borders, and the gate sees it so too."""
    west, south, east, north = area
    across, along = (east - west) / 2, (north - south) / 2
    return max(west - across, -180), max(south - along, -90), min(east + across, 180), min(north + along, 90)


def _inside(points: npt.NDArray[np.float64], crs: CRS, area: Bounds) -> bool:
    """Whether most of the points lie in an area (CRS84)."""
    if not len(points):
        return False
    west, south, east, north = area
    longitude, latitude = transformer(crs, crs_from("OGC:CRS84")).transform(points[:, 0], points[:, 1])
    inside = (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)
    return bool(inside.mean() > 0.5)
