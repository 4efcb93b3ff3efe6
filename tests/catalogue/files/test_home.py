from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.files.home import Home, find_home
from catalogue.problems import WrongUse
from tests.catalogue.homes import LAYER, MODEL, PUBLISHER, make_home, publisher, write


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make_home(tmp_path)


def problems(home: Path) -> list[str]:
    return [str(problem) for problem in Home.read(home).problems]


def test_a_home_in_order(home: Path) -> None:
    found = Home.read(home)
    assert (found.problems, found.broken) == ([], set())
    layer = found.layer("works")
    assert [field.name for field in layer.fields] == ["case", "status", "width", "start", "end"]
    assert layer.title == {"sv": "Arbeten", "en": "Works"}
    assert layer.time is not None and layer.time.end == "end"
    status = layer.field("status")
    assert status is not None and status.values == {"planned": {"sv": "Planerat"}, "active": {"sv": "Pågående"}}
    assert layer.area == (16.7, 59.1, 17.8, 59.7)
    assert found.layer_files["works"].content_identity is False


def test_every_mistake_of_a_file_is_said_at_once_with_line_key_and_remedy(home: Path) -> None:
    write(
        home,
        "collections/works.yml",
        """\
id: work
modell: x
model: works/1
publisher: exampelby
source: {path: "a\\tb.shp", encodng: latin-1, crs: EPSG:30999999, x: E, delimiter: ";;"}
identity: []
geometry: point
time: {start: status, end: slut}
fields:
  limit: {from: X, type: text, title: Gräns}
  Väg-Typ: {from: X, type: text, title: Typ}
  statuss: {from: STATUS}
  status: {from: STATUS, values: {Planerat: plannd}}
  width: {from: B, type: text}
  start: {}
  end: {value: snart, from: SLUT, format: "%d.%m.%Y"}
gate: {loss: mycket, rejected: 500 %, area: publishr}
retention: {releases: många}
publish: {licence: CC0, theme: TRANS, crs: [3006, EPSG:1234]}
assessment:
  personal_data: {outcome: none, by: GIS-enheten, case: , date: 2026-02-30}
  secrecy: nej
""",
    )
    found = problems(home)
    for line, key, message, remedy in [
        (1, "id", "The id is “work”, but the file is called works.yml.", "Call the file work.yml."),
        (2, "modell", "“modell” is not a known key here.", "Did you mean “model”?"),
        (4, "publisher", "There is no publisher “exampelby”.", "Did you mean “exempelby”?"),
        (5, "source.path", "The path holds a control character", "Use single quotation marks"),
        (5, "source.encodng", "“encodng” is not a known key here.", "Did you mean “encoding”?"),
        (5, "source.crs", "“EPSG:30999999” does not fit here.", "as EPSG:3011"),
        (5, "source.x", "The coordinates need both columns", ""),
        (5, "source.delimiter", "“;;” has not the right length", ""),
        (6, "identity", "Here stand 0 values where 1 are needed.", "For example: identity: ARENDE_NR"),
        (7, "geometry", "The model works/1 has geometries of kind line.", "Remove it here."),
        (8, "time.start", "The field “status” is of type text, not date or datetime.", ""),
        (8, "time.end", "There is no field “slut”.", ""),
        (9, "fields", "The model works/1 requires the field “case”.", "For example: case: {from: COLUMN}"),
        (10, "fields.limit", "“limit” is a request parameter", "Call it “limit_value”."),
        (11, "fields.Väg-Typ", "“Väg-Typ” does not fit here.", "such as “vag_typ”"),
        (12, "fields.statuss", "“statuss” is not a field of works/1", "Did you mean “status”?"),
        (13, "fields.status.values.Planerat", "“plannd” is not among the field's values.", "Did you mean “planned”?"),
        (14, "fields.width.type", "“type” comes from the model works/1.", "Remove it here."),
        (15, "fields.start", "The field has no source.", "Name the column"),
        (16, "fields.end", "The field has both a column (from) and a constant (value).", "Keep one of the two."),
        (17, "gate.loss", "“mycket” is not a share.", "Write 5 % or 0.05."),
        (17, "gate.rejected", "“5.0” is too large; the most is 1.0.", ""),
        (17, "gate.area", "“publishr” is not possible here.", "Did you mean “publisher”?"),
        (18, "retention.releases", "“många” is not a whole number.", ""),
        (19, "publish.licence", "“CC0” is not possible here.", "Did you mean “CC0-1.0”?"),
        (19, "publish.theme.0", "“TRANS” is not possible here.", "Did you mean “TRAN”?"),
        (19, "publish.crs.0", "“3006” does not fit here.", "Write a coordinate reference system as EPSG:3011."),
        (19, "publish.crs.1", "There is no coordinate reference system EPSG:1234 for maps.", ""),
        (20, "assessment.security", "“security” is missing.", "For example: security: {outcome: none, by: GIS-enheten"),
        (20, "assessment.rights", "“rights” is missing.", "For example: rights: {outcome: none, by: GIS-enheten"),
        (21, "assessment.personal_data.case", "“case” is empty.", "For example: case: KS 2026/114"),
        (21, "assessment.personal_data.date", "“2026-02-30” is not a date", "such as 2026-10-01"),
        (22, "assessment.secrecy", "Keys and values belong here (`key: value`), not “nej”.", "For example: secrecy:"),
    ]:
        start = f"collections/works.yml:{line}: {key}: {message}"
        assert any(text.startswith(start) and remedy in text for text in found), f"{start} … {remedy}\n" + "\n".join(
            found
        )
    assert not any(word in text for text in found for word in ("pydantic", "Input should", "str_type", "Traceback"))


