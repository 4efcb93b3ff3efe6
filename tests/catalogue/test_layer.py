from __future__ import annotations

from pathlib import Path

from catalogue.field import proposed_name
from catalogue.files.home import Home
from catalogue.layer import Layer
from tests.catalogue.homes import LAYER, make_home, publisher, write

OTHER_COLUMNS = """\
fields:
  end: {from: till_och_med, format: "%d.%m.%Y"}
  case: {from: Diarienummer}
  width: {from: bredd}
  status: {value: active}
"""


def schema(layer: Layer) -> list[dict[str, object]]:
    return [field.model_dump(exclude={"origin"}) for field in layer.fields]


def test_two_publishers_with_different_columns_have_the_same_schema(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    publisher(home, "grannby")
    write(home, "config/server.yml", "default_publisher: exempelby\n")
    other = LAYER.replace("publisher: exempelby", "publisher: grannby").replace(
        "identity: NR", "identity: [Diarienummer]"
    )
    other = other[: other.index("fields:")] + OTHER_COLUMNS + other[other.index("publish: {") :]
    write(home, "collections/grannby/works.yml", other)

    found = Home.read(home)
    assert found.problems == []
    ours, theirs = found.layer("works"), found.layer("grannby.works")
    assert schema(ours) == schema(theirs)
    assert (ours.geometry, ours.time, ours.title) == (theirs.geometry, theirs.time, theirs.title)
    assert [field.origin.column for field in ours.fields] == ["NR", "STATUS", None, "START", None]
    assert [field.origin.column for field in theirs.fields] == ["Diarienummer", None, "bredd", None, "till_och_med"]


def test_a_layer_may_add_fields_of_its_own_after_the_models(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    own = "  depth: {from: DJUP, type: number, title: Djup, unit: m, required: true}\n  start: {from: START}\n"
    write(home, "collections/works.yml", LAYER.replace("  start: {from: START}\n", own))
    layer = Home.read(home).layer("works")
    assert [field.name for field in layer.fields] == ["case", "status", "width", "start", "end", "depth"]
    depth = layer.field("depth")
    assert depth is not None
    assert (depth.type, depth.title, depth.unit, depth.required) == ("number", {"sv": "Djup"}, "m", True)
    assert depth.origin.column == "DJUP"
    assert layer.field("absent") is None


def test_a_layer_without_a_model(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    text = LAYER.replace("model: works/1\n", "title: {sv: Brunnar, en: Wells}\ngeometry: point\ntime: {start: dug}\n")
    text = (
        text[: text.index("fields:")]
        + "fields:\n  dug: {from: AR, type: date, title: Grävd}\n"
        + text[text.index("publish: {") :]
    )
    write(home, "collections/works.yml", text)
    layer = Home.read(home).layer("works")
    assert (layer.title, layer.geometry, layer.model, layer.standards) == (
        {"sv": "Brunnar", "en": "Wells"},
        "point",
        None,
        [],
    )
    assert layer.time is not None and (layer.time.start, layer.time.end) == ("dug", None)


def test_shares_as_percent_or_number(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    write(home, "collections/works.yml", LAYER + "gate: {loss: 12.5 %, rejected: 0.125, identity_errors: '12,5%'}\n")
    gate = Home.read(home).layer("works").gate
    assert (gate.loss, gate.rejected, gate.identity_errors) == (0.125, 0.125, 0.125)


def test_the_checksum_follows_what_a_release_depends_on(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    first = Home.read(home).layer("works").checksum()
    write(home, "collections/works.yml", "# a comment\n" + LAYER)
    assert Home.read(home).layer("works").checksum() == first
    write(home, "collections/works.yml", LAYER.replace("Pågående: active", "Pågår: active"))
    assert Home.read(home).layer("works").checksum() != first


def test_a_recorded_definition_reads_back(tmp_path: Path) -> None:
    layer = Home.read(make_home(tmp_path)).layer("works")
    assert Layer.model_validate_json(layer.model_dump_json()) == layer


def test_names_proposed_for_columns() -> None:
    names = ["Typ av åtgärd", "ÄRENDE-NR", "2 plats 3", "limit", "  ", "Größe (m²)", "x" * 80]
    assert [proposed_name(name) for name in names] == [
        "typ_av_atgard",
        "arende_nr",
        "plats_3",
        "limit_value",
        None,
        "grosse_m2",
        "x" * 59,
    ]
