"""Layers that derive: loaded from real files, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyproj import Transformer
from sqlalchemy import Engine

from catalogue.files.home import Home
from catalogue.problems import KartlagdError, Refused, WrongUse
from loaders.personal import sample
from tests.aftermath import features, find
from tests.homes import LAYER, load_layer, make_home, place, places, read_layer, write_features
from tests.loaders.conftest import home as home

NAME = LAYER["fields"]["name"]
SIZE = LAYER["fields"]["size"]
NUMBER = {"type": "number", "title": "Tal"}
TEXT = {"type": "text", "title": "Text"}


def properties(engine: Engine, key: str) -> list[Any]:
    """What a field holds, in the order of the features' ids."""
    return [feature["properties"][key] for _id, feature in sorted(features(engine).items())]


def notes(result: Any) -> str:
    return "\n".join(map(str, result.report.notes))


def wrong(home: Path) -> str:
    return "\n".join(map(str, Home.read(home).problems))


def test_rows_are_chosen_and_values_computed(home: Path, engine: Engine) -> None:
    fields = {
        "name": NAME,
        "area_ha": {"computed": "Areal_m2 / 10000", **NUMBER},
        "big": {"computed": "Areal_m2 > 20000", "type": "boolean", "title": "Stor"},
        "label": {"computed": "CONCAT(name, ' (', size, ')')", **TEXT},
        "length": {"from": "km", "from_unit": "km", "unit": "m", "type": "integer", "title": "Längd"},
    }
    make_home(home, fields=fields, where="status <> 'Utgått' AND size < 9")
    rows = places(10)
    for number, row in enumerate(rows):
        row["properties"] |= {
            "size": number, "Areal_m2": 5000.0 * number, "km": 0.29 * number,
            "status": ["Ny", "Utgått", None][number % 3],
        }  # fmt: skip
    write_features(home / "places.geojson", rows)
    result = load_layer(engine, home)
    assert set(features(engine)) == {"p0", "p3", "p6"}
    assert properties(engine, "area_ha") == [0, 1.5, 3]
    assert properties(engine, "big") == [False, False, True]
    assert properties(engine, "label") == ["Plats p0 (0)", "Plats p3 (3)", "Plats p6 (6)"]
    # 0.29 km is 290 m, not 289.99999999999994.
    assert properties(engine, "length") == [0, 870, 1740]
    assert "7 rows were left out by where, 3 of them because a value is missing" in notes(result)
    assert find(engine).rejected == 0
    assert load_layer(engine, home).outcome == "unchanged"


