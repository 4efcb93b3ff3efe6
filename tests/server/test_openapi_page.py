"""The page of the OpenAPI document: every operation on it, its examples, and its forms without scripts."""

from __future__ import annotations

import html
import re
import shlex
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.app import create_app
from server.pages.schema_tree import tree
from tests.releases import Publisher, layer
from tests.server.conftest import HARD_IDS, serving, works, write_home, write_layer
from tests.server.test_openapi import references, resolved

HOST = "http://geo.example"


def page(client: httpx.Client, **parameters: str) -> str:
    answer = client.get("/openapi", params={"f": "html", **parameters})
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("tag", ["server", "works"])
def test_the_document_of_one_tag_is_a_part_of_the_whole(client: httpx.Client, tag: str) -> None:
    whole, part = client.get("/openapi").json(), client.get("/openapi", params={"tag": tag}).json()
    assert part["paths"] == {
        path: operations
        for path, operations in whole["paths"].items()
        if all(tag in operation["tags"] for operation in operations.values())
    }
    assert [each["name"] for each in part["tags"]] == [tag]
    # It is whole in itself, and holds nothing that is not used.
    found = set(references(part))
    assert found == {f"#/components/{kind}/{name}" for kind, all_ in part["components"].items() for name in all_}
    for reference in found:
        assert resolved(part, {"$ref": reference}) == resolved(whole, {"$ref": reference})


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("tag", ["server", "works"])
def test_every_operation_is_there_with_all_its_parameters(client: httpx.Client, tag: str, language: str) -> None:
    document = client.get("/openapi", params={"tag": tag, "lang": language}).json()
    text = page(client, tag=tag, lang=language)
    assert f'<html lang="{language}">' in text
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            name = operation["operationId"]
            (section,) = re.findall(f'<section class="operation" id="{re.escape(name)}".*?</section>', text, re.S)
            assert f'href="#{name}"' in text and html.escape(path) in section and method.upper() in section
            for status in operation["responses"]:
                assert f"<dt>{status}</dt>" in section
            for each in operation.get("parameters", ()):
                parameter = resolved(document, each)
                assert f"<code>{parameter['name']}</code> <span" in section
                control = re.search(f'<(?:input|select) id="{re.escape(name)}.{re.escape(parameter["name"])}"', section)
                labelled = f'<label for="{name}.{parameter["name"]}">' in section
                assert (control is not None) is labelled is (method == "get")
                for value in parameter["schema"].get("enum", ()):
                    assert html.escape(str(value)) in section


@pytest.mark.parametrize("tag", ["server", "works"])
def test_every_example_works(client: httpx.Client, tag: str) -> None:
    text = page(client, tag=tag)
    found = [html.unescape(each) for each in re.findall(r'<a href="([^"]*)"><code>/[^<]*</code></a></p>\n<pre', text)]
    assert len(found) > (4 if tag == "works" else 12)
    for href in found:
        answer = client.get(href.removeprefix(HOST))
        assert answer.status_code in (200, 204, 303), (href, answer.text)
        assert f"curl -s {shlex.quote(href)}" in html.unescape(text)


def test_a_form_leads_to_the_address_it_stands_for(client: httpx.Client) -> None:
    text = page(client, tag="works")
    (action,) = re.findall('action="([^"]*getFeatures.works)"', text)
    names = re.findall(r'name="([^"]+)"', text[text.index(action) : text.index("</form>", text.index(action))])
    # What a browser sends: every field, most of them empty.
    sent = dict.fromkeys(names, "") | {"limit": "2", "f": "json", "name": "<väg> & 3"}
    answer = client.get(action.removeprefix(HOST), params=sent)
    assert answer.status_code == 303
    where = answer.headers["location"]
    assert where.startswith(f"{HOST}/collections/works/items?") and where.count("=") == 3
    assert [each["id"] for each in client.get(where.removeprefix(HOST)).json()["features"]] == [HARD_IDS[3]]


@pytest.mark.parametrize("identifier", HARD_IDS)
def test_a_form_writes_into_the_path(client: httpx.Client, identifier: str) -> None:
    answer = client.get("/openapi/works/getFeature.works", params={"featureId": identifier, "f": "json"})
    assert client.get(answer.headers["location"].removeprefix(HOST)).json()["id"] == identifier


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/openapi/works/getNothing", 404, "getNothing"),
        ("/openapi/nothing/getFeatures.works", 404, "getFeatures.works"),
        ("/openapi/server/getFeatures.works", 404, "getFeatures.works"),
        ("/openapi/works/getFeature.works", 400, "featureId"),
        ("/openapi/works/getFeatures.works?bogus=1", 400, "bogus"),
        ("/openapi/works/getFeatures.works?limit=1&limit=2", 400, "more than once"),
        ("/openapi?tag=nothing", 400, "tag"),
        ("/openapi?tag=%3Cscript%3E", 400, "tag"),
        ("/openapi?tag=works&tag=server", 400, "more than once"),
    ],
)
def test_what_cannot_be_tried(client: httpx.Client, path: str, status: int, words: str) -> None:
    answer = client.get(path, headers={"accept-language": "en"})
    assert answer.status_code == status and words in answer.json()["description"]


@pytest.mark.parametrize("where", ["//evil.example/x", "https://evil.example/", "../../../x", "a\r\nSet-Cookie: b"])
def test_a_form_leads_nowhere_else(client: httpx.Client, where: str) -> None:
    answer = client.get("/openapi/works/getFeature.works", params={"featureId": where})
    assert answer.headers["location"].startswith(f"{HOST}/collections/works/items/")
    assert "set-cookie" not in answer.headers


def test_titles_and_values_are_no_markup(tmp_path: Path, database_url: str, publisher: Publisher) -> None:
    bad = "<script>alert(1)</script>"
    publisher.publish(layer("bad", {"name": "text"}), works()[:1])
    write_layer(write_home(tmp_path), "bad", title={"sv": bad, "en": bad})
    with serving(create_app(tmp_path, database_url)) as client:
        assert bad not in page(client) and bad not in page(client, tag="bad")
        assert html.escape(bad) in page(client, tag="bad")


def test_schemas_become_trees() -> None:
    document: Any = {
        "components": {
            "schemas": {
                "base": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
                "self": {"type": "object", "properties": {"inner": {"$ref": "#/components/schemas/self"}}},
            }
        }
    }
    both = {
        "allOf": [{"$ref": "#/components/schemas/base"}, {"properties": {"b": {"type": "integer", "format": "int64"}}}]
    }
    found = tree(document, {"type": "array", "items": both})
    assert found.type == "array of object"
    assert [(each.name, each.type, each.required) for each in found.children] == [
        ("a", "string", True),
        ("b", "integer (int64)", False),
    ]
    # One that holds itself has an end all the same.
    deep, levels = tree(document, {"$ref": "#/components/schemas/self"}), 0
    while deep.children:
        deep, levels = deep.children[0], levels + 1
    assert levels < 20
