from __future__ import annotations

import csv
import random
import re
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine

from catalogue.problems import Refused
from loaders.samples.people import personal_number
from tests.aftermath import features
from tests.command import run
from tests.homes import LAYER, PART, load_layer, make_home, place, write_features

WORDS = (
    "lampan gatan cykeln skylten parken vatten snö hål buss barn kväll morgon trasig mörkt farligt igen alltid".split()
)


def sentences(count: int) -> list[str]:
    rng = random.Random(1)
    return [" ".join(rng.choices(WORDS, k=12)) for _number in range(count)]


def write_reports(home: Path, texts: list[str]) -> None:
    rows = [place(f"r{n}", 17.0 + n / 10_000, 59.3, name=text) for n, text in enumerate(texts)]
    write_features(home / "places.geojson", rows)


def marked(home: Path, sample: dict[str, Any] | None = None, **name: Any) -> Path:
    fields = {**LAYER["fields"], "name": {**LAYER["fields"]["name"], **name}}
    personal = {**PART, **({"sample": sample} if sample else {})}
    return make_home(home, fields=fields, assessment={**LAYER["assessment"], "personal_data": personal})


def drawn(home: Path, *options: str) -> tuple[dict[str, Any], Path]:
    """What `kartlagd sample` says is to be written, and the file that it wrote."""
    done = run(home, "sample", "places", *options)
    assert done.returncode == 0, done.stderr
    said = yaml.safe_load(done.stdout[done.stdout.index("sample: {") :])["sample"]
    (file,) = home.glob(f".kartlagd/reports/places/sample-{said['id']}.csv")
    return {**said, "date": str(said["date"])}, file


def test_sentences_that_nobody_has_marked_are_refused(home: Path, engine: Engine) -> None:
    write_reports(home, sentences(40))
    with pytest.raises(Refused, match="sentences that people have written"):
        load_layer(engine, home)
    marked(home, free_text=False)
    assert load_layer(engine, home).release == 1


def test_texts_that_a_system_puts_together_are_not_free(home: Path, engine: Engine) -> None:
    write_reports(home, sentences(10) * 10)
    assert load_layer(engine, home).release == 1


def test_free_text_waits_for_the_person_who_reads_a_sample(home: Path, engine: Engine) -> None:
    write_reports(home, sentences(150))
    marked(home, free_text=True)
    with pytest.raises(Refused, match="Nobody has read a sample"):
        load_layer(engine, home)
    said, _file = drawn(home, "--rows", "120")
    marked(home, said, free_text=True)
    with pytest.raises(Refused, match="who has read"):
        load_layer(engine, home)
    marked(home, {**said, "by": "GIS-enheten"}, free_text=True)
    assert load_layer(engine, home).release == 1
    assert len(features(engine)) == 150


@pytest.mark.parametrize("change", [{"rows": 119}, {"id": "0a1b2c3d-4e5f6071"}])
def test_a_sample_of_something_else_does_not_count(home: Path, engine: Engine, change: dict[str, Any]) -> None:
    write_reports(home, sentences(150))
    marked(home, free_text=True)
    said, _file = drawn(home, "--rows", "120")
    marked(home, {**said, "by": "GIS-enheten", **change}, free_text=True)
    with pytest.raises(Refused, match="is not one of this layer"):
        load_layer(engine, home)


def test_a_sample_is_random_private_and_without_what_is_taken_away(home: Path) -> None:
    number = personal_number(random.Random(2))
    texts = [f"=1+1 {text} {number}" for text in sentences(400)]
    write_reports(home, texts)
    marked(home, free_text=True, redact=["personal_number"])
    said, file = drawn(home, "--rows", "100")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with file.open(encoding="utf-8-sig", newline="") as opened:
        heading, *rows = csv.reader(opened, delimiter=";")
    assert heading == ["row", "name"] and len(rows) == 100
    for row, text in rows:
        assert text == "'" + texts[int(row) - 1].replace(number, "[personnummer]")
    places = [int(row) for row, _text in rows]
    assert places == sorted(set(places)) and places[0] < 40 and places[-1] > 360
    again, other = drawn(home, "--rows", "100", "--seed", said["id"][:8])
    assert again["id"] == said["id"] and other == file
    another, _file = drawn(home, "--rows", "100")
    assert another["id"] != said["id"]


def test_a_layer_without_free_text_has_no_sample(home: Path) -> None:
    write_reports(home, sentences(3))
    done = run(home, "sample", "places")
    assert done.returncode == 2 and re.search("free_text: true", done.stderr)
