"""Making files: written under another name, safe on disk, given their name, and only then recorded.

A process that is killed leaves no half file that anyone is given; what it leaves is cleared away by the next.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from catalogue.announcement import announce
from catalogue.download import Download, downloads_of, forget_downloads, record_download, recorded_files
from catalogue.finishing import Superseded, Work
from catalogue.language import Message
from plugins.downloads.format import Format, formats_of
from plugins.downloads.rows import Rows

_MAKING = ".making-"


def make_downloads(work: Work, chosen: Sequence[Format] | None = None) -> None:
    """Make the files of a release that are missing, then take away those of earlier releases.

    `chosen`: the formats; all that the layer can be had in otherwise.

    Called by the one process that finishes the layer. Raises Superseded, DBAPIError, OSError.
    """
    release = work.release
    folder = work.folder / release.layer
    # Read by the server, which may be another account.
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    take_back(work.engine, release.layer, work.folder)
    with work.engine.connect() as connection:
        _sweep(folder, recorded_files(connection, release.layer))
        there = {
            download.format
            for download in downloads_of(connection, release.layer)
            if download.release == release.number and _whole(work.folder / download.file_name, download.bytes)
        }
    missing = [format for format in chosen or formats_of(release.definition) if format.ending not in there]
    try:
        for format in missing:
            _make(work, format, folder)
    finally:
        if missing:
            # Once for all of them: whole-catalogue documents are made anew each time.
            with work.engine.begin() as connection:
                announce(connection)
    take_back(work.engine, release.layer, work.folder, before=release.number)


def take_back(engine: Engine, layer: str, folder: Path, *, before: int = 0) -> None:
    """Remove the files that may not be given out any more, and those of releases `before` that one.

    Nobody is given them from the moment that the database has forgotten them.
    """
    with engine.begin() as connection:
        gone = forget_downloads(connection, layer, before=before)
        if gone:
            announce(connection)
    for name in gone:
        (folder / name).unlink(missing_ok=True)


def _make(work: Work, format: Format, folder: Path) -> None:
    release = work.release
    work.progress(Message(format.called(release.definition)), None)
    making = Path(tempfile.mkdtemp(prefix=_MAKING, dir=folder))
    try:
        path = making / f"{release.layer}.{format.ending}"
        rows = Rows(work, Message(format.called(release.definition)))
        try:
            format.write(rows, path)
        except Exception:
            if rows.failure is not None:
                raise rows.failure from None
            raise
        work.require_current()
        digest = _settle(path)
        named = folder / f"{release.number}-{digest[:16]}.{format.ending}"
        size = path.stat().st_size
        path.rename(named)
        _settle_folder(folder)
        download = Download(
            layer=release.layer,
            release=release.number,
            format=format.ending,
            title=format.called(release.definition),
            media_type=format.media_type,
            file_name=str(named.relative_to(work.folder)),
            bytes=size,
            sha256=digest,
            made_at=datetime.now(UTC),
        )
        _record(work, download, named)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _record(work: Work, download: Download, path: Path) -> None:
    try:
        with work.engine.begin() as connection:
            work.require_current(connection)
            record_download(connection, download, work.release.erasure_epoch)
    except Superseded:
        path.unlink(missing_ok=True)
        raise


def _settle(path: Path) -> str:
    """Let everyone read the file, and the disk have it; its SHA-256 (hex)."""
    path.chmod(0o644)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return digest


def _settle_folder(folder: Path) -> None:
    """Let the disk have the file's name."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _whole(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _sweep(folder: Path, recorded: set[str]) -> None:
    """Remove what an earlier process left: files that are recorded nowhere, and those that it was making."""
    for path in folder.iterdir():
        if path.name.startswith(_MAKING):
            shutil.rmtree(path, ignore_errors=True)
        elif f"{folder.name}/{path.name}" not in recorded:
            path.unlink(missing_ok=True)
