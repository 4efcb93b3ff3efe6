"""Editions of a sample: which rows are new, changed and gone, and which rows are bad on purpose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

NEW, CHANGED, GONE = 0.03, 0.04, 0.02
_STABLE = 20  # The first rows never change: bad rows are made from them and must be the same in both editions.

Row = dict[str, Any]
Outcome = Literal["rejected", "repaired", "numbered"]


class BadRow(TypedDict):
    """A bad row as the manifest tells it: `row` counts from 0 in the file, `key` is its identity (None without).

    `outcome` is what a loader does with it: a row equal to another, in a layer without a key, is published beside it.
    """

    row: int
    key: str | None
    column: str | None
    value: str | None
    reason: str
    outcome: Outcome


@dataclass(frozen=True)
class Flaw:
    """One way in which a row is bad.

    Attributes:
        reason: What is wrong, in a few words.
        column: The column that is wrong; None for a row that is wrong as a whole.
        value: From the row that the bad one is a copy of to the bad value.
        outcome: Whether a loader must reject the row, can repair it, or publishes it with a number in its identity.
        fresh: Whether the copy gets an identity of its own, so that the flaw is the only thing wrong with it.
    """

    reason: str
    column: str | None
    value: Callable[[Row], Any] = lambda row: None
    outcome: Outcome = "rejected"
    fresh: bool = True


class Counts(TypedDict):
    """What a later edition does to the good rows of the first."""

    added: int
    changed: int
    removed: int


def edition_rows(
    rows: gpd.GeoDataFrame,
    edition: int,
    alter: Callable[[gpd.GeoDataFrame, np.random.Generator], gpd.GeoDataFrame],
    seed: int,
) -> tuple[gpd.GeoDataFrame, Counts]:
    """Take an edition's good rows out of all rows that ever were.

    The last rows are those that only edition 2 has; of the others edition 2 lacks some and `alter` changes some.
    """
    count = round(len(rows) / (1.0 + NEW))
    if edition == 1:
        return rows.iloc[:count].reset_index(drop=True), Counts(added=0, changed=0, removed=0)
    rng = np.random.default_rng([seed, 2])
    mixed = rng.permutation(np.arange(_STABLE, count))
    changed = np.sort(mixed[: max(1, round(count * CHANGED))])
    gone = mixed[len(changed) : len(changed) + max(1, round(count * GONE))]
    altered = alter(rows.iloc[changed].copy(), rng)
    later = pd.concat([rows.drop(index=rows.index[changed]), altered]).sort_index()
    later = later.drop(index=rows.index[gone]).reset_index(drop=True)
    return later, Counts(added=len(rows) - count, changed=len(changed), removed=len(gone))


def surveyed(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The rows in EPSG:3006 with whole centimetres; polygons stay valid."""
    projected = rows.to_crs("EPSG:3006")
    return projected.set_geometry(projected.geometry.set_precision(0.01))


def spoil(
    rows: gpd.GeoDataFrame, flaws: Sequence[Flaw], identity: str | None, fresh: Callable[[int], str]
) -> tuple[gpd.GeoDataFrame, list[BadRow]]:
    """Append one bad row for each flaw, a copy of one of the first rows.

    Args:
        rows: The good rows, in the CRS and form in which they are written.
        flaws: What to do wrong.
        identity: The identity's column, None where the layer has none.
        fresh: From the number of a bad row to an identity that no good row has.
    """
    copies, bad = [], []
    for number, flaw in enumerate(flaws):
        row: Row = rows.iloc[number].to_dict()
        if identity and flaw.fresh:
            row[identity] = fresh(number)
        if flaw.column:
            row[flaw.column] = flaw.value(row)
        copies.append(row)
        shown = row[flaw.column] if flaw.column else None
        bad.append(
            BadRow(
                row=len(rows) + number,
                key=row[identity] if identity else None,
                column=flaw.column,
                value=None if shown is None else str(shown)[:80],
                reason=flaw.reason,
                outcome=flaw.outcome,
            )
        )
    added = gpd.GeoDataFrame(copies, columns=rows.columns, geometry=rows.geometry.name, crs=rows.crs)
    added = added.astype({name: kind for name, kind in rows.dtypes.items() if name != rows.geometry.name})
    return pd.concat([rows, added], ignore_index=True), bad


def bow_tie(row: Row) -> shapely.Polygon:
    """A polygon that crosses itself, where the row's own geometry is."""
    x, y = row["geometry"].centroid.coords[0]
    return shapely.Polygon([(x - 12, y - 12), (x + 12, y + 12), (x + 12, y - 12), (x - 12, y + 12)])


def flat_polygon(row: Row) -> shapely.Polygon:
    """A polygon without area, where the row's own geometry is."""
    x, y = row["geometry"].centroid.coords[0]
    return shapely.Polygon([(x, y), (x + 15, y), (x + 30, y)])


def polygon_at_origin(row: Row) -> shapely.Polygon:
    """A polygon at the coordinates 0, 0."""
    return shapely.box(0.0, 0.0, 10.0, 10.0)
