"""Road works: stretches of the town's streets with periods around the reference date."""

from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from loaders.samples.division import Geometries, Numbers
from loaders.samples.editions import Flaw, Row
from loaders.samples.town import CRS, Town

REFERENCE_DATE = date(2026, 10, 1)
DIRECTIONS = ("Båda", "Norrgående", "Södergående", "Östergående", "Västergående")
IMPACTS = (
    "Ingen påverkan",
    "Begränsad framkomlighet",
    "Körfält avstängt",
    "Växelvis trafik",
    "Gångbana avstängd",
    "Cykelbana avstängd",
    "Avstängd",
)
STATUSES = ("Planerat", "Pågående", "Avslutat", "Inställt")
RESPONSIBLE = {
    "Schakt": "Gatuenheten",
    "Beläggning": "Gatuenheten",
    "Vatten och avlopp": "VA-enheten",
    "Fjärrvärme": "Ledningssamordningen",
    "El och fiber": "Ledningssamordningen",
    "Belysning": "Gatuenheten",
    "Bro och tunnel": "Gatuenheten",
    "Trädvård": "Parkenheten",
    "Byggetablering": "Exploateringsenheten",
    "Evenemang": "Kulturenheten",
}
"""Kind of work -> the function that answers for it."""

_COUNT = 2_400
_POINTS = np.linspace(0.0, 1.0, 12)


