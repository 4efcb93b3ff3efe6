"""Where a server may lead the loader: to the web, over no less protected a way, and (see Client) not inward."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

import httpx

from catalogue.language import _
from catalogue.problems import Refused


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet's, not of this machine or a private network (RFC 6890)."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return found.is_global and not found.is_multicast


def redirect_target(url: httpx.URL, location: str) -> httpx.URL:
    """Where a redirect leads; raises Refused where nothing is followed."""
    try:
        target = url.join(location)
    except httpx.InvalidURL as error:
        raise Refused(_("{place} redirects to what is no address.", place=shown(url))) from error
    check_step(url, target)
    return target


def check_step(url: httpx.URL, target: httpx.URL) -> None:
    """Raise Refused where one address must not lead to another."""
    if target.scheme not in ("http", "https") or not target.host:
        raise Refused(_("{place} leads to {scheme}:, which is never followed.", place=shown(url), scheme=target.scheme))
    if url.scheme == "https" and target.scheme == "http":
        raise Refused(
            _(
                "{place} leads to an unprotected address (http:). Write that address if it is meant: {target}",
                place=shown(url),
                target=shown(target),
            )
        )


def shown(url: httpx.URL) -> str:
    """The address without its parameters: those may be secret."""
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace').rpartition('@')[2]}{url.path}"
