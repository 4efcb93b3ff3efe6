"""The release from which on changes are told: found by number, by instant, or by the token of the last answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from catalogue.crs import Bounds
from catalogue.database.schemas import CATALOGUE, FEATURES
from catalogue.generation import Generation
from catalogue.language import _
from catalogue.query.cursor import Cursor
from catalogue.query.parameters import BadParameter
from catalogue.query.pool import Pool
from catalogue.query.prepared import Prepared
from catalogue.query.reader import ReleaseGone, StateChanged, UnknownRelease
from catalogue.query.table import Reading

_FIND = Prepared(
    f"""
    SELECT r.number, r.state, r.native_extent, r.definition::text AS definition,
        g.id AS generation, g.table_name, g.srid, g.geometry_type,
        to_regclass('{FEATURES}.g' || g.id || '_versions') IS NOT NULL AS versions,
        to_regclass('{FEATURES}.g' || $4::bigint || '_versions') IS NOT NULL AS read_versions,
        l.current_release, l.erasure_epoch, l.changes_from, c.incarnation::text AS incarnation,
        (SELECT min(o.number) FROM {CATALOGUE}.release o WHERE o.layer = l.id AND o.state = 'readable') AS oldest
    FROM {CATALOGUE}.layer l CROSS JOIN {CATALOGUE}.catalogue c
    LEFT JOIN {CATALOGUE}.release r ON r.layer = l.id AND r.number = coalesce($2::integer, (
        SELECT max(t.number) FROM {CATALOGUE}.release t WHERE t.layer = l.id AND t.published_at <= $3::timestamptz
    ))
    LEFT JOIN {CATALOGUE}.generation g ON g.id = r.generation
    WHERE l.id = $1::text
    """,
    (0, 1, 2, 3),
    (None, None, None, None),
)


@dataclass(frozen=True)
class Start:
    """The release that changes are told from; number 0 is the empty layer before its first release.

    `versions`, `read_versions`: whether the table of this release, and of the one that changes are told up to, has
    versions that were superseded in place, and an index of them.
    """

    number: int
    generation: Generation | None
    native_extent: Bounds | None
    versions: bool
    read_versions: bool


async def find_start(pool: Pool, reading: Reading, asked: int | datetime | Cursor) -> Start:
    """The release that is asked for; `reading` is the one that changes are told up to.

    Raises UnknownRelease, ReleaseGone where changes since then are not known, StateChanged where this process or this
    database has not seen it yet.
    """
    release = reading.release
    number = asked.release if isinstance(asked, Cursor) else asked if isinstance(asked, int) else None
    instant = asked if isinstance(asked, datetime) else None
    rows = await pool.rows(_FIND, [release.layer, number, instant, release.generation])
    if not rows:
        raise UnknownRelease(_("There is no release of “{layer}”.", layer=release.layer))
    row = rows[0]
    if isinstance(asked, Cursor):
        _require_token(asked, row, release.layer)
    if row["number"] is None and not number:
        return Start(0, None, None, versions=False, read_versions=row["read_versions"])
    if row["number"] is None:
        raise UnknownRelease(
            _("There is no release {number}; the newest is {newest}.", number=number, newest=row["current_release"])
        )
    if row["state"] != "readable" or row["table_name"] is None or row["number"] < row["changes_from"]:
        raise ReleaseGone(
            _(
                "What changed since release {number} is no longer known; since {oldest} and later it is. Fetch all "
                "items, then ask for what changed since the release that their header “Kartlagd-Release” names.",
                number=row["number"],
                oldest=max(row["oldest"] or row["current_release"], row["changes_from"]),
            )
        )
    if row["number"] > release.number:
        if reading.pinned:
            raise BadParameter("since", _("“since” is newer than release {number}.", number=release.number))
        raise StateChanged(_("“{layer}” has just changed.", layer=release.layer))
    return _start(row)


def _require_token(asked: Cursor, row: Mapping[str, Any], layer: str) -> None:
    if asked.incarnation != row["incarnation"] or asked.epoch < row["erasure_epoch"]:
        raise ReleaseGone(
            _(
                "Something was erased from “{layer}” since that token was given. Fetch all items, in place of what "
                "you have, then ask for what changed since the release that their header “Kartlagd-Release” names.",
                layer=layer,
            )
        )
    if asked.release > (row["current_release"] or 0) or asked.epoch > row["erasure_epoch"]:
        # Another database has given it, one that is ahead of this one.
        raise StateChanged(_("“{layer}” has just changed.", layer=layer))


def _start(row: Mapping[str, Any]) -> Start:
    fields = tuple((field["name"], field["type"]) for field in orjson.loads(row["definition"])["fields"])
    generation = Generation(row["generation"], row["table_name"], row["srid"], row["geometry_type"], fields)
    extent = tuple(row["native_extent"]) if row["native_extent"] else None
    return Start(row["number"], generation, extent, row["versions"], row["read_versions"])
