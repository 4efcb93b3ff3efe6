"""Addresses that show by example what the API can do, made of a layer that this server really has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from catalogue.cql2.to_text import property_name, text_literal
from catalogue.language import Message, _
from catalogue.layer import LayerField
from catalogue.query.reader import next_cursor
from catalogue.query.request import parse_items
from catalogue.query.table import Reading
from catalogue.tiles import quad
from server.documents import Documents
from server.linked import feature_uri
from server.links import Json, part, query


class Example(NamedTuple):
    """One address: what it does, and the status that it answers with."""

    title: Message
    href: str
    status: int = 200


class Examples:
    """The examples of one layer; each list has those that mean something there.

    Reads two features of the current release. Raises StateChanged where another one came.
    """

    def __init__(self, documents: Documents, layer: str) -> None:
        """Choose fields and values of the layer."""
        self.base = documents.asked.base_url
        self.release = documents.served.release(layer)
        self.address = f"{self.base}/collections/{part(layer)}"
        page = parse_items([("limit", "2")], self.release, documents.served.home.settings.limits)
        found = documents.reader.items(Reading(self.release), page)
        cursor = next_cursor(page, found)
        self.cursor = cursor.encoded() if cursor else None
        self.features: Sequence[Json] = found.features
        self.downloads = documents.served.downloads.get(layer, ())

    @property
    def first(self) -> list[Example]:
        """The way from the list of layers to features."""
        found = [
            Example(_("All layers"), f"{self.base}/collections"),
            Example(_("One layer: its title, extent and release"), self.address),
            Example(_("What its features hold: types, units and allowed values"), f"{self.address}/schema"),
            self._items(_("Its first five features, as GeoJSON"), limit="5"),
        ]
        if self.features:
            uri = feature_uri(self.base, self.release.layer, self.features[0]["id"])
            found.append(Example(_("One feature, at the address that it keeps"), uri))
        return found

    @property
    def pages(self) -> list[Example]:
        """Page by page."""
        found = [self._items(_("The first two features; the link “next” leads to the following"), limit="2")]
        if self.cursor:
            found.append(self._items(_("The following two: what “next” leads to"), limit="2", cursor=self.cursor))
        return [*found, self._items(_("From the third on; slower far down the list"), limit="2", offset="2")]

    @property
    def selecting(self) -> list[Example]:
        """Which features."""
        return [*self._selecting()]

    def _selecting(self) -> Iterable[Example]:
        release = self.release
        if release.definition.has_geometry and release.extent:
            west, south, east, north = release.extent
            box = ",".join(f"{each:.4f}" for each in (west, south, (west + east) / 2, (south + north) / 2))
            yield self._items(_("Touching a box: west, south, east, north"), bbox=box)
        if release.definition.time:
            yield self._items(_("Valid now, by their period"), active="now")
            yield self._items(_("Valid at some time of a day"), datetime=release.published_at.date().isoformat())
        if listed := self._listed:
            name, value = listed
            yield self._items(_("By value: a property's name is a parameter"), **{name: value})
        if word := self._word:
            yield self._items(_("By words in their texts; accents and endings do not matter"), q=word)
        for text, as_json in self._filters():
            yield self._items(_("By an expression (CQL2 as text)"), filter=text)
            yield self._items(
                _("By the same expression (CQL2 as JSON)"),
                **{"filter-lang": "cql2-json", "filter": json.dumps(as_json, ensure_ascii=False)},
            )
        if release.definition.has_geometry and release.extent:
            west, south, east, north = release.extent
            corners = ((west, south), (east, south), (east, north), (west, south))
            ring = ",".join(f"{x:.4f} {y:.4f}" for x, y in corners)
            yield self._items(_("Touching a shape"), filter=f"S_INTERSECTS(geometry,POLYGON(({ring})))")

    @property
    def forms(self) -> list[Example]:
        """In which form and order."""
        names = [field.name for field in self._simple()]
        found = []
        if names:
            found.append(self._items(_("Sorted; a minus sign turns the order"), sortby=f"-{names[0]}"))
            wanted = ",".join(names[:2])
            found.append(self._items(_("Some properties, without geometry"), properties=wanted, skipGeometry="true"))
        if len(self.release.crs) > 1:
            found.append(self._items(_("In another coordinate reference system"), crs=self.release.crs[1]))
        found.append(self._items(_("As a table (CSV)"), f="csv"))
        found.append(self._items(_("One feature on each line, for programs that stream"), f="ndjson"))
        for feature in self.features[:1]:
            uri = feature_uri(self.base, self.release.layer, feature["id"])
            found.append(Example(_("One feature as linked data (JSON-LD)"), f"{uri}?f=jsonld"))
        return found

    @property
    def whole(self) -> list[Example]:
        """The whole layer."""
        found = [Example(_("The files, with sizes and checksums"), f"{self.address}/downloads")]
        return found + [
            Example(_("A file: {name}", name=each.public_name), f"{self.address}/downloads/{part(each.public_name)}")
            for each in self.downloads[:1]
        ]

    @property
    def tiles(self) -> list[Example]:
        """Vector tiles."""
        if not self.release.definition.has_geometry:
            return []
        title = _("TileJSON: what MapLibre takes as the address of a source")
        return [Example(title, f"{self.address}/tiles/{quad.NAME}?f=tilejson")]

    @property
    def changes(self) -> list[Example]:
        """What changed."""
        number = self.release.number
        since = f"{self.address}/changes?since={number}"
        return [
            Example(_("What has changed after the newest release: nothing yet"), since),
            self._items(_("The features as they are in that release, also when newer ones come"), release=str(number)),
        ]

    @property
    def errors(self) -> list[Example]:
        """What goes wrong."""
        return [
            Example(_("A parameter that does not exist"), f"{self.address}/items?limits=5", 400),
            Example(_("A value that cannot be"), f"{self.address}/items?limit=0", 400),
            Example(_("A feature that does not exist"), f"{self.address}/items/{part('no such feature')}", 404),
        ]

    def _items(self, title: Message, **pairs: str) -> Example:
        return Example(title, f"{self.address}/items{query(tuple(pairs.items()))}")

    def _simple(self) -> list[LayerField]:
        return [field for field in self.release.definition.fields if field.name in self.release.filterable]

    @property
    def _listed(self) -> tuple[str, str] | None:
        """A field with a list of values, and one of them: one that a feature has."""
        for field in self._simple():
            for feature in self.features:
                value = feature["properties"].get(field.name)
                if field.type == "text" and value and (field.values or len(value) <= 40):
                    return field.name, value
        return None

    @property
    def _word(self) -> str | None:
        for field in self._simple():
            texts = (feature["properties"].get(field.name) for feature in self.features)
            for value in texts if field.type == "text" and not field.values else ():
                if words := [word for word in str(value or "").split() if word.isalpha() and 3 < len(word) < 30]:
                    return words[0]
        return None

    def _filters(self) -> Iterable[tuple[str, Json]]:
        if listed := self._listed:
            name, value = listed
            text = f"{property_name(name)} IN ({text_literal(value)})"
            yield text, {"op": "in", "args": [{"property": name}, [value]]}
