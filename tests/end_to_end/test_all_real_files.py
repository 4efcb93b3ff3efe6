"""Every real file at hand: `kartlagd new` writes a layer file that loads as it is, or says in words why not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from catalogue.problems import KartlagdError
from loaders.proposal import Request, new_layer
from tests.end_to_end.assessed import assess
from tests.end_to_end.place import Place, table

KINDS = (".shp", ".zip", ".gpkg", ".geojson", ".json", ".csv", ".gml", ".xml", ".kml", ".parquet", ".xlsx")
#: Files that are refused, by name, and the words that say why.
NO_GEOJSON = "is JSON, but no GeoJSON"
NO_CRS = "the coordinate reference system is not known"
OWN_CRS = "but with numbers of its own"
NO_GML = ", but no GML"
SHEETS = "has several sheets"
REFUSED = {
    "bubenec.gpkg": "has several layers: buildings (144 × Polygon), plots (407 × Polygon), streets (35 × LineString)",
    "cdot_icone_incidents_raw.xml": NO_GML,
    "cdot_navjoy_568_raw.json": NO_GEOJSON,
    "cdot_wzdx_planned_events.json": NO_GEOJSON,
    "Chicago77.shp": NO_CRS,
    "de_aachen-static.xml": NO_GML,
    "de_heidelberg_easypark.geojson": NO_CRS,
    "de_herrenberg.json": NO_GEOJSON,
    "de_neckarsulm_bike.csv": NO_CRS,
    "de_stuttgart-static.xml": NO_GML,
    "de_vrs_p_r.xlsx": NO_CRS,
    "fi_datex2_2019-11-26.xml": NO_GML,
    "fi_datex2_d2Message_ROAD_WORK.xml": NO_GML,
    "fi_datex2_roadworks_GUID50013753.xml": NO_GML,
    "fi_datex2_waze_Roadwork.xml": NO_GML,
    "fi_ims_invalid_multilinestring.xml": NO_GML,
    "fi_ims_multiple_messages.xml": NO_GML,
    "fi_ims_null_geometry.xml": NO_GML,
    "karlsruhe_oparl_meetings_400.json": NO_GEOJSON,
    "karlsruhe_tagesordnungspunkte_recent.xml": NO_GML,
    "lambeth_cycle_stands.csv": NO_CRS,
    "lambeth_schools.csv": NO_CRS,
    "mariestad_1493.csv": "it has 44 columns, the header has 42",
    "nobil_goteborg_probe.json": NO_GEOJSON,
    "oparl_Body-01.json": NO_GEOJSON,
    "oparl_Meeting-01.json": NO_GEOJSON,
    "sambruk_livsmedel_spec_v2.xlsx": SHEETS,
    "signet_aktuell.shp": OWN_CRS,
    "signet_aktuell.shp.xml": NO_GML,
    "Stadtteil.shp": OWN_CRS,
    "trafikverket_situation_response.json": NO_GEOJSON,
    "turku_bicycle_stands.gml": NO_CRS,
    "turku_charging_test.csv": NO_CRS,
    "turku_laddstationer.csv": NO_CRS,
    "turku_parkkihallit.csv": NO_CRS,
    "uba_201401_DENW053_NO2_1SMW.json": NO_GEOJSON,
    "VerkehrNachricht.shp": OWN_CRS,
    "VerkehrNachricht.shp.xml": NO_GML,
}


def real_files(folder: Path) -> list[Path]:
    themes = [each for each in folder.iterdir() if each.is_dir() and each.name not in ("torture", "osm")]
    return sorted(file for theme in themes for file in theme.rglob("*") if file.suffix in KINDS)


@pytest.mark.timeout(600)
@pytest.mark.bench
def test_every_file_is_published_or_refused_in_words(
    tmp_path: Path, new_database: Callable[[], AbstractContextManager[str]], shared_data: Path
) -> None:
    refused: dict[str, str] = {}
    rows: dict[str, int] = {}
    with new_database() as url:
        place = Place.make(tmp_path / "home", url)
        for layer in (place.home / "collections").glob("*.yml"):
            layer.unlink()
        for number, file in enumerate(real_files(shared_data)):
            try:
                written = new_layer(place.home, Request(file, id=f"layer_{number}"))
            except KartlagdError as error:
                refused[file.name] = str(error)
            else:
                rows[written.layer.id] = written.rehearsal.rows
                assess(written.path)
        loaded = table(place.run("load", "--all"))
    assert refused.keys() == REFUSED.keys()
    assert [name for name, words in REFUSED.items() if words not in refused[name]] == []
    assert len(rows) > 35
    counts = {name: int(loaded[name][2]) + int(loaded[name][6]) for name in rows}
    assert counts == rows
    assert {loaded[name][0] for name in rows} == {"published"}


@pytest.mark.parametrize(
    ("name", "crs"),
    [
        ("parking/lambeth_cycle_stands.csv", "EPSG:27700"),
        ("property/chicago77/Chicago77.shp", "EPSG:3435"),
    ],
)
def test_a_transformation_that_would_be_metres_off_is_refused(
    tmp_path: Path, shared_data: Path, name: str, crs: str
) -> None:
    place = Place.make(tmp_path / "home", "postgresql://nowhere.invalid/none")
    with pytest.raises(KartlagdError, match="needs the grid"):
        new_layer(place.home, Request(shared_data / name, crs=crs))
