"""HTML pages: the same documents, written by small templates that load nothing from elsewhere.

Templates say their words in English, as `_("Licence")` or `_("{count} features", count=3)`; the .po file has the rest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from catalogue.feature_schema import in_language
from catalogue.language import LANGUAGES, Message
from catalogue.settings import Settings
from server.links import part
from server.negotiation import Asked

Json = dict[str, Any]

#: What each language calls itself.
LANGUAGE_NAMES = {"sv": "Svenska", "en": "English"}

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["part"] = part


def render(template: str, document: Json, shown: Json, wants: Asked, settings: Settings | None) -> str:
    """The page of a document; `shown` is what it needs besides. `settings` is None where nothing is known."""
    language = wants.language

    def here(**changes: str) -> str:
        kept = [pair for pair in wants.pairs if pair[0] not in changes]
        return "?" + urlencode([*kept, *((name, value) for name, value in changes.items() if value)])

    def words(template: str, /, **values: Any) -> str:
        return Message(template, values).render(language)

    return _environment.get_template(template).render(
        document=document,
        _=words,
        text=lambda texts: in_language(texts, language),
        base=wants.base_url,
        path=wants.path,
        language=language,
        languages=[{"code": code, "name": LANGUAGE_NAMES[code], "href": here(lang=code)} for code in LANGUAGES],
        as_json=here(f="json"),
        site=in_language(settings.title, language) if settings else "Kartlagd",
        **({"collection": None, "title": None, "fields": [], "status": None, "schema_org": None} | shown),
    )
