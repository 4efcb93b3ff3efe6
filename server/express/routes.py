"""The express lane's routes: what stands behind `/collections/{layer}/`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from server.express.changes import changes
from server.express.item import item
from server.express.items import items
from server.express.made import Call, Made
from server.express.tiles import tile
from server.formats import CHANGES, ITEM, ITEMS, TILES, Formats


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


_ITEMS = Route(ITEMS, items, framed=True)
_ITEM = Route(ITEM, item, framed=True)
_CHANGES = Route(CHANGES, changes)
_TILE = Route(TILES, tile)
_TILE_NAMES = ("tileMatrixSet", "tileMatrix", "tileRow", "tileCol")


def find_route(path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a path (percent-decoded) and the names in it.

    An id may hold slashes, and may end like another route: everything after `items/` is the id.
    """
    parts = path.split("/", 4)
    if len(parts) < 4 or parts[1] != "collections" or parts[0]:
        return None
    layer, kind = parts[2], parts[3]
    if len(parts) == 4:
        route = {"items": _ITEMS, "changes": _CHANGES}.get(kind)
        return (route, {"layer": layer}) if route else None
    if kind == "items":
        return _ITEM, {"layer": layer, "item": parts[4]}
    rest = parts[4].split("/")
    if kind == "tiles" and len(rest) == len(_TILE_NAMES):
        return _TILE, {"layer": layer, **dict(zip(_TILE_NAMES, rest, strict=True))}
    return None
