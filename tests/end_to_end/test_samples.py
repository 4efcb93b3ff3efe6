"""The four sample layers, from their files through the command line to answers over HTTP."""

from __future__ import annotations

from typing import Any

import fiona
import pytest

from tests.end_to_end.conftest import Town
from tests.end_to_end.matching import DEGREES, METRES, alike, comparable, pair_by_content, served_shape
from tests.end_to_end.place import everything, table
from tests.end_to_end.samples import NAMES, Edition

KEYED = [name for name in NAMES if name != "noise"]
MOMENTS = {"roadworks": ["updated"]}
#: What the generator calls a mistake, and the words in which the loader must say it.
REASONS = {
    "duplicate identity": "stands in an earlier row too",
    "identity missing": "identity|a value is required",
    "geometry missing": "no geometry",
    "coordinate missing": "no geometry",
    "date does not exist": "“2026-02-30” is no date",
    "value not in the list": "not among the known values",
    "outside the area": "outside the publisher's area",
    "ends before it starts": "end lies before the start",
    "text in a number": "“ca 12” is no whole number",
    "polygon without area": "invalid|cannot be read",
}


def as_expected(features: dict[str, Any], edition: Edition, layer: str) -> None:
    """Fails where features (in CRS84) are not those of the edition's file, one for one."""
    rows, shapes = edition.rows(layer), list(edition.shapes(layer, "OGC:CRS84").values())
    served = {
        id_: (comparable(feature["properties"], MOMENTS.get(layer, ())), served_shape(feature))
        for id_, feature in features.items()
    }
    expected = [(row.properties, geometry) for row, geometry in zip(rows, shapes, strict=True)]
    if layer == "noise":
        assert pair_by_content(list(served.values()), expected, DEGREES) == ([], [])
        return
    assert sorted(served) == sorted(str(row.identity) for row in rows)
    for row, (properties, geometry) in zip(rows, expected, strict=True):
        found = served[str(row.identity)]
        assert found[0] == properties
        assert alike(found[1], geometry, DEGREES), row.identity


@pytest.mark.parametrize("layer", NAMES)
@pytest.mark.parametrize("number", [1, 2])
def test_load_counts_as_the_generator_does(town: Town, layer: str, number: int) -> None:
    said = town.editions[number].manifest["layers"][layer]
    rejected, repaired = (sum(bad["outcome"] == what for bad in said["bad"]) for what in ("rejected", "repaired"))
    features = said["rows"] - rejected
    changes = [said["added"], said["changed"], said["removed"]] if number == 2 else [features, 0, 0]
    found = table(town.printed[number])[layer]
    assert found[:2] == ["published", str(number)]
    assert [int(cell) for cell in found[2:8]] == [features, *changes, rejected, repaired]
    assert features == len(town.editions[number].rows(layer))


@pytest.mark.parametrize("layer", NAMES)
def test_rejected_rows_are_those_that_the_generator_spoilt(town: Town, layer: str) -> None:
    files = town.place.rejected_files(layer)
    assert len(files) == 2
    for number, file in enumerate(files, start=1):
        bad = town.editions[number].rejected(layer)
        with fiona.open(file) as source:
            rows = {row.properties["row"]: dict(row.properties) for row in source}
        assert sorted(rows) == sorted(bad)
        for row, kept in rows.items():
            words = REASONS[bad[row]["reason"]].split("|")
            assert any(word in kept["reason"] for word in words), (bad[row], kept["reason"])
            column, value = bad[row]["column"], bad[row]["value"]
            if value and column not in ("geometry", "Ost", "Nord"):
                assert kept[column] == value


@pytest.mark.parametrize("layer", NAMES)
def test_every_feature_is_served_as_the_file_has_it(town: Town, layer: str) -> None:
    as_expected(everything(town.client, layer), town.editions[2], layer)


@pytest.mark.parametrize("layer", NAMES)
def test_release_1_is_still_what_its_file_said(town: Town, layer: str) -> None:
    as_expected(everything(town.client, layer, release=1), town.editions[1], layer)


