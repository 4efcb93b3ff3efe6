"""Small project folders for the tests: valid to begin with, then changed where a test wants it."""

from __future__ import annotations

from pathlib import Path

PUBLISHER = """\
id: {id}
name: {{sv: {id}}}
kind: municipality
area: [16.7, 59.1, 17.8, 59.7]
contact: {{name: GIS-enheten, email: geodata@{id}.example}}
"""
MODEL = """\
id: works/1
title: {sv: Arbeten, en: Works}
description: {sv: Arbeten på gator., en: Works on streets.}
geometry: line
time: {start: start, end: end}
fields:
  case: {type: text, required: true, title: {sv: Ärende}}
  status: {type: text, title: {sv: Status}, values: {planned: Planerat, active: Pågående}}
  width: {type: number, unit: m, title: {sv: Bredd}}
  start: {type: date, title: {sv: Start}}
  end: {type: date, title: {sv: Slut}}
"""
LAYER = """\
id: works
model: works/1
publisher: exempelby
source: {path: samples/works.gpkg}
identity: NR
fields:
  case: {from: NR}
  status: {from: STATUS, values: {Planerat: planned, Pågående: active}}
  start: {from: START}
publish: {licence: CC0-1.0}
assessment:
  personal_data: {outcome: none, by: GIS-enheten, case: KS 2026/1, date: 2026-09-01}
  secrecy: {outcome: none, by: GIS-enheten, case: KS 2026/1, date: 2026-09-01}
  security: {outcome: none, by: GIS-enheten, case: KS 2026/1, date: 2026-09-01}
  rights: {outcome: own, by: GIS-enheten, case: KS 2026/1, date: 2026-09-01}
"""


def write(home: Path, path: str, text: str) -> Path:
    file = home / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def publisher(home: Path, id_: str = "exempelby") -> None:
    write(home, f"config/publishers/{id_}.yml", PUBLISHER.format(id=id_))


def make_home(home: Path) -> Path:
    """A home with one publisher, one model and one layer."""
    publisher(home)
    write(home, "collections/models/works-1.yml", MODEL)
    write(home, "collections/works.yml", LAYER)
    return home