def test_rows_keep_their_numbers_and_division_by_zero_rejects(home: Path, engine: Engine) -> None:
    make_home(
        home, fields={"share": {"computed": "100 / size", **NUMBER}}, where="size >= 0", gate={"rejected": "50 %"}
    )
    rows = places(6)
    for number, row in enumerate(rows):
        row["properties"]["size"] = [-1, -1, 5, 0, None, 4][number]
    write_features(home / "places.geojson", rows)
    result = load_layer(engine, home)
    assert sorted(features(engine)) == ["p2", "p5"]
    assert result.report
    assert [str(reason) for reason, _count in result.report.reasons] == ["row 4, fields.share: division by zero"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"where": "statsu = 1"}, r"At character 1: the source has no column “statsu”"),
        ({"where": "nmae = 'x'"}, r"Did you mean “name”\?"),
        ({"where": "name = 'finns inte'"}, "`where` leaves none of the source's rows: name = 'finns inte'"),
        ({"fields": {"a": {"computed": "sizes + 1", **NUMBER}}}, r"fields.a.computed: .*Did you mean “size”\?"),
        ({"fields": {"a": {"from": "sizes", "from_unit": "m", "unit": "m", **NUMBER}}}, "fields.a.from: .*“size”"),
    ],
)
def test_what_does_not_fit_the_source_is_refused(
    home: Path, engine: Engine, changes: dict[str, Any], words: str
) -> None:
    make_home(home, **changes)
    write_features(home / "places.geojson", places(3))
    with pytest.raises(Refused, match=words) as refused:
        load_layer(engine, home)
    assert "Traceback" not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"where": "name = 'x"}, "where: At character 8: What begins here with ' does not end"),
        ({"where": "UPPER(name) = 'X'"}, "There is no function “upper”"),
        ({"where": "size + 1"}, "A condition should stand here"),
        ({"fields": {"a": {"computed": "size +", **NUMBER}}}, "fields.a.computed: At character 7"),
        ({"fields": {"a": {"computed": "size", "from": "size", **NUMBER}}}, "neither a column"),
        ({"fields": {"a": {"from": "size", "from_unit": "kg", "unit": "m", **NUMBER}}}, "“kg” cannot be converted to"),
        ({"fields": {"a": {"from": "size", "from_unit": "ha", "unit": "m2", **NUMBER}}}, "Did you mean “har”"),
        ({"fields": {"a": {"from": "size", "from_unit": "km", **NUMBER}}}, "no unit that the source's numbers"),
        ({"fields": {"a": {"from": "name", "from_unit": "m", "unit": "m", **TEXT}}}, "is for numbers"),
        ({"source": None}, "“source” is missing"),
        ({"sources": [{"path": "a.shp"}]}, "both “source” and “sources”"),
        (
            {"source": None, "sources": [{"path": "a.shp"}, {"path": "b.shp", "where": "x ="}]},
            "sources.1.where: At char",
        ),
        ({"source": None, "sources": [{"path": "a.shp", "crs": "EPSG:9999"}]}, "sources.0.crs"),
        ({"join": {"agare": {"source": {"path": "x.csv"}, "on": {"a": "b"}}}}, "“kind” is missing"),
        (
            {"join": {"Ägare": {"source": {"path": "x.csv"}, "on": {"a": "b"}, "kind": "optional"}}},
            "joined table's name",
        ),
        ({"hook": "/etc/passwd"}, "A hook lies in collections/hooks/"),
        ({"hook": "collections/hooks/../x.py"}, "A hook lies in collections/hooks/"),
    ],
)
def test_what_is_wrong_without_the_source_is_found_by_check(home: Path, changes: dict[str, Any], words: str) -> None:
    make_home(home, **changes)
    assert words in wrong(home)


def test_the_checksum_of_other_layers_stays(home: Path) -> None:
    definition = read_layer(home)
    assert "derivation" not in definition.model_dump_json(exclude={"derivation"})
    assert '"computed"' not in definition.model_dump_json()
    other = read_layer(make_home(home, where="size > 0"))
    assert other.checksum() != definition.checksum()
    assert type(other).model_validate_json(other.model_dump_json()) == other


def owners(home: Path, rows: list[str]) -> None:
    (home / "agare.csv").write_text("\n".join(["BETECKNING;ÄGARE", *rows]) + "\n", "utf-8")


def joined(kind: str, **more: Any) -> dict[str, Any]:
    return {"agare": {"source": {"path": "agare.csv"}, "on": {"name": "BETECKNING"}, "kind": kind, **more}}


def test_columns_of_a_second_table(home: Path, engine: Engine) -> None:
    fields = {"name": NAME, "owner": {"from": "agare.ÄGARE", **TEXT}}
    make_home(home, fields=fields, join=joined("optional"), where="\"agare.Ägare\" IS NULL OR agare.ÄGARE <> 'Hemlig'")
    write_features(home / "places.geojson", places(4))
    owners(home, ["Plats p0;Kommunen", " Plats p1 ;Hemlig", "Plats p9;Ingen"])
    result = load_layer(engine, home)
    assert sorted(features(engine)) == ["p0", "p2", "p3"]
    assert properties(engine, "owner") == ["Kommunen", None, None]
    assert "2 rows have no match in agare.csv (agare)" in notes(result)
    # The table is part of what the release is made of.
    owners(home, ["Plats p0;Regionen"])
    assert load_layer(engine, home, shrink=True).outcome == "published"
    assert properties(engine, "owner")[0] == "Regionen"


