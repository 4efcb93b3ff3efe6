"""A server that takes reports, with room for many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
import yaml
from sqlalchemy import Engine, text

from server.app import create_app
from server.faults import token
from tests.releases import Publisher
from tests.server.conftest import serving, write_home, write_layer

FAULTS = "/collections/works/faults"
HTML = {"accept": "text/html"}
GOOD = {"feature": "v9", "kind": "value", "field": "lanes", "text": "Det är tre körfält."}


class Page(HTMLParser):
    """The fields of a form and what describes them, the ids of a page, and its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.attributes: dict[str, dict[str, str | None]] = {}
        self.ids: set[str] = set()
        self.words = ""
        self._select = self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            assert found["id"] not in self.ids
            self.ids.add(str(found["id"]))
        name = found.get("name")
        if tag in ("input", "select", "textarea") and name:
            self.attributes[name] = found
            self.fields[name] = found.get("value") or ""
            self._select = name if tag == "select" else self._select
            self._area = name if tag == "textarea" else ""
        if tag == "option" and "selected" in found:
            self.fields[self._select] = found["value"] or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data
        self.words += data

    @property
    def sent(self) -> dict[str, str]:
        """What a browser sends; the line break after <textarea> is not part of its text."""
        return self.fields | {"text": self.fields["text"].removeprefix("\n")}


def settings(home: Path, **faults: object) -> None:
    """Write the deployment's settings of reports."""
    many = {"per_sender_hour": 1000, "per_sender_day": 1000, "per_layer_hour": 1000, "per_hour": 1000}
    (home / "config" / "server.yml").write_text(yaml.safe_dump({"faults": many | faults}), "utf-8")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Layers that are published, that take no reports, and one that is withheld."""
    home = write_home(tmp_path_factory.mktemp("home"), "works")
    write_layer(home, "later", status="planned", expected="2027-03-01")
    settings(home)
    return home


@pytest.fixture(scope="module")
def client(home: Path, database_url: str, publisher: Publisher) -> Iterator[httpx.Client]:
    with serving(create_app(home, database_url)) as client:
        yield client


@pytest.fixture(autouse=True)
def none_kept(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM faults.report"))


def old_token(engine: Engine, seconds: float = 10, layer: str = "works") -> str:
    """The mark of a form that was made so many seconds ago, as a server of this database would have made it."""
    with engine.begin() as connection:
        key = bytes(connection.scalars(text("SELECT secret FROM faults.keys()")).first() or b"")
    made = int(re.match("[0-9]+", token.new_token(key, layer))[0]) - int(seconds)  # type: ignore[index]
    return f"{made}-{token._sign(key, layer, made)}"


def kept(engine: Engine) -> list[dict[str, object]]:
    with engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(text("SELECT * FROM faults.report ORDER BY number"))]
