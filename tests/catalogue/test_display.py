from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.display import Display
from catalogue.files.home import Home
from catalogue.layer import Layer
from tests.catalogue.homes import LAYER, MODEL, make_home, write

MODELS = "display: {title: [case, status], colour: status}\n"


def resolved(home: Path) -> Layer:
    found = Home.read(home)
    assert found.problems == []
    return found.layer("works")


def test_without_it_nothing_is_said(tmp_path: Path) -> None:
    layer = resolved(make_home(tmp_path))
    assert layer.display == Display()
    assert not layer.display.said


def test_the_layer_file_goes_before_the_model_key_by_key(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    write(home, "collections/models/works-1.yml", MODEL + MODELS)
    assert resolved(home).display == Display(title=["case", "status"], colour="status")
    write(home, "collections/works.yml", LAYER + "display: {title: case, place: case}\n")
    assert resolved(home).display == Display(title=["case"], colour="status", place="case")


def test_a_releases_checksum_does_not_depend_on_it(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    before = resolved(home).checksum()
    write(home, "collections/works.yml", LAYER + "display: {title: case, colour: width}\n")
    assert resolved(home).checksum() == before


def test_a_definition_recorded_before_there_was_any_reads_back(tmp_path: Path) -> None:
    layer = resolved(make_home(tmp_path))
    assert Layer.model_validate_json(layer.model_dump_json(exclude={"display"})) == layer


@pytest.mark.parametrize("file", ["collections/works.yml", "collections/models/works-1.yml"])
@pytest.mark.parametrize(
    ("display", "line", "message", "suggestion"),
    [
        ("{title: [case, statu]}", 1, "There is no field “statu”.", "status"),
        ("{title: cas}", 1, "There is no field “cas”.", "case"),
        ("{place: stret}", 1, "There is no field “stret”.", None),
        ("{colour: case}", 1, "“case” has too many values for colours.", "list of values"),
        ("{colour: start}", 1, "“start” has too many values for colours.", "list of values"),
        ("{color: status}", 1, "color", "colour"),
    ],
)
def test_mistakes_are_named_with_their_line(
    tmp_path: Path, file: str, display: str, line: int, message: str, suggestion: str | None
) -> None:
    home = make_home(tmp_path)
    before = LAYER if file.endswith("works.yml") else MODEL
    write(home, file, before + f"display: {display}\n")
    problem = next(each for each in Home.read(home).problems if (each.key or "").startswith("display"))
    assert problem.line == before.count("\n") + line
    assert message in str(problem.message)
    assert (suggestion or "") in str(problem.suggestion or "")


def test_objects_cannot_name_a_feature(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    fields = LAYER.replace("  start: {from: START}\n", "  more: {from: MER, type: object, title: Mer}\n")
    write(home, "collections/works.yml", fields + "display: {title: more}\n")
    assert "in one line" in str(Home.read(home).problems[0].message)


def test_numbers_and_truth_values_colour_the_map(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    fields = LAYER.replace("  start: {from: START}\n", "  open: {from: O, type: boolean, title: Öppen}\n")
    for name in ("open", "width", "status"):
        write(home, "collections/works.yml", fields + f"display: {{colour: {name}}}\n")
        assert resolved(home).display.colour == name
