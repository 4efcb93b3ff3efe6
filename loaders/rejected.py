"""Rejected rows: kept with their reason, for the people who can mend them, for 30 days and never in a served folder."""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from pyproj import CRS
from sqlalchemy import Connection, Engine, text

from catalogue.generation import quoted
from catalogue.language import Message, _
from catalogue.layer import Layer
from loaders.staging import Staging
from loaders.wkb import shapes_from

KEPT_DAYS = 30
#: Rows in the file; more than this is one mistake, not many.
_FILE_ROWS = 10_000


def reports_folder(data: Path) -> Path:
    """Where the files of rejected rows lie, below the private data folder."""
    return data / "reports"


def keep_rejected(connection: Connection, layer: Layer, staging: Staging) -> None:
    """Copy a load's rejected rows, with their reasons and listed fields, into `private.rejected`."""
    # Under the source's names, which the person who mends the row knows; several fields may come from one column.
    columns = {field.origin.column: field.name for field in layer.fields if field.origin.column}
    if len(layer.identity) == 1 and not layer.content_identity:
        columns.setdefault(layer.identity[0], "_id")
    fields = ", ".join(f"s.{quoted(name)} AS {quoted(column)}" for column, name in columns.items())
    own = f"to_jsonb((SELECT r FROM (SELECT {fields}) r))" if fields else "'{}'::jsonb"
    connection.execute(
        text(
            "INSERT INTO private.rejected (layer, load_id, row_number, reason, fields, geometry) "
            f"SELECT :layer, :load, s._ord, r.reason, coalesce(s._raw::jsonb, {own}), s._wkb "
            f"FROM {staging.rejected} r JOIN {staging.rows} s ON s._ord = r._ord"
        ),
        {"layer": layer.id, "load": staging.load_id},
    )


def write_file(engine: Engine, layer: Layer, load_id: str, crs: CRS | None, folder: Path) -> Path | None:
    """Write a load's rejected rows as a GeoPackage (or CSV, where none has a geometry); None where there are none."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT row_number, reason, fields, geometry FROM private.rejected "
                "WHERE layer = :layer AND load_id = :load ORDER BY row_number LIMIT :limit"
            ),
            {"layer": layer.id, "load": load_id, "limit": _FILE_ROWS},
        ).all()
    if not rows:
        return None
    records = [
        {
            _("row").__str__(): row.row_number,
            _("reason").__str__(): str(Message.from_json(row.reason)),
            **_flat(row.fields),
        }
        for row in rows
    ]
    folder = folder / layer.id
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{datetime.now():%Y-%m-%d-%H%M%S}-{load_id[-8:]}"
    return _write(path, records, [row.geometry for row in rows], crs)


def _write(path: Path, records: list[dict[str, Any]], geometries: list[bytes | None], crs: CRS | None) -> Path:
    # Imported here: a load without rejected rows does not wait for pandas.
    import geopandas
    import numpy
    import pandas
    import shapely

    table = pandas.DataFrame.from_records(records)
    shapes = shapes_from(numpy.array(geometries, dtype=object))
    if not shapely.is_missing(shapes).all():
        path = path.with_suffix(".gpkg")
        geopandas.GeoDataFrame(table, geometry=shapes, crs=crs).to_file(path, driver="GPKG", layer="rejected")
    else:
        path = path.with_suffix(".csv")
        # With a byte order mark, so that a spreadsheet reads the letters right.
        table.to_csv(path, index=False, sep=";", encoding="utf-8-sig")
    os.chmod(path, 0o600)
    return path


def _flat(fields: dict[str, Any]) -> dict[str, str | None]:
    """The fields as text, with names that differ by more than their case: a GeoPackage takes no others."""
    taken = {"fid", "geom", "geometry", str(_("row")).lower(), str(_("reason")).lower()}
    flat: dict[str, str | None] = {}
    for name, value in fields.items():
        while name.lower() in taken:
            name += "_"
        taken.add(name.lower())
        flat[name] = None if value is None else str(value)
    return flat


def purge(connection: Connection, folder: Path) -> None:
    """Delete rejected rows, and their files, that are older than 30 days."""
    connection.execute(
        text("DELETE FROM private.rejected WHERE rejected_at < now() - make_interval(days => :days)"),
        {"days": KEPT_DAYS},
    )
    oldest = time.time() - KEPT_DAYS * 86_400
    for path in folder.glob("*/*"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def forget_columns(connection: Connection, layer: str, names: list[str]) -> None:
    """Delete the values of source columns that are no longer listed."""
    connection.execute(
        text("UPDATE private.rejected SET fields = fields - CAST(:names AS text[]) WHERE layer = :layer"),
        {"names": names, "layer": layer},
    )


def forget_shapes(connection: Connection, layer: str) -> None:
    """Delete the geometries of a layer that has none any more."""
    connection.execute(
        text("UPDATE private.rejected SET geometry = NULL WHERE layer = :layer AND geometry IS NOT NULL"),
        {"layer": layer},
    )
