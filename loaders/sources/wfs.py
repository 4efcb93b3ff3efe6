"""A feature type of a WFS 2.0 or 1.1 (OGC 09-025r2, 04-094), page by page as GML.

The number of features is asked for first; fewer are refused. Pages that do not fit together (a feature twice, another
number) are asked for again in a stated order, then all at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pyarrow as pa

from catalogue.language import Message, _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused
from loaders.sources import gml
from loaders.sources.addresses import shown
from loaders.sources.axes import are_swapped, exchanged
from loaders.sources.client import Client
from loaders.sources.copied import CopiedSource, CopyWriter
from loaders.sources.gml_pages import GmlPages
from loaders.sources.limits import LIMITS, Limits
from loaders.sources.source import Kind, Source, SourceInfo
from loaders.sources.wfs_answer import WfsAnswer
from loaders.sources.wfs_service import WfsService

#: Many servers give no more at a time.
_PAGE = 1000
#: What GDAL calls the ids of features in GML 3 and 2.
_IDS = ("gml_id", "fid")


@dataclass(frozen=True)
class _Way:
    """One way to ask: page by page, in which order; without a size all at once."""

    size: int | None
    sort_by: str | None = None


class _Mixed(Exception):
    """The pages are not of one state; the argument says how that shows."""


def open_wfs(folder: Path, spec: SourceFile, limits: Limits = LIMITS) -> Source:
    """Read the feature type whole into a private file. Raises as `Client` does, Refused where features are missing."""
    with Client(spec, limits) as client:
        reading = _Reading(client, WfsService(client, spec, folder), spec, folder)
        for way in reading.ways():
            try:
                return reading.copy(way)
            except _Mixed as mixed:
                why = mixed.args[0]
        raise Refused(
            _(
                "{place}: the pages do not fit together: {reason}. Write a column that is different for every feature: "
                "sort_by: COLUMN",
                place=reading.place,
                reason=why,
            )
        )


class _Reading:
    """One feature type on its way into a copy."""

    def __init__(self, client: Client, service: WfsService, spec: SourceFile, folder: Path) -> None:
        self._client = client
        self._service = service
        self._spec = spec
        self._folder = folder
        self.place = shown(httpx.URL(str(spec.url)))
        self._name = re.sub(r"[^\w.-]", "_", service.local_name)

    def ways(self) -> Iterator[_Way]:
        """The ways to ask, the gentlest first."""
        if self._service.pages:
            size, sort_by = self._spec.page_size or _PAGE, self._spec.sort_by
            yield _Way(size, sort_by)
            if sort_by is None and self._service.columns:
                yield _Way(size, self._service.columns[0])
        yield _Way(None, self._spec.sort_by)

    def copy(self, way: _Way) -> Source:
        """Read all features in that way; raises _Mixed where they do not fit together."""
        promised = self._service.hits()
        collected = self._collected(way, promised)
        columns = dict(collected.info.columns) if collected else {}
        # What no feature has is a column all the same, unless it has parts that are.
        nested = {name.partition(".")[0] for name in columns}
        columns |= {name: pa.string() for name in self._service.columns if name not in nested}
        path = self._folder / f"{self._name}.arrow"
        crs = (collected.info.crs if collected else None) or self._service.crs
        seen: set[int] = set()
        swapped: bool | None = None
        with CopyWriter(path, columns) as copy:
            for batch in collected.batches(list(collected.info.columns)) if collected else ():
                self._check_ids(batch, seen)
                if swapped is None and crs is not None:
                    swapped = are_swapped(batch, crs, self._service.box)
                copy.add(exchanged(batch) if swapped else batch)
        (self._folder / f"{self._name}.gml").unlink(missing_ok=True)
        if promised is not None and copy.rows != promised:
            raise Refused(self._missing(copy.rows, promised))
        notes = list(collected.info.notes) if collected else []
        if promised is None:
            notes.append(_("The server does not say how many features there are; {count} came.", count=copy.rows))
        if swapped:
            notes.append(_("The server gives the axes in the other order than it says; the features' place shows it."))
        if self._client.failures:
            notes.append(_("The server failed {count} times before it answered.", count=self._client.failures))
        info = SourceInfo(
            kind="WFS",
            files=[path],
            columns=columns,
            crs=crs,
            geometry_kind=collected.info.geometry_kind if collected else None,
            feature_count=copy.rows,
            notes=notes,
            name=self._name,
            licence=self._service.licence,
        )
        return CopiedSource(info, path)

    def _collected(self, way: _Way, promised: int | None) -> Source | None:
        """All pages as one GML; None where there is no feature."""
        pages = GmlPages(self._folder / f"{self._name}.gml")
        page = self._folder / "page.gml"
        came = 0
        while promised is None or came < promised:
            answer = self._service.save(self._asked(way, came), page)
            self._check_page(answer, promised)
            if answer.members == 0:
                break
            pages.add(page)
            came += answer.members
            if way.size is None or (promised is None and answer.members < way.size):
                break
        page.unlink(missing_ok=True)
        if promised is not None and came != promised:
            raise _Mixed(_("{count} of {all} features came", count=came, all=promised))
        if came == 0:
            return None
        pages.finish()
        return gml.KIND.open(pages.path, SourceFile(path=str(pages.path), layer=self._service.local_name))

    def _asked(self, way: _Way, came: int) -> dict[str, str]:
        asked = {"srsName": self._service.srs} if self._service.srs else {}
        if way.sort_by:
            asked["sortBy"] = way.sort_by
        if way.size is not None:
            asked |= {"startIndex": str(came), self._service.count_key: str(way.size)}
        return asked

    def _check_page(self, answer: WfsAnswer, promised: int | None) -> None:
        """Hold a page against its own counts: in WFS 1.1 the number of all is that of the page."""
        if promised is not None and answer.matched not in (None, promised, answer.members):
            raise _Mixed(_("there were {before} features, then {after}", before=promised, after=answer.matched))
        if answer.returned is not None and answer.returned != answer.members:
            raise Refused(self._missing(answer.members, answer.returned))

    def _check_ids(self, batch: pa.RecordBatch, seen: set[int]) -> None:
        name = next((name for name in _IDS if name in batch.schema.names), None)
        if name is None:
            return
        for identity in batch.column(name).to_pylist():
            if identity is None:
                continue
            if (known := hash(identity)) in seen:
                raise _Mixed(_("the feature {identity} came twice", identity=identity))
            seen.add(known)

    def _missing(self, count: int, all_: int) -> Message:
        return _(
            "{place} says that there are {all} features, but {count} came. Nothing was published.",
            place=self.place,
            all=all_,
            count=count,
        )


def _is_wfs(spec: SourceFile) -> bool:
    if spec.url is None:
        return False
    address = httpx.URL(spec.url)
    said = [value for key, value in address.params.multi_items() if key.lower() == "service"]
    return said[0].upper() == "WFS" if said else address.path.rstrip("/").lower().endswith("/wfs")


KIND = Kind("WFS", open_wfs, recognises=_is_wfs)