@pytest.mark.parametrize(
    ("change", "to", "expected"),
    [
        ("model: works/1", "model: work/1", "model: There is no model “work/1”. Did you mean “works/1”?"),
        ("model: works/1\n", "", "title: “title” is missing; a layer without a model needs it."),
        ("model: works/1\n", "", "geometry: “geometry” is missing; a layer without a model needs it."),
        ("case: {from: NR}", "case: {from: NR}\n  own: {from: X}", "the layer's own needs type + title"),
        ("identity: NR", "identity: [content, NR]", "identity: “content” stands alone"),
        ("identity: NR", "identity: [NR, NR]", "identity: A column stands twice."),
        ("identity: NR\n", "", "“identity” is missing. For example: identity: ARENDE_NR"),
        (
            "start: {from: START}",
            "width: {value: brett}",
            "fields.width.value: “brett” does not fit the field's type, number.",
        ),
        (
            "start: {from: START}",
            "status2: {from: S, type: txt, title: S}",
            "“txt” is not possible here. Did you mean “text”?",
        ),
        (
            "start: {from: START}",
            "width: {from: B, format: '%Y'}",
            "`format` is for dates; the field is of type number.",
        ),
        (
            "{path: samples/works.gpkg}",
            "samples/works.gpkg",
            "not “samples/works.gpkg”. For example: source: {path: samples",
        ),
        (
            "{path: samples/works.gpkg}",
            "{path: x.csv, x: E, y: N, wkt: G}",
            "The geometry is either in wkt or in x and y.",
        ),
        (
            "identity: NR",
            "identity: NR\ntitle: {svenska: Arbeten}",
            "title.svenska: “svenska” does not fit here. A language",
        ),
        ("identity: NR", "identity: NR\ntitle: {sv: ''}", "title: The text is empty."),
        ("identity: NR", "identity: NR\ntitle: [a]", "Keys and values belong here"),
        ("identity: NR", "identity: NR\nkeywords: {sv: väg}", "A list belongs here (`[a, b]`), not “väg”."),
        ("identity: NR", "identity: NR\ntime: {}", "time: `time` names no field."),
        ("{licence: CC0-1.0}", "{licence: }", "publish.licence: “licence” is empty. For example: licence: CC0-1.0"),
        ("assessment:", "bedömning:", "“assessment” is missing."),
    ],
)
def test_one_mistake(home: Path, change: str, to: str, expected: str) -> None:
    assert change in LAYER
    write(home, "collections/works.yml", LAYER.replace(change, to, 1))
    assert any(expected in text for text in problems(home)), problems(home)
    assert Home.read(home).broken == {"works"}


def test_one_broken_file_stops_that_layer_alone(home: Path) -> None:
    write(home, "collections/other.yml", LAYER.replace("id: works", "id: other"))
    write(home, "collections/works.yml", "id: works\n\ttitle: x\n")
    found = Home.read(home)
    assert list(found.layers) == ["other"]
    assert found.broken == {"works"}
    with pytest.raises(WrongUse, match="works.yml:2: The line begins with a tab"):
        found.layer("works")


@pytest.mark.parametrize("word", ["DECIDE", "BESTÄM"])
def test_an_assessment_that_waits_for_a_person_blocks_releases(home: Path, word: str) -> None:
    text = (home / "collections/works.yml").read_text()
    write(home, "collections/works.yml", text.replace("by: GIS-enheten", f"by: {word}", 1))
    found = Home.read(home)
    assert [(problem.level, problem.key) for problem in found.problems] == [("blocking", "assessment.personal_data")]
    assert "works" in found.layers


