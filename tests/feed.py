"""The changes feed, called as the express lane calls it, and followed as a client follows it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
from sqlalchemy import Engine

from catalogue.database.connections import server_engine, server_settings
from catalogue.query.pool import Pool
from catalogue.query.reader import Reader, StateChanged
from catalogue.query.selection import this_minute
from server.collection import CHANGES_REL
from server.current import Current
from server.express.changes import changes
from server.express.made import Call
from server.negotiation import Asked

Json = dict[str, Any]


@dataclass
class Told:
    """All pages of one answer: what they tell, page by page, and the token of the last."""

    pages: list[Json] = field(default_factory=list)

    @property
    def features(self) -> list[Json]:
        """The features of all pages."""
        return [feature for page in self.pages for feature in page["features"]]

    @property
    def token(self) -> str:
        """From where to ask the next time."""
        return str(self.pages[-1]["token"])

    @property
    def release(self) -> int:
        """The release that changes are told up to."""
        (release,) = {page["release"] for page in self.pages}
        return int(release)


class Feed:
    """Asks for changes of one layer of a project folder."""

    def __init__(self, home: Path, url: str, layer: str = "places") -> None:
        """Connect; `close` when done."""
        self.layer = layer
        self.engine: Engine = server_engine(url, own_login=False, statement_seconds=20)
        self.pool = Pool(url, server_settings(own_login=False, statement_seconds=20), size=2, statement_seconds=20)
        self.current = Current(Reader(self.engine), home)
        self.runner = asyncio.Runner()

    def close(self) -> None:
        """Disconnect."""
        self.runner.run(self.pool.close())
        self.runner.close()
        self.engine.dispose()

    def page(self, **parameters: object) -> Json:
        """One page; `_` in a name stands for `-`."""
        pairs = tuple((name.replace("_", "-"), str(value)) for name, value in parameters.items())
        return self.ask(pairs)

    def all(self, **parameters: object) -> Told:
        """Every page, by the links to the next."""
        told = Told([self.page(**parameters)])
        while following := link(told.pages[-1], "next"):
            assert "token" not in told.pages[-1]
            told.pages.append(self.ask(tuple(parse_qsl(urlsplit(following).query))))
        again = link(told.pages[-1], CHANGES_REL)
        assert again and dict(parse_qsl(urlsplit(again).query))["since"] == told.token
        return told

    def ask(self, pairs: tuple[tuple[str, str], ...]) -> Json:
        """One page, as the lane gets it: a release that has just come is looked for."""
        self.current.look()
        for attempt in range(5):
            served = self.current.served
            reading = served.reading_for(self.layer, pairs, self.current.reader)
            wants = Asked("https://geo.example", f"/collections/{self.layer}/changes", pairs, "json", "en")
            call = Call(
                served=served,
                wants=wants,
                pool=self.pool,
                names={"layer": self.layer},
                reading=reading,
                label=served.state_label(reading),
                now=this_minute(),
                counts={},
            )
            try:
                made = self.runner.run(changes(call))
            except StateChanged:
                if attempt == 4:
                    raise
                self.current.look(outdated=served)
                continue
            assert isinstance(made.body, bytes)
            content: Json = orjson.loads(made.body)
            return content
        raise AssertionError("the layer does not come to rest")


def link(page: Json, rel: str) -> str | None:
    """The address of the link with that relation."""
    return next((each["href"] for each in page["links"] if each["rel"] == rel), None)
