"""LayerProvider: pygeoapi reads releases through this.

pygeoapi makes a new provider for every request, so there is nothing in one but names. Under Kartlagd's own server the
parsed request waits in a context variable (`answering`), since pygeoapi passes on neither `release` nor an exact
`bbox`; the exact features are left in it too, since pygeoapi writes `<` in them as `&lt;`. In a plain pygeoapi server
the provider works from pygeoapi's arguments and the database that `DATABASE_URL` names:

    providers:
        - type: feature
          name: plugins.providers.layer.LayerProvider
          data: roadworks
          storage_crs: http://www.opengis.net/def/crs/EPSG/0/3011
          crs: [http://www.opengis.net/def/crs/OGC/1.3/CRS84, http://www.opengis.net/def/crs/EPSG/0/3011]
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

from pygeoapi.provider.base import (
    BaseProvider,
    ProviderConnectionError,
    ProviderGenericError,
    ProviderInvalidQueryError,
    ProviderItemNotFoundError,
    ProviderQueryError,
)

from catalogue.crs import CRS84, crs_from
from catalogue.database.connections import database_url, server_engine
from catalogue.feature_schema import GEOMETRY, IDENTITY, returnables
from catalogue.language import _, current_language
from catalogue.query.parameters import BadParameter
from catalogue.query.reader import DatabaseAway, Found, Reader, ReadingError, StateChanged
from catalogue.query.request import Page, View, parse_items
from catalogue.query.table import Reading
from catalogue.settings import Limits

Json = dict[str, Any]
#: How often a read is repeated because a release came in between.
ATTEMPTS = 3


@dataclass
class Answer:
    """One request under Kartlagd's own server: what to read, and, once the provider has read it, the page."""

    reader: Reader
    reading: Reading
    page: Page | None = None
    identifier: str | None = None
    view: View = View()
    found: Found | None = None


_answer: ContextVar[Answer | None] = ContextVar("answer", default=None)


@contextmanager
def answering(answer: Answer) -> Iterator[Answer]:
    """Providers made inside this block, in this thread, read what `answer` says."""
    token = _answer.set(answer)
    try:
        yield answer
    finally:
        _answer.reset(token)


