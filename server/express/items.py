"""Features of a layer as bytes: GeoJSON, sequences of features, CSV (Features Part 1, 7.15 and 7.16; Part 2)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import orjson

from catalogue.query import statement
from catalogue.query.cursor import Cursor
from catalogue.query.feature import csv_header
from catalogue.query.literal import Literal
from catalogue.query.prepared import Prepared
from catalogue.query.reader import found_state, last_of, require_state
from catalogue.query.request import After, Page, parse_items
from catalogue.query.statement import SEPARATORS, ItemsQuery, RowsQuery
from catalogue.query.table import Where
from server.express.made import Call, Made
from server.formats import ITEMS
from server.item_links import items_links
from server.links import link_header

#: Longer answers are read and sent in chunks of about this size.
CHUNK_BYTES = 1024 * 1024
#: What must be chosen first, before it can be read in chunks, is read at once where it may be no more than so many.
WHOLE_CHUNKS = 2
_HEAD = b'{"type":"FeatureCollection","features":['
_STARTS = {"json": _HEAD, "geojsonseq": b"\x1e", "ndjson": b"", "csv": b""}
_ENDS = {"json": b"", "geojsonseq": b"\n", "ndjson": b"\n", "csv": b"\r\n"}


async def items(call: Call) -> Made:
    """A page of features."""
    release = call.reading.release
    page = parse_items(call.wants.pairs, release, call.served.home.settings.limits, call.now)
    counted = (call.label, page.asked)
    if page.matched is None and counted in call.counts:
        page = page._replace(matched=call.counts[counted])
    reading = _Reading(call, page)
    if page.limit > reading.chunk_rows and reading.is_in_order:
        return reading.in_order()
    if page.limit > WHOLE_CHUNKS * reading.chunk_rows:
        return await reading.chosen()
    query = reading.query(page)
    row = await reading.row(statement.items(call.reading, query), query)
    matched = page.matched if page.matched is not None else int(row["matched"])
    if page.matched is None:
        call.counts[counted] = matched
    returned = int(row["number"])
    last = page.following(found_state(call.reading, row), returned, matched, last_of(row))
    links = items_links(call.wants, release, page, last)
    body = b"".join((reading.start(row["body"]), row["body"] or b"", reading.end(matched, returned, links)))
    return Made(body, ITEMS.media_type(reading.form), reading.headers(matched, returned, links))


class _Reading:
    """One page being read."""

    def __init__(self, call: Call, page: Page) -> None:
        self.call = call
        self.page = page
        self.form = call.wants.format

    @property
    def chunk_rows(self) -> int:
        """How many features make a chunk, by the release's average."""
        release = self.call.reading.release
        average = release.byte_sizes.get("geojson", 0) // max(release.features, 1) or 1000
        return max(CHUNK_BYTES // average, 1)

    def query(self, page: Page) -> ItemsQuery:
        return ItemsQuery(
            Where.of(self.call.reading.release), page.request, self.form, counted=page.matched is not None
        )

    async def row(self, prepared: Prepared, query: object) -> Mapping[str, Any]:
        rows = await self.call.pool.rows(prepared, prepared.values(query))
        row: Mapping[str, Any] | None = rows[0] if rows else None
        require_state(self.call.reading, row)
        assert row is not None
        return row

    @property
    def is_in_order(self) -> bool:
        """Whether a chunk can begin where the one before it ended: all features, in paging order."""
        request = self.page.request
        return self.form == "json" and request.selection.everything and not request.sortby

    def in_order(self) -> Made:
        """A long page of features in paging order; no connection is held between its chunks."""
        return Made(self._in_order(), ITEMS.media_type(self.form), self.headers(self.page.matched, None, []))

    async def chosen(self) -> Made:
        """A long page of any other features: which they are is read first."""
        page = self.page
        query = self.query(page)
        row = await self.row(statement.choice(self.call.reading, query), query)
        matched = page.matched if page.matched is not None else int(row["matched"])
        self.call.counts[self.call.label, page.asked] = matched
        chosen: Sequence[int] = row["rows"] or []
        state = found_state(self.call.reading, row)
        last = page.following(state, len(chosen), matched, last_of(row))
        links = items_links(self.call.wants, self.call.reading.release, page, last)
        body = self._chosen(chosen, self.end(matched, len(chosen), links))
        return Made(body, ITEMS.media_type(self.form), self.headers(matched, len(chosen), links))

    async def _in_order(self) -> AsyncIterator[bytes]:
        """All features from a place on, chunk by chunk in paging order."""
        page, returned, rest = self.page, 0, self.page.limit
        assert page.matched is not None
        last: Cursor | None = None
        while True:
            limit = Literal("integer", min(rest, self.chunk_rows))
            chunk = page._replace(request=page.request._replace(limit=limit))
            query = self.query(chunk)
            row = await self.row(statement.items(self.call.reading, query), query)
            if not row["number"]:
                break
            # A piece of its own: a chunk is not copied for it.
            yield b"," if returned else self.start(row["body"])
            yield row["body"]
            returned += int(row["number"])
            rest -= int(row["number"])
            last = self.page.following(found_state(self.call.reading, row), returned, page.matched, last_of(row))
            if last is None or not rest:
                break
            request = page.request._replace(offset=None, after=After((), Literal("integer", last.row)))
            page = page._replace(request=request)
        links = items_links(self.call.wants, self.call.reading.release, self.page, last)
        yield (b"" if returned else _HEAD) + self.end(page.matched or 0, returned, links)

    async def _chosen(self, chosen: Sequence[int], end: bytes) -> AsyncIterator[bytes]:
        """The features with those paging numbers, chunk by chunk."""
        release, view, size = self.call.reading.release, self.page.request.view, self.chunk_rows
        if not chosen:
            yield self.start(None)
        for first in range(0, len(chosen), size):
            query = RowsQuery(Where.of(release), Literal("rows", chosen[first : first + size]), view, self.form)
            row = await self.row(statement.rows(self.call.reading, query), query)
            yield SEPARATORS[self.form].encode() if first else self.start(row["body"])
            yield row["body"]
        yield end

    def start(self, body: bytes | None) -> bytes:
        if self.form == "csv":
            generation = self.call.reading.release.reads
            assert generation is not None
            return csv_header(generation, self.page.request.view).encode() + (b"\r\n" if body else b"")
        return _STARTS[self.form] if body or self.form == "json" else b""

    def end(self, matched: int, returned: int, links: list[dict[str, Any]]) -> bytes:
        if self.form != "json":
            return _ENDS[self.form] if returned or self.form == "csv" else b""
        counts = f'],"numberMatched":{matched},"numberReturned":{returned},"links":'
        return counts.encode() + orjson.dumps(links) + b"}"

    def headers(self, matched: int | None, returned: int | None, links: list[dict[str, Any]]) -> dict[str, str]:
        release = self.call.reading.release
        found = {
            "Content-Crs": f"<{self.page.request.view.crs}>",
            "Kartlagd-Release": str(release.number),
            **link_header(links),
        }
        if self.form != "json":
            found |= {"OGC-NumberMatched": str(matched), "OGC-NumberReturned": str(returned)}
        if self.form == "csv":
            found["Content-Disposition"] = f'inline; filename="{release.layer}.csv"'
        return found
