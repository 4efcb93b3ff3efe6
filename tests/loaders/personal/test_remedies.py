"""What layer files do against findings, seen in what is published."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, text

from catalogue.problems import Refused, WrongUse
from loaders.samples import people
from tests.aftermath import features, find
from tests.homes import LAYER, load_layer, make_home, place, places, read_layer, write_features

RNG = random.Random(3)
NUMBER = people.personal_number(RNG)
SPELLED = f"{NUMBER[2:8]}-{NUMBER[8:]}"
PHONE = "070-174 06 05"


def fields(**more: dict[str, Any]) -> dict[str, Any]:
    """The fields of the layer, with more keys in some and more of them."""
    known: dict[str, Any] = LAYER["fields"]
    return {name: {**known.get(name, {}), **more.get(name, {})} for name in [*known, *more]}


def text_field(column: str, **keys: Any) -> dict[str, Any]:
    return {"from": column, "type": "text", "title": column, **keys}


def published(engine: Engine, key: str, name: str) -> Any:
    return features(engine)[key]["properties"][name]


def test_only_the_kinds_that_are_named_are_replaced(home: Path, engine: Engine) -> None:
    words = f"Ring Anna Ek, {PHONE}, om {SPELLED}"
    write_features(home / "places.geojson", [*places(3), place("p9", 17.0, 59.3, name=words)])
    make_home(home, fields=fields(name={"redact": ["phone", "personal_number"]}))
    with pytest.raises(Refused, match=r"fields\.name: names of people in 1 rows"):
        load_layer(engine, home)
    make_home(home, fields=fields(name={"redact": ["phone", "personal_number", "name"]}))
    load_layer(engine, home)
    assert published(engine, "p9", "name") == "Ring [namn], [telefonnummer], om [personnummer]"
    assert published(engine, "p1", "name") == "Plats p1"


def test_a_sole_trader_goes_without_the_name_too(home: Path, engine: Engine) -> None:
    suppliers = [("s1", "556012-5790", "Grus och sand AB"), ("s2", SPELLED, "Ekens trädgård")]
    rows = [place(key, 17.0, 59.3, org=org, supplier=supplier) for key, org, supplier in suppliers]
    write_features(home / "places.geojson", rows)
    org = text_field("org", redact="personal_number", redact_also=["supplier", "size"])
    make_home(home, fields=fields(org=org, supplier=text_field("supplier")))
    load_layer(engine, home)
    found = features(engine)
    assert found["s1"]["properties"] == {
        "name": "Plats s1", "size": 1, "org": "556012-5790", "supplier": "Grus och sand AB"
    }  # fmt: skip
    assert found["s2"]["properties"] == {
        "name": "Plats s2", "size": None, "org": "[personnummer]", "supplier": "[borttaget]"
    }  # fmt: skip


def test_objects_are_searched_and_stay_objects(home: Path, engine: Engine) -> None:
    contact = {"who": "Anna Ek", "tel": [f"växel\n{PHONE}", {"also": int(NUMBER)}], "open": True}
    write_features(home / "places.geojson", [*places(3, contact=None), place("p9", 17.0, 59.3, contact=contact)])
    own = {"from": "contact", "type": "object", "title": "Kontakt"}
    make_home(home, fields=fields(contact=own))
    with pytest.raises(Refused) as refused:
        load_layer(engine, home)
    said = str(refused.value)
    for kind in ("telephone numbers", "personal identity numbers", "names of people"):
        assert f"fields.contact: {kind} in 1 rows (rows 4)" in said
    make_home(home, fields=fields(contact={**own, "redact": ["phone", "personal_number", "name"]}))
    load_layer(engine, home)
    assert published(engine, "p9", "contact") == {
        "who": "[namn]", "tel": ["växel\n[telefonnummer]", {"also": "[personnummer]"}], "open": True
    }  # fmt: skip


def test_whole_numbers_can_be_personal_numbers(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", [*places(3, size=4711), place("p9", 17.0, 59.3, size=int(NUMBER))])
    with pytest.raises(Refused, match=r"fields\.size: personal identity numbers in 1 rows \(rows 4\)"):
        load_layer(engine, home)
    make_home(home, fields=fields(size={"drop": "personal_number"}))
    load_layer(engine, home)
    assert sorted(features(engine)) == ["p0", "p1", "p2"]


def test_why_a_row_is_rejected_is_told_without_the_number(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", [*places(30), place("p9x", 17.0, 59.3, size=f"se {SPELLED}")])
    result = load_layer(engine, home)
    assert result.report
    ((reason, count),) = result.report.reasons
    assert count == 1 and "[personnummer]" in str(reason) and SPELLED not in json.dumps(result.report.to_json())


def test_what_is_replaced_disappears_from_old_releases_too(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", [*places(5), place("p9", 17.0, 59.3, name=f"Ring {PHONE}")])
    covered = {**LAYER["assessment"]["personal_data"], "covers": {"name": ["phone"]}}
    make_home(home, assessment={**LAYER["assessment"], "personal_data": covered})
    load_layer(engine, home)
    make_home(home, fields=fields(name={"redact": "phone"}))
    assert load_layer(engine, home).release == 2
    assert published(engine, "p9", "name") == "Ring [telefonnummer]"
    old = features(engine, number=1)
    assert old["p9"]["properties"] == {"name": None, "size": 1} and len(old) == 6
    with engine.connect() as connection:
        tables = connection.scalars(text("SELECT table_name FROM kartlagd.generation WHERE state = 'published'")).all()
        for table in tables:
            assert not connection.scalar(
                text(f"SELECT count(*) FROM published.\"{table}\" t WHERE t::text LIKE '%174 06%'")
            )


def test_points_move_to_the_middle_of_their_cell(home: Path, engine: Engine) -> None:
    there = [(674_032.4, 6_580_822.1), (674_099.0, 6_580_801.0), (674_100.0, 6_580_900.0)]
    rows = [
        {**place(f"p{n}", *point), "geometry": {"type": "Point", "coordinates": point}} for n, point in enumerate(there)
    ]
    write_features(home / "places.geojson", rows)
    source = {"path": "places.geojson", "crs": "EPSG:3006"}
    make_home(home, source=source, protect={"precision": 100}, gate={"area": "none"})
    with pytest.raises(Refused, match=r"protect: coordinates finer than promised in 2 rows \(rows 1, 2\)"):
        load_layer(engine, home)
    make_home(home, source=source, protect={"coarsen": 100}, gate={"area": "none"})
    load_layer(engine, home)
    table = find(engine).table_name
    with engine.connect() as connection:
        found = connection.execute(
            text(f'SELECT _id, ST_X(_native), ST_Y(_native) FROM published."{table}" ORDER BY _id')
        ).all()
    assert [tuple(row) for row in found] == [
        ("p0", 674_050.0, 6_580_850.0), ("p1", 674_050.0, 6_580_850.0), ("p2", 674_150.0, 6_580_950.0)
    ]  # fmt: skip


def test_degrees_are_coarsened_in_metres(home: Path, engine: Engine) -> None:
    rows = [place(f"p{n}", 17.0 + n * 1e-5, 59.3 + n * 1e-5) for n in range(20)]
    write_features(home / "places.geojson", rows)
    make_home(home, protect={"coarsen": 500})
    load_layer(engine, home)
    with engine.connect() as connection:
        found = connection.execute(
            text(
                f"SELECT DISTINCT ST_X(p), ST_Y(p) FROM (SELECT ST_Transform(_native, 3006) p "
                f'FROM published."{find(engine).table_name}") t'
            )
        ).all()
    for x, y in found:
        assert x % 500 == pytest.approx(250, abs=0.01) and y % 500 == pytest.approx(250, abs=0.01)


def test_fields_with_coordinates_are_as_coarse_as_the_points(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", [place("p0", 17.0, 59.3, latitud=59.329, note="vid 59.3293, 18.0686")])
    own = {"from": "latitud", "type": "number", "title": "Latitud"}
    make_home(home, fields=fields(lat=own, note=text_field("note")), protect={"coarsen": 1000})
    with pytest.raises(Refused) as refused:
        load_layer(engine, home)
    for field in ("lat", "note"):
        assert f"fields.{field}: coordinates finer than promised in 1 rows" in str(refused.value)


def write_reports(home: Path) -> None:
    """Seven reports in one cell, three in the next, of two kinds."""
    there = [(674_100 + n, 6_580_100, "lampa" if n < 5 else "hål") for n in range(7)]
    there += [(674_600 + n, 6_580_100, "lampa") for n in range(3)]
    rows = [{**place(f"r{n}", x, y, kind=kind), "geometry": {"type": "Point", "coordinates": [x, y]}}
            for n, (x, y, kind) in enumerate(there)]  # fmt: skip
    write_features(home / "places.geojson", rows)


def counted(home: Path, geometry: str, **aggregate: Any) -> None:
    kinds = {"kind": text_field("kind")} if "by" in aggregate else {}
    number = {"value": 0, "type": "integer", "title": "Antal"}
    make_home(
        home, source={"path": "places.geojson", "crs": "EPSG:3006"}, geometry=geometry, gate={"area": "none"},
        fields={**kinds, "number": number}, protect={"aggregate": {"cell": 500, "count": "number", **aggregate}},
    )  # fmt: skip


def test_cells_are_published_where_enough_rows_lie_in_them(home: Path, engine: Engine) -> None:
    write_reports(home)
    counted(home, "polygon")
    result = load_layer(engine, home)
    (cell,) = features(engine).values()
    assert cell["properties"] == {"number": 7} and cell["geometry"]["type"] == "Polygon"
    assert list(features(engine)) == ["E674000N6580000"]
    assert result.report and "3 rows in cells with fewer than 5" in " ".join(map(str, result.report.notes))
    counted(home, "point", by=["kind"], at_least=2)
    load_layer(engine, home, breaking=True, shrink=True)
    assert {key: each["properties"] for key, each in features(engine).items()} == {
        "E674000N6580000:hål": {"kind": "hål", "number": 2},
        "E674000N6580000:lampa": {"kind": "lampa", "number": 5},
        "E674500N6580000:lampa": {"kind": "lampa", "number": 3},
    }


def test_no_field_of_single_rows_goes_with_counts(home: Path) -> None:
    write_reports(home)
    counted(home, "polygon")
    file = home / "collections" / "places.yml"
    content = yaml.safe_load(file.read_text())
    content["fields"]["name"] = LAYER["fields"]["name"]
    file.write_text(yaml.safe_dump(content))
    with pytest.raises(WrongUse, match="“name” of single rows cannot be published"):
        read_layer(home)


def test_rows_near_protected_places_are_left_out(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", [place(f"p{n}", 17.0 + n / 1000, 59.3) for n in range(10)])
    write_features(home / "protected.geojson", [place("x", 17.0035, 59.3)])
    # A thousandth of a degree is 57 m here.
    make_home(home, protect={"mask": {"path": "protected.geojson", "distance": 100}})
    result = load_layer(engine, home, shrink=True)
    assert sorted(features(engine)) == ["p0", "p1", "p6", "p7", "p8", "p9"]
    assert result.report and "4 rows meet protected places" in " ".join(map(str, result.report.notes))
    # Another mask makes another release, though the source is the same.
    write_features(home / "protected.geojson", [place("x", 17.0095, 59.3)])
    assert load_layer(engine, home, shrink=True).release == 2
    assert sorted(features(engine)) == [f"p{n}" for n in range(8)]


def test_a_register_of_protected_objects(home: Path, engine: Engine) -> None:
    write_features(home / "places.geojson", places(5))
    (home / "protected.csv").write_text("BETECKNING;SKAL\n plats P3 ;skyddade personuppgifter\n", "utf-8")
    make_home(home, protect={"mask": [{"path": "protected.csv", "column": "beteckning", "field": "name"}]})
    load_layer(engine, home)
    assert sorted(features(engine)) == ["p0", "p1", "p2", "p4"]


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        ({"path": "empty.geojson"}, "has no shapes"),
        ({"path": "places.geojson", "column": "nyckel", "field": "name"}, "no column “nyckel”"),
    ],
)
def test_a_mask_that_cannot_be_used_stops_the_load(
    home: Path, engine: Engine, mask: dict[str, Any], words: str
) -> None:
    write_features(home / "places.geojson", places(5))
    write_features(home / "empty.geojson", [])
    make_home(home, protect={"mask": mask})
    with pytest.raises(Refused, match=words):
        load_layer(engine, home)
