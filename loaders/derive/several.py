"""Several sources as one: their rows in the order in which the layer file names them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely
from pyproj import CRS

from catalogue.crs import srid, transformer
from catalogue.language import Message, _
from catalogue.problems import Problem, Refused
from loaders.conform.columns import find_column, suggest_column
from loaders.conform.values import Reading, is_text, to_text
from loaders.derive.rows import Rows, numbered
from loaders.sources.source import WKB_COLUMN, Source, SourceInfo
from loaders.wkb import shapes_from


@dataclass(frozen=True)
class Part:
    """One of the sources; `columns` are those that are called otherwise in it, or (None) are not there.

    `crs` is that of its coordinates, None where the layer has no geometry.
    """

    source: Source
    columns: Mapping[str, str | None]
    crs: CRS | None


class SeveralSources:
    """The rows of all parts, in the CRS of the first."""

    def __init__(self, layer: str, parts: Sequence[Part], zone: ZoneInfo) -> None:
        """Raises Refused where a column that a part is said to have is not there."""
        self._layer, self._parts, self._reading = layer, parts, Reading(zone)
        self._check_names()
        counts = [part.source.info.feature_count for part in parts]
        first = parts[0].source.info
        self.info = SourceInfo(
            kind=first.kind,
            files=[file for part in parts for file in part.source.info.files],
            columns=self._columns(),
            crs=parts[0].crs,
            geometry_kind=first.geometry_kind,
            feature_count=None if None in counts else sum(count or 0 for count in counts),
            encoding=first.encoding,
            notes=[],
            name=", ".join(part.source.info.shown for part in parts),
        )

    def _check_names(self) -> None:
        problems = []
        for place, part in enumerate(self._parts):
            known = list(part.source.info.columns)
            for ours, theirs in part.columns.items():
                if theirs is not None and find_column(theirs, known) is None:
                    message = _("{file} has no column “{column}”.", file=part.source.info.shown, column=theirs)
                    key = f"sources.{place}.columns.{ours}"
                    problems.append(Problem(message, key=key, suggestion=suggest_column(theirs, known)))
        if problems:
            raise Refused(_("{layer}: the sources do not fit the layer file.", layer=self._layer), problems)

    def _columns(self) -> dict[str, pa.DataType]:
        """All columns under the layer's names; text where the sources declare different types."""
        found: dict[str, pa.DataType] = {}
        for part in self._parts:
            theirs = {name: ours for ours, name in part.columns.items() if name is not None}
            for name, kind in part.source.info.columns.items():
                ours = theirs.get(name) or find_column(name, found) or name
                if ours in part.columns and theirs.get(name) != ours:
                    continue  # The name is that of another column here.
                found[ours] = kind if found.get(ours, kind) == kind else pa.string()
        return found

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rows as `Source.batches` has them; a part's rows are numbered on from those of the part before."""
        asked = [self._asked(part, columns) for part in self._parts]
        before = 0
        notes: list[Message] = []
        for part, names in zip(self._parts, asked, strict=True):
            last = before
            for rows in numbered(part.source.batches(list(dict.fromkeys(filter(None, names.values()))))):
                rows.numbers += before
                last = int(rows.numbers[-1]) if len(rows.numbers) else last
                yield self._made(part, rows, names)
            shown = part.source.info.shown
            notes.append(_("Rows {first} to {last} are those of {file}.", first=before + 1, last=last, file=shown))
            if part.crs is not None and part.crs != self._parts[0].crs:
                notes.append(_("{file} was transformed from EPSG:{code}.", file=shown, code=srid(part.crs)))
            notes += [_("{file}: {problem}", file=shown, problem=note) for note in part.source.info.notes]
            before = last
        self.info.notes[:] = notes

    def _asked(self, part: Part, columns: Sequence[str]) -> dict[str, str | None]:
        """What each column is called in a part. Raises Refused where it has none of that name."""
        known = list(part.source.info.columns)
        found: dict[str, str | None] = {}
        problems = []
        for ours in columns:
            wanted = part.columns.get(ours, ours)
            found[ours] = find_column(wanted, known) if wanted is not None else None
            if wanted is not None and found[ours] is None:
                message = _("{file} has no column “{column}”.", file=part.source.info.shown, column=wanted)
                suggestion = suggest_column(wanted, known) or _("Its columns: {names}.", names=", ".join(known))
                problems.append(Problem(message, suggestion=suggestion))
        if problems:
            help_ = _("Say what it is called there, or that it is not there: columns: {example}",
                      example="{NAMN: BENAMNING, BREDD: null}")  # fmt: skip
            problems.append(Problem(help_, level="warning"))
            raise Refused(_("{layer}: the sources do not fit the layer file.", layer=self._layer), problems)
        return found

    def _made(self, part: Part, rows: Rows, names: Mapping[str, str | None]) -> pa.RecordBatch:
        columns = {ours: self._column(rows, ours, theirs) for ours, theirs in names.items()}
        batch = rows.made(columns)
        target = self._parts[0].crs
        if part.crs is None or target is None or part.crs == target:
            return batch
        place = batch.schema.names.index(WKB_COLUMN)
        return batch.set_column(place, WKB_COLUMN, _transformed(rows.wkb, part.crs, target))

    def _column(self, rows: Rows, ours: str, theirs: str | None) -> pa.Array:
        if theirs is None:
            return pa.nulls(rows.batch.num_rows, self.info.columns[ours])
        values = rows.column(theirs)
        # Declared as different things: text is what all of them can be.
        differs = is_text(self.info.columns[ours]) and not is_text(values.type)
        return to_text(values, self._reading).values if differs else values


def _transformed(wkb: pa.Array, source: CRS, target: CRS) -> pa.Array:
    raw = wkb.to_numpy(zero_copy_only=False)
    shapes = shapes_from(raw)
    change = transformer(source, target)

    def moved(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(change.transform(points[:, 0], points[:, 1]))

    made = shapely.to_wkb(shapely.transform(shapes, moved), flavor="iso")
    # What cannot be read stays as it is, to be rejected with its reason.
    return pa.array(np.where(shapely.is_missing(shapes), raw, made), pa.binary())
