"""The preview as an ASGI application: the server itself, in a process that reads the schema `held`.

Nothing else differs from the public server, so that what is looked at is what will be published. The public server
cannot become a preview: its role has no right to `held`; and a preview cannot show what is published, whose schema its
own role has no right to.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from starlette.types import ASGIApp

from catalogue.database.connections import database_url
from catalogue.database.schemas import CATALOGUE, HELD
from catalogue.files.home import Home, find_home
from catalogue.language import LANGUAGES, _
from server.app import create_app
from server.current import Current
from server.preview.loopback import Loopback
from server.preview.review import Review


class HeldPictures(Current):
    """Files as they are, but for the public address: links lead to the preview, whose name says what it is."""

    def _read_home(self) -> Home:
        home = super()._read_home()
        said = _("PREVIEW, not published: {title}", title="{title}")
        title = {
            language: said.render(language).format(title=home.settings.title.get(language, ""))
            for language in LANGUAGES
        }
        settings = home.settings.model_copy(update={"base_url": None, "title": title})
        return Home(**{**vars(home), "settings": settings})


def create_preview(home: Path, url: str) -> ASGIApp:
    """The preview of one project folder and one database; `url` is the loader's, which becomes the preview's role."""
    if CATALOGUE != HELD:
        raise RuntimeError("a preview needs a process that reads held releases (catalogue.database.schemas)")
    return Loopback(Review(create_app(home, url, pictures=HeldPictures), home, url))


def create_preview_from_environment() -> ASGIApp:
    """The preview for `KARTLAGD_HOME` and `DATABASE_URL`."""
    logging.basicConfig(format="%(levelname)s: %(message)s")
    return create_preview(find_home(Path.cwd(), os.environ), database_url())
