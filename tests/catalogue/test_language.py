from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from contextvars import copy_context
from pathlib import Path
from string import Formatter

import pytest

from catalogue import messages
from catalogue.language import LOCALE_FOLDER, Message, _, language_of_environment, set_language

FILE = LOCALE_FOLDER / "sv" / "LC_MESSAGES" / "kartlagd.po"
USED = set(messages.templates())
TRANSLATED = {str(entry.id): str(entry.string) for entry in messages.read("sv") if entry.id}
REMEDY = "run python -m catalogue.messages and translate what is empty"


def placeholders(template: str) -> set[str]:
    """The names of a template's values with their formats; empty where its braces are no placeholders."""
    try:
        return {
            f"{name}:{form}"
            for _text, name, form, _conversion in Formatter().parse(template)
            if name and re.match(r"[a-z_]+$", name)
        }
    except ValueError:
        return set()


def test_every_message_has_a_swedish_translation() -> None:
    missing = sorted(template for template in USED if not TRANSLATED.get(template))
    assert missing == [], REMEDY


def test_no_translation_is_orphaned() -> None:
    assert sorted(TRANSLATED.keys() - USED) == [], REMEDY


def test_translations_have_the_same_placeholders_and_marks() -> None:
    for template, translated in TRANSLATED.items():
        assert placeholders(translated) == placeholders(template), template
        assert translated[-1:] in ".?:" or template[-1:] not in ".?:", template
        assert "“" not in translated, f"Swedish quotation marks are ”…”: {translated}"


def test_the_file_is_sorted_and_written_by_the_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "sv" / "LC_MESSAGES" / "kartlagd.po"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(FILE.read_bytes())
    monkeypatch.setattr(messages, "LOCALE_FOLDER", tmp_path)
    messages.update("sv")
    assert copy.read_text(encoding="utf-8") == FILE.read_text(encoding="utf-8"), REMEDY


def calls() -> Iterator[tuple[str, ast.Call]]:
    for floor in messages.FLOORS:
        for path in sorted((messages.ROOT / floor).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
                    yield f"{path.relative_to(messages.ROOT)}:{node.lineno}", node


def test_every_message_is_a_literal_with_exactly_its_values() -> None:
    for place, call in calls():
        (template,) = call.args
        assert isinstance(template, ast.Constant) and isinstance(template.value, str), f"{place}: not a literal"
        given = {keyword.arg for keyword in call.keywords}
        wanted = {name.partition(":")[0].partition(".")[0] for name in placeholders(template.value)} if given else given
        assert given == wanted, f"{place}: values {given}, placeholders {wanted}"


def test_a_message_speaks_the_language_of_its_reader() -> None:
    message = _("Did you mean “{name}”?", name="gata")

    def swedish() -> str:
        set_language("sv")
        return str(message)

    assert copy_context().run(swedish) == "Menade du ”gata”?"
    assert message.render("en") == "Did you mean “gata”?"
    assert message.render("sv") == "Menade du ”gata”?"


def test_a_message_inside_a_message_is_translated_too() -> None:
    outer = _("There is no layer “{id}”. {suggestion}", id="gator", suggestion=_("There is no layer yet."))
    assert outer.render("sv") == "Det finns inget lager ”gator”. Det finns inget lager än."


def test_a_message_survives_json() -> None:
    message = _("There is no layer “{id}”. {suggestion}", id=7, suggestion=_("There is no layer yet."))
    assert Message.from_json(json.loads(json.dumps(message.to_json()))) == message


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"KARTLAGD_LANG": "sv", "LANG": "en_GB.UTF-8"}, "sv"),
        ({"LANG": "sv_SE.UTF-8"}, "sv"),
        ({"LC_ALL": "C", "LANG": "sv_SE.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_of_the_environment(
    environment: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("KARTLAGD_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert language_of_environment() == language
