from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from catalogue.language import set_language
from cli.check import command
from tests.catalogue.homes import LAYER, make_home, write


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


def test_a_home_in_order(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, env={"KARTLAGD_HOME": str(make_home(tmp_path))})
    assert done.exit_code == 0
    assert "works/1" in done.output and "in order" in done.output
    assert done.output.splitlines()[-1] == "Layers: 1. No mistakes."


def test_mistakes_with_file_and_line_and_a_table_at_the_end(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    write(home, "collections/works.yml", LAYER.replace("planned", "plannd") + "titel: x\n")
    done = CliRunner().invoke(command, env={"KARTLAGD_HOME": str(home)})
    assert done.exit_code == 2
    lines = done.output.splitlines()
    assert lines[0] == (
        "mistake: collections/works.yml:8: fields.status.values.Planerat: "
        "“plannd” is not among the field's values. Did you mean “planned”?"
    )
    assert lines[1].startswith("mistake: collections/works.yml:16: titel: “titel” is not a known key here.")
    assert "cannot be used" in lines[-2]
    assert lines[-1] == "Mistakes: 2. The layers keep their last releases until they are mended."


def test_planned_and_withheld_layers_are_shown_as_such(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    planned = "id: bikes\npublisher: exempelby\nstatus: planned\ntitle: Cyklar\n"
    write(home, "collections/bikes.yml", planned)
    write(home, "collections/works.yml", LAYER + "status: withheld\nground: Sekretess\n")
    done = CliRunner().invoke(command, env={"KARTLAGD_HOME": str(home)})
    assert done.exit_code == 0
    rows = [line.split() for line in done.output.splitlines()]
    assert ["bikes", "–", "exempelby", "–", "–", "planned"] in rows
    assert ["works", "works/1", "exempelby", "–", "–", "withheld"] in rows
    assert done.output.splitlines()[-1] == "Layers: 2. No mistakes."