class LayerProvider(BaseProvider):  # type: ignore[misc]
    """Features of one layer's releases; `data` is the layer's id."""

    def __init__(self, provider_def: Json) -> None:
        """Keep the definition; nothing is read."""
        # A CRS object is taken as it is, where a URI would be looked up for every request.
        super().__init__({**provider_def, "storage_crs": crs_from(provider_def.get("storage_crs", CRS84))})
        self.layer: str = provider_def["data"]
        self.crs_uri: str = provider_def.get("storage_crs", CRS84)
        self.id_field = "id"

    @property
    def fields(self) -> dict[str, Json]:
        """JSON Schemas of the properties; a fresh copy, since pygeoapi writes into it."""
        return self.get_fields()

    def get_fields(self) -> dict[str, Json]:
        """JSON Schemas of the properties, by name, as the release that is read defines them."""
        answer = _answer.get()
        reading = answer.reading if answer else self._attempt(lambda reading: reading)
        schemas = returnables(reading.release, current_language())
        # pygeoapi adds geometry and identity itself, and knows no type that is two.
        return {
            name: deepcopy(schema) | ({} if isinstance(schema["type"], str) else {"type": "object"})
            for name, schema in schemas.items()
            if name not in (IDENTITY, GEOMETRY)
        }

    def query(
        self,
        offset: int = 0,
        limit: int = 10,
        resulttype: str = "results",
        bbox: list[float] | None = None,
        datetime_: str | None = None,
        properties: list[tuple[str, str]] | None = None,
        sortby: list[dict[str, str]] | None = None,
        select_properties: list[str] | None = None,
        skip_geometry: bool = False,
        **others: Any,
    ) -> Json:
        """A page of features as a GeoJSON collection with `numberMatched` and `numberReturned`.

        `bbox` is in the storage CRS, with that CRS's own order of axes; so are the features without
        `crs_transform_spec`. Raises pygeoapi's provider errors.
        """
        answer = _answer.get()
        if answer and answer.page:
            answer.found = answer.reader.items(answer.reading, answer.page)
            return _collection([], answer.found)
        if others.get("filterq") is not None:
            # It comes as pygeofilter's tree, which knows less of CQL2 than the filter that Kartlagd's server reads.
            raise ProviderInvalidQueryError(user_msg=str(_("There are no filters here.")))
        spec = others.get("crs_transform_spec")
        wanted: list[tuple[str, Any]] = [
            ("offset", offset),
            ("limit", limit),
            ("crs", spec.target_crs_uri if spec else self.crs_uri),
            *([("bbox", ",".join(map(repr, bbox))), ("bbox-crs", self.crs_uri)] if bbox else []),
            *([("datetime", datetime_)] if datetime_ else []),
            *([("sortby", ",".join(f"{part['order']}{part['property']}" for part in sortby))] if sortby else []),
            *([("properties", ",".join(select_properties))] if select_properties else []),
            *([("skipGeometry", "true")] if skip_geometry else []),
            *([("q", others["q"])] if others.get("q") else []),
            *(properties or []),
        ]
        pairs = [(name, str(value)) for name, value in wanted]
        reader = shared_reader()

        def read(reading: Reading) -> Found:
            limits = Limits(max_limit=100_000, max_offset=10**12)
            return reader.items(reading, parse_items(pairs, reading.release, limits))

        found = self._attempt(read)
        return _collection([] if resulttype == "hits" else found.features, found)

    def get(self, identifier: str, **others: Any) -> Json:
        """One feature as GeoJSON. Raises ProviderItemNotFoundError where there is none."""
        answer = _answer.get()
        if answer and answer.identifier is not None:
            answer.found = found = answer.reader.item(answer.reading, answer.identifier, answer.view)
        else:
            spec = others.get("crs_transform_spec")
            view = View(crs=spec.target_crs_uri if spec else self.crs_uri)
            reader = shared_reader()
            found = self._attempt(lambda reading: reader.item(reading, identifier, view))
        if not found.features:
            raise ProviderItemNotFoundError(
                user_msg=str(_("There is no feature “{id}” here.", id=(answer and answer.identifier) or identifier))
            )
        if answer:
            return {"type": "Feature", "id": identifier, "geometry": None, "properties": {}}
        return found.features[0]

    def _attempt[T](self, read: Callable[[Reading], T]) -> T:
        """Read the current release, again where another came meanwhile; errors as pygeoapi's."""
        try:
            reader = shared_reader()
            for _attempt in range(ATTEMPTS - 1):
                try:
                    return read(reader.reading(self.layer))
                except StateChanged:
                    continue
            return read(reader.reading(self.layer))
        except BadParameter as error:
            raise ProviderInvalidQueryError(user_msg=str(error)) from error
        except DatabaseAway as error:
            raise ProviderConnectionError(user_msg=str(error)) from error
        except ReadingError as error:
            raise ProviderQueryError(user_msg=str(error)) from error

    def __repr__(self) -> str:
        """The layer's id."""
        return f"<LayerProvider> {self.layer}"


@cache
def shared_reader() -> Reader:
    """The reader of a plain pygeoapi server: `SERVER_DATABASE_URL` (the server's own login), else `DATABASE_URL`."""
    own = os.environ.get("SERVER_DATABASE_URL")
    return Reader(
        server_engine(own or database_url(), own_login=bool(own), statement_seconds=Limits().statement_seconds)
    )


def _collection(features: list[Json], found: Found) -> Json:
    return {
        "type": "FeatureCollection",
        "features": features,
        "numberMatched": found.matched,
        "numberReturned": len(found.features),
    }


__all__ = ["ATTEMPTS", "Answer", "LayerProvider", "ProviderGenericError", "answering", "shared_reader"]
