"""Shapefiles written byte by byte, after ESRI's and dBASE's descriptions: also those that no library would write."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

type DbfColumn = tuple[str, str, int, int]


def write_dbf(
    path: Path, columns: Sequence[DbfColumn], rows: Sequence[Sequence[str]], encoding: str = "cp1252", driver: int = 0
) -> None:
    """A .dbf with columns (name, type letter, length, decimals); `driver` is the language driver id."""
    length = 1 + sum(column[2] for column in columns)
    header = struct.pack("<BBBBIHH17xB2x", 3, 126, 1, 1, len(rows), 33 + 32 * len(columns), length, driver)
    described = b"".join(
        struct.pack("<11sc4xBB14x", name.encode(encoding), letter.encode(), size, decimals)
        for name, letter, size, decimals in columns
    )
    sizes = [column[2] for column in columns]
    body = b"".join(
        b" " + b"".join(value.encode(encoding)[:size].ljust(size) for value, size in zip(row, sizes, strict=True))
        for row in rows
    )
    path.write_bytes(header + described + b"\r" + body + b"\x1a")


def write_points(path: Path, points: Sequence[tuple[float, float]]) -> None:
    """A .shp of points and its .shx."""

    def header(words: int) -> bytes:
        return struct.pack(">i20xi", 9994, words) + struct.pack("<ii8d", 1000, 1, *[0.0] * 8)

    records = b"".join(
        struct.pack(">ii", number, 10) + struct.pack("<idd", 1, x, y) for number, (x, y) in enumerate(points, 1)
    )
    index = b"".join(struct.pack(">ii", 50 + 14 * place, 10) for place in range(len(points)))
    path.write_bytes(header(50 + 14 * len(points)) + records)
    path.with_suffix(".shx").write_bytes(header(50 + 4 * len(points)) + index)


def write_shapefile(
    path: Path,
    columns: Sequence[DbfColumn],
    rows: Sequence[Sequence[str]],
    *,
    encoding: str = "cp1252",
    driver: int = 0,
    cpg: str | None = None,
) -> Path:
    """A whole Shapefile in EPSG:3011 with a point for each row."""
    write_points(path, [(150_000.0 + place, 6_580_000.0) for place in range(len(rows))])
    write_dbf(path.with_suffix(".dbf"), columns, rows, encoding, driver)
    path.with_suffix(".prj").write_text(PRJ_3011, "ascii")
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg, "ascii")
    return path


PRJ_3011 = (
    'PROJCS["SWEREF99_18_00",GEOGCS["GCS_SWEREF99",DATUM["D_SWEREF99",SPHEROID["GRS_1980",6378137.0,298.257222101]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["False_Easting",150000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",18.0],'
    'PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
