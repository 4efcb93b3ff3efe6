"""A filter as it comes with a request, read and checked: one frozen expression."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from catalogue.cql2.check import check
from catalogue.cql2.expression import Filter
from catalogue.cql2.from_json import read_json
from catalogue.cql2.from_text import read_text
from catalogue.cql2.problem import BadFilter
from catalogue.cql2.scalars import Queryables
from catalogue.cql2.shapes import Nearby
from catalogue.cql2.tree import sound
from catalogue.crs import CRS84
from catalogue.field import FieldType

__all__ = ["CQL2_JSON", "CQL2_TEXT", "LANGUAGES", "BadFilter", "Filter", "parse_filter"]

CQL2_TEXT = "cql2-text"
CQL2_JSON = "cql2-json"
LANGUAGES = (CQL2_TEXT, CQL2_JSON)


def parse_filter(
    text: str,
    language: str,
    fields: Mapping[str, FieldType],
    geometry: str | None = "geometry",
    crs: str = CRS84,
    zone: ZoneInfo | None = None,
    nearby: Nearby | None = None,
) -> Filter:
    """The condition that a filter means, over the properties in `fields` and the geometry of that name (None: none).

    `language` is one of LANGUAGES; `crs` the URI of the CRS of its coordinates, axes as it defines them; `zone` where
    its days begin (UTC unless given). `nearby`, given a CRS and bounds in it, finds the box in CRS84 around all
    features that may lie there (None: no feature does); without it the index helps only where the CRS is CRS84.

    Raises BadFilter for whatever is wrong with the filter.
    """
    read = read_json if language == CQL2_JSON else read_text
    known = Queryables(fields, geometry, crs, zone or ZoneInfo("UTC"), nearby)
    return check(read(sound(text)), known)
