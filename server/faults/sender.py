"""Who sends: the network address that limits go by, and whether a page of another site made a browser send."""

from __future__ import annotations

from http import HTTPStatus
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from starlette.requests import Request

from catalogue.language import _
from server.errors import ApiError
from server.express.client import PEER

#: Who has an IPv6 address has as many as he likes of the network around it (RFC 6177).
_IPV6_NETWORK = 64


def address(request: Request, proxies: int) -> str:
    """The sender's address, of IPv6 its network; `proxies`: how many of X-Forwarded-For's last writers are trusted.

    That header's first entries are the sender's own to write: those of our proxies are counted from its end.
    """
    peer = request.scope.get("extensions", {}).get(PEER) or request.scope.get("client")
    named = peer[0] if peer else ""
    if proxies:
        forwarded = [each.strip() for line in request.headers.getlist("x-forwarded-for") for each in line.split(",")]
        if len(forwarded) >= proxies:
            named = forwarded[-proxies]
    return _plain(named) or _plain(peer[0] if peer else "") or "unknown"


def _plain(written: str) -> str | None:
    if written.startswith("["):
        written = written[1:].partition("]")[0]
    elif written.count(":") == 1:
        written = written.partition(":")[0]
    try:
        found = ip_address(written.partition("%")[0])
    except ValueError:
        return None
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ip_network((found, _IPV6_NETWORK), strict=False))


def require_same_origin(request: Request, base_url: str) -> None:
    """Raise ApiError (403) where a browser says that a page of another origin made it send this.

    Browsers say it by Origin (Fetch, 3.2) and Sec-Fetch-Site (Fetch Metadata, 2.3); other programs send neither.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    own = {urlsplit(base_url).netloc.lower(), request.headers.get("host", "").lower()}
    strange = origin is not None and (not origin.startswith("http") or urlsplit(origin).netloc.lower() not in own)
    if strange or site not in (None, "same-origin"):
        message = _("Reports are sent from this server's own pages, or by programs that are no pages.")
        raise ApiError(HTTPStatus.FORBIDDEN, "Forbidden", message)
