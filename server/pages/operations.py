"""Operations of an OpenAPI document as a page shows them: parameters with forms to try them, answers, an example."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.links import Json, part, query
from server.openapi.referred import resolved
from server.pages.schema_tree import Node, tree, type_words

#: A choice among more is typed, with proposals, since nobody reads so long a list.
LONGEST_CHOICE = 40


@dataclass(frozen=True)
class Parameter:
    """One parameter; `choices` are the values that it may have, and `several` says that it may have more than one."""

    name: str
    place: str
    required: bool
    type: str
    description: str
    default: Any
    choices: tuple[str, ...]
    several: bool
    input: str

    @property
    def typed(self) -> bool:
        """Whether it is typed, with proposals."""
        return bool(self.choices) and self.input == "text"


@dataclass(frozen=True)
class Answer:
    """One status, and the tree of each media type; None where that is no JSON with a schema."""

    status: str
    description: str
    forms: list[tuple[str, Node | None]]


@dataclass(frozen=True)
class Operation:
    """One operation; `href` and `curl` are an example, where one is known that works."""

    id: str
    method: str
    path: str
    summary: str
    parameters: list[Parameter]
    answers: list[Answer]
    href: str | None
    curl: str | None


def operations(document: Json, examples: Mapping[str, str], listed: Mapping[str, Sequence[str]]) -> Iterator[Operation]:
    """All operations; `examples` are values of parameters that lead to something.

    `listed` are the values of properties that have a list: any other may be asked for too, and none is found.
    """
    base = document["servers"][0]["url"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            described = [resolved(document, each) for each in operation.get("parameters", ())]
            href = example(base, path, described, examples) if method == "get" else None
            yield Operation(
                operation["operationId"],
                method.upper(),
                path,
                operation["summary"],
                [_parameter(document, each, listed) for each in described],
                [_answer(document, status, each) for status, each in sorted(operation["responses"].items())],
                href,
                f"curl -s {shlex.quote(href)}" if href else None,
            )


def address(base: str, path: str, described: list[Json], values: Mapping[str, str]) -> str:
    """The address of an operation with these values; raises KeyError for a part of the path that has none."""
    for each in described:
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", part(values[each["name"]]))
    asked = ((each["name"], values.get(each["name"], "")) for each in described if each["in"] == "query")
    return base + path + query(tuple(pair for pair in asked if pair[1]))


def example(base: str, path: str, described: list[Json], examples: Mapping[str, str]) -> str | None:
    """An address that works; None where a part of the path or something required has no known value."""
    needed = [each["name"] for each in described if each["required"]]
    if not all(name in examples for name in needed):
        return None
    forms: list[str] = next((each["schema"].get("enum", []) for each in described if each["name"] == "f"), [])
    shown = {name: examples[name] for name in needed} | ({"f": "json"} if "json" in forms else {})
    if any(each["name"] == "cursor" for each in described):
        shown["limit"] = "5"
    return address(base, path, described, shown)


def _parameter(document: Json, described: Json, listed: Mapping[str, Sequence[str]]) -> Parameter:
    schema = described["schema"]
    item = resolved(document, schema.get("items", {}))
    choices = schema.get("enum") or item.get("enum") or listed.get(described["name"], [])
    return Parameter(
        described["name"],
        described["in"],
        described["required"],
        type_words(schema, item),
        described.get("description", ""),
        schema.get("default"),
        tuple(str(each) for each in choices if each != ""),
        schema.get("type") == "array",
        _input(schema, choices),
    )


def _input(schema: Json, choices: Sequence[Any]) -> str:
    """Which control asks for it: `select`, or the type of an `input`."""
    if schema.get("type") == "boolean":
        return "boolean"
    if choices and schema.get("type") != "array" and len(choices) <= LONGEST_CHOICE:
        return "select"
    if schema.get("type") == "integer":
        return "number"
    return "date" if schema.get("format") == "date" else "text"


def _answer(document: Json, status: str, described: Json) -> Answer:
    found = resolved(document, described)
    forms = [
        (media_type, tree(document, each["schema"]) if "json" in media_type else None)
        for media_type, each in found.get("content", {}).items()
    ]
    return Answer(status, found["description"], forms)
