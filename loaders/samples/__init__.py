"""Sample sources of one fictional Swedish municipality, Exempelby, whose layers hang together on a map.

They look like what lies on a municipality's share: a Shapefile with a Latin-1 table, GeoPackages, a CSV of
a Swedish spreadsheet, with a known handful of bad rows in each. The same scale, edition and seed give the same bytes.
"""

from loaders.samples.make import LayerManifest, Manifest, make_editions, make_samples
from loaders.samples.roadworks import REFERENCE_DATE
from loaders.samples.town import AREA

__all__ = ["AREA", "REFERENCE_DATE", "LayerManifest", "Manifest", "make_editions", "make_samples"]
