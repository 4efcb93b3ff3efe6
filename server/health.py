"""Whether the server lives (`/health`) and whether it can answer (`/ready`), for load balancers and people.

A layer that is older than it promises is listed in `/ready`, which says 200 all the same: the server can answer, and
taking it out of service would make no source younger.

Neither asks the database: the watcher does that twice a second on a connection of its own, so that both answer at once
when every other connection, and every thread, is taken.
"""

from __future__ import annotations

import time
from typing import Any

from catalogue.language import Message, _, current_language
from server.current import Current

Json = dict[str, Any]
#: A database that was not seen for longer does not answer.
SECONDS = 5.0


def health() -> Json:
    """The process answers; the database is not asked, so that its absence restarts nobody."""
    return {"status": "ok"}


def readiness(current: Current) -> tuple[int, Json]:
    """Status 200 or 503, with the reasons for the latter; `late` says which layers are older than they promise."""
    reasons: list[Message] = []
    releases: dict[str, int] = {}
    late: Json = {}
    if current.trouble:
        reasons.append(current.trouble)
    elif current.seen is None or time.monotonic() - current.seen > SECONDS:
        reasons.append(_("The database does not answer at the moment. Try again soon."))
    if picture := current.picture:
        releases = {id_: release.number for id_, release in picture.releases.items()}
        late = {id_: found.to_json(current_language()) for id_, found in picture.late.items() if id_ in releases}
    if not reasons and not releases:
        reasons.append(_("There is no release yet. Run: kartlagd load --all"))
    if reasons:
        return 503, {"status": "not ready", "reasons": [str(reason) for reason in reasons]}
    return 200, {"status": "ready", "releases": releases, "late": late}
