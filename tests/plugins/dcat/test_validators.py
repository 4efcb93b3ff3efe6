"""Every document passes the validators: the EU's shapes, those of DCAT-AP-SE, of HVD and of GeoDCAT-AP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from plugins.dcat.documents import Documents, Format
from plugins.dcat.facts import CatalogueFacts

ENDINGS: dict[Format, str] = {"xml": "rdf", "ttl": "ttl", "jsonld": "jsonld"}


def violations(standards: Path, file: Path, *profiles: str) -> list[str]:
    """What the validator says against a document, apart from what is recommended."""
    script = standards / "dcat" / "validate_dcat.py"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", script, file, *profiles], capture_output=True, text=True, timeout=250
    )
    lines = done.stdout.splitlines()
    assert lines and lines[-1].endswith(" results"), done.stderr[-2000:]
    return [line for line in lines[:-1] if not line.startswith(("Info", "Warning"))]


@pytest.mark.parametrize("publisher", ["exempelby", "nyby", "lanet"])
@pytest.mark.parametrize("format", ENDINGS)
def test_catalogues(
    catalogues: Mapping[str, CatalogueFacts], standards: Path, tmp_path: Path, publisher: str, format: Format
) -> None:
    file = tmp_path / f"dcat.{ENDINGS[format]}"
    file.write_bytes(Documents().catalogue(catalogues[publisher], format))
    assert violations(standards, file, "--se", "--gen", "--geo") == []


def test_each_layer_alone(catalogues: Mapping[str, CatalogueFacts], standards: Path, tmp_path: Path) -> None:
    valuable = 0
    for facts in catalogues["exempelby"].datasets:
        file = tmp_path / f"{facts.layer.id}.rdf"
        file.write_bytes(Documents().dataset(catalogues["exempelby"], facts, "xml"))
        profiles = ["--se", "--gen", "--geo", *(["--hvd"] if facts.is_hvd else [])]
        valuable += facts.is_hvd
        assert violations(standards, file, *profiles) == [], facts.layer.id
    assert valuable == 3


def test_a_catalogue_of_high_value_datasets(
    catalogues: Mapping[str, CatalogueFacts], standards: Path, tmp_path: Path
) -> None:
    whole = catalogues["exempelby"]
    valuable = replace(whole, datasets=tuple(facts for facts in whole.datasets if facts.is_hvd))
    file = tmp_path / "hvd.rdf"
    file.write_bytes(Documents().catalogue(valuable, "xml"))
    assert violations(standards, file, "--se", "--gen", "--hvd", "--geo") == []


def test_the_theme_of_inspire_is_told_to_those_who_take_it(
    catalogues: Mapping[str, CatalogueFacts], standards: Path, tmp_path: Path
) -> None:
    file = tmp_path / "geo.rdf"
    file.write_bytes(Documents().catalogue(catalogues["exempelby"], "xml", "geodcat-ap"))
    assert "http://inspire.ec.europa.eu/theme/tn" in file.read_text("utf-8")
    assert violations(standards, file, "--se", "--geo") == []
    # The reason why it is not told to everyone: dataportal.se's own profile has thirteen themes.
    assert any("inspire.ec.europa.eu/theme/tn" in line for line in violations(standards, file, "--gen"))


# What is said of one layer is said of each; that nothing grows out of hand with many, bench.dcat measures.
@pytest.mark.bench
def test_three_hundred_layers(catalogues: Mapping[str, CatalogueFacts], standards: Path, tmp_path: Path) -> None:
    whole = catalogues["exempelby"]
    served = [facts for facts in whole.datasets if facts.measured]
    many = tuple(
        replace(
            facts,
            layer=facts.layer.model_copy(update={"id": f"l{number}", "uuid": f"{number:08x}-0000-4000-8000-{0:012x}"}),
            downloads=facts.downloads[:1],
        )
        for number in range(300)
        for facts in [served[number % len(served)]]
    )
    file = tmp_path / "dcat.rdf"
    file.write_bytes(Documents().catalogue(replace(whole, datasets=many), "xml"))
    assert violations(standards, file, "--se", "--gen") == []
