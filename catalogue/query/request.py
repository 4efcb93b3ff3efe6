"""A request for features: query parameters, checked against the release that is asked, made one frozen value.

Whatever is wrong raises BadParameter, which names the parameter. A property that the release does not publish does
not exist: it is refused with the words for a parameter that nobody has heard of.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from catalogue.crs import CRS84
from catalogue.language import LANGUAGES, _
from catalogue.query.cursor import Cursor, asked_digest, parse_cursor
from catalogue.query.literal import Literal
from catalogue.query.parameters import (
    BadParameter,
    choice,
    count,
    each_once,
    listed,
    one_of_crs,
    single_values,
    typed_text,
)
from catalogue.query.selection import SELECTING, Selection, parse_selection
from catalogue.query.state import State
from catalogue.release import Release
from catalogue.settings import Limits

#: Formats of documents, of one feature, and of lists of features, by what `f` calls them.
FORMATS = ("json", "html")
ITEM_FORMATS = (*FORMATS, "jsonld")
ITEMS_FORMATS = (*FORMATS, "geojsonseq", "ndjson", "csv")
#: Parameters of every page, of one item, and of a list of items (a list also takes the names of its properties).
PAGE_PARAMETERS = ("f", "lang")
ITEM_PARAMETERS = ("crs", "release", *PAGE_PARAMETERS)
ITEMS_PARAMETERS = (
    *("limit", "offset", "cursor", *SELECTING, "sortby", "properties", "skipGeometry"),
    *ITEM_PARAMETERS,
)
_ITEMS_PARAMETERS = frozenset(ITEMS_PARAMETERS)
_VIEWING = frozenset(("crs", "properties", "skipGeometry"))
_RELEASE = re.compile(r"[1-9][0-9]{0,9}\Z")


class View(NamedTuple):
    """How features are shown: CRS of the coordinates (a URI), properties (None: all), with geometry or not."""

    crs: str = CRS84
    properties: tuple[str, ...] | None = None
    skip_geometry: bool = False

    @property
    def as_prepared(self) -> bool:
        """Whether the finished text of a feature is what is asked for."""
        return self == _PREPARED


_PREPARED = View()


class Sort(NamedTuple):
    """One property to sort by."""

    name: str
    descending: bool = False


class After(NamedTuple):
    """The last feature of the page before: its sort keys (None: NULL) and its paging number."""

    keys: tuple[Literal | None, ...]
    row: Literal


class ItemsRequest(NamedTuple):
    """Which features of a release, in which order, how many, and how they are shown.

    Its page starts after `after`, or after `offset` features.
    """

    limit: Literal
    offset: Literal | None = None
    after: After | None = None
    selection: Selection = Selection()
    sortby: tuple[Sort, ...] = ()
    view: View = View()


class Page(NamedTuple):
    """An items request and what is not for the database: the format, and where in the whole list the page begins.

    `matched` is how many features match where that is known; `asked` stands for what is selected and how it is sorted.
    """

    request: ItemsRequest
    format: str | None
    position: int
    matched: int | None
    asked: str
    cursor: Cursor | None

    @property
    def limit(self) -> int:
        """How many features at most."""
        return int(self.request.limit.value)

    def following(self, state: State, returned: int, matched: int, last: Sequence[Any]) -> Cursor | None:
        """Where the page after this one begins, of which `returned` features were read; None where none follows.

        `last` is the last feature's sort keys as text and its paging number.
        """
        position = self.position + returned
        if not returned or position >= matched:
            return None
        active = self.request.selection.active
        return Cursor(
            release=state.release,
            epoch=state.erasure_epoch,
            incarnation=state.incarnation,
            asked=self.asked,
            position=position,
            matched=matched,
            row=int(last[-1]),
            keys=tuple(last[:-1]),
            now=active.start.value if active and active.start else None,
        )


def asked_cursor(pairs: Iterable[tuple[str, str]]) -> Cursor | None:
    """The cursor in `cursor`, to be known before the other parameters can be."""
    given = [value for name, value in pairs if name == "cursor"]
    if len(given) > 1:
        raise BadParameter("cursor", _("“{name}” is given more than once.", name="cursor"))
    return parse_cursor(given[0]) if given else None


def asked_release(pairs: Iterable[tuple[str, str]]) -> int | None:
    """The number in `release`, to be known before the other parameters can be; None for the current one."""
    given = [value for name, value in pairs if name == "release"]
    if not given:
        return None
    if len(given) > 1:
        raise BadParameter("release", _("“{name}” is given more than once.", name="release"))
    if not _RELEASE.match(given[0]) or int(given[0]) >= 2**31:
        raise BadParameter("release", _("“release” is the number of a release: 1, 2, 3 …"))
    return int(given[0])


def parse_page(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Check the parameters of a page without features (`f`, `lang`)."""
    values = single_values(pairs, PAGE_PARAMETERS)
    choice("f", values, FORMATS)
    choice("lang", values, LANGUAGES)
    return values


