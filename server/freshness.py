"""Which layers are older than they promise, looked up seldom: promises are counted in hours and days."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection

from catalogue.files.home import Home
from catalogue.freshness import Late, ages, late

#: Between two looks, unless files or releases have changed.
SECONDS = 10.0


class Freshness:
    """The layers that are late, as they were when this last looked."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._late: Mapping[str, Late] = {}
        self._known: tuple[Home, int] | None = None
        self._looked = 0.0

    def late(self, connection: Connection, home: Home, revision: int) -> Mapping[str, Late]:
        """The late layers by id; the same as before for some seconds."""
        same = self._known is not None and self._known[0] is home and self._known[1] == revision
        if same and time.monotonic() - self._looked < SECONDS:
            return self._late
        now = datetime.now(UTC)
        found = ((id_, late(home.layer_files.get(id_), age, now)) for id_, age in ages(connection).items())
        self._late = {id_: broken for id_, broken in found if broken}
        self._known, self._looked = (home, revision), time.monotonic()
        return self._late
