"""Shapes of a release for a small picture: those that tiles show at the smallest zooms, simplified."""

from __future__ import annotations

from sqlalchemy import Connection, text

from catalogue.generation import Generation

#: Shapes of one picture.
MOST = 2_000


def shapes(connection: Connection, generation: Generation, tolerance: float) -> list[bytes]:
    """At most `MOST` shapes of the current release as WKB (CRS84), simplified by `tolerance` degrees.

    In the order in which tiles show more and more of them, which is spread over the whole layer. Reads all live rows
    once, without their features: under a second for 300,000 of them.
    """
    # What draws a feature is decided first; simplifying and sending costs, and is done for the chosen alone.
    rows = connection.execute(
        text(
            "SELECT ST_AsBinary(CASE WHEN ST_NPoints(_geom) > 8 THEN ST_Simplify(_geom, :tolerance, true) "
            "ELSE _geom END) "
            f"FROM {generation.table} WHERE _row IN (SELECT _row FROM {generation.table} "
            "WHERE _until IS NULL AND _geom IS NOT NULL ORDER BY _zoom, hashtextextended(_id, 0), _row LIMIT :most)"
        ),
        {"tolerance": tolerance, "most": MOST},
    )
    return [bytes(shape) for shape in rows.scalars()]


def shape_of(connection: Connection, generation: Generation, identifier: str) -> bytes | None:
    """The shape of one feature of the current release as WKB (CRS84); None where it has none, or is not there.

    One index look-up.
    """
    shape = connection.scalar(
        text(f"SELECT ST_AsBinary(_geom) FROM {generation.table} WHERE _id = :id AND _until IS NULL"),
        {"id": identifier},
    )
    return None if shape is None else bytes(shape)
