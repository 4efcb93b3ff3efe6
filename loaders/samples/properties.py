"""The municipality's property stock: units that cover the blocks, with designations and register references."""

from uuid import UUID, uuid5

import geopandas as gpd
import numpy as np
import shapely

from loaders.samples.division import Geometries
from loaders.samples.editions import Flaw, bow_tie, polygon_at_origin, surveyed
from loaders.samples.town import CRS, Town

USES = {
    "core": ("Förvaltning", "Kultur", "Bostad", "Vård och omsorg"),
    "flats": ("Bostad", "Bostad", "Vård och omsorg", "Förskola", "Parkering"),
    "villas": ("Bostad", "Bostad", "Bostad", "Exploatering"),
    "industry": ("Industri", "Industri", "Teknisk anläggning", "Exploatering"),
    "school": ("Skola", "Förskola", "Idrott"),
    "park": ("Park", "Park", "Naturmark"),
}
"""Zone of the town -> what its units are used for."""
MANAGERS = {
    "Bostad": "Bostadsenheten",
    "Park": "Parkenheten",
    "Naturmark": "Parkenheten",
    "Parkering": "Gatuenheten",
    "Idrott": "Fritidsenheten",
    "Teknisk anläggning": "VA-enheten",
    "Exploatering": "Exploateringsenheten",
}
"""Use -> the function that manages it; all other uses are the Fastighetsenheten's."""
_REGISTER = UUID("6f0c1d3e-5a0b-5c55-9d0e-3f6f5b1f4a11")


def designations(town: Town) -> list[str]:
    """Each plot's designation, such as `Exempelby Gåsen 1:2`."""
    block = town.plots["block"].to_numpy()
    quarter, number = town.blocks["quarter"].to_numpy()[block], town.blocks["number"].to_numpy()[block]
    return [f"Exempelby {q} {n}:{u}" for q, n, u in zip(quarter, number, town.plots["unit"], strict=True)]


def held(town: Town) -> list[str]:
    """The designations of all units, in their order."""
    names = designations(town)
    return [names[place] for place in _kept(len(names))]


def rows(town: Town, scale: float, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """All units that any edition has, in EPSG:3011; some consist of two areas."""
    plots = town.plots
    names = np.array(designations(town), dtype=object)
    shapes, kept = _joined(plots.geometry.to_numpy())
    names, zone = names[kept], plots["zone"].to_numpy()[kept]
    choice = rng.uniform(size=len(kept))
    use = np.array([USES[z][int(c * len(USES[z]))] for z, c in zip(zone, choice, strict=True)], dtype=object)
    address = plots["street"] + " " + plots["house"].astype(str)
    bought = (np.datetime64("1955-01-01") + rng.integers(0, 26_000, len(kept))).astype(object)
    bought[rng.uniform(size=len(kept)) < 0.15] = None
    return gpd.GeoDataFrame(
        {
            "BETECKNING": names,
            "OBJEKTID": [str(uuid5(_REGISTER, f"objekt {name}")) for name in names],
            "REGENHET": [str(uuid5(_REGISTER, f"registerenhet {name}")) for name in names],
            "ANVANDNING": use,
            "AREAL_KVM": shapely.area(shapes).astype(np.int32),
            "FORVALTARE": _managers(use),
            "ADRESS": [None if z == "park" else a for z, a in zip(zone, address.iloc[kept], strict=True)],
            "TAXERAD": np.where(np.isin(use, ("Bostad", "Industri", "Exploatering")), "Ja", "Nej"),
            "FORVARVAD": bought,
        },
        geometry=shapes,
        crs=CRS,
    )


def alter(units: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Units as the second edition has them: another use, and every third with a boundary moved by a metre."""
    units["ANVANDNING"] = np.where(units["ANVANDNING"] == "Exploatering", "Bostad", "Exploatering")
    units["FORVALTARE"] = _managers(units["ANVANDNING"].to_numpy())
    shapes = units.geometry.to_numpy()
    shapes[::3] = shapely.buffer(shapes[::3], -1.0, join_style="mitre")
    units["AREAL_KVM"] = shapely.area(shapes).astype(np.int32)
    return units.set_geometry(gpd.GeoSeries(shapes, index=units.index, crs=units.crs))


def finish(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The units as they are written: EPSG:3006."""
    return surveyed(units)


FLAWS: tuple[Flaw, ...] = (
    Flaw("duplicate identity", "BETECKNING", lambda row: row["BETECKNING"], fresh=False),
    Flaw("identity missing", "BETECKNING"),
    Flaw("geometry missing", "geometry"),
    Flaw("outside the area", "geometry", polygon_at_origin),
    Flaw("value not in the list", "ANVANDNING", lambda row: "Okänd"),
    Flaw("polygon crosses itself", "geometry", bow_tie, "repaired"),
)


def _managers(use: Geometries) -> list[str]:
    return [MANAGERS.get(each, "Fastighetsenheten") for each in use]


def _joined(shapes: Geometries) -> tuple[Geometries, np.ndarray[tuple[int], np.dtype[np.intp]]]:
    """Join every 40th plot with the one two rows on; returns what is left and which plots that stands for."""
    first = _joining(len(shapes))
    shapes = shapes.copy()
    shapes[first] = shapely.union(shapes[first], shapes[first + 2])
    kept = _kept(len(shapes))
    return shapes[kept], kept


def _joining(plots: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return np.arange(40, plots - 2, 40)


def _kept(plots: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return np.setdiff1d(np.arange(plots), _joining(plots) + 2)
