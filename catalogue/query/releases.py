"""The releases of a layer as readers may know them, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from catalogue.database.schemas import CATALOGUE


@dataclass(frozen=True)
class Listed:
    """One release in a list: when it came, what it holds and what it changed, and whether it can still be read.

    `state` is `readable`, `retired` (superseded long ago) or `withdrawn`. `added`, `changed` and `removed` are against
    the release before; `rejected` rows of the source were left out.
    """

    number: int
    state: str
    published_at: datetime
    rolled_back_to: int | None
    features: int
    added: int
    changed: int
    removed: int
    rejected: int


def listed_releases(connection: Connection, layer: str, *, limit: int, before: int | None = None) -> list[Listed]:
    """At most `limit` releases older than `before`, the newest first. The primary key finds them: one short read."""
    rows = connection.execute(
        text(
            "SELECT number, state, published_at, rolled_back_to, features, added, changed, removed, rejected "
            f"FROM {CATALOGUE}.release WHERE layer = :layer AND number < :before ORDER BY number DESC LIMIT :limit"
        ),
        {"layer": layer, "before": 2**31 - 1 if before is None else before, "limit": limit},
    )
    return [Listed(**row._mapping) for row in rows]


def changes_known_from(connection: Connection, layer: str) -> int:
    """The oldest release since which the changes of a layer can be told one by one."""
    found = connection.scalar(text(f"SELECT changes_from FROM {CATALOGUE}.layer WHERE id = :layer"), {"layer": layer})
    return int(found or 0)


def empty_values(connection: Connection, layer: str, number: int) -> dict[str, int] | None:
    """How many values of each field were empty when a release was loaded, by field; None where nobody counted them.

    A release that repeats an older one has that one's numbers.
    """
    found: dict[str, int] | None = connection.scalar(
        text(
            f"SELECT coalesce(r.empty, o.empty) FROM {CATALOGUE}.release r LEFT JOIN {CATALOGUE}.release o "
            "ON o.layer = r.layer AND o.number = r.rolled_back_to WHERE r.layer = :layer AND r.number = :number"
        ),
        {"layer": layer, "number": number},
    )
    return found
