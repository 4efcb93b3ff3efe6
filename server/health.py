"""Whether the server lives (`/health`) and whether it can answer (`/ready`), for load balancers and people."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from catalogue.database.migrate import require_current
from catalogue.language import Message, _
from catalogue.problems import WrongUse
from catalogue.query.reader import ReadingError
from server.current import Current

Json = dict[str, Any]


def health() -> Json:
    """The process answers; the database is not asked, so that its absence restarts nobody."""
    return {"status": "ok"}


def readiness(current: Current) -> tuple[int, Json]:
    """Status 200 or 503, with the reasons for the latter."""
    reasons: list[Message] = []
    releases: dict[str, int] = {}
    try:
        with current.reader.connection() as connection:
            require_current(connection)
            connection.execute(text("SELECT 1 FROM kartlagd.catalogue"))
        releases = {id_: release.number for id_, release in current.served.releases.items()}
        if not releases:
            reasons.append(_("There is no release yet. Run: kartlagd load --all"))
    except (ReadingError, WrongUse) as error:
        reasons.append(error.message)
    if reasons:
        return 503, {"status": "not ready", "reasons": [str(reason) for reason in reasons]}
    return 200, {"status": "ready", "releases": releases}