def test_a_broken_model_stops_the_layers_that_use_it(home: Path) -> None:
    write(home, "collections/models/works-1.yml", MODEL.replace("geometry: line", "geometry: lines"))
    own = LAYER.replace("id: works", "id: own").replace("model: works/1", "title: Egen\ngeometry: line")
    own = own[: own.index("fields:")] + own[own.index("publish:") :]
    write(home, "collections/own.yml", own)
    found = Home.read(home)
    assert (list(found.layers), found.broken) == (["own"], {"works"})
    texts = problems(home)
    assert "collections/models/works-1.yml:4: geometry: “lines” is not possible here. Did you mean “line”?" in texts
    assert any(
        "The model “works/1” cannot be used. Mend collections/models/works-1.yml first." in text for text in texts
    )


@pytest.mark.parametrize(
    ("change", "to", "expected"),
    [
        ("end: end}", "end: slut}", "works-1.yml:5: time.end: There is no field “slut”."),
        ("end: end}", "end: width}", "time.end: The field “width” is of type number, not date or datetime."),
        ("unit: m, ", "values: {a: A}, ", "A field of type number cannot have a list of values."),
        (
            "type: text, required",
            "type: text, unit: m, required",
            "fields.case.unit: A field of type text has no unit.",
        ),
        (
            "id: works/1",
            "id: works/2",
            "The id is “works/2”, but the file is called works-1.yml. Call the file works-2.yml.",
        ),
        ("id: works/1", "id: works", "“works” does not fit here. A model's id is a name and a version"),
        ("title: {sv: Bredd}", "titel: {sv: Bredd}", "“titel” is not a known key here. Did you mean “title”?"),
        ("title: {sv: Bredd}", "title: {}", "fields.width.title: Here stand 0 values where 1 are needed."),
        ("width:", "bbox:", "“bbox” is a request parameter of the API and cannot name a field. Call it “bbox_value”."),
    ],
)
def test_mistakes_in_a_model(home: Path, change: str, to: str, expected: str) -> None:
    assert change in MODEL
    write(home, "collections/models/works-1.yml", MODEL.replace(change, to, 1))
    assert any(expected in text for text in problems(home)), problems(home)
    assert Home.read(home).broken == {"works"}


@pytest.mark.parametrize(
    ("change", "to", "expected"),
    [
        ("[16.7, 59.1, 17.8, 59.7]", "[59.1, 16.7, 59.7, 17.8]", None),
        ("[16.7, 59.1, 17.8, 59.7]", "[17.8, 59.1, 16.7, 59.7]", "area: The area is not [west, south, east, north]"),
        ("[16.7, 59.1, 17.8, 59.7]", "[16.7, 59.1, 17.8]", "area: Here stand 3 values where 4 are needed."),
        (
            "[16.7, 59.1, 17.8, 59.7]",
            "['16,7', 59.1, 17.8, 59.7]",
            "area.0: “16,7” is not a number (with a decimal point).",
        ),
        ("[16.7, 59.1, 17.8, 59.7]", "[nan, 59.1, 17.8, 59.7]", "area.0: “nan” is not a number"),
        ("kind: municipality", "kind: kommun", "“kommun” is not possible here. Possible here: municipality, region"),
        (
            "kind: municipality",
            "kind: region\ntime_zone: Europe/Stokholm",
            "not a time zone. Did you mean “Europe/Stockholm”?",
        ),
        (
            "email: geodata@exempelby.example",
            "email: geodata",
            "“geodata” does not fit here. An e-mail address looks like",
        ),
        ("kind: municipality", "kind: region\norganisation_number: 12", "An organisation number has ten digits"),
        ("id: exempelby", "id: exempel", "The id is “exempel”, but the file is called exempelby.yml."),
    ],
)
def test_mistakes_in_a_publisher_stop_its_layers(home: Path, change: str, to: str, expected: str | None) -> None:
    publisher(home, "grannby")
    write(home, "config/server.yml", "default_publisher: grannby\n")
    write(home, "collections/grannby/works.yml", LAYER.replace("exempelby", "grannby"))
    (home / "collections/exempelby").mkdir()
    (home / "collections/works.yml").rename(home / "collections/exempelby/works.yml")
    assert problems(home) == []
    text = PUBLISHER.format(id="exempelby")
    assert change in text
    write(home, "config/publishers/exempelby.yml", text.replace(change, to, 1))
    found = Home.read(home)
    if expected is None:
        assert found.problems == []
        return
    assert any(expected in text for text in problems(home)), problems(home)
    assert (list(found.layers), found.broken) == (["works"], {"exempelby.works"})


def test_two_publishers_never_meet(home: Path) -> None:
    publisher(home, "grannby")
    write(home, "config/server.yml", "default_publisher: exempelby\n")
    write(home, "collections/grannby/works.yml", LAYER.replace("publisher: exempelby", "publisher: grannby"))
    found = Home.read(home)
    assert found.problems == []
    assert sorted(found.layers) == ["grannby.works", "works"]
    assert found.layer("grannby.works").publisher == "grannby"


