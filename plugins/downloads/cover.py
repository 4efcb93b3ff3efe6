"""Which tiles of a release hold something: asked zoom by zoom, among those below the tiles that do.

A feature that is first shown at a larger zoom counts at every one, so that nothing below it is missed.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from catalogue.generation import Generation
from catalogue.tiles.quad import Tile, limits

#: Tiles in one question.
_AT_ONCE = 1000


def zooms(
    connection: Connection, generation: Generation, extent: tuple[float, float, float, float], first: int, last: int
) -> Iterator[list[Tile]]:
    """The tiles of each zoom from `first` to `last` whose reach meets the box of a current feature.

    `extent`: that of the release in degrees; the tiles beyond it, where its features' symbols may reach, are no part of
    the tile set.
    """
    edges = limits(extent, first)
    asked = [
        Tile(first, column, row)
        for row in range(edges.first_row, edges.last_row + 1)
        for column in range(edges.first_column, edges.last_column + 1)
    ]
    for zoom in range(first, last + 1):
        found = list(_holding(connection, generation, asked))
        yield found
        edges = limits(extent, zoom + 1)
        below = (
            Tile(zoom + 1, 2 * tile.column + right, 2 * tile.row + down)
            for tile in found
            for down in (0, 1)
            for right in (0, 1)
        )
        asked = [tile for tile in below if edges.holds(tile)]


def _holding(connection: Connection, generation: Generation, tiles: list[Tile]) -> Iterator[Tile]:
    # A reach that spans the antimeridian is as wide as the world.
    statement = text(
        "SELECT place FROM unnest(CAST(:west AS float8[]), CAST(:south AS float8[]), CAST(:east AS float8[]), "
        "CAST(:north AS float8[])) WITH ORDINALITY AS tile (west, south, east, north, place) "
        f"WHERE EXISTS (SELECT FROM {generation.table} WHERE _until IS NULL "
        "AND _geom && ST_MakeEnvelope(west, south, east, north, 4326)) ORDER BY place"
    )
    for start in range(0, len(tiles), _AT_ONCE):
        part = tiles[start : start + _AT_ONCE]
        west, south, east, north = zip(*(tile.reach for tile in part), strict=True)
        values = {"west": list(west), "south": list(south), "east": list(east), "north": list(north)}
        for place in connection.scalars(statement, values):
            yield part[place - 1]
