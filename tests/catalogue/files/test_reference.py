from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from catalogue.files.mistakes import PATTERNS
from catalogue.files.reference import KINDS, files, schema

ROOT = Path(__file__).parents[3]
FILES = {
    "layer": sorted((ROOT / "collections").glob("*.yml")),
    "model": sorted((ROOT / "collections/models").glob("*.yml")),
    "publisher": sorted((ROOT / "config/publishers").glob("*.yml")),
    "server": [ROOT / "config/server.yml"],
}


def as_an_editor_reads(text: str) -> Any:
    """YAML 1.2's core schema, which editors use: `yes` is a text there, and a date too."""

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {}

    for tag, pattern, first in [
        ("bool", r"^(?:true|false)$", "tf"),
        ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
        ("float", r"^[-+]?[0-9]*\.[0-9]+$", "-+0123456789."),
        ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ]:
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))
    return yaml.load(text, Loader)


@pytest.mark.parametrize("name", sorted(files()))
def test_the_generated_files_are_current(name: str) -> None:
    written = (ROOT / name).read_text(encoding="utf-8")
    assert written == files()[name], f"{name} is not current: run python -m catalogue.files.reference"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.name))
def test_the_schemas_accept_the_projects_own_files_and_refuse_others(kind: Any) -> None:
    made = schema(kind)
    Draft202012Validator.check_schema(made)
    validator = Draft202012Validator(made)
    assert FILES[kind.name]
    for path in FILES[kind.name]:
        text = path.read_text(encoding="utf-8")
        found = json.loads(json.dumps(as_an_editor_reads(text)))
        assert [error.message for error in validator.iter_errors(found)] == [], path
        assert list(validator.iter_errors({**found, "misspelt": 1}))
        assert f"schemas/{kind.name}.json" in text.splitlines()[0]
        linked = text.splitlines()[0].partition("$schema=")[2]
        assert (path.parent / linked).resolve() == ROOT / "schemas" / f"{kind.name}.json"


def test_every_key_is_described() -> None:
    def undescribed(node: Any, where: str) -> list[str]:
        properties = node.get("properties", {})
        missing = [
            f"{where}.{name}" for name, part in properties.items() if not (part.keys() & {"description", "$ref"})
        ]
        return missing + [name for key, part in node.get("$defs", {}).items() for name in undescribed(part, key)]

    for kind in KINDS:
        assert undescribed(kind.model.model_json_schema(), kind.name) == []


def test_every_pattern_is_explained_in_words() -> None:
    def patterns(node: Any) -> set[str]:
        if isinstance(node, list):
            return {found for part in node for found in patterns(part)}
        if not isinstance(node, dict):
            return set()
        own = {node["pattern"]} if isinstance(node.get("pattern"), str) else set()
        own |= set(node.get("patternProperties", {}))
        return own | {found for part in node.values() for found in patterns(part)}

    used = {pattern for kind in KINDS for pattern in patterns(kind.model.model_json_schema())}
    assert used == set(PATTERNS)