def parse_item(pairs: Iterable[tuple[str, str]], release: Release) -> View:
    """Check the parameters of one item."""
    values = single_values(pairs, ITEM_PARAMETERS)
    choice("f", values, ITEM_FORMATS)
    choice("lang", values, LANGUAGES)
    return View(crs=one_of_crs("crs", values, release.crs))


def parse_items(
    pairs: Collection[tuple[str, str]], release: Release, limits: Limits, now: datetime | None = None
) -> Page:
    """Check the parameters of a list of items, properties and CRSs against the definition of `release`.

    `limit` above the largest is the largest (OGC API Features Part 1, 7.15.2); `now` is what `active=now` means.
    """
    values = single_values(pairs, _parameters(tuple(release.filterable))) if pairs else {}
    form = choice("f", values, ITEMS_FORMATS)
    choice("lang", values, LANGUAGES)
    cursor = _cursor(pairs, values, release)
    offset = _offset(values, limits)
    sortby = _sortby(values, release.filterable) if "sortby" in values else ()
    request = ItemsRequest(
        limit=Literal("integer", min(count("limit", values, limits.default_limit, least=1), limits.max_limit)),
        offset=Literal("integer", offset) if offset else None,
        after=_after(cursor, sortby, release) if cursor else None,
        selection=parse_selection(values, release, (cursor and cursor.now) or now),
        sortby=sortby,
        view=_view(values, release),
    )
    everything = release.features if request.selection.everything else None
    counted = cursor.matched if cursor and cursor.matched >= 0 else None
    return Page(
        request,
        form,
        position=cursor.position if cursor else offset,
        matched=everything if everything is not None else counted,
        asked=cursor.asked if cursor else asked_digest(pairs),
        cursor=cursor,
    )


@lru_cache(maxsize=1024)
def _parameters(properties: tuple[str, ...]) -> frozenset[str]:
    """What a list of items may be asked with."""
    return _ITEMS_PARAMETERS | frozenset(properties)


def _view(values: Mapping[str, str], release: Release) -> View:
    if values.keys().isdisjoint(_VIEWING):
        return _PREPARED
    return View(
        crs=one_of_crs("crs", values, release.crs),
        properties=listed("properties", values, [field.name for field in release.definition.fields]) or None,
        skip_geometry=choice("skipGeometry", values, ("true", "false")) == "true",
    )


def _cursor(pairs: Collection[tuple[str, str]], values: Mapping[str, str], release: Release) -> Cursor | None:
    if "cursor" not in values:
        return None
    cursor = parse_cursor(values["cursor"])
    if "offset" in values:
        raise BadParameter("offset", _("“offset” and “cursor” cannot be given together."))
    if cursor.asked != asked_digest(pairs) or cursor.release != release.number:
        raise BadParameter(
            "cursor",
            _("“cursor” was made for other parameters. Start again without it, and follow the link “next”."),
        )
    return cursor


def _after(cursor: Cursor, sortby: tuple[Sort, ...], release: Release) -> After:
    if len(cursor.keys) != len(sortby):
        raise BadParameter("cursor", _("“cursor” was made for another order."))
    kinds = [release.filterable[sort.name] for sort in sortby]
    keys = (
        None if key is None else Literal(kind, typed_text(kind, key))
        for kind, key in zip(kinds, cursor.keys, strict=True)
    )
    try:
        return After(tuple(keys), Literal("integer", cursor.row))
    except (ValueError, KeyError) as error:
        raise BadParameter("cursor", _("“cursor” was made for another order.")) from error


def _offset(values: Mapping[str, str], limits: Limits) -> int:
    offset = count("offset", values, 0, least=0)
    if offset > limits.max_offset:
        raise BadParameter(
            "offset",
            _("“offset” is at most {largest}. Follow the link “next” to go further.", largest=limits.max_offset),
        )
    return offset


def _sortby(values: Mapping[str, str], names: Collection[str]) -> tuple[Sort, ...]:
    # A plus sign that was not percent-encoded arrives as a space.
    parts = [
        (part[:1] == "-", part.removeprefix(part[:1]) if part[:1] in "+- " else part)
        for part in values["sortby"].split(",")
    ]
    each_once("sortby", dict.fromkeys(name for _descending, name in parts), names)
    if len(set(parts)) < len(parts):
        raise BadParameter("sortby", _("“{name}” is given more than once.", name="sortby"))
    # A property in both directions: what it is sorted by first decides.
    first = {name: descending for descending, name in reversed(parts)}
    return tuple(Sort(name, first[name]) for name in dict.fromkeys(name for _descending, name in parts))
