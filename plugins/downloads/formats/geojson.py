"""GeoJSON (RFC 7946): the same text of each feature as the API gives, in CRS84; one feature on each line."""

from __future__ import annotations

from pathlib import Path

from plugins.downloads.format import Format
from plugins.downloads.rows import Rows


def write(rows: Rows, path: Path) -> None:
    """Write the release."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{"type":"FeatureCollection","features":[')
        between = "\n"
        for batch in rows.batches("features"):
            for text in batch.column(0).to_pylist():
                file.write(between)
                file.write(text)
                between = ",\n"
        file.write("\n]}\n")


FORMAT = Format("geojson", "GeoJSON", "application/geo+json", write)