def rows(town: Town, scale: float, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """All road works that any edition has, in EPSG:3011."""
    count = round(_COUNT * scale * 1.03)
    streets = town.streets
    lines = streets.geometry.to_numpy()
    length = shapely.length(lines)
    weight = length * np.array([0.0, 2.5, 1.8, 1.0])[streets["rank"].to_numpy()]
    street = rng.choice(len(lines), count, p=weight / weight.sum())
    size = np.minimum(rng.lognormal(4.0, 0.6, count), length[street] * 0.8) / length[street]
    start = rng.uniform(0.0, 1.0 - size)
    geometry = _stretch(lines[street], start, start + size)
    geometry = _with_second_site(geometry, lines[street], start, size, rng)
    kind = rng.choice(list(RESPONSIBLE), count, p=[0.2, 0.14, 0.16, 0.1, 0.12, 0.06, 0.03, 0.07, 0.08, 0.04])
    impact = rng.choice(IMPACTS, count, p=[0.12, 0.34, 0.18, 0.14, 0.1, 0.06, 0.06])
    name = streets["name"].to_numpy()[street]
    closed = impact == "Avstängd"
    limit = pd.array(rng.choice([30, 40, 50], count, p=[0.6, 0.25, 0.15]), dtype="Int32")
    limit[closed | (rng.uniform(size=count) < 0.4)] = pd.NA
    heavy = (kind == "Bro och tunnel") | (rng.uniform(size=count) < 0.03)
    frame = {
        "ARENDE_NR": "",
        "GATA": name,
        "RIKTNING": _directions(geometry, impact, rng),
        "PAVERKAN": impact,
        "TYP": kind,
        "HASTIGHET": limit,
        "BREDD_M": np.where(np.isin(impact, IMPACTS[1:4]), rng.integers(25, 61, count) / 10.0, np.nan),
        "VIKT_TON": np.where(heavy, rng.choice([3.5, 12.0, 18.0, 24.0], count), np.nan),
        **_periods(count, rng),
        "ANSVARIG": [RESPONSIBLE[each] for each in kind],
        "BESKRIVN": [f"{k} på {n}. {i}." for k, n, i in zip(kind, name, impact, strict=True)],
    }
    works = gpd.GeoDataFrame(frame, geometry=geometry, crs=CRS)
    works["ARENDE_NR"] = [f"TA-{day.year}-{number:05d}" for number, day in enumerate(works["STARTDATUM"], 1)]
    works["ANDRAD"] = _last_update(works["STARTDATUM"], rng)
    return works


def alter(works: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Road works as the second edition has them: prolonged by two weeks, every third also shorter on the map."""
    works["SLUTDATUM"] = [end + timedelta(days=14) if end else None for end in works["SLUTDATUM"]]
    works["ANDRAD"] = [
        f"2026-10-15 {hour:02d}:{minute:02d}" for hour, minute in zip(*_office_hours(len(works), rng), strict=True)
    ]
    shapes = works.geometry.to_numpy()
    single = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.LINESTRING)[::3]
    shapes[single] = _stretch(shapes[single], np.zeros(len(single)), np.full(len(single), 0.6))
    return works.set_geometry(gpd.GeoSeries(shapes, index=works.index, crs=works.crs))


def finish(works: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The works as they are written: as they are."""
    return works


FLAWS: tuple[Flaw, ...] = (
    Flaw("duplicate identity", "ARENDE_NR", lambda row: row["ARENDE_NR"], fresh=False),
    Flaw("identity missing", "ARENDE_NR"),
    Flaw("geometry missing", "geometry"),
    Flaw("date does not exist", "AVSLUTAT", lambda row: "2026-02-30"),
    Flaw("value not in the list", "STATUS", lambda row: "Vilande"),
    Flaw("outside the area", "geometry", lambda row: shapely.LineString([(0.0, 0.0), (25.0, 10.0)])),
    Flaw("ends before it starts", "SLUTDATUM", lambda row: _day_before(row)),
)


def _day_before(row: Row) -> date:
    start: date = row["STARTDATUM"]
    return start - timedelta(days=30)


def _stretch(lines: Geometries, start: Numbers, end: Numbers) -> Geometries:
    share = start[:, None] + (end - start)[:, None] * _POINTS[None, :]
    points = shapely.line_interpolate_point(lines[:, None], share, normalized=True)
    coordinates = shapely.get_coordinates(points).reshape(len(lines), len(_POINTS), 2)
    return np.asarray(shapely.simplify(shapely.linestrings(coordinates), 0.05))


def _with_second_site(
    geometry: Geometries, lines: Geometries, start: Numbers, size: Numbers, rng: np.random.Generator
) -> Geometries:
    room = start + size * 2.5 < 1.0
    chosen = np.flatnonzero(room & (rng.uniform(size=len(lines)) < 0.06))
    second = _stretch(lines[chosen], start[chosen] + size[chosen] * 1.5, start[chosen] + size[chosen] * 2.5)
    both = np.stack([geometry[chosen], second], axis=1).ravel()
    geometry = geometry.copy()
    geometry[chosen] = shapely.multilinestrings(both, indices=np.repeat(np.arange(len(chosen)), 2))
    return geometry


def _directions(geometry: Geometries, impact: NDArray[np.str_], rng: np.random.Generator) -> NDArray[np.object_]:
    first = shapely.get_coordinates(shapely.get_point(shapely.get_geometry(geometry, 0), 0))
    last = shapely.get_coordinates(shapely.get_point(shapely.get_geometry(geometry, 0), -1))
    east, north = (last - first).T
    heading = np.where(np.abs(north) > np.abs(east), np.where(north > 0, 1, 2), np.where(east > 0, 3, 4))
    both = (rng.uniform(size=len(geometry)) < 0.55) | ~np.isin(impact, ("Körfält avstängt", "Begränsad framkomlighet"))
    return np.array(DIRECTIONS, dtype=object)[np.where(both, 0, heading)]


def _periods(count: int, rng: np.random.Generator) -> dict[str, list[object]]:
    offset = np.clip(rng.normal(-60.0, 170.0, count), -900, 270).astype(int)
    days = np.clip(rng.lognormal(3.0, 1.1, count), 1, 400).astype(int)
    open_ended = rng.uniform(size=count) < 0.06
    cancelled = rng.uniform(size=count) < 0.03
    verified = rng.uniform(size=(2, count)) < 0.85
    late = rng.integers(0, 4, (2, count))
    columns: dict[str, list[object]] = {
        name: [] for name in ("STARTDATUM", "SLUTDATUM", "STARTAT", "AVSLUTAT", "STATUS")
    }
    for i in range(count):
        start = REFERENCE_DATE + timedelta(days=int(offset[i]))
        end = None if open_ended[i] else start + timedelta(days=int(days[i]))
        begun = start <= REFERENCE_DATE and not cancelled[i]
        over = begun and end is not None and end < REFERENCE_DATE
        status = "Inställt" if cancelled[i] else "Avslutat" if over else "Pågående" if begun else "Planerat"
        started = min(start + timedelta(days=int(late[0, i])), REFERENCE_DATE)
        ended = end + timedelta(days=int(late[1, i])) if end else REFERENCE_DATE
        columns["STARTDATUM"].append(start)
        columns["SLUTDATUM"].append(end)
        columns["STARTAT"].append(started.isoformat() if begun and verified[0, i] else None)
        columns["AVSLUTAT"].append(min(ended, REFERENCE_DATE).isoformat() if over and verified[1, i] else None)
        columns["STATUS"].append(status)
    return columns


def _last_update(starts: pd.Series, rng: np.random.Generator) -> list[str]:
    hours, minutes = _office_hours(len(starts), rng)
    before = rng.integers(1, 40, len(starts))
    days = [min(start, REFERENCE_DATE) - timedelta(days=int(ago)) for start, ago in zip(starts, before, strict=True)]
    return [f"{day} {hour:02d}:{minute:02d}" for day, hour, minute in zip(days, hours, minutes, strict=True)]


def _office_hours(count: int, rng: np.random.Generator) -> tuple[list[int], list[int]]:
    return rng.integers(7, 17, count).tolist(), rng.choice([0, 15, 30, 45], count).tolist()