def test_a_second_publisher_needs_a_word_on_whose_layers_keep_bare_ids(home: Path) -> None:
    publisher(home, "grannby")
    found = Home.read(home)
    assert [str(problem) for problem in found.problems] == [
        "config/server.yml: default_publisher: There are several publishers: say whose layers keep bare ids. "
        "For example: default_publisher: exempelby"
    ]
    assert found.layers == {}
    assert found.broken == {"works", "exempelby.works", "grannby.works"}


def test_a_layer_lies_in_its_publishers_folder(home: Path) -> None:
    publisher(home, "grannby")
    write(home, "config/server.yml", "default_publisher: exempelby\n")
    write(home, "collections/paths.yml", LAYER.replace("exempelby", "grannby").replace("id: works", "id: paths"))
    assert problems(home) == [
        "collections/paths.yml:3: publisher: This folder is not that of the publisher “grannby”. "
        "Move the file to collections/grannby/."
    ]
    assert list(Home.read(home).layers) == ["works"]


def test_a_layer_that_stands_twice_is_neither(home: Path) -> None:
    write(home, "collections/exempelby/works.yml", LAYER)
    found = Home.read(home)
    assert [str(problem) for problem in found.problems] == [
        "collections/exempelby/works.yml: The layer “works” is also in collections/works.yml. Keep one of the two."
    ]
    assert (found.layers, found.broken) == ({}, {"works"})


@pytest.mark.parametrize("name", ["works.yaml", "works.YML"])
def test_a_file_with_another_ending_is_not_left_out_silently(home: Path, name: str) -> None:
    (home / "collections/works.yml").rename(home / "collections" / name)
    found = Home.read(home)
    assert [str(problem) for problem in found.problems] == [
        f"collections/{name}: The file's name must end in “.yml”. Call it works.yml."
    ]
    assert found.broken == {"works"}


def test_the_settings_of_the_server(home: Path) -> None:
    write(
        home,
        "config/server.yml",
        "title: Kartor\nlimits: {max_limit: 500, max_ofset: 5}\ndefault_publisher: exempelbyn\n",
    )
    assert problems(home) == [
        "config/server.yml:2: limits.max_ofset: “max_ofset” is not a known key here. Did you mean “max_offset”?",
        "config/server.yml:3: default_publisher: There is no publisher “exempelbyn”. Did you mean “exempelby”?",
    ]
    write(home, "config/server.yml", "title: Kartor\nlimits: {max_limit: 500}\n")
    settings = Home.read(home).settings
    assert (settings.title, settings.limits.max_limit) == ({"sv": "Kartor"}, 500)


def test_a_title_that_looks_like_a_variable_stays_a_text(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    write(home, "collections/works.yml", LAYER + "title: ${DATABASE_URL}\n")
    assert Home.read(home).layer("works").title == {"sv": "${DATABASE_URL}"}


def test_a_layer_file_with_bom_and_windows_line_ends(home: Path) -> None:
    (home / "collections/works.yml").write_bytes(("\ufeff" + LAYER).replace("\n", "\r\n").encode())
    found = Home.read(home)
    assert found.problems == []
    assert found.layer("works") == Home.read(make_home(home)).layer("works")


def test_an_unknown_layer(home: Path) -> None:
    with pytest.raises(WrongUse, match="There is no layer “work”. Did you mean “works”?"):
        Home.read(home).layer("work")
    with pytest.raises(WrongUse, match="There are: works."):
        Home.read(home).layer("qqq")


def test_a_home_without_publishers_or_layers(tmp_path: Path) -> None:
    (tmp_path / "collections").mkdir()
    found = Home.read(tmp_path)
    assert [str(problem) for problem in found.problems] == [
        "config/publishers: There is no publisher: config/publishers/ holds no file."
    ]
    with pytest.raises(WrongUse, match="There is no layer yet."):
        found.layer("works")


def test_the_home_is_found_upward_or_by_name(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    inner = home / "collections" / "models"
    assert find_home(inner, {}) == home.resolve()
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert find_home(elsewhere, {"KARTLAGD_HOME": str(home)}) == home.resolve()
    with pytest.raises(WrongUse, match="KARTLAGD_HOME is .*elsewhere"):
        find_home(home, {"KARTLAGD_HOME": str(elsewhere)})
    with pytest.raises(WrongUse, match="No folder “collections”"):
        find_home(elsewhere, {})


def test_a_link_that_leads_nowhere(home: Path) -> None:
    (home / "collections/works.yml").unlink()
    (home / "collections/works.yml").symlink_to(home / "gone.yml")
    assert problems(home) == ["collections/works.yml: The file cannot be read: No such file or directory."]
    assert Home.read(home).broken == {"works"}
