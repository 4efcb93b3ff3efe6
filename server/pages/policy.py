"""What pages may load (Content Security Policy, level 3): what this server has, and the basemap that is configured."""

from __future__ import annotations

from catalogue.settings import Settings
from server.guard import POLICY


def page_policy(settings: Settings) -> dict[str, str]:
    """The header of pages with maps where there is a basemap; else none, and what all answers have holds."""
    if settings.basemap is None:
        return {}
    allowed = " ".join(("'self'", *settings.basemap.allowed))
    return {"Content-Security-Policy": f"{POLICY}; connect-src {allowed}; img-src {allowed}"}
