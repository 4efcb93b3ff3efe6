"""Making the sample files of one edition, and the manifest that tells what is in them."""

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypedDict

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from loaders.samples import citizens_reports, ledger, noise, parking, properties, roadworks
from loaders.samples.editions import BadRow, Counts, Flaw, edition_rows, spoil
from loaders.samples.town import Town, build_town

DEFAULT_SEED = 2026
_DBF_CODE_PAGE = 29


class LayerManifest(TypedDict):
    """One file: `rows` counts all of its rows, bad ones included; the last three are good rows against edition 1.

    `crs` is empty for a table without geometry.

    `table` is the layer's name inside the file. A layer without identity knows no change: a changed row counts
    as removed and added.
    """

    file: str
    table: str
    crs: str
    rows: int
    bad: list[BadRow]
    added: int
    changed: int
    removed: int


class Manifest(TypedDict):
    """What `manifest.json` beside the files holds."""

    scale: float
    edition: int
    seed: int
    layers: dict[str, LayerManifest]


class _Rows(Protocol):
    """What each layer's module has."""

    FLAWS: tuple[Flaw, ...]

    def rows(self, town: Town, scale: float, rng: np.random.Generator, /) -> gpd.GeoDataFrame: ...

    def alter(self, rows: gpd.GeoDataFrame, rng: np.random.Generator, /) -> gpd.GeoDataFrame: ...

    def finish(self, rows: gpd.GeoDataFrame, /) -> gpd.GeoDataFrame: ...


@dataclass(frozen=True)
class _Sample:
    file: str
    crs: str
    identity: str | None
    fresh: str
    layer: _Rows
    write: Callable[[gpd.GeoDataFrame, Path], None]


