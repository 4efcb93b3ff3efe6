"""What a layer file derives from its sources before anything else is done with them.

Sources around sources, each with the interface of one: `several` sources as one, tables `joined` to it, the rows
`chosen` by `where`, the columns that a `hook` makes, and `computed` ones; in this order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from pyproj import CRS

from catalogue.crs import crs_from
from catalogue.derivation import Derivation, SourcePart
from catalogue.language import _
from catalogue.layer import Layer
from catalogue.problems import Refused
from catalogue.source_file import SourceFile
from loaders.derive.chosen import ChosenSource
from loaders.derive.computed import ComputedSource
from loaders.derive.expressions import Expressions
from loaders.derive.hook import HookedSource
from loaders.derive.joined import JoinedSource
from loaders.derive.several import Part, SeveralSources
from loaders.sources.source import Source

__all__ = ["Open", "derived", "united"]

#: Opens a place of a layer: where it is, what tells it apart from the layer's others, whether geometry is wanted.
type Open = Callable[[SourceFile, str, bool], Source]


def united(layer: Layer, parts: Sequence[SourcePart], open_place: Open) -> Source:
    """Several sources as one. Raises Refused where they do not fit the layer file or each other."""
    zone = ZoneInfo(layer.time_zone)
    return SeveralSources(layer.id, [_part(layer, place, part, open_place) for place, part in enumerate(parts)], zone)


def _part(layer: Layer, place: int, part: SourcePart, open_place: Open) -> Part:
    opened = open_place(part.place, str(place + 1), layer.has_geometry)
    crs = _crs(layer, part, opened) if layer.has_geometry else None
    source = opened
    if part.where is not None:
        zone = ZoneInfo(layer.time_zone)
        expressions = Expressions(layer.id, opened, lambda: crs or crs_from("OGC:CRS84"), zone, part.decimal)
        source = ChosenSource(opened, expressions, part.where, key=f"sources.{place}.where", nothing=None)
    return Part(source, part.columns, crs)


def _crs(layer: Layer, part: SourcePart, source: Source) -> CRS:
    crs = crs_from(part.crs) if part.crs else source.info.crs
    if crs is None:
        raise Refused(
            _(
                "{layer}: {file} does not say its coordinate reference system. "
                "Write it under source, such as crs: EPSG:3011.",
                layer=layer.id,
                file=source.info.shown,
            )
        )
    return crs


def derived(home: Path, layer: Layer, source: Source, open_place: Open, crs: Callable[[Source], CRS]) -> Source:
    """The source with all that the layer derives from it; the source itself where that is nothing.

    `crs` gives the CRS of a source's coordinates, where an expression asks for it. Raises Refused and WrongUse where
    the layer file does not fit the source.
    """
    zone, decimal = ZoneInfo(layer.time_zone), layer.source.decimal
    wanted = layer.derivation or Derivation()

    def expressions() -> Expressions:
        return Expressions(layer.id, source, lambda: crs(source), zone, decimal)

    for alias, join in wanted.join.items():
        table = open_place(join.source, alias, False)
        source = JoinedSource(layer.id, source, alias, join, table, zone)
    if wanted.where is not None:
        nothing = _("{layer}: `where` leaves none of the source's rows: {where}", layer=layer.id, where=wanted.where)
        source = ChosenSource(source, expressions(), wanted.where, key="where", nothing=nothing)
    if wanted.hook is not None:
        source = HookedSource(home, source, wanted.hook)
    made = [field for field in layer.fields if field.origin.computed is not None or field.origin.from_unit is not None]
    return ComputedSource(source, expressions(), made) if made else source
