"""A layer's source, opened: unchanged while it was looked at, in a known CRS, under the licence that is promised."""

from __future__ import annotations

import shutil
from pathlib import Path

from pyproj import CRS

from catalogue.crs import crs_from, transformer
from catalogue.language import _
from catalogue.layer import Layer
from catalogue.problems import Refused
from loaders.licence import check_licence
from loaders.sources import Source, fingerprint, open_source, source_path


def open_layer(home: Path, layer: Layer, data: Path, override: Path | None) -> tuple[Source, object]:
    """The opened source of a layer, or `override` in its place, and its fingerprint from before it was looked into.

    `data` is the private data folder. Raises as `open_source` does, and WrongUse for a licence that contradicts.
    """
    fetched = data / "fetched" / layer.id
    if layer.source.url is None:
        # Of a layer that once came from the web.
        shutil.rmtree(fetched, ignore_errors=True)
    if layer.source.path is None and override is None:
        # Nobody else writes to what was fetched.
        source = open_source(layer.source, home, fetched=fetched, geometry=layer.has_geometry)
        if note := check_licence(layer, source.info.licence):
            source.info.notes.append(note)
        return source, fingerprint(source.info.files)
    path = source_path(layer.source, home, override)
    opened = fingerprint([path])
    source = open_source(layer.source, home, override=override, geometry=layer.has_geometry)
    before = fingerprint(source.info.files)
    if fingerprint([path]) != opened:
        raise changed_while_read(layer, path)
    return source, before


def changed_while_read(layer: Layer, file: Path) -> Refused:
    """The refusal of a source that someone wrote to during the load."""
    return Refused(
        _(
            "{layer}: {file} changed while it was read. Nothing was published; load it again when whole.",
            layer=layer.id,
            file=file.name,
        )
    )


def source_crs(layer: Layer, source: Source) -> CRS:
    """The CRS of the source's coordinates: the layer file's word wins, since files lie more often than people.

    Without geometry it is CRS84, in which nothing lies.
    """
    if not layer.has_geometry:
        return crs_from("EPSG:4326")
    crs = crs_from(layer.source.crs) if layer.source.crs else source.info.crs
    if crs is None:
        raise Refused(
            _(
                "{layer}: {file} does not say its coordinate reference system. "
                "Write it under source, such as crs: EPSG:3011.",
                layer=layer.id,
                file=source.info.shown,
            )
        )
    # Refuses a CRS for which this machine has no exact transformation.
    transformer(crs, crs_from("OGC:CRS84"))
    return crs
