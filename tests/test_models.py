"""The shared models and the sample layers, held against the standards that they name."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pyogrio
import pytest

from catalogue.files.home import Home
from catalogue.model import DataModel
from loaders.samples import AREA, make_samples

ROOT = Path(__file__).parents[1]
XSD = "{http://www.w3.org/2001/XMLSchema}"


@pytest.fixture(scope="module")
def home() -> Home:
    return Home.read(ROOT)


def values(model: DataModel, field: str) -> set[str]:
    found = model.fields[field].values
    assert found is not None
    return set(found)


def datex(standards: Path, file: str, *names: str) -> set[str]:
    root = ElementTree.parse(standards / "datex2/v3.7" / f"DATEXII_3_{file}.xsd").getroot()
    types = {kind.get("name"): kind for kind in root.iter(f"{XSD}simpleType")}
    return {str(value.get("value")) for name in names for value in types[name].iter(f"{XSD}enumeration")}


def test_the_projects_own_files_are_in_order(home: Home) -> None:
    assert [str(problem) for problem in home.problems] == []
    names = ["citizens_reports", "noise", "parking", "properties", "roadworks", "supplier_ledger"]
    assert sorted(home.layers) == names
    assert sorted(home.models) == [f"{name}/1" for name in names]


def test_everything_is_said_in_both_languages(home: Home) -> None:
    for model in home.models.values():
        texts = [model.title, model.description, *(field.title for field in model.fields.values())]
        texts += [field.description for field in model.fields.values()]
        texts += [title for field in model.fields.values() for title in (field.values or {}).values()]
        assert [text for text in texts if set(text) != {"sv", "en"}] == [], model.id
        assert set(model.keywords) == {"sv", "en"}
        assert model.standards


def test_a_layer_fills_the_enumerations_of_its_model_with_known_values(home: Home) -> None:
    for layer in home.layers.values():
        for field in layer.fields:
            if field.values and field.origin.column:
                assert field.origin.values, f"{layer.id}.{field.name}"
                assert set(field.origin.values.values()) <= set(field.values)


def test_road_works_speak_datex_and_wzdx(home: Home, standards: Path) -> None:
    model = home.models["roadworks/1"]
    works = datex(standards, "Situation", "RoadMaintenanceTypeEnum", "ConstructionWorkTypeEnum")
    assert values(model, "work_type") <= works
    schema = json.loads((standards / "wzdx/schemas/4.2/RoadEventFeature.json").read_text(encoding="utf-8"))
    impacts = set(schema["definitions"]["VehicleImpact"]["enum"])
    ours_alone = {"narrow-lanes", "footway-closed", "cycleway-closed"}
    assert values(model, "impact") - impacts == ours_alone
    assert {"all-lanes-closed", "some-lanes-closed", "all-lanes-open", "alternating-one-way"} <= values(model, "impact")
    directions = (standards / "wzdx/spec-content/enumerated-types/Direction.md").read_text(encoding="utf-8")
    assert {value for value in values(model, "direction") if f"`{value}`" not in directions} == {"both"}
    carried = {"street", "direction", "impact", "max_speed", "max_width", "max_weight", "start", "end"}
    carried |= {"verified_start", "verified_end", "responsible", "status", "updated", "case"}
    assert carried <= set(model.fields)
    assert model.time is not None and (model.time.start, model.time.end) == ("start", "end")


def test_noise_bands_are_the_directives(home: Home, standards: Path) -> None:
    model = home.models["noise/1"]
    bands = json.loads((standards / "noise/noise-bands.json").read_text(encoding="utf-8"))
    codes = {band["code"] for part in ("lden", "lden_optional", "lnight", "lnight_optional") for band in bands[part]}
    written = {indicator + band for indicator in ("Lden", "Lnight") for band in values(model, "band")}
    assert codes <= written
    assert {"Lden", "Lnight", "LAeq24h"} <= values(model, "indicator")
    for field in ("source", "indicator", "band"):
        assert model.fields[field].required
    layer = home.layer("noise").field("indicator")
    assert layer is not None and layer.origin.values == {"Lden": "Lden", "Lnight": "Lnight"}


def test_parking_maps_to_openstreetmap(home: Home, standards: Path) -> None:
    model = home.models["parking/1"]
    fields = (standards / "parking/osm-id-presets/data_fields_parking.json").read_text(encoding="utf-8")
    for kind in values(model, "parking"):
        assert f'"{kind}"' in fields, kind
    assert values(model, "parking") == {"surface", "street_side", "lane", "underground", "multi-storey", "rooftop"}
    assert {"capacity", "capacity_disabled", "fee", "tariff", "max_stay", "operator", "surface", "access"} <= set(
        model.fields
    )


def test_properties_have_the_join_keys_of_the_national_registers(home: Home, standards: Path) -> None:
    model = home.models["properties/1"]
    products = json.loads((standards / "property/lantmateriet-open-products.json").read_text(encoding="utf-8"))
    named = {field.conforms.removeprefix("Lantmäteriet ") for field in model.fields.values() if field.conforms}
    assert {"objektidentitet", "registerenhetsreferens", "etikett"} <= named
    assert {"objektidentitet", "registerenhetsreferens", "etikett"} <= set(
        products["fastighetsindelning"]["registerenhetsomradesyta"]
    )


def test_the_ledger_has_the_columns_of_the_specification(home: Home) -> None:
    """Leverantörsreskontra 1.1: 15 columns in their order, of which the first nine are mandatory."""
    columns = "kopare_id kopare verifikationsnummer leverantor leverantor_id konto_nr konto_text belopp datum".split()
    others = "forvaltning fakturanummer grund avtal kommun_id s_kod_nr".split()
    model = home.models["supplier_ledger/1"]
    assert list(model.fields) == [*columns, *others] and len(model.fields) == 15
    assert [name for name, field in model.fields.items() if field.required] == columns
    assert model.geometry == "none"


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    make_samples(folder, scale=0.1)
    return folder


@pytest.mark.parametrize("name", ["citizens_reports", "noise", "parking", "properties", "roadworks", "supplier_ledger"])
def test_the_sample_layers_fit_their_sources(home: Home, samples: Path, name: str) -> None:
    layer = home.layer(name)
    assert layer.area == tuple(AREA)
    path = samples / Path(layer.source.shown).name
    if path.suffix == ".csv":
        rows = pd.read_csv(path, sep=layer.source.delimiter, encoding="utf-8-sig", dtype=str)
    else:
        rows = pyogrio.read_dataframe(path, layer=layer.source.layer, read_geometry=False)
    bad = json.loads((samples / "manifest.json").read_text(encoding="utf-8"))["layers"][name]["bad"]
    good = rows.drop(index=[row["row"] for row in bad if row["outcome"] == "rejected"])
    identity = [] if layer.content_identity else layer.identity
    columns = {*identity, *(field.origin.column for field in layer.fields if field.origin.column)}
    assert columns <= set(rows.columns)
    assert columns | {layer.source.x, layer.source.y} >= set(rows.columns), "every column of the samples is published"
    for field in layer.fields:
        if field.origin.values and field.origin.column:
            assert set(good[field.origin.column].dropna()) <= set(field.origin.values), field.name
        if field.required and field.origin.column:
            assert good[field.origin.column].notna().all(), field.name
