"""HTML pages: the same documents, written by small templates that load nothing from elsewhere.

Templates say their words in English, as `_("Licence")` or `_("{count} features", count=3)`; the .po file has the rest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from catalogue.feature_schema import in_language
from catalogue.files.home import Home
from catalogue.language import Message
from server.assets import asset, modules
from server.links import part
from server.negotiation import Asked
from server.pages.frame import frame
from server.pages.wording import Wording

Json = dict[str, Any]

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["part"] = part
# Data for scripts keep their order, which is that of the model, and their letters.
_environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
#: What pages may be shown without.
_NOTHING: Json = {"collection": None, "title": None, "fields": [], "status": None, "schema_org": None, "crumbs": []}


def render(template: str, document: Json, shown: Json, wants: Asked, home: Home | None) -> str:
    """The page of a document; `shown` is what it needs besides. `home` is None where nothing is known."""
    language = wants.language
    page = frame(wants, home, shown.get("address"))

    def words(template: str, /, **values: Any) -> str:
        return Message(template, values).render(language)

    return _environment.get_template(template).render(
        document=document,
        _=words,
        asset=lambda name: wants.base_url + asset(name),
        modules=lambda *names: [wants.base_url + path for path in modules(*names)],
        text=lambda texts: in_language(texts, language),
        base=wants.base_url,
        path=wants.path,
        language=language,
        page=page,
        basemap=home.settings.basemap.model_dump() if home and home.settings.basemap else None,
        wording=Wording(language, page["time_zone"]),
        site=in_language(home.settings.title, language) if home else "Kartlagd",
        site_description=in_language(home.settings.description, language) if home else "",
        **(_NOTHING | shown),
    )