@pytest.mark.parametrize("code", [3006, 3011])
@pytest.mark.parametrize("layer", NAMES)
def test_coordinates_in_swedish_systems_are_northing_first(town: Town, layer: str, code: int) -> None:
    address = f"http://www.opengis.net/def/crs/EPSG/0/{code}"
    features = everything(town.client, layer, crs=address)
    shapes = town.editions[2].shapes(layer, code)
    served = {id_: served_shape(feature, northing_first=True) for id_, feature in features.items()}
    if layer == "noise":
        expected: list[tuple[dict[str, Any], Any]] = [({}, geometry) for geometry in shapes.values()]
        assert pair_by_content([({}, geometry) for geometry in served.values()], expected, METRES) == ([], [])
        return
    assert served.keys() == shapes.keys()
    assert [id_ for id_ in served if not alike(served[id_], shapes[id_], METRES)] == []


@pytest.mark.parametrize("layer", KEYED)
def test_one_feature_by_its_identity(town: Town, layer: str) -> None:
    shapes = town.editions[2].shapes(layer, "OGC:CRS84")
    for row in town.editions[2].rows(layer)[::97]:
        assert row.identity is not None
        answer = town.client.get(f"/collections/{layer}/items/{row.identity}")
        feature = answer.json()
        assert feature["id"] == row.identity
        assert comparable(feature["properties"], MOMENTS.get(layer, ())) == row.properties
        assert alike(served_shape(feature), shapes[row.identity], DEGREES)


@pytest.mark.parametrize("layer", KEYED)
def test_diff_names_what_differs_between_the_files(town: Town, layer: str) -> None:
    before, after = ({row.identity: row for row in town.editions[number].rows(layer)} for number in (1, 2))
    differs = {
        "Added": after.keys() - before.keys(),
        "Removed": before.keys() - after.keys(),
        "Changed": {
            id_
            for id_ in before.keys() & after.keys()
            if before[id_].properties != after[id_].properties
            or not before[id_].geometry.equals_exact(after[id_].geometry, 1e-6)
        },
    }
    found = table(town.place.run("diff", layer, "1", "2", "--limit", "1"))
    shown = {kind: (int(found[kind][0]), found[kind][1].removesuffix(" …")) for kind in differs}
    for kind, identities in differs.items():
        assert shown[kind][0] == len(identities) > 0
        assert shown[kind][1] in identities


def test_rollback_and_back(town: Town) -> None:
    """Release 3 repeats 1, and 4 repeats 2, with which the tests go on."""
    roadworks = "roadworks"
    listed = table(town.place.run("releases", roadworks))
    last = max(int(number) for number in listed if number.isdigit())
    said = town.place.run("rollback", roadworks, "1")
    assert f"release {last + 1} repeats release 1" in said
    answer = town.client.get(f"/collections/{roadworks}/items")
    assert answer.headers["kartlagd-release"] == str(last + 1)
    as_expected(everything(town.client, roadworks), town.editions[1], roadworks)
    compared = table(town.place.run("diff", roadworks, "1", str(last + 1)))
    assert [compared[kind][0] for kind in ("Added", "Changed", "Removed")] == ["0"] * 3
    town.place.run("rollback", roadworks, "2")
    as_expected(everything(town.client, roadworks), town.editions[2], roadworks)
    listed = table(town.place.run("releases", roadworks))
    said_2 = town.editions[2].manifest["layers"][roadworks]
    assert [int(cell) for cell in listed["2"][2:7]] == [
        len(town.editions[2].rows(roadworks)), said_2["added"], said_2["changed"], said_2["removed"],
        len(town.editions[2].rejected(roadworks)),
    ]  # fmt: skip
    assert "(repeats 1)" in listed[str(last + 1)][-1] and "current" in listed[str(last + 2)][-1]


def test_a_second_load_of_the_same_file_publishes_nothing(town: Town) -> None:
    file = town.editions[2].folder / town.editions[2].manifest["layers"]["parking"]["file"]
    assert table(town.place.run("load", "parking", "--from", file))["parking"][:2] == ["unchanged", "2"]
