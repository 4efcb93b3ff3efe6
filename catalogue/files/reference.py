"""JSON Schemas and reference pages of the files that people write, made from the pydantic models.

`python -m catalogue.files.reference [FOLDER]` writes them: `schemas/*.json` for completion in editors (JSON Schema
2020-12), `docs/reference/` to read in English and Swedish.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from catalogue.field import CODE_PATTERN
from catalogue.language import Message, _
from catalogue.layer_file import UNPUBLISHED, AnyLayerFile, LayerFile
from catalogue.model import DataModel
from catalogue.publisher import Publisher
from catalogue.settings import Settings

Schema = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of file: its name, its model and where such files lie."""

    name: str
    model: type[BaseModel]
    place: str
    title: Message


KINDS = (
    Kind("layer", LayerFile, "collections/<id>.yml", _("The layer file")),
    Kind("model", DataModel, "collections/models/<id>.yml", _("The shared data model")),
    Kind("publisher", Publisher, "config/publishers/<id>.yml", _("The publisher")),
    Kind("server", Settings, "config/server.yml", _("The server's settings")),
)
_WORDS = {
    "string": _("text"),
    "integer": _("whole number"),
    "number": _("number"),
    "boolean": _("true or false"),
    "date": _("date"),
}
_LIMITS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤"}


def schema(kind: Kind) -> Schema:
    """The JSON Schema of a kind of file."""
    made = _lenient(kind.model.model_json_schema(by_alias=True, mode="validation"))
    if kind.model is LayerFile:
        _require_by_status(made)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def _require_by_status(made: Schema) -> None:
    """A layer file needs less where the layer is not published."""
    needed = [name for name, setting in AnyLayerFile.model_fields.items() if setting.is_required()]
    publish = made["$defs"]["Publication"]
    made["if"] = {"properties": {"status": {"enum": list(UNPUBLISHED)}}, "required": ["status"]}
    made["else"] = {
        "required": [name for name in made["required"] if name not in needed],
        "properties": {"publish": {"required": publish.pop("required")}},
    }
    made["required"] = needed


def _lenient(node: Any) -> Any:
    """Editors read `Ja: true` and `case: 114` as true and 114, but to Kartlagd every scalar is a text first."""
    if isinstance(node, list):
        return [_lenient(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: _lenient(value) for key, value in node.items() if not (key == "title" and isinstance(value, str))}
    if made.get("type") == "string" and not made.keys() & {"pattern", "enum", "const", "format", "maxLength"}:
        made["type"] = ["string", "number", "boolean"]
    if "patternProperties" in made:
        made["additionalProperties"] = False
    return made


def page(language: str) -> str:
    """The reference page in Markdown: every key of every kind of file."""
    parts = [
        f"# {_('Reference of the files').render(language)}",
        _("Made by `python -m catalogue.files.reference` from the models that check the files: do not edit.").render(
            language
        ),
    ]
    for kind in KINDS:
        root = kind.model.model_json_schema(by_alias=True, mode="validation")
        parts.append(f"## {kind.title.render(language)}: `{kind.place}`")
        for heading, part in _sections(root):
            if heading:
                parts.append(f"### {kind.name}: {heading}")
            parts.append(Message(part["description"].split("\n")[0]).render(language))
            parts.append(_table(part, root, kind, language))
    return "\n\n".join(parts) + "\n"


def _sections(root: Schema) -> Iterator[tuple[str, Schema]]:
    """The file itself, then its parts in the order in which they first appear."""
    waiting, seen = [("", root)], set()
    while waiting:
        name, part = waiting.pop(0)
        yield name, part
        for reference in _references(part.get("properties", {})):
            if reference not in seen:
                seen.add(reference)
                waiting.append((reference, root["$defs"][reference]))


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].rpartition("/")[2]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _table(part: Schema, root: Schema, kind: Kind, language: str) -> str:
    heads = [_("Key"), _("What"), _("Value"), _("Default")]
    rows = ["| " + " | ".join(head.render(language) for head in heads) + " |", "|---" * len(heads) + "|"]
    for name, setting in part["properties"].items():
        default = _("**required**").render(language) if name in part.get("required", []) else _default(setting)
        # pydantic leaves out a description that repeats the part's own.
        own = root["$defs"][setting["$ref"].rpartition("/")[2]] if "$ref" in setting else {}
        described = Message(setting.get("description") or own["description"]).render(language)
        rows.append(f"| `{name}` | {described} | {_type(setting, kind, language)} | {default} |")
    return "\n".join(rows)


def _default(setting: Schema) -> str:
    default = setting.get("default")
    if default in (None, {}, []) or isinstance(default, dict):
        return ""
    return f"`{json.dumps(default, ensure_ascii=False)}`"


def _type(setting: Schema, kind: Kind, language: str) -> str:
    """What a value looks like, in words."""
    if "$ref" in setting:
        name = setting["$ref"].rpartition("/")[2]
        return f"[{name}](#{kind.name}-{name.lower()})"
    if "anyOf" in setting:
        choices = [_type(choice, kind, language) for choice in setting["anyOf"] if choice.get("type") != "null"]
        return f" {_('or').render(language)} ".join(dict.fromkeys(choices))
    if "enum" in setting:
        return ", ".join(f"`{value}`" for value in setting["enum"])
    if setting["type"] == "array":
        return _("list of {what}", what=_type(setting["items"], kind, language)).render(language)
    if setting["type"] == "object":
        by_pattern: Schema = setting.get("patternProperties", {})
        values = [*by_pattern.values(), setting.get("additionalProperties")]
        what = _type(values[0], kind, language)
        by = _("by language: {what}", what=what) if CODE_PATTERN in by_pattern else _("by name: {what}", what=what)
        return by.render(language)
    word = setting["format"] if "format" in setting else setting["type"]
    limits = [f"{sign} {setting[limit]}" for limit, sign in _LIMITS.items() if limit in setting]
    return " ".join([_WORDS[word].render(language), *limits])


def descriptions(kind: Kind) -> Iterator[str]:
    """The English texts that describe the keys of a kind of file: templates of messages like those in `_()`."""
    root = kind.model.model_json_schema(by_alias=True, mode="validation")
    for _name, part in _sections(root):
        yield part["description"].split("\n")[0]
        yield from (setting["description"] for setting in part["properties"].values() if "description" in setting)


def files() -> dict[str, str]:
    """The generated files: their paths in the project and what they hold."""
    made = {
        f"schemas/{kind.name}.json": json.dumps(schema(kind), indent=2, ensure_ascii=False) + "\n" for kind in KINDS
    }
    return made | {"docs/reference/files.md": page("en"), "docs/reference/filer.md": page("sv")}


def main(folder: Path) -> None:
    """Write the generated files into the project folder."""
    for name, text in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd())
