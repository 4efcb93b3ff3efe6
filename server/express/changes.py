"""What changed since a release, as bytes: GeoJSON features with `change`, `release` and `time`, a page at a time.

A feature that was removed is told with the geometry and the properties that it had, so that who keeps a copy can find
it there. The last page ends with the `token` from which to ask the next time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from catalogue.crs import CRS84
from catalogue.language import _
from catalogue.query.changes import ChangesQuery
from catalogue.query.changes import changes as statement
from catalogue.query.changes_request import ChangesPage, asked_start, changes_values, parse_changes, token
from catalogue.query.changes_start import Start, find_start
from catalogue.query.literal import Literal
from catalogue.query.reader import StateChanged, found_state, require_state
from catalogue.query.state import State
from catalogue.query.table import Where
from server.collection import CHANGES_REL
from server.express.made import Call, Made
from server.formats import GEOJSON
from server.links import Link, link_header, part


async def changes(call: Call) -> Made:
    """A page of changes."""
    release = call.reading.release
    pairs = call.wants.pairs
    values = changes_values(pairs)
    start = await _start(call, values)
    page = parse_changes(values, pairs, release, start, call.served.home.settings.limits)
    query = ChangesQuery(Where.of(release), Literal("small", start.number), page.request)
    prepared = statement(call.reading, start, query)
    rows = await call.pool.rows(prepared, prepared.values(query))
    row: Mapping[str, Any] | None = rows[0] if rows else None
    require_state(call.reading, row)
    assert row is not None
    _require_start(call, start, row)
    features: list[str] = (row["features"] or [])[: page.limit]
    state = found_state(call.reading, row)
    place = _place(page, row)
    again = token(state) if place is None else None
    links = _links(call, page, state, len(features), place or again or "")
    head = f'{{"type":"FeatureCollection","since":{start.number},"release":{release.number},"features":['
    tail = f'],"numberReturned":{len(features)},'
    if again is not None:
        tail += f'"token":"{again}",'
    body = "".join((head, ",".join(features), tail, '"links":')).encode() + orjson.dumps(links) + b"}"
    headers = {"Content-Crs": f"<{CRS84}>", "Kartlagd-Release": str(release.number), **link_header(links)}
    return Made(body, GEOJSON, headers)


async def _start(call: Call, values: Mapping[str, str]) -> Start:
    """The release that changes are asked from; those that are asked for again are remembered."""
    asked = asked_start(values, call.wants.pairs, call.now)
    release = call.reading.release
    known = (release.layer, release.number, asked)
    start = call.served.starts.get(known)
    if start is None:
        start = call.served.starts[known] = await find_start(call.pool, call.reading, asked)
    return start


def _require_start(call: Call, start: Start, row: Mapping[str, Any]) -> None:
    """Raise StateChanged where the older release was not read in the state that the statement supposed."""
    if start.generation is not None and (row["old_state"], row["old_generation"]) != ("readable", start.generation.id):
        raise StateChanged(_("“{layer}” has just changed.", layer=call.reading.release.layer))
    if call.reading.pinned and row["read_versions"] != start.read_versions:
        raise StateChanged(_("“{layer}” has just changed.", layer=call.reading.release.layer))


def _place(page: ChangesPage, row: Mapping[str, Any]) -> list[str] | None:
    """Where the next page begins; None where there is none."""
    places = row["places"] or []
    last: str | None = places[page.limit - 1] if len(places) > page.limit else row["stopped"]
    return orjson.loads(last) if last else None


def _links(call: Call, page: ChangesPage, state: State, returned: int, place: list[str] | str) -> list[Link]:
    """`place` is where the next page begins, or the token to ask from the next time."""
    wants = call.wants
    own = f"{wants.base_url}/collections/{part(state.layer)}"
    links = [_link("self", f"{own}/changes", wants.pairs, str(_("This document")))]
    if isinstance(place, str):
        kept = tuple(pair for pair in wants.pairs if pair[0] not in ("cursor", "since", "release"))
        links.append(
            _link(CHANGES_REL, f"{own}/changes", (("since", place), *kept), str(_("What changes from now on")))
        )
    else:
        kept = tuple(pair for pair in wants.pairs if pair[0] != "cursor")
        cursor = page.following(state, returned, place).encoded()
        links.append(_link("next", f"{own}/changes", (*kept, ("cursor", cursor)), str(_("Next page"))))
    links.append({**_link("collection", own, (), str(_("The collection"))), "type": "application/json"})
    return links


def _link(rel: str, address: str, pairs: tuple[tuple[str, str], ...], title: str) -> Link:
    query = "?" + urlencode(pairs, quote_via=quote, safe=",:/") if pairs else ""
    return {"rel": rel, "type": GEOJSON, "title": title, "href": address + query}