def test_a_required_match_that_is_missing_rejects_the_row(home: Path, engine: Engine) -> None:
    make_home(home, join=joined("required"), gate={"rejected": "50 %"})
    write_features(home / "places.geojson", places(4))
    owners(home, [f"Plats p{number};x" for number in (0, 1, 3)])
    result = load_layer(engine, home)
    assert sorted(features(engine)) == ["p0", "p1", "p3"]
    assert result.report
    assert "row 3, column “name”: “Plats p2” is not in agare.csv (agare)" in str(result.report.reasons[0][0])


@pytest.mark.parametrize(
    ("rows", "join", "words"),
    [
        (["Plats p0;x", "Plats p0;y"], joined("optional"), "1 keys stand in several rows of agare.csv: Plats p0"),
        (["Plats p0;x"], joined("optional", on={"name": "BETECKNIN"}), "Did you mean “BETECKNING”"),
        (["Plats p0;x"], joined("optional", on={"nam": "BETECKNING"}), "Did you mean “name”"),
        (["Plats p0;x;z"], joined("optional"), "agare.csv: row 1: it has 3 columns"),
        (None, joined("optional"), "agare.csv does not exist"),
        (["Plats p0;x"], joined("optional") | joined("required", on={"b.x": "BETECKNING"}), "has no column “b.x”"),
    ],
)
def test_what_cannot_be_joined(
    home: Path, engine: Engine, rows: list[str] | None, join: dict[str, Any], words: str
) -> None:
    make_home(home, join=join, fields={"name": NAME, "owner": {"from": "agare.ÄGARE", **TEXT}})
    write_features(home / "places.geojson", places(4))
    if rows is not None:
        owners(home, rows)
    with pytest.raises(KartlagdError) as refused:
        load_layer(engine, home)
    assert words in str(refused.value)


def test_several_sources_make_one_layer(home: Path, engine: Engine) -> None:
    to_zone = Transformer.from_crs("OGC:CRS84", "EPSG:3011", always_xy=True)
    sources = [
        {"path": "places.geojson", "where": "size = 1"},
        {"path": "south.csv", "crs": "EPSG:3011", "x": "E", "y": "N", "encoding": "latin-1",
         "columns": {"key": "Nr", "name": "Benämning", "size": None}},
    ]  # fmt: skip
    make_home(home, source=None, sources=sources, gate={"identity_errors": "50 %", "rejected": "50 %"})
    write_features(home / "places.geojson", [*places(2), place("p2", 17.1, 59.31, size=2)])
    lines = [f"s{n};Söder {n};{east};{north}" for n in (1, 2) for east, north in [to_zone.transform(17.2, 59.3)]]
    repeated = "p1;Dubbel;{};{}".format(*to_zone.transform(17.2, 59.3))
    (home / "south.csv").write_text("\n".join(["Nr;Benämning;E;N", *lines, repeated]), "latin-1")
    result = load_layer(engine, home)
    found = features(engine)
    assert sorted(found) == ["p0", "p1", "s1", "s2"]
    assert found["s1"]["properties"] == {"name": "Söder 1", "size": None}
    assert found["s1"]["geometry"]["coordinates"] == pytest.approx([17.2, 59.3], abs=1e-7)
    assert "Rows 3 to 5 are those of south.csv" in notes(result)
    assert "1 rows were left out by sources.0.where" in notes(result)
    assert result.report and "“p1” stands in an earlier row too" in str(result.report.reasons[0][0])
    assert load_layer(engine, home).outcome == "unchanged"


def test_a_source_without_a_column_is_named(home: Path, engine: Engine) -> None:
    sources = [{"path": "places.geojson"}, {"path": "south.csv", "x": "E", "y": "N", "crs": "EPSG:4326"}]
    make_home(home, source=None, sources=sources)
    write_features(home / "places.geojson", places(2))
    (home / "south.csv").write_text("key;nmae;size;E;N\ns1;Söder;1;17.2;59.3\n", "utf-8")
    with pytest.raises(Refused, match="south.csv has no column “name”. Did you mean “nmae”"):
        load_layer(engine, home)
    with pytest.raises(WrongUse, match="several sources"):
        load_layer(engine, home, source=home / "places.geojson")


