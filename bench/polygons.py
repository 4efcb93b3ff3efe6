"""The benchmark's layer: polygons of 10 vertices with 10 attributes in EPSG:3006, as a GeoPackage.

Usage: python -m bench.polygons FILE [--rows 300000] [--changed 0.01] [--corners 10]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyogrio
import shapely
from pyproj import CRS

#: South-west corner of the benchmark's land in EPSG:3006, and the distance between polygons (metres).
ORIGIN, SPACING = (600_000.0, 6_580_000.0), 40.0
_WORDS = np.array("väg gata torg park skog sjö å berg äng backe hamn bro".split())


def centres(index: npt.NDArray[np.int64], rows: int) -> npt.NDArray[np.float64]:
    """Where on the square lattice of `rows` polygons those of `index` have their centres (n × 2, EPSG:3006, metres)."""
    side = int(np.ceil(np.sqrt(rows)))
    return np.stack([ORIGIN[0] + index % side * SPACING, ORIGIN[1] + index // side * SPACING], axis=1)


def numbers(index: npt.NDArray[np.int64], changed: float) -> npt.NDArray[np.int64]:
    """`antal` of the rows of `index` in the edition in which that share of the rows is changed.

    It tells editions apart: one in which all rows change differs in each from one in which some do.
    """
    found = index * 48_271 % 99_991
    if changed:
        found[index % round(1 / changed) == 0] += 2 if changed == 1 else 1
    return found


def _shapes(rows: int, wobble: np.ndarray) -> np.ndarray:
    """Polygons on a square lattice; `wobble` (rows × corners) moves their corners, so that each is its own."""
    centre = centres(np.arange(rows), rows)
    angle = np.linspace(0, 2 * np.pi, wobble.shape[1], endpoint=False)
    radius = 8 + 8 * wobble
    corners = centre[:, None, :] + radius[:, :, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)[None]
    return np.asarray(shapely.polygons(np.round(corners, 3)))


def table(rows: int, changed: float = 0.0, seed: int = 20261001, corners: int = 10) -> pa.Table:
    """The layer as an Arrow table; `changed` is the share of rows that differ from the first edition."""
    random = np.random.default_rng(seed)
    wobble = random.random((rows, corners))
    levels = np.round(random.random(rows) * 100, 2)
    words = [_WORDS[random.integers(0, len(_WORDS), rows)] for _ in range(4)]
    if changed:
        touched = np.arange(0, rows, round(1 / changed))
        wobble[touched] = 1 - wobble[touched]
    index = np.arange(rows)
    columns = {
        "nyckel": np.char.add("P-", np.char.zfill(index.astype(str), 7)),
        "namn": np.char.add(np.char.add(words[0], " "), index.astype(str)),
        "typ": words[1],
        "status": words[2],
        "kommentar": np.char.add(np.char.add("Anmärkning om ", words[3]), words[0]),
        "antal": numbers(index, changed),
        "niva": levels,
        "andel": np.round(random.random(rows), 4),
        "ar": random.integers(1950, 2026, rows),
        "aktiv": random.integers(0, 2, rows).astype(bool),
    }
    arrow = pa.table({name: pa.array(values) for name, values in columns.items()})
    return arrow.append_column("geom", pa.array(shapely.to_wkb(_shapes(rows, wobble)), pa.binary()))


def write(path: Path, rows: int, changed: float = 0.0, corners: int = 10) -> Path:
    """Write the layer as a GeoPackage, in batches that GDAL takes as Arrow."""
    path.unlink(missing_ok=True)
    pyogrio.write_arrow(
        table(rows, changed, corners=corners),
        path,
        driver="GPKG",
        layer="polygons",
        geometry_name="geom",
        geometry_type="Polygon",
        crs=CRS.from_epsg(3006).to_wkt(),
    )
    return path


def main() -> None:
    """Write the file that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--changed", type=float, default=0.0, help="share of rows that differ from the first edition")
    parser.add_argument("--corners", type=int, default=10, help="vertices of a polygon")
    arguments = parser.parse_args()
    print(write(arguments.file, arguments.rows, arguments.changed, arguments.corners))


if __name__ == "__main__":
    main()
