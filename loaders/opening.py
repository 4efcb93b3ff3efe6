"""A layer's source, opened: unchanged while it was looked at, in a known CRS, under the licence that is promised."""

from __future__ import annotations

import shutil
from pathlib import Path

from pyproj import CRS

from catalogue.crs import crs_from, transformer
from catalogue.language import _
from catalogue.layer import Layer
from catalogue.problems import Refused, WrongUse
from catalogue.source_file import SourceFile
from loaders.derive import derived, united
from loaders.licence import check_licence
from loaders.sources import Source, fingerprint, open_source, source_path


def open_layer(home: Path, layer: Layer, data: Path, override: Path | None) -> tuple[Source, object]:
    """The opened source of a layer, or `override` in its place, and its fingerprint from before it was looked into.

    `data` is the private data folder. Raises as `open_source` does, WrongUse for a licence that contradicts, and
    Refused and WrongUse where what the layer derives does not fit (`loaders.derive`).
    """
    opening = _Opening(home, layer, data)
    several = layer.derivation.sources if layer.derivation else []
    if several and override is not None:
        message = _("{layer} has several sources: one file cannot stand in for all of them.", layer=layer.id)
        raise WrongUse(message)
    if several:
        source = united(layer, several, opening.open)
    else:
        source = opening.open(layer.source, "", layer.has_geometry, override=override)
    source = derived(home, layer, source, opening.open, lambda source: source_crs(layer, source))
    before = fingerprint(source.info.files)
    opening.check()
    return source, before


class _Opening:
    """The opening of all places of a layer, and what they were like then."""

    def __init__(self, home: Path, layer: Layer, data: Path) -> None:
        self._home, self._layer, self._data = home, layer, data
        self._seen: list[tuple[list[Path], object]] = []

    def open(self, spec: SourceFile, word: str, geometry: bool, *, override: Path | None = None) -> Source:
        """One place; `word` tells it apart from the layer's others, in the folder of what is fetched too."""
        fetched = self._data / "fetched" / (f"{self._layer.id}~{word}" if word else self._layer.id)
        if spec.url is None:
            # Of a layer that once came from the web.
            shutil.rmtree(fetched, ignore_errors=True)
        if spec.path is None and override is None:
            # Nobody else writes to what was fetched.
            source = open_source(spec, self._home, fetched=fetched, geometry=geometry)
            if note := check_licence(self._layer, source.info.licence):
                source.info.notes.append(note)
            return source
        path = source_path(spec, self._home, override)
        opened = fingerprint([path])
        source = open_source(spec, self._home, override=override, geometry=geometry)
        self._seen += [([path], opened), (source.info.files, fingerprint(source.info.files))]
        return source

    def check(self) -> None:
        """Raise Refused where someone wrote to a file since it was opened."""
        for files, then in self._seen:
            if fingerprint(files) != then:
                raise changed_while_read(self._layer, files[0])


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
