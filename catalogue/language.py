"""Messages in the reader's language: written once in English, translated from `locale/*/LC_MESSAGES/kartlagd.po`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

LANGUAGES = ("sv", "en")
LOCALE_FOLDER = Path(__file__).parent / "locale"

_current: ContextVar[str] = ContextVar("language", default="en")


@cache
def _translations(language: str) -> dict[str, str]:
    path = LOCALE_FOLDER / language / "LC_MESSAGES" / "kartlagd.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id and entry.string}


@dataclass(frozen=True)
class Message:
    """A sentence for a person: an English template and its values, rendered when it is shown."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """The sentence in the current language."""
        return self.render(_current.get())

    def render(self, language: str) -> str:
        """The sentence in `language`; English where no translation exists."""
        template = _translations(language).get(self.template, self.template)
        # A template without values may hold braces (an address, a pattern): it is not a format.
        if not self.values:
            return template
        values = {
            key: value.render(language) if isinstance(value, Message) else value for key, value in self.values.items()
        }
        return template.format_map(values)

    def to_json(self) -> dict[str, Any]:
        """A form that JSON can carry, so that a report stays translatable."""
        return {"template": self.template, "values": {key: _plain(value) for key, value in self.values.items()}}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Message:
        """The message that `to_json` made."""
        values = {
            key: cls.from_json(value) if isinstance(value, Mapping) else value
            for key, value in stored["values"].items()
        }
        return cls(stored["template"], values)


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return value.to_json()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _(template: str, /, **values: Any) -> Message:
    """A message to be translated: the template is a literal, so that translators' tools find it."""
    return Message(template, values)


def set_language(language: str) -> None:
    """Choose the language of messages in this context (`sv` or `en`)."""
    _current.set(language if language in LANGUAGES else "en")


def current_language() -> str:
    """The language of messages in this context."""
    return _current.get()


def language_of_environment() -> str:
    """`KARTLAGD_LANG`, else the locale's language (LC_ALL, LC_MESSAGES, LANG), else English."""
    for name in ("KARTLAGD_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "sv" if value.lower().startswith("sv") else "en"
    return "en"
