"""Every published text of every row searched, and the remedies of the fields applied."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalogue.language import _
from catalogue.layer import Layer, LayerField
from catalogue.personal import IDENTITY, Kind
from loaders.personal import json_text
from loaders.personal.detect import Detector
from loaders.personal.finding import Span
from loaders.personal.free_text import FreeText
from loaders.personal.personal_number import is_personal_number
from loaders.personal.redact import language, redacted, replaced
from loaders.personal.tally import Tally, Treatment

#: The findings of one column, by place in the batch.
Found = dict[int, tuple[Span, ...]]
_SEARCHED = ("text", "object", "integer", "number")
#: Whole numbers that can be a personal number: ten digits, or twelve with a century.
_TEN, _TWELVE = (10**9, 10**10), (18 * 10**10, 21 * 10**10)


class Search:
    """Searches the staged batches of one layer (see `Conform.schema`)."""

    def __init__(self, layer: Layer, tally: Tally) -> None:
        """Plan which columns are searched for what."""
        self._layer, self._tally, self._language = layer, tally, language(layer)
        own, promised = layer.own, layer.protect.promised
        self._fields = {field.name: field for field in layer.fields if field.origin.fills}
        self._detectors = {
            name: Detector(own, contact=field.role == "contact", promised=promised)
            for name, field in self._fields.items()
        }
        self._identity = Detector(own, promised=promised)
        self.free_text = [
            FreeText(field) for field in self._fields.values() if field.type == "text" and field.values is None
        ]
        self.rows = 0

    @property
    def searched(self) -> int:
        """How many published fields were searched, the identity included."""
        return sum(field.type in _SEARCHED for field in self._fields.values()) + 1

    @property
    def not_searched(self) -> list[str]:
        """The published fields that hold no text."""
        return [name for name, field in self._fields.items() if field.type not in _SEARCHED]

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch without what `redact` and `drop` take away; the findings are in the tally."""
        self.rows += batch.num_rows
        batch = self._without_data_in_errors(batch)
        published = np.asarray(batch.column("_error").is_null().to_numpy(zero_copy_only=False))
        for watched in self.free_text:
            watched.watch(batch.column(watched.field.name).filter(pa.array(published)))
        found = {name: _of_rows(self._column(name, batch.column(name)), published) for name in self._fields}
        found[IDENTITY] = _of_rows(self._identity.column(batch.column("_id")), published)
        if not any(found.values()):
            return batch
        numbers = batch.column("_ord").to_pylist()
        dropped = self._drop(found, numbers)
        batch = self._redact(batch, found, numbers)
        for name in found:
            covered = self._fields[name].covered if name in self._fields else self._layer.covered.get(name, [])
            self._count(name, found[name], numbers, "covered", covered)
            self._count(name, found[name], numbers, "refused", _kinds(found[name].values()) - set(covered))
        if not dropped:
            return batch
        kept = np.ones(batch.num_rows, dtype=bool)
        kept[list(dropped)] = False
        return batch.filter(pa.array(kept))

    def _column(self, name: str, values: pa.Array) -> Found:
        field = self._fields[name]
        if field.type in ("integer", "number"):
            return _personal_numbers(values)
        if field.type == "object":
            return json_text.column(self._detectors[name], values)
        return self._detectors[name].column(values) if field.type == "text" else {}

    def _count(
        self, name: str, found: Found, numbers: list[int], treatment: Treatment, kinds: Collection[Kind]
    ) -> None:
        for kind in kinds:
            rows = [numbers[place] for place, spans in found.items() if any(span.kind == kind for span in spans)]
            self._tally.add(name, kind, treatment, rows)

    def _drop(self, found: dict[str, Found], numbers: list[int]) -> set[int]:
        """The places that are left out; nothing of them is a finding any more."""
        dropped: set[int] = set()
        for name, field in self._fields.items():
            kinds = set(field.drop)
            if kinds and found[name]:
                self._count(name, found[name], numbers, "dropped", field.drop)
                dropped |= {place for place, spans in found[name].items() if kinds & _kinds([spans])}
        for places in found.values():
            for place in dropped & places.keys():
                del places[place]
        return dropped

    def _redact(self, batch: pa.RecordBatch, found: dict[str, Found], numbers: list[int]) -> pa.RecordBatch:
        """The batch with words in place of findings; those are findings no more, nor is what was emptied with them."""
        texts: dict[str, dict[int, str | None]] = {name: {} for name in self._fields}
        for name, field in self._fields.items():
            if not field.redact or not found[name]:
                continue
            self._count(name, found[name], numbers, "redacted", field.redact)
            places = [place for place, spans in found[name].items() if _kinds([spans]) & set(field.redact)]
            values = batch.column(name).take(pa.array(places, pa.int64())).to_pylist()
            for place, value in zip(places, values, strict=True):
                texts[name][place] = self._replacement(field, value, found[name][place])
                found[name][place] = tuple(span for span in found[name][place] if span.kind not in field.redact)
        for name, field in self._fields.items():
            for other in field.redact_also:
                removed = str(_("[removed]").render(self._language)) if self._fields[other].type == "text" else None
                for place in list(texts[name]):
                    texts[other][place] = removed
                    found[other].pop(place, None)
        for name, changed in texts.items():
            if changed:
                place = batch.schema.get_field_index(name)
                batch = batch.set_column(place, batch.schema.field(name), replaced(batch.column(name), changed))
        return batch

    def _replacement(self, field: LayerField, value: str, spans: Iterable[Span]) -> str:
        if field.type == "object":
            return json_text.redacted(self._detectors[field.name], value, field.redact, self._language)
        return redacted(value, spans, field.redact, self._language)

    def _without_data_in_errors(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Why a row is rejected is told in messages: the value in it may be somebody's number."""
        errors = batch.column("_error")
        if errors.null_count == len(errors):
            return batch
        found = json_text.column(self._identity, errors)
        values = errors.take(pa.array(list(found), pa.int64())).to_pylist()
        texts: Mapping[int, str | None] = {
            place: json_text.redacted(self._identity, value, _kinds([found[place]]), self._language)
            for place, value in zip(found, values, strict=True)
        }
        index = batch.schema.get_field_index("_error")
        return batch.set_column(index, batch.schema.field(index), replaced(errors, texts))


def _of_rows(found: Found, published: np.ndarray) -> Found:
    return {place: spans for place, spans in found.items() if published[place]}


def _kinds(found: Iterable[Iterable[Span]]) -> set[Kind]:
    return {span.kind for spans in found for span in spans}


def _personal_numbers(values: pa.Array) -> Found:
    """Whole numbers that are personal numbers."""
    within = [pc.and_(pc.greater_equal(values, low), pc.less(values, high)) for low, high in (_TEN, _TWELVE)]
    likely = pc.indices_nonzero(pc.fill_null(pc.or_(*within), False))
    found = zip(likely.to_pylist(), values.take(likely).to_pylist(), strict=True)
    return {
        place: (Span("personal_number", 0, len(str(int(value)))),)
        for place, value in found
        if value == int(value) and is_personal_number(str(int(value)))
    }
