"""The express lane's routes: what stands behind `/collections/{layer}/`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from server.express.items import item, items
from server.express.made import Call, Made
from server.formats import ITEM, ITEMS, Formats


@dataclass(frozen=True, slots=True)
class Route:
    """One resource: the forms that it has, and what makes all but its page.

    `pinned`: `release` and `cursor` say which release is read; else the current one is. `framed`: pygeoapi can answer
    it in JSON too, and does where the deployment says `express: off`.
    """

    formats: Formats
    make: Callable[[Call], Awaitable[Made]]
    pinned: bool = True
    framed: bool = False


#: By the part after the layer, and the name of what follows it, if anything may.
_ROUTES: Mapping[tuple[str, str | None], Route] = {
    ("items", None): Route(ITEMS, items, framed=True),
    ("items", "item"): Route(ITEM, item, framed=True),
}
_RESTS = {name: rest for name, rest in _ROUTES if rest is not None}


def find_route(path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a path (percent-decoded) and the names in it.

    An id may hold slashes, and may end like another route: everything after `items/` is the id.
    """
    parts = path.split("/", 4)
    if len(parts) < 4 or parts[1] != "collections" or parts[0]:
        return None
    rest = _RESTS.get(parts[3]) if len(parts) == 5 else None
    if len(parts) == 5 and rest is None:
        return None
    route = _ROUTES.get((parts[3], rest))
    if route is None:
        return None
    names = {"layer": parts[2]}
    if rest is not None:
        names[rest] = parts[4]
    return route, names
