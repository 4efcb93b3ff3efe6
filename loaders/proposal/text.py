"""A layer file as text that people go on writing in: comments where they must decide."""

from __future__ import annotations

import re
from collections.abc import Mapping

import yaml

from catalogue.language import Message, _

_PLAIN = re.compile(r"[\w/.](?:[\w ./()%²³-]|:(?=\w))*")


def scalar(text: str) -> str:
    """One value as YAML that is read back as the same text."""
    if _PLAIN.fullmatch(text) and not text.endswith(" ") and text.lower() not in ("null", "~"):
        return text
    quoted: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=10_000)
    return quoted.strip()


def inline(values: Mapping[str, str | None]) -> str:
    """A mapping on one line, without what is None."""
    return (
        "{" + ", ".join(f"{scalar(key)}: {scalar(value)}" for key, value in values.items() if value is not None) + "}"
    )


def in_languages(texts: Mapping[str, str]) -> str:
    """A text by language; one that is Swedish alone is written without its language."""
    return scalar(texts["sv"]) if set(texts) == {"sv"} else inline(texts)


def remark(message: Message, indent: int = 0) -> str:
    """A comment that asks a person to decide."""
    return f"{' ' * indent}# {_('DECIDE')}: {_one_line(message)}"


def comment(message: Message, indent: int = 0) -> str:
    """A comment that only says something."""
    return f"{' ' * indent}# {_one_line(message)}"


def _one_line(message: Message) -> str:
    return " ".join(str(message).split())
