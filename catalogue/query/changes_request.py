"""A request for what changed: from which release on, and which part of it.

Whatever is wrong raises BadParameter, which names the parameter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from catalogue.crs import Bounds, crs_from, transform_bounds, uri_of_srid
from catalogue.language import LANGUAGES, _
from catalogue.query.changes_start import Start
from catalogue.query.cursor import Cursor, asked_digest, parse_cursor
from catalogue.query.literal import Literal
from catalogue.query.parameters import BadParameter, choice, count, single_values
from catalogue.query.period import parse_instant
from catalogue.query.selection import Selection, parse_selection
from catalogue.query.state import State
from catalogue.release import Release
from catalogue.settings import Limits

Pairs = tuple[tuple[str, str], ...]
_EVERYTHING = Selection()
_SELECTING = ("bbox", "bbox-crs", "filter", "filter-lang", "filter-crs")
CHANGES_PARAMETERS = ("since", "limit", *_SELECTING, "cursor", "release", "f", "lang")
#: What tells the token of a last answer from the cursor of a page.
_TOKEN = "changes"
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,9})\Z")
#: Clocks differ; further ahead is a mistake.
_AHEAD = timedelta(minutes=2)
#: A page is read and sent as a whole: it has no more features than make about so many bytes.
_PAGE_BYTES = 1024 * 1024
_EXPECTED = _(
    "“since” is the number of a release, an instant (2026-05-01T12:00:00Z; “+” is written %2B), "
    "or the token of the last answer."
)


@dataclass(frozen=True)
class Written:
    """The last feature of the page before, one that was added or changed: `key` orders before its paging number."""

    key: Literal
    row: Literal


@dataclass(frozen=True)
class Removed:
    """The last feature of the page before, one that was removed."""

    release: Literal
    id: Literal


@dataclass(frozen=True)
class ChangesRequest:
    """Which changes, how many at most, and after which one: first those added and changed, then those removed."""

    limit: Literal
    after: Written | Removed | None = None
    selection: Selection = Selection()


@dataclass(frozen=True)
class ChangesPage:
    """A request and what is not for the database: how many changes came before it, and all parameters."""

    request: ChangesRequest
    start: Start
    position: int
    pairs: Pairs

    @property
    def limit(self) -> int:
        """How many features at most."""
        return int(self.request.limit.value)

    def following(self, state: State, returned: int, place: list[str]) -> Cursor:
        """Where the page behind `place` begins: a feature's kind (`written`, `removed`) and its two keys, as text."""
        return Cursor(
            release=state.release,
            epoch=state.erasure_epoch,
            incarnation=state.incarnation,
            asked=asked_digest(self.pairs),
            position=self.position + returned,
            matched=-1,
            row=0,
            keys=(str(self.start.number), *place),
        )


def token(state: State) -> str:
    """What to give as `since` to hear of what comes after that state."""
    return Cursor(state.release, state.erasure_epoch, state.incarnation, _TOKEN, 0, -1, 0).encoded()


def changes_values(pairs: Pairs) -> dict[str, str]:
    """The parameters by name, each known and given once; `since` is one of them."""
    values = single_values(pairs, CHANGES_PARAMETERS)
    choice("f", values, ("json",))
    choice("lang", values, LANGUAGES)
    if "since" not in values:
        raise BadParameter(
            "since", _("“since” is missing: give a release, an instant, or the token of the last answer.")
        )
    return values


def asked_start(values: Mapping[str, str], pairs: Pairs, now: datetime) -> int | datetime | Cursor:
    """From where on changes are asked for: a release number (0: from the beginning), an instant, or a token's state.

    In a page that a cursor leads to it is a number. Other parameters can be known when it is.
    """
    if "cursor" in values:
        return _from_cursor(values["cursor"], pairs)[0]
    text = values["since"]
    if _NUMBER.match(text) and int(text) < 2**31:
        return int(text)
    try:
        return _instant(text, now)
    except ValueError:
        pass
    try:
        found = parse_cursor(text)
    except BadParameter:
        found = None
    if found is None or found.asked != _TOKEN:
        raise BadParameter("since", _EXPECTED)
    return found


def parse_changes(
    values: Mapping[str, str], pairs: Pairs, release: Release, start: Start, limits: Limits
) -> ChangesPage:
    """Check the other parameters against the definition of `release`, the one that changes are told up to.

    `limit` above the largest is the largest; a page has fewer features where that many would be many bytes.
    """
    limit = min(count("limit", values, limits.default_limit, least=1), limits.max_limit)
    after, position = None, 0
    if "cursor" in values:
        _since, after, position = _from_cursor(values["cursor"], pairs)
    request = ChangesRequest(Literal("integer", min(limit, _rows(release))), after, _selection(values, release, start))
    return ChangesPage(request, start, position, pairs)


def _instant(text: str, now: datetime) -> datetime:
    instant = parse_instant(text)
    if instant > now + _AHEAD:
        raise BadParameter("since", _("“since” lies in the future."))
    return instant


def _from_cursor(text: str, pairs: Pairs) -> tuple[int, Written | Removed, int]:
    cursor = parse_cursor(text)
    try:
        if cursor.asked != asked_digest(pairs):
            raise ValueError(text)
        number, kind, first, second = (key or "" for key in cursor.keys)
        return _number(number, 31), _after(kind, Literal("small", _number(first, 31)), second), cursor.position
    except ValueError as error:
        raise BadParameter(
            "cursor",
            _("“cursor” was made for other parameters. Start again without it, and follow the link “next”."),
        ) from error


def _after(kind: str, key: Literal, text: str) -> Written | Removed:
    if kind == "written":
        return Written(key, Literal("integer", _number(text, 63)))
    if kind == "removed":
        return Removed(key, Literal("text", text))
    raise ValueError(kind)


def _number(text: str, bits: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < 2**bits):
        raise ValueError(text)
    return int(text)


def _rows(release: Release) -> int:
    """How many features a page may have, by the release's average."""
    average = release.byte_sizes.get("geojson", 0) // max(release.features, 1) or 1000
    return max(_PAGE_BYTES // average, 1)


def _selection(values: Mapping[str, str], release: Release, start: Start) -> Selection:
    chosen = {name: value for name, value in values.items() if name in _SELECTING}
    if not chosen:
        return _EVERYTHING
    # A feature matches where it is or where it was.
    return parse_selection(chosen, replace(release, native_extent=_around(release, start)))


def _around(release: Release, start: Start) -> Bounds | None:
    """The box around the features of both releases, in the CRS of `release`."""
    then, now = start.native_extent, release.native_extent
    if then is None or start.generation is None or release.srid is None:
        return now
    if start.generation.srid != release.srid:
        then = transform_bounds(then, *(crs_from(uri_of_srid(srid)) for srid in (start.generation.srid, release.srid)))
    if now is None:
        return then
    return min(then[0], now[0]), min(then[1], now[1]), max(then[2], now[2]), max(then[3], now[3])
