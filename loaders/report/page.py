"""A report as one page that can be mailed: nothing in it is loaded from elsewhere, and nothing in it runs."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from catalogue.language import LANGUAGES, Message, _
from loaders.report.drawing import KINDS, draw
from loaders.report.facts import Told
from loaders.report.sections import headline, number, sections

_WORDS: dict[str, Message] = {
    "report": _("Release report"),
    "map": _("Where"),
    "map_note": _("{drawn} of {all} features that differ are drawn. A dashed frame: the publisher's area."),
    "added": _("added"),
    "changed": _("changed"),
    "removed": _("removed"),
    "private": _("This report holds counts and row numbers, and where features lie; no other data."),
}
#: The look of the page by what became of the load.
_TONES = {"published": "good", "unchanged": "plain", "dry run": "plain", "held": "wait", "rolled back": "wait"}

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(told: Told, language: str) -> str:
    """The page in Swedish or English; well-formed as XML too."""
    language = language if language in LANGUAGES else "en"
    facts = told.facts.shareable()
    picture = draw(told.shapes, told.layer.area)
    differ = sum(facts.changes.model_dump().values()) if facts.changes else 0
    note = Message(
        _WORDS["map_note"].template,
        {"drawn": number(picture.features if picture else 0), "all": number(max(differ, len(told.shapes)))},
    )
    return _environment.get_template("report.html").render(
        language=language,
        words={name: message.render(language) for name, message in _WORDS.items() if name != "map_note"},
        map_note=note.render(language),
        layer=facts.layer,
        title=facts.title.get(language) or next(iter(facts.title.values()), facts.layer),
        at=facts.at.astimezone(),
        utc=facts.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        headline=headline(facts, language),
        tone=_TONES.get(facts.outcome, "bad"),
        sections=sections(facts, language),
        picture=picture,
        kinds=KINDS,
    )