def hook(home: Path, text: str, mode: int = 0o644) -> None:
    folder = home / "collections" / "hooks"
    folder.mkdir(mode=0o755, exist_ok=True)
    (folder / "street.py").write_text(text, "utf-8")
    (folder / "street.py").chmod(mode)
    fields = {"name": NAME, "street": {"from": "street", **TEXT}}
    make_home(home, fields=fields, hook="collections/hooks/street.py", gate={"rejected": "50 %"})


GOOD_HOOK = """
COLUMNS = {"street": "text"}
READS = ["name"]


def derive(rows):
    names = rows["name"].to_pylist()
    return {"street": [name.upper() for name in names], "_error": [None, "no street", *[None] * (len(names) - 2)]}
"""


def test_a_hook_makes_columns(home: Path, engine: Engine) -> None:
    hook(home, GOOD_HOOK)
    write_features(home / "places.geojson", places(3))
    result = load_layer(engine, home)
    assert properties(engine, "street") == ["PLATS P0", "PLATS P2"]
    assert result.report and str(result.report.reasons[0][0]) == "row 2: no street"
    assert load_layer(engine, home).outcome == "unchanged"
    hook(home, GOOD_HOOK.replace("upper", "lower"))
    assert load_layer(engine, home).outcome == "published"
    assert properties(engine, "street") == ["plats p0", "plats p2"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def derive(rows)\n    pass", "street.py, line 1: SyntaxError"),
        ("import nosuchmodule", "street.py, line 1: ModuleNotFoundError"),
        (GOOD_HOOK.replace("name.upper()", "name.uper()"), "street.py, line 8: AttributeError: 'str' object has no"),
        (GOOD_HOOK.replace('"text"', '"txt"'), "“txt” (street) is no type"),
        (GOOD_HOOK.replace("COLUMNS", "COLUMN"), "does not say what columns it makes"),
        (GOOD_HOOK.replace("derive", "derived"), "has no function derive(rows)"),
        (GOOD_HOOK.replace('["name"]', '["nmae"]'), "Did you mean “name”"),
        ('COLUMNS = {"street": "text"}\n\ndef derive(rows):\n    return None', "returned no dictionary"),
        ('COLUMNS = {"street": "text"}\n\ndef derive(rows):\n    return {}', "returned no column “street”"),
        ('COLUMNS = {"street": "text"}\n\ndef derive(rows):\n    return {"street": ["a"]}', "1 values for 3 rows"),
        (
            'COLUMNS = {"street": "date"}\n\ndef derive(rows):\n    return {"street": ["a"] * 3}',
            "no value of type date",
        ),
        ("import sys\nsys.exit()", "street.py, line 2: SystemExit"),
    ],
)
def test_a_hook_that_fails_is_told_in_one_message(home: Path, engine: Engine, text: str, words: str) -> None:
    hook(home, text)
    write_features(home / "places.geojson", places(3))
    with pytest.raises(KartlagdError) as refused:
        load_layer(engine, home)
    assert words in str(refused.value)
    assert "Traceback" not in str(refused.value)


def test_only_the_owner_may_write_a_hook(home: Path, engine: Engine) -> None:
    hook(home, GOOD_HOOK, 0o664)
    write_features(home / "places.geojson", places(3))
    with pytest.raises(WrongUse, match="chmod go-w collections/hooks/street.py"):
        load_layer(engine, home)
    (home / "elsewhere.py").write_text(GOOD_HOOK, "utf-8")
    (home / "collections" / "hooks" / "street.py").unlink()
    (home / "collections" / "hooks" / "street.py").symlink_to(home / "elsewhere.py")
    with pytest.raises(WrongUse, match="leads out of collections/hooks"):
        load_layer(engine, home)


def test_samples_are_drawn_of_what_is_derived(home: Path) -> None:
    fields = {"text": {"computed": "CONCAT(name, '!')", "free_text": True, **TEXT}}
    make_home(home, fields=fields, where="size > 1")
    write_features(home / "places.geojson", [*places(3), *(place(f"q{n}", 17.0, 59.3, size=2) for n in range(4))])
    drawn = sample.draw(home, home / "private", read_layer(home), 10, "0a1b2c3d")
    assert (drawn.rows, drawn.of) == (4, 4)
    assert "Plats q3!" in drawn.file.read_text("utf-8-sig")
