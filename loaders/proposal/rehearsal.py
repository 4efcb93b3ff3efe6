"""Trying a proposed layer on its source, without a database: what would the gate say?"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc
from pyproj import CRS

from catalogue.language import Message, _
from catalogue.layer import Layer
from loaders.conform import Conform
from loaders.geometry import GeometryCheck
from loaders.proposal.propose import Proposal
from loaders.sources import Source


@dataclass(frozen=True)
class Rehearsal:
    """How many rows there are, and how many of them are wrong in which way.

    `rejected` have an error of their own (`reason` is that of the first), `outside` (among them) lie outside the
    publisher's area, `reversed` end before they start.
    """

    rows: int = 0
    rejected: int = 0
    outside: int = 0
    reversed: int = 0
    reason: Message | None = None


def rehearse(layer: Layer, source: Source, crs: CRS) -> Rehearsal:
    """Read the source as a load would."""
    conform, geometry = Conform(layer, source.info), GeometryCheck(layer, crs)
    rows = rejected = backwards = 0
    reason = None
    for batch in source.batches(conform.columns):
        made = geometry.check(conform.conform(batch))
        rows += made.num_rows
        errors = made.column("_error").drop_null()
        rejected += len(errors)
        reason = reason or (Message.from_json(json.loads(errors[0].as_py())) if len(errors) else None)
        backwards += _reversed(layer, made)
    return Rehearsal(rows, rejected, geometry.outside, backwards, reason)


def _reversed(layer: Layer, batch: pa.RecordBatch) -> int:
    if layer.time is None or not layer.time.start or not layer.time.end:
        return 0
    start, end = (batch.column(name).cast(pa.date32(), safe=False) for name in (layer.time.start, layer.time.end))
    return pc.sum(pc.less(end, start)).as_py() or 0


def loosened(proposal: Proposal, layer: Layer, found: Rehearsal) -> Proposal:
    """The proposal with a gate through which the source passes, each loosening with its reason."""
    if found.outside > layer.gate.outside_area * found.rows:
        why = _(
            "{outside} of {rows} features lie outside the area of {publisher}; remove this if that is wrong.",
            outside=found.outside,
            rows=found.rows,
            publisher=layer.publisher,
        )
        return replace(proposal, gate=proposal.gate | {"area": ("none", why)})
    if found.reversed > layer.gate.identity_errors * found.rows and proposal.with_time:
        return replace(proposal, with_time=False)
    if found.rejected > layer.gate.rejected * found.rows:
        share = min(100, -(-100 * found.rejected // found.rows))
        why = _("{rejected} of {rows} rows cannot be published.", rejected=found.rejected, rows=found.rows)
        return replace(proposal, gate=proposal.gate | {"rejected": (f"{share} %", why)})
    return proposal
