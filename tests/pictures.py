"""Documents as the mount makes them for a request, without HTTP: of a picture that is looked at anew for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from catalogue.database.connections import server_engine
from catalogue.query.reader import Reader
from server.current import Current
from server.documents import Documents
from server.negotiation import Asked, Pairs


@dataclass
class Pictures:
    """Makes documents of one project folder; `close` when done."""

    home: Path
    url: str
    engine: Engine = field(init=False)
    current: Current = field(init=False)

    def __post_init__(self) -> None:
        """Connect in the server's role."""
        self.engine = server_engine(self.url, own_login=False, statement_seconds=20)
        self.current = Current(Reader(self.engine), self.home)

    def documents(self, path: str = "/", pairs: Pairs = (), language: str = "sv", *, look: bool = True) -> Documents:
        """Documents for one request; of the last picture where `look` is False."""
        if look:
            self.current.look()
        asked = Asked("http://geo.example", path, pairs, "json", language)
        return Documents(self.current.served, self.current.reader, asked)

    def close(self) -> None:
        """Disconnect."""
        self.engine.dispose()
