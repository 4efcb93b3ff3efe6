"""Downloads: files made from a release, as the database records them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, text

from catalogue.database.schemas import CATALOGUE

_COLUMNS = "d.layer, d.release, d.format, d.title, d.media_type, d.file_name, d.bytes, d.sha256, d.made_at"
#: Of a release that can be read, and made since something was last erased from the layer.
_GIVEN_OUT = (
    f"FROM {CATALOGUE}.download d JOIN {CATALOGUE}.layer l ON l.id = d.layer "
    f"JOIN {CATALOGUE}.release r ON r.layer = d.layer AND r.number = d.release "
    "WHERE r.state = 'readable' AND d.erasure_epoch = l.erasure_epoch"
)


@dataclass(frozen=True)
class Download:
    """One file: `format` is its ending (`gpkg`), `file_name` where it lies below the folder of downloads."""

    layer: str
    release: int
    format: str
    title: str
    media_type: str
    file_name: str
    bytes: int
    sha256: str
    made_at: datetime

    @property
    def public_name(self) -> str:
        """What the file is called in addresses, whatever its release: `roadworks.gpkg`."""
        return f"{self.layer}.{self.format}"

    @property
    def saved_name(self) -> str:
        """What it is called where someone keeps it: `roadworks-42.gpkg`."""
        return f"{self.layer}-{self.release}.{self.format}"


def downloads_of(connection: Connection, layer: str) -> list[Download]:
    """The files of a layer that may be given out, those of the newest release first."""
    rows = connection.execute(
        text(f"SELECT {_COLUMNS} {_GIVEN_OUT} AND d.layer = :layer ORDER BY d.release DESC, d.format"),
        {"layer": layer},
    )
    return [Download(**row._mapping) for row in rows]


def newest_downloads(connection: Connection) -> dict[str, tuple[Download, ...]]:
    """Of every layer that has any, its newest file in each format."""
    rows = connection.execute(
        text(
            f"SELECT DISTINCT ON (d.layer, d.format) {_COLUMNS} {_GIVEN_OUT} ORDER BY d.layer, d.format, d.release DESC"
        )
    )
    found: dict[str, tuple[Download, ...]] = {}
    for row in rows:
        found[row.layer] = (*found.get(row.layer, ()), Download(**row._mapping))
    return found


def record_download(connection: Connection, download: Download, erasure_epoch: int) -> None:
    """Give a file out from the commit of the caller's transaction on, in place of an earlier one."""
    connection.execute(
        text(
            "INSERT INTO kartlagd.download AS d (layer, release, format, title, media_type, file_name, bytes, sha256, "
            "made_at, erasure_epoch) VALUES (:layer, :release, :format, :title, :media_type, :file_name, :bytes, "
            ":sha256, :made_at, :epoch) ON CONFLICT (layer, release, format) DO UPDATE SET title = excluded.title, "
            "media_type = excluded.media_type, file_name = excluded.file_name, bytes = excluded.bytes, "
            "sha256 = excluded.sha256, made_at = excluded.made_at, erasure_epoch = excluded.erasure_epoch"
        ),
        {**vars(download), "epoch": erasure_epoch},
    )


def forget_downloads(connection: Connection, layer: str, *, before: int = 0) -> list[str]:
    """Take back the files that may no longer be given out, and those of releases `before` that one; their names."""
    rows = connection.execute(
        text(
            "DELETE FROM kartlagd.download gone WHERE layer = :layer AND (release < :before OR NOT EXISTS "
            f"(SELECT {_GIVEN_OUT} AND d.file_name = gone.file_name)) RETURNING file_name"
        ),
        {"layer": layer, "before": before},
    )
    return [row.file_name for row in rows]


def recorded_files(connection: Connection, layer: str) -> set[str]:
    """The names of all files that are recorded of a layer."""
    rows = connection.execute(text("SELECT file_name FROM kartlagd.download WHERE layer = :layer"), {"layer": layer})
    return set(rows.scalars())


def downloads_folder(home: Path, environment: Mapping[str, str]) -> Path:
    """Where the files lie: `KARTLAGD_DOWNLOADS`, else `downloads` in the private data folder."""
    if named := environment.get("KARTLAGD_DOWNLOADS"):
        return Path(named).absolute()
    return Path(environment.get("KARTLAGD_DATA") or home / ".kartlagd").absolute() / "downloads"
