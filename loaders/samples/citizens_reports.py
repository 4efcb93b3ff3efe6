"""Citizens' reports of the town: what people have written, where they stood, and how the matter ended."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from loaders.samples.editions import Flaw, surveyed
from loaders.samples.reports import reports
from loaders.samples.town import CRS, Town

COUNT = 16_000
"""Rows of a town of scale 1: the largest town has 1.6 million."""
_NEAR = 15.0
"""Metres from the middle of a plot to where somebody stood."""

FLAWS: tuple[Flaw, ...] = (
    Flaw("duplicate identity", "ARENDE_ID", lambda row: row["ARENDE_ID"], fresh=False),
    Flaw("identity missing", "ARENDE_ID"),
    Flaw("unknown value", "STATUS", lambda row: "Vilande"),
    Flaw("value missing", "KATEGORI"),
    Flaw("geometry missing", "geometry"),
)


def rows(town: Town, scale: float, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """All reports that any edition has, in the order of their numbers."""
    count = round(COUNT * scale)
    said = pa.Table.from_batches(reports(count, int(rng.integers(2**31)))).drop_columns(["wkb"]).to_pandas()
    middles = shapely.get_coordinates(shapely.centroid(town.plots.geometry.to_numpy()))
    places = middles[rng.integers(len(middles), size=count)] + rng.normal(0, _NEAR, (count, 2))
    return gpd.GeoDataFrame(said, geometry=shapely.points(places), crs=CRS)


def alter(some: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Reports as the second edition has them: answered, and closed."""
    some["SVAR"] = "Åtgärdat " + (pd.Timestamp("2026-10-01") + pd.to_timedelta(rng.integers(40, size=len(some)), "D")
                                  ).strftime("%Y-%m-%d")  # fmt: skip
    some["STATUS"] = "Avslutad"
    return some


def finish(all_rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The reports as they are written."""
    return surveyed(all_rows)
