"""What GDAL reads well enough to be taken at its word: one layer of a file, in batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from catalogue.language import Message, _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused
from loaders.sources import gdal
from loaders.sources.choice import choose, is_a_table
from loaders.sources.plain import is_binary, not_read, plain
from loaders.sources.source import SourceInfo, unreadable


@dataclass(frozen=True)
class Format:
    """How GDAL is told to read one kind.

    `drivers` are those that may answer: another one means that the file is not what its name says. `hidden` are
    columns that say how a map looks rather than what is on it. `unnamed` says that the kind has one layer, whose name
    says nothing.
    """

    title: str
    drivers: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    unnamed: bool = False


@dataclass(frozen=True)
class Opened:
    """What a kind knows of its file before GDAL reads it.

    `read` is where GDAL reads, `files` belong to the source. `features` is how many features the kind itself has
    counted in the whole file: fewer are refused. `where` (OGR SQL) chooses among them. `options` and `hidden` add to
    those of the format.
    """

    read: Path
    files: list[Path]
    name: str = ""
    features: int | None = None
    where: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    keeper: object = None
    encoding: str | None = None
    notes: tuple[Message, ...] = ()


class GdalSource:
    """One layer; numbers and dates are what GDAL makes of them, so text formats should have them as text."""

    def __init__(self, path: Path, spec: SourceFile, kind: Format, opened: Opened | None = None) -> None:
        """Look into the file; raises Refused where it is damaged, WrongUse where the layer must be named."""
        self._opened = opened or Opened(path, [path])
        self._path, self._name = self._opened.read, path.name
        self._encoding = spec.encoding or self._opened.encoding
        self._options = {**kind.options, **self._opened.options}
        shapes = gdal.layers(self._path)
        self._layer = self._choose(shapes, None if kind.unnamed else spec.layer)
        found = gdal.read_info(
            self._path, layer=self._layer, encoding=self._encoding, force_feature_count=True, **self._options
        )
        if found["driver"] not in kind.drivers:
            raise Refused(
                _(
                    "{file} is not {kind}, whatever its name says. Name it after what it is, or export it again.",
                    file=self._name,
                    kind=kind.title,
                )
            )
        self._check_all_there(shapes, int(found["features"]))
        hidden = kind.hidden | self._opened.hidden
        columns = {name: of for name, of in gdal.column_types(found).items() if name not in hidden}
        binary = [name for name, of in columns.items() if is_binary(of)]
        notes = list(self._opened.notes)
        if binary:
            notes.append(not_read(binary))
        self.info = SourceInfo(
            kind=kind.title,
            files=self._opened.files,
            name=self._opened.name,
            columns={name: of for name, of in columns.items() if name not in binary},
            crs=gdal.crs_of(found),
            geometry_kind=gdal.geometry_kind(found["geometry_type"]),
            feature_count=int(found["features"]) if self._opened.where is None else None,
            encoding=self._encoding or "utf-8",
            notes=notes,
            without_geometry=None if shapes.get(self._layer) else is_a_table(self._name, self._layer, shapes.values()),
        )

    @property
    def layer(self) -> str:
        """The name of the layer that is read."""
        return self._layer

    def _choose(self, shapes: Mapping[str, str | None], wanted: str | None) -> str:
        if not shapes:
            raise Refused(unreadable(Path(self._name), "nothing in it can be read"))
        # A table without geometry can be named, but is not guessed where there is anything else.
        only_tables = not any(shapes.values())
        names = [name for name, shape in shapes.items() if shape is not None or name == wanted or only_tables]
        none = _("{file} has no layer with geometry.", file=self._name)
        return choose(self._name, names, wanted, none, gdal.described(self._path, **self._options))

    def _check_all_there(self, shapes: Mapping[str, str | None], chosen: int) -> None:
        """Refuse where GDAL finds fewer features than the kind has counted: some would be left out without a word."""
        if self._opened.features is None:
            return
        others = (name for name in shapes if name != self._layer)
        total = chosen + sum(
            int(gdal.read_info(self._path, layer=name, force_feature_count=True, **self._options)["features"])
            for name in others
        )
        if total < self._opened.features:
            reason = f"{total} of {self._opened.features} features could be read"
            raise Refused(unreadable(Path(self._name), reason))

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rows as `Source.batches` has them."""
        if self.info.feature_count == 0:
            return
        more: dict[str, str] = {} if self._opened.where is None else {"where": self._opened.where}
        if self._encoding:
            more["encoding"] = self._encoding
        for batch in gdal.batches(
            self._path, columns, self.info.feature_count, layer=self._layer, **more, **self._options
        ):
            yield plain(batch)
