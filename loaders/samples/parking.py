"""Parking along the streets and on plots, as rows of text: the file is a CSV as a spreadsheet in Swedish saves it."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from loaders.samples.division import Geometries
from loaders.samples.editions import Flaw
from loaders.samples.names import RADIALS
from loaders.samples.town import CRS, Town, nearest_street

STREET_KINDS = ("Kantstensparkering", "Fickparkering")
PLOT_KINDS = ("Markparkering", "Parkeringshus", "Garage", "Infartsparkering")
COLUMNS = (
    "Objekt-ID",
    "Namn",
    "Gata",
    "Typ",
    "Antal platser",
    "Varav handikapp",
    "Varav laddplatser",
    "Avgift",
    "Taxa kr/tim",
    "Max tid",
    "Ägare",
    "Yta",
    "Uppdaterad",
    "Ost",
    "Nord",
)
_COUNT = 2_600


def rows(town: Town, scale: float, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """All parking places that any edition has: numbers still numbers, points in EPSG:3011."""
    count = round(_COUNT * scale * 1.03)
    on_plot = rng.uniform(size=count) < 0.3
    points = np.empty(count, dtype=object)
    points[~on_plot] = _along_streets(town, int((~on_plot).sum()), rng)
    points[on_plot] = _on_plots(town, int(on_plot.sum()), rng)
    street, house = nearest_street(points, town.streets)
    name = town.streets["name"].to_numpy()[street]
    main = town.streets["rank"].to_numpy()[street] < 3
    kind = np.where(
        on_plot,
        rng.choice(PLOT_KINDS, count, p=[0.72, 0.12, 0.1, 0.06]),
        rng.choice(STREET_KINDS, count, p=[0.8, 0.2]),
    )
    spaces = np.where(on_plot, rng.integers(8, 140, count), rng.integers(2, 24, count))
    paid = main & (rng.uniform(size=count) < 0.6)
    return gpd.GeoDataFrame(
        {
            "Objekt-ID": [f"P-{number:05d}" for number in range(1, count + 1)],
            "Namn": [f"Parkering {n} {h}" for n, h in zip(name, house, strict=True)],
            "Gata": name,
            "Typ": kind,
            "Antal platser": spaces,
            "Varav handikapp": np.where(spaces > 10, spaces // 25 + 1, 0),
            "Varav laddplatser": np.where(on_plot & (rng.uniform(size=count) < 0.3), rng.integers(2, 9, count), 0),
            "Avgift": np.where(paid, "Ja", "Nej"),
            "Taxa kr/tim": np.where(paid, rng.choice([5.0, 7.5, 10.0, 12.5, 20.0], count), np.nan),
            "Max tid": rng.choice(
                ["30 min", "1 tim", "2 tim", "4 tim", "24 tim", ""], count, p=[0.08, 0.12, 0.3, 0.1, 0.25, 0.15]
            ),
            "Ägare": np.where(
                on_plot, rng.choice(["Fastighetsenheten", "Fritidsenheten", "Gatuenheten"], count), "Gatuenheten"
            ),
            "Yta": np.where(
                kind == "Garage", "Betong", rng.choice(["Asfalt", "Grus", "Betongsten"], count, p=[0.8, 0.08, 0.12])
            ),
            "Uppdaterad": (np.datetime64("2026-09-30") - rng.integers(0, 900, count)).astype(str),
        },
        geometry=points,
        crs=CRS,
    )


def alter(places: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Places as the second edition has them: other numbers of spaces, and every third some metres off."""
    places["Antal platser"] = places["Antal platser"] + rng.integers(1, 6, len(places))
    places["Uppdaterad"] = "2026-10-20"
    points = places.geometry.to_numpy()
    points[::3] = shapely.transform(points[::3], lambda xy: xy + [2.5, -1.5])
    return places.set_geometry(gpd.GeoSeries(points, index=places.index, crs=places.crs))


def finish(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The places as they are written: everything is text, with decimal commas; the geometry stays beside it."""
    text = places.copy()
    text["Taxa kr/tim"] = ["" if np.isnan(fee) else _comma(fee) for fee in places["Taxa kr/tim"]]
    text["Ost"] = [_comma(east) for east in places.geometry.x]
    text["Nord"] = [_comma(north) for north in places.geometry.y]
    text[list(COLUMNS)] = text[list(COLUMNS)].astype(str).astype(object)
    return text


def shown(text: gpd.GeoDataFrame) -> pd.DataFrame:
    """The columns of the file, in its order."""
    return pd.DataFrame(text)[list(COLUMNS)]


FLAWS: tuple[Flaw, ...] = (
    Flaw("duplicate identity", "Objekt-ID", lambda row: row["Objekt-ID"], fresh=False),
    Flaw("identity missing", "Objekt-ID", lambda row: ""),
    Flaw("coordinate missing", "Nord", lambda row: ""),
    Flaw("text in a number", "Antal platser", lambda row: "ca 12"),
    Flaw("date does not exist", "Uppdaterad", lambda row: "2026-02-30"),
    Flaw("outside the area", "Nord", lambda row: "0,00"),
    Flaw("outside the area", "Ost", lambda row: row["Nord"]),
    Flaw("value not in the list", "Typ", lambda row: "Skogsparkering"),
)


def _comma(number: float) -> str:
    return f"{number:.2f}".replace(".", ",")


def _along_streets(town: Town, count: int, rng: np.random.Generator) -> Geometries:
    lines = town.streets.geometry[~town.streets["name"].isin(RADIALS)].to_numpy()
    length = shapely.length(lines)
    street = rng.choice(len(lines), count, p=length / length.sum())
    along = rng.uniform(0.05, 0.95, count) * length[street]
    here = shapely.get_coordinates(shapely.line_interpolate_point(lines[street], along))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines[street], along + 1.0)) - here
    aside = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1) * rng.choice([-4.5, 4.5], (count, 1))
    return np.asarray(shapely.points(here + aside))


def _on_plots(town: Town, count: int, rng: np.random.Generator) -> Geometries:
    weight = (
        town.plots["zone"]
        .map({"core": 1.0, "flats": 1.5, "industry": 1.0, "school": 3.0, "villas": 0.04, "park": 0.6})
        .to_numpy()
    )
    plot = rng.choice(len(weight), count, p=weight / weight.sum())
    inside = shapely.get_coordinates(shapely.point_on_surface(town.plots.geometry.to_numpy()[plot]))
    return np.asarray(shapely.points(inside + rng.uniform(-3.0, 3.0, (count, 2))))