def make_samples(into: Path, scale: float = 1.0, edition: int = 1, seed: int = DEFAULT_SEED) -> Manifest:
    """Write the six sources, the buildings and `manifest.json` into a folder, over what is there.

    Args:
        into: The folder; it is made when missing.
        scale: Size of the town: 1 gives some thousands of features in each layer, 100 a hundred times as many, which is
            the largest town that AREA holds.
        edition: 1, or 2: some months later, with rows that are new, changed and gone.
        seed: Another seed, another town.

    Raises:
        ValueError: The scale or the edition is not one that can be made.
    """
    if not 0.1 <= scale <= 100 or edition not in (1, 2):
        raise ValueError(f"scale must be from 0.1 to 100 and edition 1 or 2, not {scale} and {edition}")
    into.mkdir(parents=True, exist_ok=True)
    town = build_town(scale, seed)
    layers = {}
    for number, (name, sample) in enumerate(_SAMPLES.items()):
        every = sample.layer.rows(town, scale, np.random.default_rng([seed, 10 + number]))
        good, counts = edition_rows(every, edition, sample.layer.alter, seed + number)
        if sample.identity is None:
            anew = counts["changed"]
            counts = Counts(added=counts["added"] + anew, changed=0, removed=counts["removed"] + anew)
        rows, bad = spoil(sample.layer.finish(good), sample.layer.FLAWS, sample.identity, sample.fresh.format)
        sample.write(rows, into / sample.file)
        table = Path(sample.file).stem
        layers[name] = LayerManifest(file=sample.file, table=table, crs=sample.crs, rows=len(rows), bad=bad, **counts)
    _write_buildings(town, into / "byggnader.geojson")
    manifest = Manifest(scale=scale, edition=edition, seed=seed, layers=layers)
    (into / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return manifest


def make_editions(
    into: Path, scale: float = 1.0, seed: int = DEFAULT_SEED, force: bool = False
) -> Iterator[tuple[Path, int]]:
    """Make both editions, the first in the folder and the second in its `edition2`, and yield each file with its rows.

    What is there already with the same scale and seed is left alone unless forced. Raises as `make_samples`.
    """
    for edition, folder in ((1, into), (2, into / "edition2")):
        if force or not _made(folder / "manifest.json", scale, seed):
            for layer in make_samples(folder, scale, edition, seed)["layers"].values():
                yield folder / layer["file"], layer["rows"]


def _made(manifest: Path, scale: float, seed: int) -> bool:
    if not manifest.exists():
        return False
    made = json.loads(manifest.read_text(encoding="utf-8"))
    # An older version made fewer.
    return bool(made["scale"] == scale and made["seed"] == seed and made["layers"].keys() == _SAMPLES.keys())


@contextmanager
def _fixed_date() -> Iterator[None]:
    """GDAL writes the current time into GeoPackages; files that are equal must have equal checksums."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{roadworks.REFERENCE_DATE}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _write_geopackage(rows: gpd.GeoDataFrame, path: Path, geometry: str = "MultiPolygon") -> None:
    path.unlink(missing_ok=True)
    with _fixed_date():
        pyogrio.write_dataframe(
            rows,
            path,
            driver="GPKG",
            layer=path.stem,
            geometry_type=geometry,
            promote_to_multi=geometry.startswith("Multi"),
            use_arrow=True,
        )


def _write_shapefile(rows: gpd.GeoDataFrame, path: Path) -> None:
    pyogrio.write_dataframe(
        rows,
        path,
        driver="ESRI Shapefile",
        encoding="ISO-8859-1",
        geometry_type="LineString",
        use_arrow=True,
        DBF_DATE_LAST_UPDATE=roadworks.REFERENCE_DATE.isoformat(),
    )
    # Older GIS software names the code page in the table's header alone ("ANSI"), not in a .cpg file.
    path.with_suffix(".cpg").unlink(missing_ok=True)
    with path.with_suffix(".dbf").open("r+b") as table:
        table.seek(_DBF_CODE_PAGE)
        table.write(b"\x57")


def _write_csv(rows: pd.DataFrame, path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(rows.columns)
        writer.writerows(rows.itertuples(index=False))


def _write_parking(rows: gpd.GeoDataFrame, path: Path) -> None:
    _write_csv(parking.shown(rows), path)


def _write_ledger(rows: gpd.GeoDataFrame, path: Path) -> None:
    _write_csv(ledger.shown(rows), path)


def _write_buildings(town: Town, path: Path) -> None:
    rng = np.random.default_rng(len(town.buildings))
    plot = town.buildings["plot"].to_numpy()
    kinds = {zone: kind for zone, (kind, _) in _BUILDINGS.items()}
    storeys = town.buildings["zone"].map({zone: storeys for zone, (_, storeys) in _BUILDINGS.items()}).to_numpy()
    buildings = gpd.GeoDataFrame(
        {
            "BYGGNAD_ID": np.arange(1, len(plot) + 1),
            "BETECKNING": np.array(properties.designations(town), dtype=object)[plot],
            "TYP": town.buildings["zone"].map(kinds).to_numpy(),
            "VANINGAR": np.maximum(storeys + rng.integers(-1, 2, len(plot)), 1),
            "BYGGAR": rng.integers(1880, 2026, len(plot)),
        },
        geometry=town.buildings.geometry.to_numpy(),
        crs=town.buildings.crs,
    )
    pyogrio.write_dataframe(buildings.to_crs("OGC:CRS84"), path, driver="GeoJSON", layer=path.stem, RFC7946=True)


_BUILDINGS = {
    "villas": ("Småhus", 2),
    "flats": ("Flerbostadshus", 5),
    "core": ("Centrumhus", 4),
    "industry": ("Industri", 1),
    "school": ("Samhällsfunktion", 2),
}
_SAMPLES = {
    "roadworks": _Sample("vagarbeten.shp", "EPSG:3011", "ARENDE_NR", "TA-2026-9000{}", roadworks, _write_shapefile),
    "noise": _Sample("buller.gpkg", "EPSG:3006", None, "", noise, _write_geopackage),
    "parking": _Sample("parkering.csv", "EPSG:3011", "Objekt-ID", "P-X000{}", parking, _write_parking),
    "properties": _Sample(
        "fastigheter.gpkg", "EPSG:3006", "BETECKNING", "Exempelby Utmarken 1:{}", properties, _write_geopackage
    ),
    "citizens_reports": _Sample(
        "felanmalningar.gpkg",
        "EPSG:3006",
        "ARENDE_ID",
        "FEL-X00000{}",
        citizens_reports,
        partial(_write_geopackage, geometry="Point"),
    ),
    "supplier_ledger": _Sample("leverantorsreskontra.csv", "", "Kontering", "LR26X000{}-1", ledger, _write_ledger),
}
